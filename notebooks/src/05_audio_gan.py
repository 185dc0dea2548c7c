# %% [markdown]
# # Make a voice: a 1-D audio GAN, heard, seen and measured
#
# ![Waveforms and spectrograms of the word seven: three real speakers above, the generator asked for the same speakers below. Both rows show stacked bright bands with fine ripples.](attachment:opening.png)
#
# "Seven", said by three real people, and below by the generator, asked for the same three.

# %% [markdown]
# **You do**: write a spectrogram by hand, build a voice from pulses and noise, train it, ask it
# for a digit and a speaker, and train on a folder of your own sounds.
#
# **You learn**: how sound becomes numbers, what a discriminator hears, why pitch is hard
# to learn, and how to tell a clear voice from a hoarse one in numbers.
#
# **You need**: chapters 2 to 4, and headphones; 90 minutes with a teacher, alone plan two
# hours. Two CPU cores compute for about four minutes.

# %% tags=["setup"]

# %% tags=["imports"]
import json
from functools import cache

import keras
import librosa
import numpy as np
import tensorflow as tf
from keras import layers, ops

from ganutils import audio, datasets, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import features

# %% tags=["shared", "nbval-ignore-output"]
SEED, LATENT, BATCH = 0, 64, 16
RATE, CLIP = 8_000, 8_192  # samples a second; samples in a clip
HOP, BANDS, FINE = 128, 40, 64  # samples from frame to frame; rows of what D sees
STEPS = runtime.pick(smoke=20, cpu=2_400, gpu=30_000)
OWN_STEPS = runtime.pick(smoke=10, cpu=300, gpu=3_000)  # on a folder of your own
COUNT = runtime.pick(smoke=60, cpu=1_350, gpu=1_350)  # clips in a measure

# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("fsdd")
people = np.unique(data.speakers_train)
finished = keras.models.load_model(runtime.bundled(f"generator_{data.name}.keras"))
print(data.source, people, data.x_train.shape, sep="\n")

# %% tags=["opening", "nbval-ignore-output"]
order = np.random.default_rng(SEED).permutation(len(data.x_train))
digits, speakers = data.y_train[order], data.speakers_train[order]
chosen = [np.flatnonzero((digits == 7) & (speakers == p))[0] for p in people[:3]]
labels = training.conditions.NoiseLabels((10, len(people)))
z = tf.random.stateless_normal((3, LATENT), (SEED, 5))
sevens = finished(labels.ask(labels.ask(z, 0, 7), 1, np.arange(3))).numpy()
plotting.contact_sheet({"real": data.x_train[order[chosen]], "generated": sevens}, RATE)

# %% [markdown]
# **Figure.** "Seven" as a waveform and, below it, as a picture of its frequencies: three real
# speakers, then three generated clips for the same speakers. In both, bright bands bend,
# and fine ripples run along the loud parts.
#
# Hear the real three, then the generated three. The course brings this generator along. You
# train a smaller relative in Part 5.

# %% tags=["nbval-ignore-output"]
audio.play(
    np.concatenate([*data.x_train[order[chosen]], *sevens]), RATE, "3 real, 3 not"
)

# %% [markdown]
# ## Part 1: how does sound become numbers?
#
# A microphone measures the pressure of the air. **Sampling** keeps its value at regular
# times; their number in a second is the **sample rate** r. **Quantisation** rounds
# each value to one of 2ᵇ steps, with b bits. The result is a **waveform**, a row of numbers.
#
# Two facts follow. A tone above r/2 does not disappear. It comes back as another tone, which
# is called an **alias**. And each bit adds about 6 dB of distance between the loudest sine and
# the error of rounding: 6.02 b + 1.76 dB
# ([Bennett 1948](https://doi.org/10.1002/j.1538-7305.1948.tb01340.x)). (A **decibel**, dB, is ten
# times the logarithm of a ratio of powers: 10 dB are a factor of 10.)

# %%
seconds = np.arange(CLIP) / RATE
five, three = (np.cos(2 * np.pi * hertz * seconds) for hertz in (5_000, 3_000))
exercises.agree("5 kHz and 3 kHz give the same samples at 8 kHz", five, three, 1e-6)
tone = np.sin(2 * np.pi * 440.3 * seconds)
for bits in (4, 8, 12):
    error = np.round(tone * 2 ** (bits - 1)) / 2 ** (bits - 1) - tone
    ratio = 10 * np.log10(np.mean(tone**2) / np.mean(error**2))
    right = 6.02 * bits + 1.76
    exercises.agree(f"{bits} bits: the rule is right within 1 dB", ratio, right, 1)

# %% [markdown]
# What does that sound like? A word with 16 bits, with 4 bits, and the alias. All players of this
# chapter keep the loudness as it is.

# %% tags=["nbval-ignore-output"]
word = data.x_train[order[chosen[0]]]
audio.play(np.concatenate([word, np.round(word * 8) / 8, 0.2 * five[:, None]]), RATE)

# %% [markdown]
# 8,192 numbers say little to the eye. A **spectrogram** cuts the clip into short overlapping
# windows, the **frames**. A Fourier transform tells how strong each frequency is
# in a frame. The whole is a short-time Fourier transform, or STFT. Our ears hear
# differences of low tones better than of high ones. The **mel scale** follows them: its bands
# are narrow below 1 kHz and wide above. A **log-mel spectrogram** sums the power in such
# bands, weighted by triangles, and takes the logarithm. A few lines do it.


# %%
WINDOW = 4 * HOP  # 512 samples, 64 ms


def mel_matrix(bands, low=50.0):
    edges = np.linspace(*(np.log10(1 + f / 700) for f in (low, RATE / 2)), bands + 2)
    edges, bins = 700 * (10**edges - 1), np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    triples = zip(edges, edges[1:], edges[2:], strict=False)  # left, top, right
    return np.transpose([np.interp(bins, triple, (0, 1, 0)) for triple in triples])


def log_mel(wave):
    frames = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[::HOP]
    spectrum = np.fft.rfft(frames * np.hanning(WINDOW + 1)[:-1])  # fades both ends
    power = np.abs(4 / WINDOW * spectrum) ** 2  # of a sine of full scale: 1
    return 10 * np.log10(power @ mel_matrix(BANDS) + 1e-6)


how = {"sr": RATE, "n_fft": WINDOW, "hop_length": HOP, "n_mels": BANDS, "fmin": 50}
how |= {"center": False, "htk": True, "norm": None}
wave = word[:, 0].astype("float64")
theirs = (4 / WINDOW) ** 2 * librosa.feature.melspectrogram(y=wave, **how).T
theirs = 10 * np.log10(theirs + 1e-6)
exercises.agree("Our log-mel spectrogram is librosa's", log_mel(wave), theirs, 1e-3)

# %% [markdown]
# Look at the opening figure again. A bright band that bends is a **formant**, a resonance
# of mouth and throat. Formants tell the vowel. The fine ripples are the **harmonics**:
# multiples of the **pitch**, the frequency at which the vocal folds open and close.
#
# ## Part 2: why do raw waveforms hum?
#
# WaveGAN ([Donahue et al. 2019](https://arxiv.org/abs/1802.04208)) is the DCGAN of chapter
# 3 for sound: one dimension in place of two, kernel 25 for 5 × 5, stride 4 for 2 × 2.


# %%
def make_wavegan_generator(width=64, latent_dim=100, kernel=25):
    z = keras.Input((latent_dim,))
    x = layers.Reshape((16, 16 * width))(layers.Dense(16 * 16 * width)(z))
    for channels in (8 * width, 4 * width, 2 * width, width, 1):
        x = layers.ReLU()(x)
        x = layers.Conv1DTranspose(channels, kernel, 4, padding="same")(x)
    return keras.Model(z, layers.Activation("tanh")(x))


published = make_wavegan_generator()
exercises.agree("Weights of G as published", published.count_params(), 19_065_345)
exercises.agree("16,384 samples", published.output_shape, (None, 16_384, 1))

# %% [markdown]
# Chapter 3 found checkerboards behind transposed convolutions. In sound they are a **comb**: tones
# at multiples of r/4 and r/16. Draw from an untrained WaveGAN, and divide the power at
# r/4 by the power beside it. Real speech has about 1.


# %% tags=["nbval-ignore-output"]
def comb(waves):
    power = np.square(np.abs(np.fft.rfft(waves[..., 0]))).mean(0)
    line = len(power) // 2  # at r/4
    return (
        power[line] / np.r_[power[line - 40 : line - 9], power[line + 10 :][:30]].mean()
    )


keras.utils.set_random_seed(SEED)
noise = tf.random.stateless_normal((64, 100), (SEED, 1))
untrained = make_wavegan_generator(width=8)(noise).numpy()
print(f"real {comb(data.x_train):.1f}, untrained WaveGAN {comb(untrained):,.0f}")
audio.play(
    0.9 * untrained[0] / np.abs(untrained[0]).max(), 2 * RATE, "WaveGAN, untrained"
)

# %% [markdown]
# The ratio is large, and you hear a hum. Its phase is the same in every clip, so D can know
# each fake by it. **Phase shuffle** hides the phase: between D's layers, each map moves by a
# few samples at random. You write it in exercise 2.
#
# ## Part 3: what should the discriminator hear?
#
# D could learn from the waveform. Its first layers would have to learn a Fourier transform.
# We compute it, as a Keras layer, so that the gradient reaches the waveform and G. There is a
# trap: the size of a complex number, √(a² + b²), has the slope 0/0 at silence. Power plus a
# small number has the slope 0.
#
# A second question is the resolution. At 2 kHz a mel band is 130 Hz wide and blurs the
# harmonics of a voice, so hiss can pass for a voice. The layer `LogMel` therefore adds 64 **fine
# bins** behind the mel bands: the powers of 47 to 1,031 Hz, as the Fourier transform gives
# them, 16 Hz apart.

# %%
view = training.sound_layers.LogMel(RATE, BANDS, fine=FINE)
seen = view(word[None])[0, :, :, 0]
padded = np.pad(wave, (WINDOW - HOP) // 2)
by_hand = 1 + log_mel(padded)[: CLIP // HOP] / 30  # −60 … 0 dB become −1 … 1
exercises.agree("D sees our log-mel spectrogram", seen[:, :BANDS], by_hand, 1e-3)
silence = tf.zeros((1, CLIP, 1))
root = lambda x: ops.sqrt(ops.square(ops.rfft(x[..., 0])[0]))  # noqa: E731
for name, hear in (("root", root), ("power + floor", view)):
    with tf.GradientTape() as tape:
        tape.watch(silence)
        total = tf.reduce_sum(hear(silence))
    finite = bool(np.isfinite(tape.gradient(total, silence)).all())
    print(f"{name}: slope finite at silence: {finite}")

# %% [markdown]
# ## Part 4: what makes a voice?
#
# A waveform is hard to draw, because each sample must fit all others. But a voice is made in
# one way, and the **source–filter model** describes it
# ([Fant 1960](https://doi.org/10.1515/9783110873429)). There are two sources. The vocal folds
# give **pulses** at the pitch; breath gives noise. Mouth and throat are a **filter**: they
# make some frequencies louder, and they move slowly.
#
# So let G draw only what moves slowly: 49 numbers a frame, the **controls**. One is the pitch,
# in octaves above 150 Hz (one octave doubles the frequency). 32 are gains of the pulses
# at different frequencies, 16 are gains of the noise. A fixed formula without weights then plays
# them, and passes the gradient on
# ([Engel et al. 2020](https://arxiv.org/abs/2001.04643)). Here is the whole voice.


# %%
FRAMES, VOICED, NOISE, BINS = CLIP // HOP, 32, 16, HOP + 1
hertz = np.linspace(0, RATE / 2, BINS, dtype="float32")
how = {"frame_length": 2 * HOP, "frame_step": HOP}
how["window_fn"] = lambda n, dtype: tf.sqrt(tf.signal.hann_window(n, dtype=dtype))


def cut(waves):  # (n, CLIP) to spectra (n, FRAMES, BINS)
    return tf.signal.stft(tf.pad(waves, [[0, 0], [HOP // 2] * 2]), **how)


def pulses(octaves):  # (n, FRAMES) to waves (n, CLIP)
    pitch = 150 * 2**octaves
    after = tf.concat([pitch[:, 1:], pitch[:, -1:]], 1)
    share = np.arange(HOP, dtype="float32") / HOP
    pitch = pitch[..., None] * (1 - share) + after[..., None] * share
    pitch = tf.reshape(pitch, (-1, CLIP))  # Hz at each sample
    phase = 2 * np.pi * tf.cumsum(pitch / RATE, axis=1)
    r = tf.exp(-8 * pitch / RATE)  # each harmonic is r times the one before it
    wave = (r * tf.cos(phase) - r**2) / (1 - 2 * r * tf.cos(phase) + r**2)
    return wave * tf.sqrt(2 * (1 - r**2)) / r  # the sum of all, at power 1


def gain(points):  # logarithmic, (n, FRAMES, points) to factors (n, FRAMES, BINS)
    count = points.shape[-1]
    knots = 700 * np.expm1(np.linspace(0, np.log1p(RATE / 1400), count))  # mel scale
    curve = [np.interp(hertz, knots, row) for row in np.eye(count)]
    smooth = 8 * tf.tanh(points @ np.array(curve, "float32") / 8)  # within ±8
    return tf.cast(tf.exp(smooth - (3 if count == VOICED else 4)), "complex64")


def play(controls, hiss):
    octaves, voiced, noise = tf.split(controls, [1, VOICED, NOISE], 2)
    breath = np.clip((hertz - 750) / 500, 1e-3, 1)  # noise only above 1 kHz or so
    mixed = (
        gain(voiced) * cut(pulses(octaves[..., 0])) + gain(noise) * cut(hiss) * breath
    )
    waves = tf.signal.inverse_stft(mixed, **how)[:, HOP // 2 : HOP // 2 + CLIP]
    return tf.tanh(waves)[..., None]


# %% [markdown]
# Two lines deserve a word. The harmonics of a pulse form a geometric series, so its sum needs no
# loop. And noise is kept out of the low frequencies. There, a real vowel has hardly any; a G
# that may use it learns a hoarse voice, because hiss needs no pitch.
#
# Try it by hand before you train it. Each of three **vowels** is nothing but three formants.
# Which vowel comes first?

# %%
knots = 700 * np.expm1(np.linspace(0, np.log1p(RATE / 1400), VOICED))
controls = np.full((1, FRAMES, 1 + VOICED + NOISE), -9, "float32")
controls[..., 0] = np.linspace(0, -0.5, FRAMES)  # a pitch that falls by half an octave
formants = {"a": (700, 1_200, 2_600), "i": (300, 2_300, 3_000), "u": (320, 800, 2_300)}
for i, tops in enumerate(formants.values()):
    hills = [np.exp(-0.5 * ((knots - top) / (60 + 0.1 * top)) ** 2) for top in tops]
    controls[0, 21 * i : 21 * i + 18, 1 : 1 + VOICED] = 6 * np.max(hills, 0) - 4
hiss = np.random.default_rng(SEED).standard_normal((1, CLIP), "float32")
vowels = play(controls, hiss).numpy()
layer = training.sound_layers.SourceFilter(RATE, pitch_window=1)
exercises.agree("The layer of the course plays the same", layer(controls), vowels, 0.02)
audio.play(vowels, RATE, "a, i, u")

# %%
plotting.contact_sheet({"by hand": vowels}, RATE)

# %% [markdown]
# **Figure.** Three vowels, one after the other, as a waveform and as a spectrogram. Each has
# bright bands at its own three formants. The ripples of the pitch move down from vowel to vowel.
#
# ## Why is pitch hard to learn?
#
# The phase of a pulse is the sum of all pitches before it. Turn the pitch of the first frame,
# and every later sample moves. So the slope of the loss on the pitch is steep, and it
# says little about where the right pitch is. All controls come out of the same layers of
# G, so the pitch's slope drowns those of the gains. Measure it, for G's loss "be
# like these real clips, as D sees them".


# %% tags=["nbval-ignore-output"]
def slopes(controls, factor):
    layer = training.sound_layers.SourceFilter(RATE, pitch_slope=factor)
    with tf.GradientTape() as tape:
        tape.watch(controls)
        gap = view(layer(controls)) - view(data.x_train[:BATCH])
        loss = tf.reduce_mean(gap**2)
    slope = tape.gradient(loss, controls).numpy()
    return np.std(slope[..., 0]) / np.std(slope[..., 1:])


drawn = tf.random.stateless_normal((BATCH, FRAMES, 1 + VOICED + NOISE), (SEED, 0))
for factor in (1.0, 0.03):
    print(
        f"slope × {factor}: the pitch's is {slopes(drawn, factor):.1f} times a gain's"
    )

# %% [markdown]
# Three things help. The layer `SourceFilter` multiplies this slope by 0.03 and leaves the
# sound as it is. It averages the pitch over 17 frames, since a pitch that jumps sounds
# like a whisper. And G need not find the pitch: it is told.
#
# ## Part 5: what do we tell both networks?
#
# Each clip has labels: the digit, and who says it. A third number is measured: its pitch. We
# tell all three to D, and G reads them off z. The first ten numbers of z are the digits'; the
# largest of them wins. The next ones are the speakers'. One more number, with the
# speaker's own mean and spread, gives the pitch. So G needs nothing but z.


# %% tags=["shared"]
def describe(clips, columns, rate=RATE, sung=True):
    """Return rows for D, and the layer that reads such rows off z."""
    sizes = [len(np.unique(column)) for column in columns]
    rows = training.conditions.one_hot(*columns)
    if not sung:
        return rows, training.conditions.NoiseLabels(sizes)
    octaves, pairs = np.log2(audio.pitch(clips, rate) / 150), []
    for who in np.unique(columns[-1]):
        mine = columns[-1] == who
        known = octaves[mine & np.isfinite(octaves)]
        pairs.append((np.median(known), np.std(known)) if len(known) else (0, 0))
        octaves[mine & np.isnan(octaves)] = pairs[-1][0]
    rows = np.column_stack([rows, octaves]).astype("float32")
    return rows, training.sound_layers.PitchLabels(sizes, pairs)


# %% tags=["nbval-ignore-output"]
told, condition = describe(data.x_train, [data.y_train, data.speakers_train])
for who, (mean, spread) in zip(people, condition.pitches, strict=True):
    print(f"{who:10} {150 * 2**mean:4.0f} Hz, times or divided by {2**spread:.2f}")

# %% [markdown]
# D looks at the mel bands and at the fine bins with two small stacks of convolutions. With
# $h$ its last hidden layer, of size $n$, and the row $y$ of what it is told, its logit is
# $w\cdot h+(Ey)\cdot h/\sqrt n$. The matrix $E$ is learnt
# ([Miyato & Koyama 2018](https://arxiv.org/abs/1802.05637); the root is ours). G is that of chapter
# 3 in one dimension, in front of the voice.


# %% tags=["shared"]
def make_discriminator(frames, told, width=16):
    shape = frames, BANDS + FINE, 1
    row = keras.Input((frames * (BANDS + FINE) + told,))
    picture, y = training.conditions.apart(row, shape)
    h = []
    for x, hidden in ((picture[:, :, :BANDS], 256), (picture[:, :, BANDS:], 128)):
        for i in range(3):
            x = layers.Conv2D(width * 2**i, 3, 2, "same", activation="leaky_relu")(x)
        h.append(layers.Dense(hidden, activation="leaky_relu")(layers.Flatten()(x)))
    h = layers.Concatenate()(h)
    wanted = layers.Dense(384, use_bias=False)(y)
    return keras.Model(row, layers.Dense(1)(h) + layers.Dot(1)([h, wanted]) / 384**0.5)


def make_generator(condition, voice, frames, width=32, sung=True):
    z = keras.Input((LATENT,))
    y = condition(z)
    x = layers.Concatenate()([y, z])
    x = layers.Concatenate()([x, layers.Dense(128, activation="leaky_relu")(x)])
    x = layers.Dense(frames // 8 * 4 * width, use_bias=False)(x)
    x = layers.Reshape((frames // 8, 4 * width))(x)
    for filters in (4 * width, 2 * width, width):
        x = layers.LeakyReLU(0.2)(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.Conv1DTranspose(filters, 4, 2, "same", use_bias=False)(x)
    x = layers.LeakyReLU(0.2)(layers.BatchNormalization(momentum=0.9)(x))
    controls = layers.Conv1D(1 + voice.voiced + voice.noise, 3, padding="same")(x)
    if sung:  # G bends the pitch that it is told by at most a quarter of an octave
        pitch = y[:, None, -1:] + ops.tanh(controls[:, :, :1]) / 4
        controls = layers.Concatenate()([pitch, controls[:, :, 1:]])
    return keras.Model(z, voice(controls, z))


# %% [markdown]
# D would soon know 2,700 recordings by heart. So clips are moved in time and made louder or
# softer at random in front of D, real and generated alike (chapter 11). R1 (chapter 4) acts on
# every eighth step. The rates of learning fall to
# a half.


# %% tags=["shared"]
def make_gan(
    condition, rate=RATE, clip=CLIP, steps=STEPS, seed=SEED, sung=True, breath=750.0
):
    """Return a compiled GAN whose rates fall over twice the `steps`."""
    keras.utils.set_random_seed(seed)
    hop = HOP * 2 ** round(np.log2(rate / RATE))  # about 16 ms at any rate
    layer = training.sound_layers
    ear = layer.LogMel(rate, BANDS, window=4 * hop, hop=hop, fine=FINE)
    voice = layer.SourceFilter(rate, hop=hop, breath=breath)
    g = make_generator(condition, voice, clip // hop, sung=sung)
    d = make_discriminator(clip // hop, condition.width)
    how = {"latent_dim": LATENT, "seed": seed, "view": ear, "condition": condition}
    gan = training.ConditionalGAN(g, d, **how)
    fall = keras.optimizers.schedules.CosineDecay
    rates = [fall(rate, 2 * steps) for rate in (1.2e-3, 2e-3)]  # of D, of G
    adams = [keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99) for rate in rates]
    how = {"augment": training.augmentation.make_for_clips(), "one_pass": True}
    how |= {"fuse_updates": steps > 1_000, "steps_per_execution": 10}
    gan.compile("non_saturating", [training.losses.r1(3.0, 8)], *adams, **how)
    return gan


# %% tags=["nbval-ignore-output"]
gan = make_gan(condition)
gan.fit((data.x_train, told), batch_size=BATCH, steps_per_epoch=STEPS, verbose=0)

# %% [markdown]
# ## Part 6: is it speech, is it what we asked for, and is it clear?
#
# Three questions need three measures. The **Fréchet distance** (chapter 2), in the features of a
# classifier of spoken digits, says how far the clips are from real ones; 0 is best. The
# classifier also says whether it hears the digit that z asks for (*as asked*). Neither
# hears hoarseness. So take the loud frames of each clip. In a voice they repeat with the
# pitch, in a whisper they do not. The **harmonics-to-noise ratio** is the power of what
# repeats over the power of what does not, in dB
# (Boersma 1993, Proc. IFA 17). The **clear share** is the share of loud frames in which more than
# 0.7 of the power repeats.
#
# Numbers alone mean little, so real clips are spoilt on purpose. `whispered` puts noise in place of
# the vocal folds, `buzzed` puts one constant pitch there. Predict: which column notices
# each of the two?

# %% tags=["nbval-ignore-output"]
network = features.load(data.name)
half = network.embed(data.x_train[order[::2]][:COUNT])
other = order[1::2][:COUNT]
real, real_digits = data.x_train[other], data.y_train[other]
codes = tf.random.stateless_normal((len(other), LATENT), (1, 0))
asks = labels(codes).numpy()[:, :10].argmax(1)
sets = {"real": (real, real_digits)}
for name, g in (("ours", gan.ema_generator), ("bundled", finished)):
    drawn = [g(codes[i : i + 50], training=False) for i in range(0, len(codes), 50)]
    sets[name] = np.concatenate(drawn), asks
for name, clips in audio.spoil(real, real_digits, RATE, SEED).items():
    sets[name] = clips, real_digits


def row(clips, asked):
    heard, health = network.embed(clips), audio.health(clips[:500], RATE)
    q = features.quality(network, heard, half)
    right = np.mean(heard.probabilities.argmax(1) == asked)
    clear = health["clear_share"], health["harmonics_db"], health["voiced_share"]
    return q.frechet, q.inception_score, right, *clear


print("Fréchet  score  as asked  clear     dB  voiced")
for name in (*list(sets)[:7], "white noise"):
    values = row(*sets[name])
    print("{:7.1f} {:6.2f} {:9.2f} {:6.2f} {:6.1f} {:7.2f} ".format(*values), name)

# %% [markdown]
# With FSDD, a whisper and a buzz are still words: the classifier knows most of them, and white
# noise is far worse in every column but one or two. The clear share tells them apart at
# once: near 0 for the whisper, near 1 for the buzz. A good voice is like *real* clips in
# every column, neither below nor above.

# %% tags=["nbval-ignore-output"]
shown = {name: sets[name][0][[*map(list(sets[name][1]).index, range(6))]]
         for name in ("real", "ours")}  # fmt: skip
plotting.contact_sheet(shown, RATE)

# %% [markdown]
# **Figure.** Zero to five, real above, our generator below. Both show formants that bend, fine
# ripples in the vowels, and a dark end.

# %% tags=["nbval-ignore-output"]
pairs = [
    clip
    for digit in (0, 4, 8)
    for clip in (
        real[list(real_digits).index(digit)],
        gan.generate(1, seed=3, labels=digit)[0],
    )
]
audio.play(np.concatenate(pairs), RATE, "0, 4, 8: real, then ours")

# %% [markdown]
# Is it luck? The table below was stored by `benchmarks/audio_seeds.py`: this training from three
# seeds, then without one part each. Then come four designs after equal seconds on one core: the
# WaveGAN with a D on waveforms, the same with a D that hears, our voice, and our voice with both
# kinds of D. All start from seeds 0, 1 and 2.

# %%
stored = json.loads(runtime.bundled("audio_seeds.json").read_text("utf8"))
print(f"{'':24} Fréchet           as asked          clear share       dB")
for name, runs in stored["trainings"].items():
    cells = [
        " ".join(f"{run[key]:5.{n}f}" for run in runs)
        for key, n in (
            ("frechet", 1),
            ("asked", 2),
            ("clear_share", 2),
            ("harmonics_db", 1),
        )
    ]
    print(f"{name:24}", *cells)

# %% [markdown]
# Read each cell of the table as three seeds. Without the pitch, or without the fine bins, the
# clear share falls in every seed. Among the designs, only those that play the voice get
# near speech in the same time.
#
# ## Part 7: how do I use my own sounds?
#
# Put WAV, FLAC, OGG, MP3 or AIFF files into a folder; folders inside it become classes that you
# can ask for. `load_sounds` reads each file, cuts long recordings at their pauses, and says
# what it refused and why. Here the folder holds one long recording each of two speakers, and a
# file that is no sound.

# %% tags=["nbval-ignore-output"]
folder = runtime.runs_folder("05_audio_gan")
for who in people[:2]:
    words = data.x_train[data.speakers_train == who][: 4 * BATCH]
    talk = np.pad(words, ((0, 0), (0, RATE // 4), (0, 0))).reshape(-1)
    audio.save_wav(folder / "own" / str(who) / "talk.wav", talk, RATE)
(folder / "own" / "notes.mp3").write_text("no sound")
mine = datasets.load_sounds(folder / "own", sample_rate=RATE, clip_length=CLIP)
print(mine.summary)

# %% [markdown]
# Now the same functions train on it. No classifier knows your words, so the Fréchet distance
# is not possible. The cell falls back on **log-mel statistics**: mean and spread of the level
# in each band and frame. Their difference to your clips, in dB, says whether loudness,
# length and colour fit. It cannot say whether a word is a word: listen.


# %% tags=["shared"]
def statistics_gap(clips, others, ear):
    levels = [30 * np.asarray(ear(x))[..., :BANDS, 0] for x in (clips, others)]
    mean, spread = (f(levels[0], 0) - f(levels[1], 0) for f in (np.mean, np.std))
    return np.sqrt(np.mean(mean**2)), np.sqrt(np.mean(spread**2))  # in dB


# %% tags=["nbval-ignore-output"]
rows, reads = describe(mine.clips, [mine.labels])
own = make_gan(reads, steps=OWN_STEPS)
own.fit((mine.clips, rows), batch_size=BATCH, steps_per_epoch=OWN_STEPS, verbose=0)
half_of_mine = mine.clips[::2]
compared = {"your other clips": mine.clips[1::2], "generated": own.generate(64)}
compared["white noise"] = sets["white noise"][0][:64]
for name, clips in compared.items():
    gaps = statistics_gap(clips, half_of_mine, view)
    print("mean level off by {:4.1f} dB, spread by {:4.1f} dB ".format(*gaps), name)
audio.play(np.concatenate(own.generate(4, labels=1)), RATE, str(mine.class_names[1]))

# %% [markdown]
# After so few steps you hear a murmur in the rhythm of words. In a terminal, one command does all
# of this for a folder, for longer, and writes WAV files:
# `python tools/own_sounds.py FOLDER --kind speech`. What to expect:
#
# | kind | how | what comes out |
# |---|---|---|
# | `speech` | 8 kHz, one second, pitch told | from some hundred words: words; from fewer: a murmur |
# | `hits` | 44.1 kHz, 0.7 s, no pitch told, noise in all bands | drums: attack and decay of each class |
# | `loops` | 22 kHz, 3 s, no pitch told | the colour of the music, no melody |
#
# ## Save it
#
# The file holds layers of this course: import `ganutils` once, and plain Keras reads it. z goes
# in, clips in [−1, 1] come out.

# %%
gan.ema_generator.save(folder / "generator.keras")
again = keras.models.load_model(folder / "generator.keras")
same = np.allclose(again(codes[:8]), gan.ema_generator(codes[:8]), atol=1e-3)
exercises.agree("The file draws the same clips from z alone", same)
path = audio.save_wav(folder / "seven.wav", gan.generate(1, labels=7)[0], RATE)
exercises.agree("A WAV file for everybody else", path.stat().st_size > 2 * CLIP)

# %% [markdown]
# ## What you now know
#
# - Sound is a row of numbers; a log-mel spectrogram shows it as an ear hears it.
# - Transposed convolutions hum. A voice of pulses, noise and filters does not.
# - A D that hears fine harmonics, and a G that is told its pitch, give a clear voice.
# - The Fréchet distance does not hear hoarseness; the harmonics-to-noise ratio does.
# - This voice helps with speech only. Ten words, six people: it knows nothing else.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/05_audio_gan_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: a mel band by hand
#
# Return the weight of one triangle at frequency `f`: 0 up to `left`, rising in a straight line
# to 1 at `top`, falling to 0 at `right`, and 0 beyond. `f` is an array in Hz.


# %% tags=["stub"]
def triangle(f, left, top, right):
    return ...


# %% tags=["check"]
rng, cases = np.random.default_rng(SEED), []
edges = 700 * (10 ** np.linspace(0.03, 0.8, 12) - 1)
for left, top, right in [*zip(edges, edges[1:], edges[2:], strict=False)][::3]:
    f = np.r_[rng.uniform(left / 2, 1.5 * right, 60), left, top, right]
    cases.append(((f, left, top, right), np.interp(f, (left, top, right), (0, 1, 0))))
exercises.check_function("Exercise 1", triangle, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Write the rising line as if it had no end, and the falling line,
# too. Which of the two is the smaller one to the left of `top`, and which to the right? What
# must happen where both are negative?</details>


# %% tags=["solution"]
def triangle(f, left, top, right):
    rising, falling = (f - left) / (top - left), (right - f) / (right - top)
    return np.maximum(0, np.minimum(rising, falling))  # the lower line counts


# %% [markdown]
# ### Exercise 2: phase shuffle
#
# Write the move behind phase shuffle. `x` is an array (samples, channels). Move it to the right by
# `shift` samples (to the left where `shift` is negative), at the same length. Fill the
# edge by reflection, without repeating the sample at the border.


# %% tags=["stub"]
def shifted(x, shift):
    return ...


# %% tags=["check"]
rng, cases = np.random.default_rng(SEED), []
for length, shift in (
    (8, 2),
    (8, -2),
    (5, 1),
    (9, -3),
    (9, 3),
    (5, 0),
    (4, 3),
    (7, -6),
):
    x = rng.normal(size=(length, 2))  # there and back, again and again: period 2n − 2
    round_trip = np.concatenate([x, x[-2:0:-1]])
    right = round_trip[np.arange(-shift, length - shift) % len(round_trip)]
    cases.append(((x, shift), right, f"{length} samples, shift {shift}"))
exercises.check_function("Exercise 2", shifted, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>`np.pad` knows several ways to fill an edge, each axis with its
# own width. If you pad both ends alike, where in the longer array does the wanted piece
# begin, for a shift to the right and for one to the left?</details>


# %% tags=["solution"]
def shifted(x, shift):
    edge = abs(shift)  # on both sides: the piece begins at 0 or at 2 · edge
    padded = np.pad(x, ((edge, edge), (0, 0)), mode="reflect")
    return padded[edge - shift : edge - shift + len(x)]


# %% [markdown]
# ### Exercise 3: what do the fine bins change?
#
# `errors(fine)` takes the voice without a GAN. It changes controls by gradient descent, until
# they sound like a buzzing vowel of 120 Hz, as D hears it, with or without fine bins. The
# pitches of six clips begin between 116 and 124 Hz, on average 2.4 Hz off. It returns by how
# many Hz they are off at the end. Run it for both, and choose what the numbers support.
#
# - a: With and without fine bins, descent finds the pitch within 1 Hz.
# - b: With fine bins it finds it within 1 Hz; without them it ends further off than it began.
# - c: With and without fine bins, it ends further off than it began.


# %% tags=["shared"]
@cache
def errors(fine, steps=100):
    layer = training.sound_layers
    voice, ear = layer.SourceFilter(RATE), layer.LogMel(RATE, BANDS, fine=fine)
    wanted = np.full((6, FRAMES, 1 + VOICED + NOISE), -8, "float32")
    wanted[..., 0], wanted[..., 1:20] = np.log2(120 / 150), 1
    start = np.random.default_rng(SEED).normal(0, 0.1, wanted.shape)
    start[..., 0] = np.log2(np.linspace(116, 124, 6) / 150)[:, None]
    target, controls = ear(voice(wanted)), tf.Variable(start.astype("float32"))
    adam = keras.optimizers.Adam(0.05)
    adam.build([controls])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((ear(voice(controls)) - target) ** 2)
        adam.apply([tape.gradient(loss, controls)], [controls])

    for _ in range(steps):
        step()
    return np.abs(150 * 2 ** controls.numpy()[..., 0].mean(axis=1) - 120)


# %% tags=["stub"]
choice = ...  # "a", "b" or "c"

# %% tags=["check"]
found = "?"
if isinstance(choice, str):
    with_fine, without = (np.median(errors(bins)) for bins in (FINE, 0))
    found = "c" if with_fine > 2.4 else "a" if without < 1 else "b"
exercises.check("Exercise 3", choice, found)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Print `np.median(errors(FINE))` and `np.median(errors(0))`. How
# wide is a mel band at 1 kHz, and how far apart are the harmonics of 120 Hz?</details>

# %% tags=["solution"]
print(np.median(errors(FINE)), np.median(errors(0)))
choice = "b"  # mel bands blur the harmonics, so their slope does not point at the pitch

# %% [markdown]
# ### Exercise 4: a robot and a whisper
#
# `controls` of the bundled generator is an array (n, frames, 49) as in Part 4: pitch, 32 gains of
# the pulses, 16 of the noise. Write `robot`, which gives each frame of a clip the clip's mean
# pitch, and `whisper`, which makes the gains of the pulses −8 and those of the noise 2 larger.
# Both change nothing else, and leave the array that they are given as it is. Then listen, and
# predict: for the clear share of the generated clips, does `robot` change it by more than 0.1?
# Does `whisper`?


# %% tags=["stub"]
def robot(controls):
    return ...


def whisper(controls):
    return ...


robot_changes_it, whisper_changes_it = ..., ...  # True or False

# %% tags=["check"]
inner = keras.Model(finished.input, finished.layers[-1].input[0])
given = inner(codes[:24]).numpy()
flat, hushed = given.copy(), given.copy()
flat[..., 0] = flat[..., 0].mean(axis=1)[:, None]
hushed[..., 1:] = np.concatenate([0 * given[..., 1:33] - 8, given[..., 33:] + 2], 2)
exercises.check_function("Exercise 4 · robot", robot, [(given.copy(), flat)])
exercises.check_function("Exercise 4 · whisper", whisper, [(given.copy(), hushed)])
shares = [audio.health(finished.layers[-1](c, codes[:24]).numpy(), RATE)["clear_share"]
          for c in (given, flat, hushed)]  # fmt: skip
right = [bool(abs(share - shares[0]) > 0.1) for share in shares[1:]]
exercises.check(
    "Exercise 4 · predictions", [robot_changes_it, whisper_changes_it], right
)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Does the clear share ask *which* pitch a frame has? What is left that
# repeats when the vocal folds rest? To hear it:
# `audio.play(finished.layers[-1](robot(given), codes[:24])[0].numpy(), RATE)`.</details>


# %% tags=["solution"]
def robot(controls):
    changed = np.array(controls)
    changed[..., 0] = changed[..., 0].mean(axis=1, keepdims=True)
    return changed


def whisper(controls):
    changed = np.array(controls)
    changed[..., 1:33] = -8
    changed[..., 33:] += 2
    return changed


robot_changes_it, whisper_changes_it = False, True  # it asks for a pitch, not for which

# %% [markdown]
# ## Further reading
#
# - GANSynth ([Engel et al. 2019](https://arxiv.org/abs/1902.08710)): music, with the change of
#   the phase in place of the phase.
# - HiFi-GAN ([Kong et al. 2020](https://arxiv.org/abs/2010.05646)): from spectrogram to speech,
#   with many discriminators on the waveform.
# - Vocos ([Siuzdak 2023](https://arxiv.org/abs/2306.00814)): G ends in an inverse Fourier
#   transform, as ours does.

# %%
values = {name: row(*sets[name]) for name in ("ours", "real", "reversed")}
runtime.save_summary(
    "05_audio_gan",
    measure="Fréchet distance",
    value=values["ours"][0],
    floor=values["real"][0],
    checks={
        "inception score ≥ 9": values["ours"][1] >= 9,
        "a clear pitch in half of the loud frames": values["ours"][3] >= 0.5,
        "nearer than words played backwards": values["ours"][0] < values["reversed"][0],
    },
)

# %% [markdown]
# # Make a voice: a 1-D audio GAN, heard, seen and measured
#
# You generate spoken digits as raw waveforms from noise: one network from z to 8,192
# samples, trained against another one that listens to spectrograms. You hear the
# result, see it, and measure it beside real recordings and beside recordings that were
# spoilt on purpose.
#
# **You do**: look at sound as numbers; clean a folder of recordings; measure the tone
# that transposed convolutions add; build a voice from pulses and noise; train it; ask it
# for a digit.
#
# **You learn**: what a network sees of a sound, why raw waveforms are hard, what helps
# most, and how not to be fooled by a measure.
#
# **You need**: chapters 2 and 3, headphones. Two CPU cores take about six minutes; expect
# hoarse digits, more than eight of ten of which a classifier hears as asked.

# %% tags=["setup"]

# %% tags=["imports"]
import time

import keras
import librosa
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils import audio, datasets, metrics, monitoring, plotting, training
from ganutils.datasets import messy
from ganutils.kit import exercises, runtime
from ganutils.metrics import features
from ganutils.training import (
    augmentation,
    conditions,
    losses,
    pretrained,
    sound_layers,
)

# %% [markdown]
# ## Choose the sizes
#
# `smoke` proves that each cell runs, `cpu` is for a laptop, `gpu` trains longer.

# %% tags=["shared"]
SEED, LATENT, BATCH = 0, 64, 16
RATE, CLIP = 8_000, 8_192  # samples a second, samples
SHAPE = (64, 40, 1)  # of what D sees: frames, mel bands
RATES = 1.2e-3, 2e-3  # of learning, D's and G's
STEPS = runtime.pick(smoke=20, cpu=1_600, gpu=100_000)
EVERY = runtime.pick(smoke=10, cpu=320, gpu=5_000)  # steps between two looks
TRIAL_SECONDS = runtime.pick(smoke=1, cpu=10, gpu=120)
COUNT = runtime.pick(smoke=60, cpu=1_350, gpu=1_350)  # clips in a measure
PUBLISHED_WIDTH = runtime.pick(smoke=2, cpu=64, gpu=64)  # of WaveGAN in the paper
PUBLISHED_STEPS = runtime.pick(smoke=1, cpu=1, gpu=20_000)  # of G; paper: 200,000
PUBLISHED_BATCH = runtime.pick(smoke=2, cpu=2, gpu=64)

# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("fsdd")
print(runtime.banner(), data.source, sep="\n")

# %% [markdown]
# ## Part 1: sound is a list of numbers
#
# A microphone measures air pressure. **Sampling** keeps its value $r$ times a second, the
# *sample rate*; **quantisation** rounds it to $2^b$ steps. Three facts follow. A clip of
# $n$ samples lasts $n/r$ seconds. A tone above $r/2$, the Nyquist frequency, comes back
# as a lower one, at $r-f$. And each bit adds about 6 dB of distance between the loudest
# tone and the rounding noise: $6.02\,b+1.76$ dB
# ([Bennett 1948](https://doi.org/10.1002/j.1538-7305.1948.tb01340.x)).

# %%
seconds = np.arange(CLIP) / RATE
print(f"{CLIP:,} samples at {RATE:,} Hz last {CLIP / RATE} s")
high, low = np.cos(2 * np.pi * 5_000 * seconds), np.cos(2 * np.pi * 3_000 * seconds)
print("5 kHz and 3 kHz, sampled at 8 kHz, are the same:", np.allclose(high, low))
tone = np.sin(2 * np.pi * 440.0 * seconds)
for bits in (4, 8, 12):
    step = 2 / 2**bits
    noise = np.round(tone / step) * step - tone
    decibel = 10 * np.log10(np.mean(tone**2) / np.mean(noise**2))
    print(f"{bits:2} bits: {decibel:.0f} dB, rule: {6.02 * bits + 1.76:.0f} dB")

# %% [markdown]
# ## What a network sees
#
# 8,192 numbers say little to the eye. A **spectrogram** cuts the clip into short windows
# and asks each for the strength of its frequencies (a Fourier transform). The **mel**
# scale then merges frequencies in bands as an ear does, narrow ones below 1 kHz and wide
# ones above, and the logarithm makes quiet and loud comparable. Below: six digits, each
# as waveform and as log-mel spectrogram.

# %%
first = [int(np.flatnonzero(data.y_train == digit)[0]) for digit in range(6)]
plotting.contact_sheet({"real": data.x_train[first]}, RATE)

# %% [markdown]
# **Figure.** Six spoken digits, waveforms above, spectrograms below, bright where it is
# loud: horizontal bands, the resonances of mouth and throat, bend from vowel to vowel;
# hiss fills the upper half for a moment; the second half of each clip is silent.
#
# A bright band that bends is a **formant**: this is where the vowel is. Fine ripples below
# 1 kHz are multiples of the **pitch**, the vocal folds' own frequency. Listen, at a fixed
# gain: loudness is information, so no player of this chapter turns it up for you.

# %% tags=["nbval-ignore-output"]
audio.play(np.concatenate(data.x_train[first[:4]]), RATE, "real")

# %% [markdown]
# ## "How do I use my own recordings?"
#
# A real folder has stereo, odd rates, broken files and things that are no sound at all.
# What the loader cannot use it reports with a reason; what it can, it turns into clips of
# one rate, one length, one loudness, that begin where the sound begins.

# %% tags=["nbval-ignore-output"]
own = runtime.runs_folder("05_audio_gan", "own_sounds")
messy.write_sounds(own, data.x_train[:3], RATE)
mine = datasets.load_sounds(own, sample_rate=RATE, clip_length=CLIP)
for entry in mine.skipped:
    print(f"{entry.path:18} {entry.reason[:66]}")
print("used:", mine.clips.shape, "peak", np.abs(mine.clips).max().round(3))

# %% [markdown]
# ## Part 2: WaveGAN, and the tone that it leaves
#
# [Donahue et al. 2019](https://arxiv.org/abs/1802.04208) took DCGAN to sound: one
# dimension in place of two, kernel 25 for 5×5, stride 4 for 2×2. The functions below
# derive depth and width from the length of the clip. Do the published numbers of weights
# come out?


# %% tags=["shared"]
def quarters(clip_length):
    """Return the shortest map, 5 to 16 samples or fewer, and how often 4 divides it."""
    for times in range(1, 10):
        if clip_length % 4**times == 0 and 0 < clip_length <= 16 * 4**times:
            return clip_length // 4**times, times
    raise ValueError(f"Expected 4ⁿ · (at most 16) samples; received {clip_length!r}.")


def make_wavegan_generator(clip=CLIP, width=64, kernel=25, latent_dim=LATENT):
    """Return G: z (batch, latent_dim) → clips (batch, clip, 1)."""
    side, times = quarters(clip)
    filters = width * 2 ** (times - 1)
    stack = [keras.Input((latent_dim,)), layers.Dense(side * filters)]
    stack.append(layers.Reshape((side, filters)))
    for i in range(times):
        filters = 1 if i == times - 1 else filters // 2
        stack.append(layers.ReLU())
        stack.append(layers.Conv1DTranspose(filters, kernel, 4, padding="same"))
    return keras.Sequential([*stack, layers.Activation("tanh")], name="generator")


# %% tags=["shared"]
def make_wavegan_discriminator(clip=CLIP, width=64, kernel=25, radius=2):
    """Return D: clips (batch, clip, 1) → logits (batch, 1)."""
    stack, times = [keras.Input((clip, 1))], quarters(clip)[1]
    for i in range(times):
        stack.append(layers.Conv1D(width * 2**i, kernel, 4, padding="same"))
        stack.append(layers.LeakyReLU(0.2))
        if radius and i < times - 1:
            stack.append(sound_layers.PhaseShuffle(radius))
    stack += [layers.Flatten(), layers.Dense(1)]
    return keras.Sequential(stack, name="discriminator")


# %%
g = make_wavegan_generator(16_384, latent_dim=100)
d = make_wavegan_discriminator(16_384)
print(f"G: {g.count_params():,} weights, published: 19,065,345", end="; ")
print(f"D: {d.count_params():,}, published: 17,427,969")

# %% [markdown]
# A stamp of 25 samples every 4 does not cover all samples alike (chapter 3): what was a
# checkerboard is a **comb** of tones here, at multiples of $r/4$, $r/16$ … .
# `comb_score` divides the power at those frequencies by that of their neighbours; real
# speech has about 1. Untrained generators, three kernels: predict which one is best.

# %% tags=["nbval-ignore-output"]
z = training.sample_z(64, LATENT, seed=(SEED, 1))
print(f"real speech: {audio.comb_score(data.x_train[:500], RATE):.1f}")
for kernel in (25, 24, 4):
    runtime.set_seed(SEED)
    sounds = make_wavegan_generator(width=8, kernel=kernel)(z, training=False)
    print(f"kernel {kernel}, stride 4: {audio.comb_score(sounds.numpy(), RATE):.1f}")

# %% [markdown]
# Each of them hums, and 24 and 4, which cover all samples alike, only a little less: the
# four interleaved sets of random weights still differ. Training can learn the comb away,
# or not.
#
# The phase of such a tone is the same in every fake, which gives a discriminator an
# easy and useless victory. **Phase shuffle** denies it: between D's layers each map moves
# by −2 … 2 samples at random, its edge filled by reflection.

# %%
ramp = np.arange(8.0, dtype="float32").reshape(1, 8, 1)
shuffle = sound_layers.PhaseShuffle(2, seed=SEED)
for _ in range(3):
    print(np.ravel(shuffle(ramp, training=True)).astype(int))
print("at inference:", np.ravel(shuffle(ramp, training=False)).astype(int))

# %% [markdown]
# ## Part 3: let the discriminator hear
#
# D's convolutions must first learn what an ear is born with. Give it the log-mel
# spectrogram instead: as a layer, so that the gradient passes through it to the waveform
# and to G. D itself is then chapter 3's, with one more layer. A trap: the slope of
# $|S|=\sqrt{a^2+b^2}$ at silence is 0/0. Power plus a floor has the slope 0 there.

# %%
view = sound_layers.LogMel(RATE, bands=SHAPE[1])
silence = tf.zeros((1, CLIP, 1))


def loudness(x):
    """Return the sum of |S|, as a careless front end would compute it."""
    spectrum = tf.signal.stft(x[..., 0], 512, 128)
    return tf.sqrt(tf.math.real(spectrum) ** 2 + tf.math.imag(spectrum) ** 2)


for name, function in {"square root": loudness, "power + floor": view}.items():
    with tf.GradientTape() as tape:
        tape.watch(silence)
        total = tf.reduce_sum(function(silence))
    slope = tape.gradient(total, silence).numpy()
    print(f"{name}: slope finite at silence: {bool(np.isfinite(slope).all())}")
print("D sees", view(data.x_train[:2]).shape, "for", data.x_train[:2].shape)


# %% tags=["shared"]
def make_discriminator(shape=SHAPE, width=16, hidden=256, sizes=()):
    """Return D: log-mel spectrograms (batch, frames, bands, 1) → logits (batch, 1).

    With `sizes` of labels, see part 4, it takes rows of a spectrogram and its labels.
    """
    x = shown = keras.Input((int(np.prod(shape)) + sum(sizes),) if sizes else shape)
    if sizes:
        x, labels = conditions.apart(shown, shape)
    for i in range(3):
        x = layers.Conv2D(width * 2**i, 3, 2, padding="same")(x)
        x = layers.LeakyReLU(0.2)(x)
    x = layers.LeakyReLU(0.2)(layers.Dense(hidden)(layers.Flatten()(x)))
    logit = layers.Dense(1)(x)
    if sizes:
        wanted = layers.Dense(hidden, use_bias=False)(labels)
        logit = logit + layers.Dot(axes=1)([x, wanted]) / hidden**0.5
    return keras.Model(shown, logit, name="discriminator")


# %% [markdown]
# ## A voice has two sources and one filter
#
# A waveform is hard because its phase must be right at every sample. But all voices are
# made in one way ([Fant 1960](https://doi.org/10.1515/9783110873429)): the vocal folds
# give **pulses** at the pitch, breath gives **noise**, and mouth and throat, slowly
# moving, **filter** both. So let G draw only what moves slowly, 64 times a clip: pitch,
# 32 gains for the pulses, 16 for the noise. A layer without weights plays it, and
# passes the gradient ([Engel et al. 2020](https://arxiv.org/abs/2001.04643)). Try it by
# hand before you train it: three vowels are nothing but three resonances each.

# %%
voice = sound_layers.SourceFilter(RATE)
corners = np.geomspace(1, 1 + RATE / 2 / 700, voice.voiced)
hertz = 700 * (corners - 1)  # evenly spaced on the mel scale
frames = np.full((1, CLIP // voice.hop, 1 + voice.voiced + voice.noise), -9.0)
frames[..., 0] = np.linspace(-0.3, -0.8, frames.shape[1])  # a pitch that falls
formants = {"a": (700, 1_200, 2_600), "i": (300, 2_300, 3_000), "u": (320, 800, 2_300)}
for i, resonances in enumerate(formants.values()):
    peaks = [np.exp(-0.5 * ((hertz - f) / (60 + 0.1 * f)) ** 2) for f in resonances]
    frames[0, 21 * i : 21 * i + 18, 1 : 1 + voice.voiced] = 6 * np.max(peaks, 0) - 4
vowels = voice(frames.astype("float32")).numpy()
print(vowels.shape, "peak", f"{np.abs(vowels).max():.2f}")
plotting.spectrogram(vowels[0], RATE)

# %% [markdown]
# **Figure.** Spectrogram of three vowels, one after another: each has bright horizontal
# bands at its own three resonances, and black between them.
#
# A trap is hidden here. The phase of a pulse is the sum of all pitches before it: turn the
# pitch at the start, and every later sample changes. So the slope on the pitch is steep
# and says little, and in the layers below, which all controls share, it drowns what the
# gains have to say. The pitch itself, misled, jumps from frame to frame, which sounds like
# a whisper. The layer therefore averages the pitch over 17 frames, and scales its slope,
# which leaves the sound as it is. What is left of the steepness? (The loss here: squared
# difference to real clips, as D sees them.)


# %% tags=["nbval-ignore-output"]
def slopes(window, factor):
    """Return the mean size of the slope on the pitch, and on all gains."""
    voice = sound_layers.SourceFilter(RATE, pitch_window=window, pitch_slope=factor)
    shape = BATCH, CLIP // voice.hop, 1 + voice.voiced + voice.noise
    controls = tf.random.stateless_normal(shape, (SEED, 0))
    with tf.GradientTape() as tape:
        tape.watch(controls)
        difference = view(voice(controls)) - view(data.x_train[:BATCH])
        loss = tf.reduce_mean(difference**2)
    slope = tape.gradient(loss, controls).numpy()
    return [np.sqrt(np.mean(part**2)) for part in (slope[..., :1], slope[..., 1:])]


for window, factor in ((1, 1.0), (17, 1.0), (17, 0.03)):
    pitch, gain = slopes(window, factor)
    print(f"mean of {window:2} frames, slope × {factor}", end=": ")
    print(f"the slope on the pitch is {pitch / gain:.0f} times a gain's")

# %% [markdown]
# Nothing else in this chapter matters as much: with the true slope, the training of part 4
# ended at a Fréchet distance several times as large (`benchmarks/README.md` has the runs).
#
# Now G: chapter 3's generator in one dimension, from 8 frames to 64, which ends in that
# layer.


# %% tags=["shared"]
def make_generator(clip=CLIP, width=32, hidden=128, latent_dim=LATENT, sizes=()):
    """Return G: z (batch, latent_dim) → clips (batch, clip, 1); `sizes`: of labels."""
    voice = sound_layers.SourceFilter(RATE)
    times = int(np.log2(clip / voice.hop / 8))
    widths = [width * 2**i for i in reversed(range(times))]
    z = x = keras.Input((latent_dim,))
    if sizes:
        x = layers.Concatenate()([conditions.NoiseLabels(sizes)(z), z])
    x = layers.Concatenate()([x, layers.LeakyReLU(0.2)(layers.Dense(hidden)(x))])
    x = layers.Dense(8 * widths[0], use_bias=False)(x)
    x = layers.Reshape((8, widths[0]))(x)
    for filters in widths:
        x = layers.LeakyReLU(0.2)(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.Conv1DTranspose(filters, 4, 2, "same", use_bias=False)(x)
    x = layers.LeakyReLU(0.2)(layers.BatchNormalization(momentum=0.9)(x))
    controls = layers.Conv1D(1 + voice.voiced + voice.noise, 3, padding="same")(x)
    return keras.Model(z, voice(controls), name="generator")


# %% [markdown]
# One more D for the comparison: a **pair**, one judge on the waveform and one on the
# spectrogram, whose logits add up. Both views travel in one row of numbers.


# %% tags=["shared"]
EAR = sound_layers.LogMel(RATE, bands=SHAPE[1])


def both_views(clips):
    """Return (batch, 8192 + 64 · 40): each waveform, then its spectrogram."""
    parts = clips, EAR(clips)
    return tf.concat([tf.reshape(x, (-1, np.prod(x.shape[1:]))) for x in parts], 1)


def make_pair(clip=CLIP, shape=SHAPE):
    """Return D: what `both_views` returns → logits (batch, 1)."""
    row = keras.Input((clip + int(np.prod(shape)),))
    wave = layers.Reshape((clip, 1))(row[:, :clip])
    mel = layers.Reshape(shape)(row[:, clip:])
    on_wave, on_mel = (
        make_wavegan_discriminator(clip, width=8),
        make_discriminator(shape),
    )
    on_mel.name = "on_spectrogram"  # two parts of a model may not share one name
    return keras.Model(row, on_wave(wave) + on_mel(mel), name="pair")


DESIGNS = {  # G, D and what D sees
    "WaveGAN": (lambda: make_wavegan_generator(width=8),
                lambda: make_wavegan_discriminator(width=8), None),
    "WaveGAN with an ear": (lambda: make_wavegan_generator(width=8),
                            make_discriminator, EAR),
    "voice": (make_generator, make_discriminator, EAR),
    "voice, two judges": (make_generator, make_pair, both_views),
}  # fmt: skip

# %% [markdown]
# Two habits from chapter 4 keep a long run from spoiling itself. D would soon know 2,700
# recordings by heart, so clips are moved in time and turned up or down at random in front
# of D, real and fake alike; and the rates of learning, D's below G's, fall to zero.


# %% tags=["shared"]
def make_gan(
    design="voice", sizes=(), steps=None, gamma=3.0, rates=RATES, share=0.6, seed=SEED
):
    """Return a compiled GAN of one of the `DESIGNS`.

    Its rates fall to 0 over `steps`; `sizes` of labels are for the design "voice".
    """
    make_g, make_d, view = DESIGNS[design]
    options = {"view": view, "latent_dim": LATENT, "ema_decay": 0.999, "seed": seed}
    labels = {"sizes": sizes} if sizes else {}
    if sizes:
        options["condition"] = conditions.NoiseLabels(sizes)
    kind = training.ConditionalGAN if sizes else training.GAN
    gan = kind(make_g(**labels), make_d(**labels), **options)
    falling = keras.optimizers.schedules.CosineDecay
    rates = [rate if steps is None else falling(rate, steps) for rate in rates]
    gan.compile(
        "non_saturating",
        [losses.r1(gamma, interval=8)],
        *(keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99) for rate in rates),
        augment=augmentation.make_for_clips(share=share),
        one_pass=True,
        fuse_updates=STEPS > 1_000,  # compiling takes seconds: for long runs
        steps_per_execution=10,
    )
    return gan


# %% [markdown]
# ## Four designs, equal time
#
# Before the long training, a short one for each design, all with the same seconds:
# WaveGAN in small with a D on waveforms, the same G before a D that hears, the voice
# before that D, and the voice before the pair. The **Fréchet distance** is that of
# chapter 2, in the features of a classifier of spoken digits; the **inception score** runs
# from 1 to 10.

# %%
network = features.load(data.name)
known = network.embed(data.x_train)
order = np.random.default_rng(SEED).permutation(len(data.x_train))
halves = [known.part(order[i::2]) for i in (0, 1)]


def measured(gan):
    """Return two measures of up to 500 clips, beside half of the training clips."""
    clips = gan.generate(min(COUNT, 500), seed=1, batch_size=50)
    drawn = network.embed(clips)
    distance = metrics.frechet_distance(halves[0].features, drawn.features)
    return {"frechet": distance, "score": metrics.inception_score(drawn.probabilities)}


class StopAfter(keras.callbacks.Callback):
    def __init__(self, seconds):
        super().__init__()
        self.seconds, self.end = seconds, None

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        self.end = (
            self.end or now + self.seconds
        )  # the first steps compile: not counted
        self.model.stop_training |= now > self.end


# %% tags=["nbval-ignore-output"]
trials = {}
print("design                 steps   Fréchet distance   inception score    comb")
for design in DESIGNS:
    runtime.set_seed(SEED)
    gan, stop = make_gan(design), StopAfter(TRIAL_SECONDS)
    plan = {"steps_per_epoch": 10**6, "callbacks": [stop], "verbose": 0}
    gan.fit(data.x_train, batch_size=BATCH, **plan)
    trials[design], row = gan.generate(6, seed=1), measured(gan)
    comb = audio.comb_score(gan.generate(64, seed=1))
    print(f"{design:20} {int(gan.step):7} {row['frechet']:18.0f}", end="")
    print(f"{row['score']:18.2f} {comb:8.1f}")
plotting.contact_sheet({k: trials[k] for k in list(DESIGNS)[1:3]}, RATE)

# %% [markdown]
# **Figure.** Six clips each of the two designs whose D hears. The WaveGAN's are short
# bursts of hiss, nearly all alike; the voice's are louder, of various lengths, and
# brightest below 1 kHz.
#
# The ear removes most of the comb, since D sees the tone in every fake; the voice has none
# to begin with, and is far ahead after the same seconds. A second judge, on the waveform,
# costs about half of the steps: in equal time, the ear alone gets further.
#
# ## WaveGAN as published
#
# Was the small WaveGAN treated unfairly? The paper's has 36 million weights, 16,384
# samples at 16 kHz, and the gradient penalty of
# [WGAN-GP](https://arxiv.org/abs/1704.00028) with five D steps to one of G, 200,000
# times. At `gpu` scale you train it for a tenth of that; at `cpu` scale you time one step
# on two clips and learn how long it would take. (Its z was uniform, ours is normal.)


# %% tags=["shared"]
def make_published(width=64, seed=SEED):
    """Return the compiled WaveGAN of the paper, clips of 16,384 samples."""
    g = make_wavegan_generator(16_384, width, latent_dim=100)
    d = make_wavegan_discriminator(16_384, width)
    gan = training.GAN(g, d, latent_dim=100, ema_decay=0, seed=seed)
    adam = [keras.optimizers.Adam(1e-4, beta_1=0.5, beta_2=0.9) for _ in "DG"]
    gan.compile("wasserstein", [losses.gradient_penalty(10.0)], *adam, d_steps=5)
    return gan


# %% tags=["nbval-ignore-output"]
double = {"orig_sr": RATE, "target_sr": 2 * RATE, "axis": 1}
twice = librosa.resample(data.x_train[: 500 * PUBLISHED_BATCH], **double).clip(-1, 1)
published = make_published(PUBLISHED_WIDTH)
published.run_eagerly = PUBLISHED_STEPS == 1  # to trace takes longer than one step
plan = {"steps_per_epoch": PUBLISHED_STEPS, "verbose": 0}
start = time.perf_counter()
published.fit(twice, batch_size=PUBLISHED_BATCH, **plan)
spent = (time.perf_counter() - start) / PUBLISHED_STEPS
print(f"{spent:.2f} s for a step of G and five of D, {PUBLISHED_BATCH} clips each")
days = 200_000 * spent * 64 / PUBLISHED_BATCH / 86_400
print(f"the paper's 200,000 steps on 64 clips: at most {days:,.1f} days")
drawn = published.generate(10 * PUBLISHED_BATCH, seed=1, batch_size=10)
heard = librosa.resample(drawn, orig_sr=2 * RATE, target_sr=RATE, axis=1).clip(-1, 1)
distance = metrics.frechet_distance(halves[0].features, network.embed(heard).features)
print(f"Fréchet distance, G steps done: {PUBLISHED_STEPS:,}: {distance:,.0f}")

# %% [markdown]
# ## Part 4: ask for a digit
#
# Each recording has two labels: which digit it is, and who says it. So far nobody used
# them. Tell D, and it no longer judges "is this speech?" but "is this a four, said by
# Theo?", which it learns sooner. But who tells G? Its own z: the first ten numbers belong
# to the digits, and the largest of them wins; the next ones to the speakers. All are
# drawn alike, so each digit is as likely, and G still needs nothing but z.


# %% tags=["shared"]
def labelled(data):
    """Return clips with their one-hot labels, and how many values each label has."""
    columns = data.y_train, data.speakers_train
    sizes = tuple(len(np.unique(column)) for column in columns)
    return (data.x_train, conditions.one_hot(*columns)), sizes


# %% tags=["nbval-ignore-output"]
told, sizes = labelled(data)
condition = conditions.NoiseLabels(sizes)
asked = condition(training.sample_z(10_000, LATENT, seed=(SEED, 2))).numpy()
print(f"{sizes[0]} digits, {sizes[1]} speakers; shares of 10,000 draws of z:")
print(asked.mean(axis=0).round(2))

# %% [markdown]
# D takes the labels $y$ in by an inner product
# ([Miyato & Koyama 2018](https://arxiv.org/abs/1802.05637)): with $h(x)$ its last hidden
# layer, the logit is $w\cdot h(x)+(Ey)\cdot h(x)/\sqrt{n}$, where $E$ is learnt and $n$ is
# the width of $h$. That is what `sizes` adds to both networks above.
#
# ## Train, and watch its health
#
# A silent, clipped or whistling generator shows in numbers long before a distance tells:
# loudness (RMS), peak, the share of frames with a pitch (`voiced`), the comb. A callback
# computes them while it trains.

# %% tags=["nbval-ignore-output"]
folder = runtime.runs_folder("05_audio_gan")
health = monitoring.Measure(lambda gan: audio.health(gan.generate(64), RATE), EVERY)
measure = monitoring.Measure(measured, EVERY, best="frechet", path=folder / "best.npz")
saver = monitoring.Checkpoint(folder / "checkpoint.npz", EVERY)
watch = [health, measure, saver, monitoring.NonFinite(saver), monitoring.ProgressLine()]
runtime.set_seed(SEED)
gan = make_gan(sizes=sizes, steps=STEPS)
plan = {"steps_per_epoch": STEPS, "callbacks": watch, "verbose": 0}
gan.fit(told, batch_size=BATCH, **plan)
gan.load_checkpoint(measure.path)
print("best:", measure.best_row)
names = ["step", "rms_db", "peak", "voiced_share", "comb_score"]
print("  ".join(f"{name:>12}" for name in names))
for row in health.rows[::2]:
    print("  ".join(f"{row[name]:12.2f}" for name in names))

# %%
floor = metrics.frechet_distance(halves[0].features, halves[1].features)
curve = ([row[key] for row in measure.rows] for key in ("step", "frechet"))
plotting.measure_curve(*curve, floor, ylabel="Fréchet distance", log=True)

# %% [markdown]
# **Figure.** On a logarithmic axis the Fréchet distance falls to less than a tenth of what
# it was at the first look, and flattens well above the dashed line of real clips.
#
# ## Look and listen
#
# The averaged generator beside real clips, drawn at random, not picked; then the bundled
# one of the same kind, trained for longer.

# %% tags=["nbval-ignore-output"]
finished = pretrained.load(data.name)
players = {"EMA": gan.ema_generator, "pretrained": finished}
z = training.sample_z(min(COUNT, len(halves[1].features)), LATENT, seed=(1, 0)).numpy()
drawn = {name: training.decode(g, z, 50) for name, g in players.items()}
plotting.contact_sheet({"real": data.x_train[order[:6]], "EMA": drawn["EMA"]}, RATE)

# %% [markdown]
# **Figure.** Six real clips above six generated ones: both show bands that bend and a
# silent end. The fine ripples of a pitch, clear in the real clips, show in some of the
# generated ones only.

# %% tags=["nbval-ignore-output"]
audio.play(np.concatenate(drawn["EMA"][:5]), RATE, "EMA")

# %% [markdown]
# ## Say seven
#
# Now ask. `condition.ask` exchanges two of the digits' numbers in z, so that the one you
# want is the largest, and leaves the rest alone: speaker, and whatever else z decides.
# Does the classifier hear what was asked for?


# %% tags=["nbval-ignore-output"]
def say(g, digits, seed):
    """Return clips of the same z, asked for one digit after the other."""
    z = training.sample_z(1, LATENT, seed=(seed, 0))
    codes = [condition.ask(z, 0, digit) for digit in digits]
    return training.decode(g, tf.concat(codes, 0).numpy(), 50)


asked = condition(z).numpy()[:, : sizes[0]].argmax(1)
for name, clips in drawn.items():
    heard = network.embed(clips).probabilities.argmax(1)
    print(f"{name}: {np.mean(asked == heard):.0%} of {len(asked)} are heard as asked")
plotting.contact_sheet({f"z {i}": say(finished, range(6), i) for i in (2, 3)}, RATE)

# %% [markdown]
# **Figure.** Zero to five, from left to right, asked of the bundled generator with two z.
# Clips of a row are alike in length and loudness, which z decides; from column to column
# the bands change with the digit.

# %% tags=["nbval-ignore-output"]
audio.play(np.concatenate(say(finished, range(10), seed=2)), RATE, "pretrained")

# %% [markdown]
# ## Measure, and do not be fooled
#
# A distance means little alone. So real clips are spoilt in known ways, from 8-bit sound
# to pure noise, and measured beside the generated ones against the same half of the
# training set. Predict: which spoilt row looks best, and can a row be *sure* and wrong?

# %% tags=["nbval-ignore-output"]
other = order[1::2][:COUNT]
own, labels = data.x_train[other], data.y_train[other]
sets = {"real, other half": own, "test": data.x_test[:COUNT], **drawn}
sets |= audio.spoil(own, labels, RATE, seed=SEED)
table = {
    name: features.quality(network, clips, halves[0]) for name, clips in sets.items()
}
print("set                    n   Fréchet   kernel   inception score   confidence")
for name, q in sorted(table.items(), key=lambda item: item[1].frechet):
    print(f"{name:18} {q.n:5} {q.frechet:9.1f} {q.kernel:8.2f}", end="")
    print(f"{q.inception_score:14.2f} {q.confidence:16.2f}")

# %% [markdown]
# Three rows deserve a second look. `one digit` is perfectly recognisable, with the
# highest confidence, and has the worst inception score there is. `random phase`, in
# which nobody hears a word, can have a *good* inception score (with FSDD). White noise is
# "recognised", too. So neither confidence nor inception score tells speech from noise;
# the Fréchet distance does, but only beside such rows. With FSDD, both generators come out
# nearer to real clips than real clips with a faint hiss (`noise σ 0.01`) do. How much of
# it is chance?

# %% tags=["nbval-ignore-output"]
for name, g in players.items():
    found = []
    for seed in range(3):
        codes = training.sample_z(len(own), LATENT, seed=(10 + seed, 0))
        clips = training.decode(g, codes.numpy(), 50)
        q = features.quality(network, clips, halves[0])
        found.append((q.frechet, q.inception_score))
    mean, spread = np.mean(found, axis=0), np.std(found, axis=0, ddof=1)
    print(f"{name}: Fréchet distance {mean[0]:.1f} ± {spread[0]:.1f}", end=", ")
    print(f"inception score {mean[1]:.2f} ± {spread[1]:.2f} (n = {len(own)}, 3 seeds)")

# %% [markdown]
# ## Variety and copies
#
# Three more questions, asked of log-mel spectrograms themselves, without a classifier.
# Are the clips as far from each other as real ones (`d_self`)? Do they come closer to
# the training clips than real test clips do (`d_train`), as copies would? And do they
# fill the 50 regions of the training set in its own proportions (NDB/K,
# [Richardson & Weiss 2018](https://arxiv.org/abs/1805.12462): 0.05 by chance alone)?

# %% tags=["nbval-ignore-output"]
reference = audio.log_mel(data.x_train[order[::2]])
print("set                d_self, dB   d_train, dB   NDB/K")
for name, clips in sets.items():
    mel = audio.log_mel(clips)
    found = metrics.diversity(mel[:300], reference)
    print(f"{name:18} {found['d_self']:10.1f} {found['d_train']:13.1f}", end="")
    print(f"{metrics.ndb(reference, mel):8.2f}")
for name, clips in {**drawn, "real": own}.items():
    numbers = audio.health(clips[:300], RATE)
    print(f"{name:10}:", {key: round(value, 2) for key, value in numbers.items()})

# %% [markdown]
# The spoilt rows say what each number can hear. `one digit`, a few clips repeated, shows
# in `d_self`: that is collapse. Noise shows in `d_train`: no training clip is like it. Both
# fill the wrong regions. A copy of the training set would show in `d_train` alone, far
# below the real rows; the generated clips lie above them.

# %% [markdown]
# ## The other road: spectrograms, and Griffin–Lim
#
# SpecGAN, of the same paper, generates pictures of spectrograms and must then find a
# phase for them. The algorithm of
# [Griffin & Lim 1984](https://doi.org/10.1109/TASSP.1984.1164317) guesses one by going
# back and forth between waveform and spectrogram. What does the phase alone cost? Give it
# *perfect* spectrograms, those of real clips:

# %% tags=["nbval-ignore-output"]
magnitudes = np.abs(librosa.stft(own[:150, :, 0], n_fft=256, hop_length=64))
for iterations in (0, 8, 32):
    options = {"n_iter": iterations, "hop_length": 64, "random_state": SEED}
    guessed = librosa.griffinlim(magnitudes, length=CLIP, **options)[..., None]
    q = features.quality(network, np.clip(guessed, -1, 1), halves[0])
    print(f"{iterations:2} iterations: Fréchet distance {q.frechet:.1f}")

# %% [markdown]
# With FSDD the phase alone, guessed from *perfect* spectrograms, costs as much as all faults
# of our voice together.
#
# ## Save, reload, play
#
# The file holds a layer of this course: import `ganutils` once, and plain Keras
# reads it. z in, clips in [−1, 1] out; a WAV file for everybody else.

# %%
training.save_generator(folder / "generator.keras", gan.ema_generator)
again = keras.models.load_model(folder / "generator.keras")(z[:32], training=False)
print("drawn again:", again.shape, "in [-1, 1]:", bool(np.abs(again).max() <= 1))
print("as before:", bool(np.allclose(again, drawn["EMA"][:32], atol=1e-3)))
print("WAV:", audio.save_wav(folder / "clip.wav", again.numpy()[0], RATE).name)

# %% [markdown]
# ## What is still hard
#
# Listen again, and say what you hear: digits, but hoarse. G fills many a vowel with shaped
# noise instead of pulses: compare `voiced_share`. Twice as many bands for D did not mend
# it (`benchmarks/README.md`). Consonants are weak, since a burst of 10 ms hardly shows in frames of 16 ms.
# And this G knows ten words of six people and nothing else: its model of a voice helps
# with speech, and would not with a drum.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/05_audio_gan_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: the tone that is not there
#
# A cosine of `frequency` Hz is sampled `rate` times a second, without a filter before.
# Return the frequency in Hz, 0 to `rate` / 2, that comes back.


# %% tags=["stub"]
def heard(frequency, rate):
    return ...


# %% tags=["check"]
cases = []
for rate, tones in ((8_000, (5, 7, 3, 9, 12.5, 8, 15.9, 4)), (11_025, (7, 20, 30))):
    for tone in (int(1_000 * tone) for tone in tones):  # a second, its highest peak
        wave = np.cos(2 * np.pi * tone * np.arange(rate) / rate)
        cases.append(((tone, rate), np.abs(np.fft.rfft(wave)).argmax()))
exercises.check_function("Exercise 1 · Hz that come back", heard, cases, atol=0.01)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Between two samples, a whole turn more or less is not
# seen: which frequencies look alike, then? And in which direction a wheel turns cannot be
# seen from a cosine. Go from 0 Hz upwards, past `rate` / 2 and past `rate`.</details>


# %% tags=["solution"]
def heard(frequency, rate):
    # Whole turns between two samples do not show: the distance to the nearest does.
    return abs(frequency - rate * round(frequency / rate))


# %% [markdown]
# ### Exercise 2: a longer WaveGAN
#
# For 65,536 samples and `width=4`, how many transposed convolutions does G have, and how
# many weights, bias included, has the first of them, whose kernel is 25?

# %% tags=["stub"]
convolutions, weights = ..., ...

# %% tags=["check"]
long = make_wavegan_generator(65_536, width=4).layers
long = [layer for layer in long if isinstance(layer, layers.Conv1DTranspose)]
exercises.check("Exercise 2 · convolutions", convolutions, len(long))
exercises.check("Exercise 2 · weights", weights, long[0].count_params())

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>What does `quarters` do with 65,536? Each layer but the
# last halves the channels, and width stands before the last: go back from there. Is a bias
# one number for each channel that comes in, or that goes out?</details>

# %% tags=["solution"]
convolutions = quarters(65_536)[1]  # 65,536 = 16 · 4⁶
channels = 4 * 2**5  # halved five times, down to the width
weights = 25 * channels * channels // 2 + channels // 2

# %% [markdown]
# ### Exercise 3: phase shuffle by hand
#
# Shift the 1-D array `x` to the right by `shift` samples (to the left where it is
# negative), its edge filled by reflection without repeating the border sample, at the
# same length. NumPy only.


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
    x = rng.normal(size=length)  # there and back, again and again: period 2n − 2
    round_trip = np.concatenate([x, x[-2:0:-1]])
    right = round_trip[np.arange(-shift, length - shift) % len(round_trip)]
    cases.append(((x, shift), right, f"{length} samples, shift {shift}"))
exercises.check_function("Exercise 3", shifted, cases)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>`np.pad` knows several ways to fill an edge. If you pad both
# ends alike, where in the longer array does the wanted piece begin, for a shift to the
# right and for one to the left?</details>


# %% tags=["solution"]
def shifted(x, shift):
    edge = abs(shift)  # on both sides: the piece begins at 0 or at 2 · edge
    return np.pad(x, edge, mode="reflect")[edge - shift : edge - shift + len(x)]


# %% [markdown]
# ### Exercise 4: the level of a clip
#
# Return the peak and the RMS of a clip in dB relative to full scale, as `audio.play`
# prints them: $20\log_{10}$ of the amplitude.


# %% tags=["stub"]
def levels(clip):
    return ...


# %% tags=["check"]
turns = 2 * np.pi * np.arange(8_000) / 80
clips = {"a sine": 0.5 * np.sin(turns), "a square wave": 0.3 * np.sign(np.cos(turns))}
clips |= {
    "a click": np.eye(64)[5] * 0.8,
    "a sine, its lower half": clips["a sine"] - 0.4,
}
clips |= {"noise": np.random.default_rng(SEED).normal(0, 0.1, 999)}
cases = []
for what, clip in clips.items():
    amplitudes = [max(clip.max(), -clip.min()), np.linalg.norm(clip) / len(clip) ** 0.5]
    cases.append((clip, 20 * np.log10(amplitudes), what))
exercises.check_function("Exercise 4 · [peak, RMS]", levels, cases, atol=0.01)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which sample of a clip is its peak if the largest number
# is 0.1 and the smallest −0.9? Read the three letters of RMS from right to left.</details>


# %% tags=["solution"]
def levels(clip):
    peak, rms = np.abs(clip).max(), np.sqrt(np.mean(np.square(clip)))
    return 20 * np.log10([peak, rms])


# %% [markdown]
# ### Exercise 5: what does z ask for?
#
# Return which digit and which speaker a batch of z (batch, latent) asks for, as a pair of
# arrays, for labels of `sizes` values: the place of the largest number of each part.


# %% tags=["stub"]
def asked_for(z, sizes):
    return ...


# %% tags=["check"]
cases = []
for sizes in ((4, 3), (3, 4), (10, 6), (2, 9)):
    codes = training.sample_z(50, LATENT, seed=(SEED, sizes[0])).numpy()
    one_hot = conditions.NoiseLabels(sizes)(codes).numpy()
    parts = np.split(one_hot, [sizes[0]], axis=1)
    places = np.stack([part @ np.arange(part.shape[1]) for part in parts])
    cases.append(((codes, sizes), places.astype(int), f"sizes {sizes}"))
exercises.check_function("Exercise 5", asked_for, cases)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which columns of z belong to the first label, and where do
# those of the second begin and end? The place is counted from where a part begins.
# </details>


# %% tags=["solution"]
def asked_for(z, sizes):
    digits, speakers = sizes  # the rest of z asks for nothing
    parts = z[:, :digits], z[:, digits : digits + speakers]
    return np.stack([part.argmax(axis=1) for part in parts])


# %% [markdown]
# ## Further reading
#
# What came after, in the order of the ideas: instantaneous frequency in place of phase
# (GANSynth, [Engel et al. 2019](https://arxiv.org/abs/1902.08710)); several waveform
# discriminators, for a spectrogram as input (HiFi-GAN,
# [Kong et al. 2020](https://arxiv.org/abs/2010.05646)); generators that end in an inverse
# Fourier transform (Vocos, [Siuzdak 2023](https://arxiv.org/abs/2306.00814)), as ours
# does; and, for sound from a text, diffusion and language models over codes.

# %%
q = table["EMA"]
runtime.save_summary(
    "05_audio_gan",
    measure="Fréchet distance",
    value=q.frechet,
    floor=table["real, other half"].frechet,
    checks={
        "inception score ≥ 8": q.inception_score >= 8,
        "nearer than words played backwards": q.frechet < table["reversed"].frechet,
    },
)

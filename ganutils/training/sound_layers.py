"""Keras layers of an audio GAN: what the critic hears, and what the generator plays.

To import them registers them: a saved generator then loads with plain Keras.
"""

import keras
import librosa
import numpy as np
import tensorflow as tf

from ganutils.kit import checks

register = keras.saving.register_keras_serializable("ganutils")


@register
class PhaseShuffle(keras.layers.Layer):
    """Shifts every clip by its own whole number of samples, at random.

    Transposed convolutions leave a tone whose phase is always the same, by which a
    discriminator knows every fake. Shifted maps hide that phase from it.

    Input and output: (batch, samples, channels). The edge that a shift lays bare is
    filled with the reflection. Without `training=True` nothing moves.

    Args:
        radius: largest shift in samples, ≥ 1 and smaller than the clip; all of
            −radius … radius are as likely.
        seed: whole number, of the draws.

    Reference:
        Donahue, McAuley, Puckette 2019, section 3.3, https://arxiv.org/abs/1802.04208
    """

    def __init__(self, radius: int = 2, seed: int | None = None, **options):
        super().__init__(**options)
        self.radius, self.seed = checks.check_whole("radius", radius, 1), seed
        self.draws = keras.random.SeedGenerator(seed)

    def build(self, input_shape):
        """Check that the shift fits into the clip."""
        if input_shape[1] is not None and input_shape[1] <= self.radius:
            raise ValueError(
                f"Expected more than {self.radius} samples (the `radius`); received "
                f"clips of {input_shape[1]}."
            )
        super().build(input_shape)

    def call(self, x, training=False):
        """Return the shifted clips."""
        if not training:
            return x
        n, length = tf.unstack(tf.shape(x)[:2])
        padded = tf.pad(x, [[0, 0], [self.radius] * 2, [0, 0]], "REFLECT")
        starts = keras.random.randint((n, 1), 0, 2 * self.radius + 1, seed=self.draws)
        index = starts + tf.range(length)
        return tf.ensure_shape(tf.gather(padded, index, batch_dims=1), x.shape)

    def get_config(self):
        """Return the arguments."""
        return super().get_config() | {"radius": self.radius, "seed": self.seed}


@register
class LogMel(keras.layers.Layer):
    """Turns clips into logarithmic mel spectrograms, a picture for a discriminator.

    Input (batch, samples, 1), output (batch, frames, bands, 1) with
    frames = samples // hop. A full-scale tone is at 0 dB; `floor_db` … 0 dB become
    −1 … 1. Power is floored by addition, so silence has the gradient 0, not NaN.
    With `fine`, so many bins of the same Fourier transform follow the bands, from the
    fourth on: mel bands blur the harmonics of a voice, these bins do not.

    Args:
        sample_rate: in Hz.
        bands: mel bands between 50 Hz and half the sample rate, triangles in Hz.
        window: samples of a Hann window; even.
        hop: samples from frame to frame; divides the length of the clip.
        floor_db: what counts as silence.
        fine: bins behind the bands; 64 of a window of 64 ms are 47 … 1,031 Hz.
    """

    def __init__(
        self,
        sample_rate: int = 8_000,
        bands: int = 40,
        window: int = 512,
        hop: int = 128,
        floor_db: float = -60.0,
        fine: int = 0,
        **options,
    ):
        super().__init__(**options)
        self.sample_rate, self.bands, self.floor_db = sample_rate, bands, floor_db
        self.window, self.hop = window, hop
        self.fine = checks.check_whole("fine", fine, 0)

    def build(self, input_shape):
        """Make the filters; refuse a clip that is no whole number of hops."""
        if input_shape[1] % self.hop:
            raise ValueError(
                f"Expected clips of a multiple of {self.hop} samples (the `hop`); "
                f"received {input_shape[1]}."
            )
        bins, rate = self.window // 2 + 1, self.sample_rate
        options = {"n_mels": self.bands, "fmin": 50, "htk": True, "norm": None}
        mel = librosa.filters.mel(sr=rate, n_fft=self.window, **options).T
        self.filters = np.hstack([mel, np.eye(bins, self.fine, -3, "float32")])
        super().build(input_shape)

    def call(self, x):
        """Return the pictures."""
        around = (self.window - self.hop) // 2
        x = tf.pad(tf.cast(x[..., 0], "float32"), [[0, 0], [around, around]])
        spectrum = tf.signal.stft(x, self.window, self.hop)
        power = tf.math.real(spectrum) ** 2 + tf.math.imag(spectrum) ** 2
        power = (4 / self.window) ** 2 * power  # a full-scale tone: 1
        mel = tf.tensordot(power, self.filters, 1) + 10 ** (self.floor_db / 10)
        decibel = 10 / np.log(10) * tf.math.log(mel)
        return (1 - 2 * decibel / self.floor_db)[..., None]

    def get_config(self):
        """Return the arguments."""
        names = ("sample_rate", "bands", "window", "hop", "floor_db", "fine")
        return super().get_config() | {name: getattr(self, name) for name in names}


@register
class SourceFilter(keras.layers.Layer):
    """Plays a voice: pulses and noise, each through a filter that changes with time.

    The source–filter model of speech (Fant 1960), differentiable as in DDSP
    (Engel et al. 2020, https://arxiv.org/abs/2001.04643): vocal folds give pulses at
    the pitch, breath gives noise, mouth and throat shape the spectrum of both.

    Inputs: controls (batch, frames, 1 + voiced + noise), and z (batch, latent_dim).
    The first control is the pitch in octaves above 150 Hz, held within ±`octaves` by a
    tanh. Then come the logarithmic gains of the pulses at `voiced` frequencies
    and of the noise at `noise` frequencies, held within ±8; 0 is a quiet voice, so that
    a new generator neither shouts nor is silent. z says where in a long hiss the noise
    of a clip begins: the same z, the same sound. Without z all begin at its start.
    Output (batch, frames · hop, 1) in (−1, 1).

    Args:
        sample_rate: in Hz.
        voiced, noise: points of the two gain curves, evenly spaced on the mel scale
            from 0 Hz to half the sample rate.
        hop: samples from frame to frame; windows are 2 · hop long.
        octaves: largest distance of the pitch from 150 Hz; 1.1 are 70 to 320 Hz.
        breath: Hz; noise is heard above it only, in full from 500 Hz further on.
        pitch_slope: factor of the gradient on the pitch control, forward unchanged. A
            phase adds up all pitches before it, so the true gradient is some 200 times
            that on a gain, and drowns it in the layers below (benchmarks/README.md).
        pitch_window: frames over which the pitch control is averaged, ≥ 1: a pitch that
            jumps from frame to frame sounds like a whisper.
    """

    HERTZ = 150.0
    TILT = 4.0  # pulses lose e⁴ (35 dB) up to half the sample rate: hardly any aliasing
    QUIET = -3.0, -4.0  # logarithmic gains of pulses and noise for controls of 0
    STARTS = 2**17  # places where a hiss may begin

    def __init__(
        self,
        sample_rate: int = 8_000,
        voiced: int = 32,
        noise: int = 16,
        hop: int = 128,
        octaves: float = 1.1,
        breath: float = 750.0,
        pitch_slope: float = 0.03,
        pitch_window: int = 17,
        **options,
    ):
        super().__init__(**options)
        self.sample_rate, self.voiced, self.noise = sample_rate, voiced, noise
        self.hop, self.octaves, self.breath = hop, octaves, breath
        self.pitch_slope = pitch_slope
        self.pitch_window = checks.check_whole("pitch_window", pitch_window, 1)

    def build(self, controls_shape, z_shape=None):
        """Make the interpolation of the gains, and the hiss, always the same."""
        wanted = 1 + self.voiced + self.noise
        if controls_shape[2] != wanted:
            raise ValueError(
                f"Expected {wanted} controls a frame (1 + voiced + noise); received "
                f"{controls_shape[2]}."
            )
        sizes, bins = (self.voiced, self.noise), self.hop + 1
        self.curves = [_interpolation(n, bins, self.sample_rate) for n in sizes]
        hertz = np.linspace(0, self.sample_rate / 2, bins, dtype="float32")
        quiet = 1e-3 if self.breath else 1.0
        self.air = np.clip((hertz - self.breath) / 500, quiet, 1).astype("complex64")
        length = self.STARTS + controls_shape[1] * self.hop
        self.hiss = np.random.default_rng(0).standard_normal(length, "float32")
        self.built = True

    def call(self, controls, z=None):
        """Return the clips."""
        controls = tf.cast(controls, "float32")
        pitch, voiced, noise = tf.split(controls, [1, self.voiced, self.noise], 2)
        sources = self._pulses(pitch), self._breath(controls, z)
        gains = [
            tf.exp(8 * tf.tanh(tf.tensordot(gain, curve, 1) / 8) + quiet)
            for gain, curve, quiet in zip(
                (voiced, noise), self.curves, self.QUIET, strict=True
            )
        ]
        mixed = [
            sum(gain * part(x) for gain, x in zip(gains, sources, strict=True))
            for part in (tf.math.real, tf.math.imag)
        ]
        return tf.tanh(self._synthesise(tf.complex(*mixed)))[..., None]

    def _pulses(self, pitch):
        """Return the spectrum of Σₖ rᵏ cos kφ at unit power; φ turns at the pitch."""
        octaves = tf.nn.avg_pool1d(pitch, self.pitch_window, 1, "SAME")
        octaves = self.octaves * tf.tanh(octaves / self.octaves)
        fixed = tf.stop_gradient(octaves)
        hertz = self.HERTZ * 2 ** (fixed + self.pitch_slope * (octaves - fixed))
        after = tf.concat([hertz[:, 1:], hertz[:, -1:]], 1)
        weight = np.arange(self.hop, dtype="float32") / self.hop
        hertz = hertz * (1 - weight) + after * weight
        hertz = tf.reshape(hertz, (tf.shape(hertz)[0], hertz.shape[1] * self.hop))
        phase = tf.cumsum(hertz / self.sample_rate, axis=1)
        cosine = tf.cos(2 * np.pi * (phase - tf.stop_gradient(tf.floor(phase))))
        r = tf.exp(-2 * self.TILT * hertz / self.sample_rate)
        pulses = (r * cosine - r**2) / (1 - 2 * r * cosine + r**2)
        return self._analyse(pulses * tf.sqrt(2 * (1 - r**2)) / r)

    def _breath(self, controls, z):
        """Return the spectrum of each clip's own part of the hiss."""
        place = np.arange(controls.shape[1] * self.hop)[np.newaxis]
        if z is not None:  # the bits of a number, which no rounding changes
            bits = tf.bitcast(tf.cast(z[:, -1:], "float32"), tf.int32)
            place = place + bits % self.STARTS
        return self._analyse(tf.gather(self.hiss, place)) * self.air

    def _analyse(self, x):
        padded = tf.pad(x, [[0, 0], [self.hop // 2] * 2])
        return tf.signal.stft(padded, 2 * self.hop, self.hop, window_fn=_root_of_hann)

    def _synthesise(self, spectrum):
        sizes, around = (2 * self.hop, self.hop), self.hop // 2
        x = tf.signal.inverse_stft(spectrum, *sizes, window_fn=_root_of_hann)
        return x[:, around : around + spectrum.shape[1] * self.hop]

    def get_config(self):
        """Return the arguments."""
        names = ["sample_rate", "voiced", "noise", "hop", "octaves", "breath"]
        names += ["pitch_slope", "pitch_window"]
        return super().get_config() | {name: getattr(self, name) for name in names}


def _root_of_hann(length, dtype="float32"):
    # Squared, once for cutting and once for joining, it adds up to 1 at half overlap.
    return tf.sqrt(tf.signal.hann_window(length, dtype=dtype))


def _interpolation(points, bins, sample_rate):
    """Return the matrix from gains at mel-spaced points to gains at all bins."""
    knots = 700 * np.expm1(np.linspace(0, np.log1p(sample_rate / 1400), points))
    hertz = np.linspace(0, sample_rate / 2, bins)
    rows = [np.interp(hertz, knots, row) for row in np.eye(points)]
    return np.array(rows, "float32")

"""Free monitors of a set of clips: what can be read off the waveforms themselves.

They need no network and no reference. Each of them notices one way in which a generator
of sound fails: silence, clipping, hiss, a steady tone. None of them says that a clip is
speech; print them beside the same numbers of real clips.
"""

import numpy as np
import scipy.fft

from ganutils.audio.spectra import (
    as_lines,
    by_block,
    cut_frames,
    decibels,
    frame_size,
    power_spectra,
)

MEASURES = ("rms_db", "peak", "clipped_share", "silent_share", "active_seconds")
MEASURES += ("spectral_centroid", "voiced_share", "comb_score")

FLOOR_DB = -120.0  # what digital silence is reported as
SILENCE_DB = -50.0  # RMS below which a clip or a frame counts as silent
CLIPPED = 0.999  # of full scale
ACTIVE = 0.01  # −40 dB of a clip's own peak

PITCH_HZ = (60, 400)
CLEAR = 0.5  # normalised autocorrelation of a voiced frame
MARGIN = 0.02  # by which a pitch must beat what is higher than any voice

COMB_PERIOD = 16  # samples: two transposed convolutions of stride 4
COMB_FLOOR = 1e-9  # −90 dB: what is below it cannot be heard


def health(clips: np.ndarray, sample_rate: int = 8000) -> dict[str, float]:
    """Return what a look at the waveforms tells about a set of clips.

    Args:
        clips: shape (n, samples, 1) in [-1, 1].
        sample_rate: Hz.

    Returns:
        A number for each name in `MEASURES`:

        - `rms_db`: RMS of all samples, dB; 0 for a square wave of full scale, −3.01
          for a sine, −120 at the lowest.
        - `peak`: largest |x|; 1 is full scale.
        - `clipped_share`: of samples with |x| ≥ 0.999.
        - `silent_share`: of clips whose RMS is below −50 dB.
        - `active_seconds`: from the first to the last sample above −40 dB of the
          clip's own peak, on average.
        - `spectral_centroid`: Hz, mean over the frames that are not silent.
        - `voiced_share`: of the frames that are not silent, those with a pitch
          (`voiced`); about 0.7 for spoken digits.
        - `comb_score`: see there; about 1 for natural sound.

        The last three are NaN where every frame is silent.

    Raises:
        ValueError: shape or values of `clips`, or `sample_rate`.

    Example:
        >>> health(np.zeros((1, 8192, 1)))["silent_share"]
        1.0
    """
    x = as_lines(clips)
    size = frame_size(sample_rate)
    power = (x * x).mean(axis=1, dtype="float64")
    heard = by_block(lambda part: _is_audible(part, size), x)
    centroid = spectral_centroid(clips, sample_rate)[heard]
    pitched = voiced(clips, sample_rate)[heard]
    values = (
        decibels(power.mean(), FLOOR_DB),
        np.abs(x).max(),
        (np.abs(x) >= CLIPPED).mean(),
        (decibels(power, FLOOR_DB) < SILENCE_DB).mean(),
        _active_samples(x).mean() / sample_rate,
        centroid.mean() if heard.any() else np.nan,
        pitched.mean() if heard.any() else np.nan,
        comb_score(clips, sample_rate) if heard.any() else np.nan,
    )
    return dict(zip(MEASURES, map(float, values), strict=True))


def spectral_centroid(clips: np.ndarray, sample_rate: int = 8000) -> np.ndarray:
    """Return the mean frequency of each frame, weighted by magnitude: Σ f|X| / Σ|X|.

    Args:
        clips: shape (n, samples, 1) in [-1, 1].
        sample_rate: Hz.

    Returns:
        Hz, shape (n, frames); frames of about 64 ms, every 32 ms; 0 in silence.

    Example:
        >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8192) / 8000)
        >>> spectral_centroid(tone[None, :, None])[0, 16].round()
        1000.0
    """
    size = frame_size(sample_rate)
    magnitude = np.sqrt(power_spectra(clips, size, size // 2))
    frequency = np.fft.rfftfreq(size, 1 / sample_rate)
    return magnitude @ frequency / np.maximum(magnitude.sum(axis=-1), 1e-12)


def voiced(clips: np.ndarray, sample_rate: int = 8000) -> np.ndarray:
    """Tell for each frame whether it has a pitch between 60 and 400 Hz.

    It has one where the normalised autocorrelation has a peak above 0.5 at a lag of
    that range, higher than every peak at a shorter lag: a tone of 500 Hz repeats after
    two periods, too, but already did so after one.

    Args:
        clips: shape (n, samples, 1) in [-1, 1].
        sample_rate: Hz.

    Returns:
        bool, shape (n, frames); frames as in `spectral_centroid`.

    Example:
        >>> tone = np.sin(2 * np.pi * 200 * np.arange(8192) / 8000)
        >>> voiced(tone[None, :, None]).mean()
        1.0
    """
    first, last = sample_rate // PITCH_HZ[1], -(-sample_rate // PITCH_HZ[0])
    size = frame_size(sample_rate)

    def has_pitch(lines):
        r = _autocorrelation(cut_frames(lines, size, size // 2))
        inner = r[..., 1:-1]
        peak = np.where((inner >= r[..., :-2]) & (inner >= r[..., 2:]), inner, -1.0)
        pitch = peak[..., first - 1 : last].max(axis=-1)
        return (pitch > CLEAR) & (pitch > peak[..., : first - 1].max(axis=-1) + MARGIN)

    return by_block(has_pitch, as_lines(clips))


def comb_score(
    clips: np.ndarray, sample_rate: int = 8000, period: int = COMB_PERIOD
) -> float:
    """Return how far the strongest line of a comb rises above the bins beside it.

    A stack of transposed convolutions treats the samples of one stride differently;
    what differs repeats with the stride, a tone at multiples of rate / stride. Strides
    of 4 and 4 give the multiples of rate / 16, rate / 4 among them.

    Args:
        clips: shape (n, samples, 1) in [-1, 1]; some dozens, since a voice, too, may
            rest on one of the frequencies for a while.
        sample_rate: Hz; sets the length of the frames, not the lines.
        period: samples after which the comb repeats.

    Returns:
        Largest ratio, over the lines, of the geometric mean power at the line to that
        of the bins 20 to 60 Hz away. 64 spoken digits have 1.1; with a steady tone of
        2 kHz at −60 dB added they have about 90.

    Raises:
        ValueError: shape or values of `clips`, or `period` not from 2 to 64.

    Reference:
        Odena, Dumoulin, Olah 2016, https://doi.org/10.23915/distill.00003; for sound:
        Pons et al. 2021, https://arxiv.org/abs/2010.14356

    Example:
        >>> noise = np.random.default_rng(0).normal(size=(64, 8192, 1))
        >>> round(comb_score(0.1 * noise), 1)
        1.0
    """
    if not 2 <= period <= 64:
        raise ValueError(f"Expected `period` from 2 to 64; received {period!r}.")
    size = frame_size(sample_rate, 0.128)
    power = power_spectra(clips, size, size // 2)
    level = np.log(power + COMB_FLOOR).mean(axis=(0, 1), dtype="float64")
    lines = np.rint(np.arange(1, period // 2 + 1) * size / period).astype(int)
    return float(max(np.exp(level[k] - _beside(level, k)) for k in lines))


def _beside(level, line):
    # A Hann window spreads a tone over two bins to either side.
    bins = np.r_[line - 8 : line - 2, line + 3 : line + 9]
    return level[bins[(bins > 0) & (bins < len(level))]].mean()


def _autocorrelation(frames):
    """Return r(lag) of each frame, divided by the energy of both parts compared."""
    x = frames - frames.mean(axis=-1, keepdims=True)
    size = x.shape[-1]
    spectrum = scipy.fft.rfft(x, 2 * size)
    r = scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, 2 * size)[..., :size]
    start = np.cumsum(x * x, axis=-1)[..., ::-1]
    end = np.cumsum((x * x)[..., ::-1], axis=-1)[..., ::-1]
    return r / np.sqrt(np.maximum(start * end, 1e-12))


def _active_samples(lines):
    size = np.abs(lines)
    loud = size > ACTIVE * size.max(axis=1, keepdims=True)
    first, after = loud.argmax(axis=1), loud[:, ::-1].argmax(axis=1)
    return np.where(loud.any(axis=1), lines.shape[1] - first - after, 0)


def _is_audible(lines, size):
    frames = cut_frames(lines, size, size // 2)
    return decibels((frames * frames).mean(axis=-1), FLOOR_DB) >= SILENCE_DB

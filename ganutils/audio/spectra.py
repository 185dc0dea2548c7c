"""Clips cut into overlapping frames, their power spectra, and what these tell.

The Fourier transforms and mel bands are librosa's. Ours are the scale, which is fixed
(a sine of full scale has 0 dB whatever else there is), and the search for combs.
"""

from collections.abc import Callable

import librosa
import numpy as np

from ganutils.kit.checks import check_clips, check_rate

BLOCK = 64  # clips whose frames are held in memory at once
FLOOR_DB = -80.0
COMB_PERIOD = 16  # samples: two transposed convolutions of stride 4
PITCH_HZ = (60, 400)
OCTAVE_COST = 0.01  # of the power, by which a pitch one octave lower must repeat better
COMB_FLOOR = 1e-9  # −90 dB: what is below it cannot be heard


def frame_size(sample_rate: int, seconds: float = 0.064) -> int:
    """Return the power of two that is nearest to `seconds`, in samples.

    Example:
        >>> frame_size(8000)
        512
    """
    return 2 ** round(np.log2(seconds * check_rate(sample_rate)))


def by_block(function: Callable, clips: np.ndarray) -> np.ndarray:
    """Return `function(lines)`, computed for a few clips at a time to save memory.

    Args:
        function: maps float32 lines (m, samples) to an array of m entries.
        clips: shape (n, samples, 1) in [-1, 1].

    Raises:
        ValueError: shape or values of `clips`.
    """
    lines = np.asarray(check_clips(clips), "float32")[..., 0]
    blocks = range(0, len(lines), BLOCK)
    return np.concatenate([function(lines[i : i + BLOCK]) for i in blocks])


def decibels(power: np.ndarray, floor_db: float) -> np.ndarray:
    """Return 10 log₁₀(power), nowhere below the floor.

    A logarithm in float32 rounds as the processor does: without the second maximum
    some say −60.000004 where −60 is promised.

    Args:
        power: of any shape, ≥ 0; 1 is full scale.
        floor_db: smallest value; what is quieter gets it, too.

    Returns:
        dB, of the shape and type of `power`.

    Example:
        >>> decibels(np.array([1.0, 0.1, 0.0]), floor_db=-60).tolist()
        [0.0, -10.0, -60.0]
    """
    audible = np.maximum(power, 10 ** (floor_db / 10))
    return np.maximum(10 * np.log10(audible), floor_db)


def power_spectra(clips: np.ndarray, size: int = 512, hop: int = 256) -> np.ndarray:
    """Return power spectra of Hann-windowed frames; a sine of full scale has power 1.

    Args:
        clips: shape (n, samples, 1) in [-1, 1].
        size: samples in a frame; the first frame is centred on sample 0, and what is
            missing on either side of a clip is 0.
        hop: samples from one frame to the next.

    Returns:
        float32, shape (n, size // 2 + 1, 1 + samples // hop).

    Example:
        >>> power_spectra(np.zeros((1, 8192, 1))).shape
        (1, 257, 33)
    """

    def spectra(lines):
        """Return the spectra of a block, (m, bins, frames)."""
        # Padded here: librosa would warn of clips that are shorter than a frame.
        padded = np.pad(lines, ((0, 0), (size // 2, size // 2)))
        spectrum = librosa.stft(padded, n_fft=size, hop_length=hop, center=False)
        # A Hann window sums to size / 2; a real sine has half of it at its frequency.
        return (spectrum.real**2 + spectrum.imag**2) / (size / 4) ** 2

    return by_block(spectra, clips)


def log_mel(
    clips: np.ndarray,
    sample_rate: int = 8000,
    bands: int = 40,
    n_fft: int = 512,
    hop: int = 256,
    floor_db: float = FLOOR_DB,
) -> np.ndarray:
    """Return log-mel spectrograms in dB relative to full scale.

    The reference is fixed: a sine of full scale has about 0 dB in its band and silence
    has `floor_db`, whatever else is in the clip or in the set. The bands are triangles
    of height 1, equally spaced on the mel scale 2595 log₁₀(1 + f / 700).

    Args:
        clips: shape (n, samples, 1) in [-1, 1].
        sample_rate: Hz.
        bands: mel bands from 0 Hz to half of `sample_rate`.
        n_fft: samples in a frame; 512 are 64 ms at 8 kHz.
        hop: samples from one frame to the next.
        floor_db: smallest value; what is quieter gets it, too.

    Returns:
        float32, shape (n, bands, 1 + samples // hop).

    Raises:
        ValueError: shape or values of `clips`; `sample_rate`; `bands` < 1 or so many
            that one holds no frequency bin.

    Example:
        >>> log_mel(np.zeros((2, 8192, 1))).shape
        (2, 40, 33)
    """
    scale = {"sr": check_rate(sample_rate), "n_fft": n_fft, "n_mels": max(bands, 1)}
    filters = librosa.filters.mel(**scale, htk=True, norm=None)
    if bands < 1 or not filters.any(axis=1).all():
        raise ValueError(
            "Expected `bands` ≥ 1, each wide enough for a frequency bin; received "
            f"bands={bands}, n_fft={n_fft}, sample_rate={sample_rate}. Use fewer bands "
            "or a larger n_fft."
        )
    return decibels(filters @ power_spectra(clips, n_fft, hop), floor_db)


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
    level = np.log(power + COMB_FLOOR).mean(axis=(0, 2), dtype="float64")
    lines = np.rint(np.arange(1, period // 2 + 1) * size / period).astype(int)
    return float(max(np.exp(level[k] - _beside(level, k)) for k in lines))


def periodicity(clips: np.ndarray, sample_rate: int = 8000) -> tuple:
    """Return how strictly each frame of 60 ms repeats, at which pitch, and its power.

    The autocorrelation of a windowed frame, divided by the window's own, is 1 at the
    period of a sound that repeats exactly; r there is the part of the power that
    repeats, 1 − r what does not: hiss, and whatever changes within the frame.

    Args:
        clips: shape (n, samples, 1) in [-1, 1]; silence follows one below 0.06 s.
        sample_rate: Hz.

    Returns:
        r, pitch in Hz between 60 and 400, and power of the windowed frame, each
        (n, frames); a frame begins every 20 ms, none reaches over an end.

    Raises:
        ValueError: shape or values of `clips`, or `sample_rate`.

    Reference:
        Boersma 1993, Accurate short-term analysis of the fundamental frequency and the
        harmonics-to-noise ratio of a sampled sound, Proc. IFA Amsterdam 17
    """
    size = round(0.06 * check_rate(sample_rate))
    first, last = sample_rate // PITCH_HZ[1], sample_rate // PITCH_HZ[0]
    window = np.hanning(size + 1)[:-1].astype("float32")
    own = librosa.autocorrelate(window, max_size=last + 1)
    lags = np.arange(first, last + 1)
    cost = OCTAVE_COST * np.log2(lags)  # else two periods would do as well as one

    def measured(lines):
        """Return r, lag and power of a block, (m, frames, 3)."""
        lines = np.pad(lines, ((0, 0), (0, max(0, size - lines.shape[1]))))
        frames = librosa.util.frame(lines, frame_length=size, hop_length=size // 3)
        frames = frames.swapaxes(1, 2)
        frames = (frames - frames.mean(axis=-1, keepdims=True)) * window
        r = librosa.autocorrelate(frames, max_size=last + 1)
        power = r[..., 0] / own[0]
        r = r / np.maximum(r[..., :1], 1e-9) * (own[0] / own)
        lag = lags[(r[..., lags] - cost).argmax(axis=-1)]
        best = np.take_along_axis(r, lag[..., None], axis=-1)[..., 0]
        return np.stack([best, lag, power], axis=-1)

    r, lag, power = np.moveaxis(by_block(measured, clips), -1, 0)
    return r, sample_rate / lag, power


def _beside(level, line):
    # A Hann window spreads a tone over two bins to either side.
    bins = np.r_[line - 8 : line - 2, line + 3 : line + 9]
    return level[bins[(bins > 0) & (bins < len(level))]].mean()

"""Real clips, spoilt in known ways: rows that show what a measure can hear.

A distance alone says little. Beside "half as far as the same words played backwards"
it says something.
"""

import numpy as np
from scipy import signal

from ganutils.kit.checks import check_clips

NOISE = 0.01  # standard deviation: 40 dB below full scale
CUT_OFF = 1_000.0  # Hz


def anchors(
    clips: np.ndarray, labels: np.ndarray, sample_rate: int, seed: int
) -> dict[str, np.ndarray]:
    """Return real clips spoilt in eight ways, from nearly unhurt to no speech at all.

    `8-bit` rounds to 256 levels; `noise σ 0.01` adds it; `low-pass 1 kHz` removes most
    consonants; `reversed` turns each word around, where it stands; `one digit` repeats
    clips of the commonest class; `random phase` keeps each clip's spectrum, but
    nothing of when it sounds; `silence` is zero; `white noise` is uniform in [-1, 1].

    Args:
        clips: (n, clip_length, 1), float in [-1, 1], real ones that the measure's
            reference does not hold.
        labels: (n,), int.
        sample_rate: in Hz, above 2,000.
        seed: of the noise and of what is drawn.

    Returns:
        {row of a table: clips of the shape of `clips`, float32}.

    Raises:
        ValueError: other clips, labels of another length, or too low a rate.

    Example:
        >>> spoilt = anchors(data.x_test, data.y_test, data.sample_rate, seed=0)
        >>> print(features.compare(network, spoilt, data.x_train))
    """
    clips = np.asarray(check_clips(clips), np.float32)
    labels = np.asarray(labels)
    if labels.shape != clips.shape[:1]:
        raise ValueError(
            f"Expected `labels` of shape {clips.shape[:1]}, one for each clip; "
            f"received {labels.shape}."
        )
    if sample_rate <= 2 * CUT_OFF:
        raise ValueError(
            f"Expected `sample_rate` above {2 * CUT_OFF:.0f} Hz, twice the cut-off; "
            f"received {sample_rate!r}."
        )
    rng = np.random.default_rng(seed)
    spoilt = {
        "8-bit": np.rint(clips * 127) / 127,
        f"noise σ {NOISE}": clips + NOISE * rng.standard_normal(clips.shape),
        "low-pass 1 kHz": low_passed(clips, sample_rate),
        "reversed": np.stack([_reverse(clip) for clip in clips]),
        "one digit": _one_digit(clips, labels, rng),
        "random phase": random_phase(clips, rng),
        "silence": np.zeros_like(clips),
        "white noise": rng.uniform(-1, 1, clips.shape),
    }
    return {k: np.clip(v, -1, 1).astype(np.float32) for k, v in spoilt.items()}


def low_passed(clips: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return clips without what sounds above 1 kHz, (n, clip_length, 1).

    A Butterworth filter, run forwards and backwards: no delay, −6 dB at 1 kHz, −66 dB
    at 1.5 kHz.
    """
    sections = signal.butter(8, CUT_OFF, fs=sample_rate, output="sos")
    return signal.sosfiltfilt(sections, clips, axis=1)


def random_phase(clips: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return clips with each frequency's phase drawn anew, at the old loudest sample.

    All magnitudes over the whole clip keep their proportions; every onset is gone.
    """
    spectrum = np.abs(np.fft.rfft(clips, axis=1))
    turns = np.exp(2j * np.pi * rng.uniform(size=spectrum.shape))
    mixed = np.fft.irfft(spectrum * turns, n=clips.shape[1], axis=1)
    loudest = np.abs(mixed).max(axis=1, keepdims=True)
    return mixed * np.abs(clips).max(axis=1, keepdims=True) / np.maximum(loudest, 1e-9)


def _reverse(clip):
    (sounding,) = np.nonzero(clip[:, 0])
    if len(sounding) == 0:
        return clip
    start, end = sounding[0], sounding[-1] + 1
    return np.concatenate([clip[:start], clip[start:end][::-1], clip[end:]])


def _one_digit(clips, labels, rng):
    values, counts = np.unique(labels, return_counts=True)
    (members,) = np.nonzero(labels == values[counts.argmax()])
    return clips[rng.choice(members, len(clips))]

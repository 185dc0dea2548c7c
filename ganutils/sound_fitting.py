"""Samples of any rate, length and loudness as clips of one."""

import numpy as np

from ganutils.sound_headers import RATES
from ganutils.sound_reading import SILENCE

# Every clip is as loud: else loudness would tell the speaker, or the distance to the
# microphone, and a GAN would learn that first. Below 1, so that a filter or another
# rate does not clip the loudest sample at once.
PEAK = 0.95
TRIM_DB = 40  # frames that much quieter than the loudest one are silence
SILENT_SHARE = 10 ** (-TRIM_DB / 10)  # of its energy
FRAME_SECONDS = 0.01
LEAD_SECONDS = 0.025  # silence in front of the sound
FADE_SECONDS = 0.01  # out of a clip that was cut
LARGEST, QUIETEST = 1e15, 1e-15  # whose squares are still float32
SHORTEST_SECONDS = 0.05  # a click is shorter, a syllable longer


def fit_clip(
    samples: np.ndarray,
    rate: int,
    sample_rate: int = 8000,
    clip_length: int = 8192,
    silence: float = SILENCE,
    seconds: float | None = None,
) -> tuple[np.ndarray, str]:
    """Return samples as a clip of one rate, length and loudness.

    In this order: a constant offset is taken off, the rate is changed, silence is cut
    off at both ends (10-ms frames with 40 dB less energy than the loudest), the sound
    is placed 25 ms after the start, cut with a short fade where it is too long, scaled
    to a peak of 0.95, and followed by zeros. The sound always begins at the same
    place, which is easier to learn than words anywhere.

    Args:
        samples: shape (n,), float; of any loudness.
        rate: of `samples`, 1,000 … 384,000 Hz.
        sample_rate: of the clip, in Hz.
        clip_length: samples of the clip.
        silence: a smaller peak is silence; the default is 60 dB below 1.
        seconds: length of the recording that `samples` are the first part of, for the
            remark; None: they are all of it.

    Returns:
        clip: shape (clip_length, 1), float32, peak 0.95.
        remark: whether it was cut, scaled down, or recorded at a lower rate; or empty.

    Raises:
        ValueError: the samples are not finite, silent, or less than 0.05 s of sound; a
            rate or a length is out of range, see `check_sizes`.

    Example:
        >>> clip, remark = fit_clip(np.sin(np.arange(44_100.0)), 22_050)
        >>> clip.shape, remark
        ((8192, 1), 'cut from 2.000 s to 0.999 s')
    """
    _check_rate("rate", rate)
    check_sizes(sample_rate, clip_length)
    x = np.asarray(samples)
    if x.ndim != 1 or x.dtype.kind != "f":
        raise ValueError(
            "Expected `samples` of shape (n,) and a floating type; received "
            f"{x.shape}, {x.dtype}."
        )
    x = np.asarray(x, np.result_type(x, np.float32))  # a float16 holds no long sum
    clip = np.zeros((clip_length, 1), np.float32)
    return clip, fill_clip(clip[:, 0], x, rate, sample_rate, silence, seconds)


def fill_clip(
    clip: np.ndarray,
    samples: np.ndarray,
    rate: int,
    sample_rate: int,
    silence: float,
    seconds: float | None,
) -> str:
    """Write samples into a clip of zeros as `fit_clip` does, and return its remark.

    Rates and sizes are not checked again; an error leaves the zeros as they are.

    Args:
        clip: shape (clip_length,), float32.
        samples: shape (n,), float32 or wider.
        rate, sample_rate, silence, seconds: as in `fit_clip`.

    Raises:
        ValueError: of the samples, as in `fit_clip`.
    """
    x, peak, remarks = _centre(samples, rate, silence)
    if rate != sample_rate:
        x, peak = _resample(x, peak, rate, sample_rate)
    if rate < sample_rate:
        remarks.append(f"recorded at {rate:,} Hz: nothing above {rate / 2:,.0f} Hz")
    sound = _trim(x, sample_rate)
    lead = round(LEAD_SECONDS * sample_rate)
    kept = _cut(sound, len(clip) - lead, sample_rate)
    kept_peak = peak if kept is sound else _peak(kept)
    if kept is not sound or seconds is not None:
        whole = seconds or len(sound) / sample_rate
        remarks.append(f"cut from {_show(whole)} to {_show(len(kept) / sample_rate)}")
        if kept_peak < peak / 10:
            remarks.append("its loudest part was cut off")
    np.multiply(kept, PEAK / kept_peak, clip[lead : lead + len(kept)])
    return "; ".join(remarks)


def check_sizes(sample_rate: int, clip_length: int):
    """Refuse a rate or a length that clips cannot have.

    Raises:
        ValueError: `sample_rate` outside 1,000 … 384,000 Hz; or `clip_length` too short
            for the lead and the shortest sound, 0.075 s.
    """
    _check_rate("sample_rate", sample_rate)
    least = round((LEAD_SECONDS + SHORTEST_SECONDS) * sample_rate)
    if clip_length < least:
        raise ValueError(
            f"Expected `clip_length` ≥ {least} at {sample_rate:,} Hz; received "
            f"{clip_length!r}."
        )


def _check_rate(name, rate):
    if not RATES[0] <= rate <= RATES[1]:
        raise ValueError(
            f"Expected `{name}` from {RATES[0]:,} to {RATES[1]:,} Hz; received "
            f"{rate!r}."
        )


def _centre(x, rate, silence):
    _check_length(len(x) / rate)
    lowest, highest = x.argmin(), x.argmax()
    low, high = float(x[lowest]), float(x[highest])
    peak = max(high, -low)
    if not peak <= LARGEST:
        raise ValueError(f"samples that are no numbers, or beyond {LARGEST:.0e}")
    offset = float(np.add.reduce(x)) / len(x)
    if max(high - offset, offset - low) < max(silence, QUIETEST):
        raise ValueError(f"silent: no peak reaches {silence:.3g} of full scale")
    remarks = [f"peak of {peak:.3g}, scaled down"] if peak > 1 else []
    x = np.asarray(x - offset, np.float32)
    return x, max(x.item(highest), -x.item(lowest)), remarks


def _resample(x, peak, rate, sample_rate):
    import librosa  # takes a second, and most folders have the right rate

    resampled = librosa.resample(x, orig_sr=rate, target_sr=sample_rate)
    resampled_peak = _peak(resampled)
    if resampled_peak < SILENCE * peak:
        raise ValueError(f"silent below {sample_rate // 2:,} Hz")
    return resampled, resampled_peak


def _trim(x, sample_rate):
    # What is cut off never holds the peak: 1 / SILENT_SHARE is more than any frame has.
    frame = round(FRAME_SECONDS * sample_rate)
    energy = np.add.reduceat(x * x, np.arange(0, len(x), frame))
    (loud,) = (energy > energy[energy.argmax()] * SILENT_SHARE).nonzero()
    sound = x[loud.item(0) * frame : (loud.item(-1) + 1) * frame]
    _check_length(len(sound) / sample_rate)
    return sound


def _cut(sound, room, sample_rate):
    if len(sound) <= room:
        return sound
    fade = round(FADE_SECONDS * sample_rate)
    slope = np.linspace(1, 0, fade, dtype=np.float32)
    return np.concatenate([sound[: room - fade], sound[room - fade : room] * slope])


def _check_length(seconds):
    if seconds < SHORTEST_SECONDS:
        raise ValueError(
            f"too short: {seconds:.3f} s of sound; {SHORTEST_SECONDS} s are the least"
        )


def _peak(x):
    return max(x.item(x.argmax()), -x.item(x.argmin()))


def _show(seconds):
    return f"{seconds:,.0f} s" if seconds >= 100 else f"{seconds:.3f} s"

"""Samples of any rate, length and loudness as clips of one."""

from typing import NamedTuple

import numpy as np

from ganutils.datasets.sound_headers import RATES
from ganutils.datasets.sound_reading import SILENCE

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


class Measured(NamedTuple):
    """Samples without their offset, and what `fill_clip` has to know of them.

    Attributes:
        samples: shape (n,), float32.
        low, high: smallest and largest sample before the offset was taken off.
        offset: mean of the samples before.
        peak: of the samples now.
        start, stop: samples between which they are not silent.
    """

    samples: np.ndarray
    low: float
    high: float
    offset: float
    peak: float
    start: int
    stop: int


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
    check_length(len(x) / rate)
    (measured,) = measure([x], sample_rate)
    clip = np.zeros((clip_length, 1), np.float32)
    return clip, fill_clip(clip[:, 0], measured, rate, sample_rate, silence, seconds)


def measure(sounds: list[np.ndarray], sample_rate: int) -> list[Measured]:
    """Measure many sounds at once: NumPy takes longer to be called than to calculate.

    What is measured of one does not depend on the others. Nothing is refused here.

    Args:
        sounds: each of shape (n,) with n ≥ 1, all float32 or one wider type.
        sample_rate: of the clips, in Hz.
    """
    lengths = np.array([len(x) for x in sounds])
    stops = np.cumsum(lengths)
    starts = stops - lengths
    x = np.concatenate(sounds)
    low, high = np.minimum.reduceat(x, starts), np.maximum.reduceat(x, starts)
    # Of samples beyond `LARGEST`, or none, numbers are wrong and not used.
    with np.errstate(over="ignore", invalid="ignore"):
        offset = np.add.reduceat(x, starts) / lengths
        shift = offset.astype(x.dtype)
        peak = np.maximum(high - shift, shift - low).astype(np.float32)
        places = list(map(slice, starts.tolist(), stops.tolist()))
        centred = x.astype(np.float32, copy=False)
        samples = [centred[place] for place in places]
        for place, one, out in zip(places, shift.tolist(), samples, strict=True):
            np.subtract(x[place], one, out, casting="same_kind")
        ends = _find_ends(centred, starts, lengths, sample_rate)
    numbers = (column.tolist() for column in (low, high, offset, peak, *ends))
    return list(map(Measured, samples, *numbers))


def fill_clip(
    clip: np.ndarray,
    sound: Measured,
    rate: int,
    sample_rate: int,
    silence: float,
    seconds: float | None,
) -> str:
    """Write a sound into a clip of zeros as `fit_clip` does, and return its remark.

    Rates and sizes are not checked again; an error leaves the zeros as they are.

    Args:
        clip: shape (clip_length,), float32.
        sound: what `measure` returned.
        rate, sample_rate, silence, seconds: as in `fit_clip`.

    Raises:
        ValueError: of the samples, as in `fit_clip`.
    """
    remarks = _check_level(sound, silence)
    x, peak, start, stop = sound.samples, sound.peak, sound.start, sound.stop
    if rate != sample_rate:
        x, peak, start, stop = _resample(x, peak, rate, sample_rate)
    if rate < sample_rate:
        remarks.append(f"recorded at {rate:,} Hz: nothing above {rate / 2:,.0f} Hz")
    check_length((stop - start) / sample_rate)
    lead = round(LEAD_SECONDS * sample_rate)
    sound = x[start:stop]
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


def check_length(seconds: float):
    """Refuse a sound that is shorter than a syllable.

    Raises:
        ValueError: less than 0.05 s.
    """
    if seconds < SHORTEST_SECONDS:
        raise ValueError(
            f"too short: {seconds:.3f} s of sound; {SHORTEST_SECONDS} s are the least"
        )


def _check_rate(name, rate):
    if not RATES[0] <= rate <= RATES[1]:
        raise ValueError(
            f"Expected `{name}` from {RATES[0]:,} to {RATES[1]:,} Hz; received "
            f"{rate!r}."
        )


def _check_level(sound, silence):
    peak = max(sound.high, -sound.low)
    if not peak <= LARGEST:
        raise ValueError(f"samples that are no numbers, or beyond {LARGEST:.0e}")
    swing = max(sound.high - sound.offset, sound.offset - sound.low)
    if swing < max(silence, QUIETEST):
        raise ValueError(f"silent: no peak reaches {silence:.3g} of full scale")
    return [f"peak of {peak:.3g}, scaled down"] if peak > 1 else []


def _resample(x, peak, rate, sample_rate):
    import librosa  # takes a second, and most folders have the right rate

    resampled = librosa.resample(x, orig_sr=rate, target_sr=sample_rate)
    resampled_peak = _peak(resampled)
    if resampled_peak < SILENCE * peak:
        raise ValueError(f"silent below {sample_rate // 2:,} Hz")
    start, stop = _find_ends(resampled, [0], [len(resampled)], sample_rate)
    return resampled, resampled_peak, start.item(), stop.item()


def _find_ends(x, starts, lengths, sample_rate):
    # What is cut off never holds the peak: 1 / SILENT_SHARE is more than any frame has.
    frame = round(FRAME_SECONDS * sample_rate)
    counts = -(-np.asarray(lengths) // frame)
    first = np.cumsum(counts) - counts
    index = np.arange(counts.sum()) - np.repeat(first, counts)  # in its own sound
    energy = np.add.reduceat(x * x, np.repeat(starts, counts) + index * frame)
    loudest = np.maximum.reduceat(energy, first)
    loud = energy > np.repeat(loudest * SILENT_SHARE, counts)
    start = np.minimum.reduceat(np.where(loud, index, len(x)), first) * frame
    stop = np.maximum.reduceat(np.where(loud, index, 0), first) * frame + frame
    return start, np.minimum(stop, lengths)


def _cut(sound, room, sample_rate):
    if len(sound) <= room:
        return sound
    fade = round(FADE_SECONDS * sample_rate)
    slope = np.linspace(1, 0, fade, dtype=np.float32)
    return np.concatenate([sound[: room - fade], sound[room - fade : room] * slope])


def _peak(x):
    return max(x.item(x.argmax()), -x.item(x.argmin()))


def _show(seconds):
    return f"{seconds:,.0f} s" if seconds >= 100 else f"{seconds:.3f} s"

"""Free monitors of a set of clips, and real clips spoilt in ways a measure should hear.

The monitors need no network and no reference. Each notices one way in which a generator
of sound fails: silence, clipping, hiss, a steady tone. None of them says that a clip is
speech; print them beside the same numbers of real clips. And a distance alone says
little: beside "half as far as the same words played backwards" it says something.
"""

import librosa
import numpy as np
from scipy import signal

from ganutils.audio import spectra
from ganutils.kit.checks import check_clips, check_rate

MEASURES = ("rms_db", "peak", "clipped_share", "silent_share", "active_seconds")
MEASURES += ("spectral_centroid", "voiced_share", "comb_score")
MEASURES += ("clear_share", "harmonics_db")

FLOOR_DB = -120.0  # what digital silence is reported as
SILENCE_DB = -50.0  # RMS below which a clip or a frame counts as silent
CLIPPED = 0.999  # of full scale
ACTIVE = 0.01  # −40 dB of a clip's own peak

VOICED = 0.5  # normalised autocorrelation of a voiced frame
CLEAR = 0.7  # part of the power of a frame that repeats itself, for a clear pitch
LOUD = 10**-2.5  # 25 dB below the loudest frame of a clip
PITCHED, STRONG = 0.6, 0.05  # part that repeats, of the loudest: frames for a pitch
MARGIN = 0.02  # by which a pitch must beat what is higher than any voice

NOISE = 0.01  # standard deviation: 40 dB below full scale
CUT_OFF = 1_000.0  # Hz
BUZZ_HZ = 120
ENVELOPE = 0.002  # seconds: what a spectrum repeats within them is the filter's


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
          (`voiced`); 0.65 for FSDD's spoken digits.
        - `comb_score`: see there; about 1 for natural sound.
        - `clear_share`: of the loud frames, those within 25 dB of the clip's loudest,
          the part of which more than 0.7 of the power repeats with a pitch
          (`spectra.periodicity`).
        - `harmonics_db`: harmonics-to-noise ratio, the median over the loud frames of
          what repeats to what does not: about 7 dB for spoken digits, 0 is hoarse.

        The last five are NaN where every frame is silent.

    Raises:
        ValueError: shape or values of `clips`, or `sample_rate`.

    Example:
        >>> health(np.zeros((1, 8192, 1)))["silent_share"]
        1.0
    """
    x = np.asarray(check_clips(clips), "float32")[..., 0]
    size = spectra.frame_size(sample_rate)
    power = (x * x).mean(axis=1, dtype="float64")
    rms = librosa.feature.rms(y=x, frame_length=size, hop_length=size // 2)[:, 0]
    heard = rms >= 10 ** (SILENCE_DB / 20)
    magnitude = np.sqrt(spectra.power_spectra(clips, size, size // 2))
    centroid = librosa.feature.spectral_centroid(S=magnitude, sr=sample_rate)[:, 0]
    pitched = voiced(clips, sample_rate)[heard]
    values = (
        spectra.decibels(power.mean(), FLOOR_DB),
        np.abs(x).max(),
        (np.abs(x) >= CLIPPED).mean(),
        (spectra.decibels(power, FLOOR_DB) < SILENCE_DB).mean(),
        _active_samples(x).mean() / sample_rate,
        centroid[heard].mean() if heard.any() else np.nan,
        pitched.mean() if heard.any() else np.nan,
        spectra.comb_score(clips, sample_rate) if heard.any() else np.nan,
        *(_harmonics(clips, sample_rate) if heard.any() else (np.nan, np.nan)),
    )
    return dict(zip(MEASURES, map(float, values), strict=True))


def voiced(clips: np.ndarray, sample_rate: int = 8000) -> np.ndarray:
    """Tell for each frame whether it has a pitch between 60 and 400 Hz.

    It has one where the normalised autocorrelation has a peak above 0.5 at a lag of
    that range, higher than every peak at a shorter lag: a tone of 500 Hz repeats after
    two periods, too, but already did so after one.

    Args:
        clips: shape (n, samples, 1) in [-1, 1].
        sample_rate: Hz.

    Returns:
        bool, shape (n, frames); frames of about 64 ms, every 32 ms.

    Example:
        >>> tone = np.sin(2 * np.pi * 200 * np.arange(8192) / 8000)
        >>> voiced(tone[None, :, None]).mean()
        1.0
    """
    lowest, highest = spectra.PITCH_HZ
    first, last = sample_rate // highest, -(-sample_rate // lowest)
    size = spectra.frame_size(sample_rate)

    def has_pitch(lines):
        """Tell of each frame of a block whether it has a pitch, (m, frames)."""
        padded = np.pad(lines, ((0, 0), (size // 2, size // 2)))
        frames = librosa.util.frame(padded, frame_length=size, hop_length=size // 2)
        r = _autocorrelation(frames.swapaxes(1, 2))
        inner = r[..., 1:-1]
        peak = np.where((inner >= r[..., :-2]) & (inner >= r[..., 2:]), inner, -1.0)
        best = peak[..., first - 1 : last].max(axis=-1)
        return (best > VOICED) & (best > peak[..., : first - 1].max(axis=-1) + MARGIN)

    return spectra.by_block(has_pitch, clips)


def pitch(clips: np.ndarray, sample_rate: int = 8000) -> np.ndarray:
    """Return the pitch of each clip: the median over its loud and voiced frames.

    Args:
        clips: shape (n, samples, 1) in [-1, 1].
        sample_rate: Hz.

    Returns:
        Hz, shape (n,), between 60 and 400; NaN where no frame has one.

    Raises:
        ValueError: shape or values of `clips`, or `sample_rate`.

    Example:
        >>> pitch(np.sin(2 * np.pi * 200 * np.arange(8192) / 8000)[None, :, None])
        array([200.])
    """
    r, hertz, power = spectra.periodicity(clips, sample_rate)
    sure = (r > PITCHED) & (power > STRONG * power.max(axis=1, keepdims=True))
    rows = [own[kept] for own, kept in zip(hertz, sure, strict=True)]
    return np.array([np.median(row) if len(row) else np.nan for row in rows])


def _harmonics(clips, sample_rate):
    r, _, power = spectra.periodicity(clips, sample_rate)
    loud = power > np.maximum(LOUD * power.max(axis=1, keepdims=True), 1e-12)
    r = np.clip(r[loud], 1e-3, 1 - 1e-3)
    return (r > CLEAR).mean(), np.median(10 * np.log10(r / (1 - r)))


def spoil(
    clips: np.ndarray, labels: np.ndarray, sample_rate: int, seed: int
) -> dict[str, np.ndarray]:
    """Return real clips spoilt in ten ways, from nearly unhurt to no speech at all.

    `8-bit` rounds to 256 levels; `noise σ 0.01` adds it; `whispered` and `buzzed` keep
    mouth and throat, but put noise, or pulses of 120 Hz, in place of the vocal folds;
    `low-pass 1 kHz` removes most consonants; `reversed` turns each word around, where
    it stands; `one digit` repeats clips of the commonest class; `random phase` keeps
    each clip's spectrum, but nothing of when it sounds; `silence` is zero; `white
    noise` is uniform in [-1, 1].

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
        >>> spoilt = spoil(data.x_test, data.y_test, data.sample_rate, seed=0)
        >>> print(features.compare(network, spoilt, data.x_train))
    """
    clips = np.asarray(check_clips(clips), np.float32)
    labels = np.asarray(labels)
    if labels.shape != clips.shape[:1]:
        raise ValueError(
            f"Expected `labels` of shape {clips.shape[:1]}, one for each clip; "
            f"received {labels.shape}."
        )
    if check_rate(sample_rate) <= 2 * CUT_OFF:
        raise ValueError(
            f"Expected `sample_rate` above {2 * CUT_OFF:.0f} Hz, twice the cut-off; "
            f"received {sample_rate!r}."
        )
    rng, period = np.random.default_rng(seed), sample_rate // BUZZ_HZ
    spoilt = {
        "8-bit": np.rint(clips * 127) / 127,
        f"noise σ {NOISE}": clips + NOISE * rng.standard_normal(clips.shape),
        "whispered": revoiced(clips, rng.standard_normal(clips.shape[1]), sample_rate),
        "buzzed": revoiced(clips, np.arange(clips.shape[1]) % period < 1, sample_rate),
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


def revoiced(clips: np.ndarray, source: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return clips spoken by another source through the same filter.

    The filter is the smoothed logarithmic spectrum of each frame of 32 ms: of its
    cepstrum, what lies within 2 ms of zero.

    Args:
        clips: shape (n, samples, 1) in [-1, 1].
        source: shape (samples,), such as noise or pulses.
        sample_rate: Hz.

    Returns:
        Shape (n, samples, 1), float32, each clip with the RMS that it had.
    """
    size, lines = spectra.frame_size(sample_rate, 0.032), np.asarray(clips)[..., 0]
    kept, options = round(ENVELOPE * sample_rate), {"hop_length": size // 4}

    def envelope(x):
        level = np.log(np.abs(librosa.stft(x, n_fft=size, **options)) + 1e-4)
        cepstrum = np.fft.irfft(level, axis=-2)
        cepstrum[..., kept : size - kept, :] = 0
        return np.exp(np.fft.rfft(cepstrum, axis=-2).real)

    source = np.asarray(source, "float32")
    spectrum = librosa.stft(source, n_fft=size, **options) / envelope(source)
    heard = librosa.istft(envelope(lines) * spectrum, length=len(source), **options)
    rms = [np.sqrt((x**2).mean(axis=1, keepdims=True)) for x in (lines, heard)]
    return (heard * rms[0] / np.maximum(rms[1], 1e-9))[..., None].astype("float32")


def random_phase(clips: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return clips with each frequency's phase drawn anew, at the old loudest sample.

    All magnitudes over the whole clip keep their proportions; every onset is gone.
    """
    spectrum = np.abs(np.fft.rfft(clips, axis=1))
    turns = np.exp(2j * np.pi * rng.uniform(size=spectrum.shape))
    mixed = np.fft.irfft(spectrum * turns, n=clips.shape[1], axis=1)
    loudest = np.abs(mixed).max(axis=1, keepdims=True)
    return mixed * np.abs(clips).max(axis=1, keepdims=True) / np.maximum(loudest, 1e-9)


def _autocorrelation(frames):
    """Return r(lag) of each frame, divided by the energy of both parts compared."""
    x = frames - frames.mean(axis=-1, keepdims=True)
    start = np.cumsum(x * x, axis=-1)[..., ::-1]
    end = np.cumsum((x * x)[..., ::-1], axis=-1)[..., ::-1]
    return librosa.autocorrelate(x) / np.sqrt(np.maximum(start * end, 1e-12))


def _active_samples(lines):
    size = np.abs(lines)
    loud = size > ACTIVE * size.max(axis=1, keepdims=True)
    first, after = loud.argmax(axis=1), loud[:, ::-1].argmax(axis=1)
    return np.where(loud.any(axis=1), lines.shape[1] - first - after, 0)


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

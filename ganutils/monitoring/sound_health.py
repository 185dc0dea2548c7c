"""A callback that watches a GAN of sound by its waveforms, and keeps clips to hear."""

import os

import numpy as np

from ganutils.audio.listening import save_wav
from ganutils.audio.waveforms import MEASURES, health
from ganutils.kit import files
from ganutils.monitoring.fixed_noise import FixedNoise
from ganutils.monitoring.stepping import report_once


class SoundHealth(FixedNoise):
    """Draw clips from the same z again and again, measure them, and keep a few.

    Args:
        every: steps from one drawing to the next; step 0 and the last are drawn too.
        n: clips that are measured.
        sample_rate: Hz.
        path: folder in which the kept clips are written as `step_00002000_0.wav`, to
            be listened to while training goes on. None writes nothing. If the folder
            cannot be written, that is reported once, and training goes on.
        keep: clips of each drawing that are kept, the first ones.
        seed: fixes z.
        verbose: print a line for each drawing.

    Attributes:
        rows: a dict a drawing: `step`, then the numbers of `waveforms.health`; all NaN
            where a clip is not finite.
        snapshots: list of (step, clips), clips of shape (keep, samples, 1), clipped to
            [-1, 1], as they would be played.

    Raises:
        ValueError: `every`, `n` or `keep` out of range; in training, a generator that
            does not draw clips (n, samples, 1).

    Example:
        >>> watch = SoundHealth(every=500, verbose=True)
        >>> gan.fit(clips, verbose=0, callbacks=[watch])
        step 500: RMS -17.9 dB, centroid 1,520 Hz, voiced 0.31, silent 0.00, comb 38
        >>> audio.play(watch.snapshots[-1][1][0])
    """

    def __init__(
        self,
        every: int,
        n: int = 64,
        sample_rate: int = 8000,
        path: "str | os.PathLike | None" = None,
        *,
        keep: int = 4,
        seed: int = 0,
        verbose: bool = False,
    ):
        super().__init__(every, n, seed)
        if n < 1 or keep < 0:
            raise ValueError(
                f"Expected `n` ≥ 1 and `keep` ≥ 0; received n={n!r}, keep={keep!r}."
            )
        self.sample_rate, self.keep, self.verbose = sample_rate, keep, verbose
        self.path = None if path is None else files.expand(path)
        self.rows: list[dict[str, float]] = []
        self._reported = False

    def begin(self):
        """Drop what is still to come; draw what the generator makes before training."""
        self.rows[:] = [row for row in self.rows if row["step"] <= self.step]
        super().begin()

    def _draw(self):
        if self.rows and self.rows[-1]["step"] == self.step:
            return
        clips = self.model.generate(self.n, seed=self.seed)
        finite = np.isfinite(clips).all()
        clips = np.clip(clips, -1, 1)  # as they would be played
        unknown = dict.fromkeys(MEASURES, float("nan"))
        row = health(clips, self.sample_rate) if finite else unknown
        self.rows.append({"step": self.step} | row)
        self.snapshots.append((self.step, clips[: self.keep]))
        if self.path is not None and finite:
            self._write(clips[: self.keep])
        if self.verbose:
            print(_line(self.rows[-1]))

    def _write(self, clips):
        try:
            for i, clip in enumerate(clips):
                file = self.path / f"step_{self.step:08}_{i}.wav"
                save_wav(file, clip, self.sample_rate)
        except OSError as error:
            self._reported = report_once(self._reported, "clips", error)


def _line(row):
    return (
        f"step {row['step']:,}: RMS {row['rms_db']:.1f} dB, centroid "
        f"{row['spectral_centroid']:,.0f} Hz, voiced {row['voiced_share']:.2f}, silent "
        f"{row['silent_share']:.2f}, comb {row['comb_score']:.2g}"
    )

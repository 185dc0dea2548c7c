"""Train chapter 5's GAN on a folder of your own sounds, and write what it draws.

    python tools/own_sounds.py FOLDER                      # speech: words, talks
    python tools/own_sounds.py FOLDER --kind hits          # drums, clicks, footsteps
    python tools/own_sounds.py FOLDER --kind loops --steps 5000
    python tools/own_sounds.py FOLDER --out runs/drums --seed 1

Folders inside FOLDER are classes, which the GAN can be asked for. Long recordings are
cut at their pauses. Into --out go WAV files of each class, `listen.html` with players,
`sheet.png`, and `generator.keras`, which takes z alone.

No classifier knows your sounds, so no Fréchet distance is printed. The measure falls
back on log-mel statistics: by how many dB the mean level of each frame and band is off,
and its spread, beside your other clips and white noise. It says nothing about whether a
word is a word: listen.
"""

import argparse
import html
import sys
from pathlib import Path

import numpy as np

import chapters
from ganutils import audio, datasets, plotting, training
from ganutils.kit import runtime
from ganutils.training import conditions

KINDS = {  # `seconds` of a clip; `hop`: samples from frame to frame; `sung`: a voice
    "speech": {"rate": 8_000, "seconds": 1.024, "hop": 128, "sung": True},
    "hits": {"rate": 44_100, "seconds": 0.743, "hop": 256, "sung": False},
    "loops": {"rate": 22_050, "seconds": 2.972, "hop": 512, "sung": False},
}
ALL_BANDS = {"breath": 0.0, "octaves": 2.2}  # where no voice forces the source
FEW, EACH = (
    50,
    8,
)  # clips below which a warning comes; clips of a class that are written


def clip_length(rate: int, seconds: float, hop: int) -> int:
    """Return the number of samples nearest to `seconds` that the networks can draw."""
    return max(1, round(seconds * rate / (8 * hop))) * 8 * hop


def gaps(clips: np.ndarray, others: np.ndarray, rate: int) -> tuple[float, float]:
    """Return by how many dB two sets differ: in mean level, and in its spread.

    Both are root mean squares over all frames and mel bands.

    Args:
        clips, others: shape (n, samples, 1) in [-1, 1].
        rate: Hz.
    """
    size = audio.spectra.frame_size(rate)
    levels = [
        audio.log_mel(x, rate, n_fft=size, hop=size // 2) for x in (clips, others)
    ]
    differences = (
        f(levels[0], axis=0) - f(levels[1], axis=0) for f in (np.mean, np.std)
    )
    return tuple(float(np.sqrt(np.mean(d**2))) for d in differences)


def make_gan(mine, kind: dict, steps: int, seed: int):
    """Return chapter 5's GAN for what a folder gave, and the rows that D is told."""
    code, rate = chapters.shared_code("05_audio_gan"), mine.sample_rate
    if kind["sung"]:
        people = np.array(mine.class_names)[mine.labels]
        try:
            rows, reads = conditions.with_pitches(
                audio.pitch(mine.clips, rate), [people]
            )
        except ValueError as error:
            raise ValueError(
                f"{error} Are they voices? Else try --kind hits."
            ) from error
        source = {}
    else:
        rows = conditions.one_hot(mine.labels)
        reads, source = conditions.NoiseLabels([rows.shape[1]]), ALL_BANDS
    clip, sizes = mine.clips.shape[1], {"rate": rate, "hop": kind["hop"]}
    how = {"seed": seed, "steps": steps, "clip": clip, "sung": kind["sung"]}
    gan = code["make_gan"](reads, **sizes, **how, **source)
    return gan, rows, min(code["BATCH"], len(rows))


def train(gan, clips, rows, batch: int, steps: int):
    """Train for `steps`, rounded up to whole executions; print about ten lines."""
    at_once = gan.steps_per_execution
    every = at_once * -(-steps // (10 * at_once))
    while int(gan.step) < steps:
        plan = {"batch_size": batch, "steps_per_epoch": every, "verbose": 0}
        logs = gan.fit((clips, rows), **plan).history
        losses = ", ".join(f"{k} {logs[k][-1]:.2f}" for k in ("d_loss", "g_loss"))
        print(f"step {int(gan.step):,} of {steps:,}: {losses}", flush=True)


def write(gan, mine, out: Path, seed: int):
    """Write WAV files, players, a sheet and the generator; return what was drawn."""
    lines, drawn, rate = [], [], mine.sample_rate
    for label, name in enumerate(mine.class_names):
        clips = gan.generate(EACH, seed=seed + 1 + label, labels=label)
        real = mine.clips[mine.labels == label][:2]
        drawn.append(clips)
        lines.append(f"<h2>{html.escape(name)}</h2>")
        pairs = [("yours", x) for x in real] + [("generated", x) for x in clips]
        for i, (what, clip) in enumerate(pairs):
            path = audio.save_wav(
                out / f"class_{label}" / f"{what}_{i}.wav", clip, rate
            )
            source = path.relative_to(out).as_posix()
            lines.append(f"<p>{what} <audio controls src='{source}'></audio></p>")
    page = "<!DOCTYPE html><html lang='en'><meta charset='utf-8'><title>Sounds</title>"
    (out / "listen.html").write_text("\n".join([page, *lines, "</html>"]), "utf8")
    training.save_generator(out / "generator.keras", gan.ema_generator)
    each = -(-6 // len(drawn))  # of a class on the sheet
    real = [mine.clips[mine.labels == label][:each] for label in range(len(drawn))]
    rows = {"real": real, "generated": [clips[:each] for clips in drawn]}
    rows = {name: np.concatenate(clips)[:6] for name, clips in rows.items()}
    plotting.contact_sheet(rows, rate).savefig(out / "sheet.png", dpi=100)
    return np.concatenate(drawn)


def measure(drawn, clips, rate: int, seed: int):
    """Print the gaps of generated clips, of other real ones and of white noise."""
    order = np.random.default_rng(seed).permutation(len(clips))
    half, other = clips[order[::2]], clips[order[1::2]]
    noise = np.random.default_rng(seed).uniform(-1, 1, drawn.shape).astype("float32")
    print("log-mel statistics beside half of your clips (no classifier knows them):")
    sets = {"your other clips": other, "generated": drawn, "white noise": noise}
    for name, x in sets.items():
        if len(x):
            mean, spread = gaps(x, half, rate)
            print(f"  {name:16} mean off by {mean:4.1f} dB, spread by {spread:4.1f} dB")


def options(arguments: list[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", choices=KINDS, default="speech")
    parser.add_argument("--rate", type=int, help="Hz; of the kind by default")
    parser.add_argument("--seconds", type=float, help="of a clip; of the kind")
    parser.add_argument("--steps", type=int, default=2_400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="runs/own_sounds by default")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None):
    """Read the folder, train, write and measure."""
    asked = options(arguments)
    kind = KINDS[asked.kind]
    rate = asked.rate or kind["rate"]
    length = clip_length(rate, asked.seconds or kind["seconds"], kind["hop"])
    mine = datasets.load_sounds(asked.folder, rate, length)
    print(mine.summary)
    if len(mine.clips) < FEW:
        print(f"{len(mine.clips)} clips are few: expect copies of them, or a murmur.")
    gan, rows, batch = make_gan(mine, kind, asked.steps, asked.seed)
    try:
        train(gan, mine.clips, rows, batch, asked.steps)
    except KeyboardInterrupt:
        print(f"stopped at step {int(gan.step):,}: what was learnt so far is written")
    out = asked.out or runtime.runs_folder("own_sounds")
    drawn = write(gan, mine, out, asked.seed)
    measure(drawn, mine.clips, rate, asked.seed)
    print(f"listen: {out / 'listen.html'}")


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")

"""Samples without code: `python -m ganutils.sample GENERATOR --n 100 --out FOLDER`.

GENERATOR is a file, say runs/03_dcgan/generator.keras, or the name of a bundled one.
FOLDER gets a PNG file for each picture or a WAV file for each clip, cut off beyond
[-1, 1]; a path in .npz gets the arrays `samples` and, where G has them, `labels`.
"""

import argparse
import os
import reprlib
import shutil
import sys
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from ganutils.audio import listening
from ganutils.kit import checks, files
from ganutils.training import conditions, latent, pretrained


def sample(generator: keras.Model, n: int, seed: int = 0, labels=None) -> tuple:
    """Draw n samples as `GAN.generate` does, of any generator of the course.

    Args:
        generator: of z; of [z, labels], one-hot rows of one label; or of a z off which
            its layer `NoiseLabels` reads labels, of which the first is asked for.
        n, seed: as of `GAN.generate`, which draws the same samples.
        labels: whole numbers 0 … k − 1, at most n, taken in turn; None: all k.

    Returns:
        Samples (n, …), float32, and their labels (n,), None where G has none.

    Raises:
        ValueError: an argument is outside of that, or a sample is not finite.
    """
    (z, *rows), flat = generator.inputs, generator._flatten_layers()
    z, condition = latent.codes(n, z.shape[1], seed), None
    if not rows:
        condition = next((x for x in flat if isinstance(x, latent.NoiseLabels)), None)
    if rows or condition:
        k = rows[0].shape[1] if rows else condition.sizes[0]
        named = np.arange(k)
        if labels is not None:
            named = conditions.check_labels(labels, min(n, np.size(labels)), k)
        labels = named[np.arange(n) % len(named)]
        z = conditions.told(z, labels, k, condition)
    elif labels is not None:
        raise ValueError(
            f"Expected no `labels` for a generator of z alone; received {labels!r}."
        )
    return checks.check_finite(latent.decode(generator, z), "samples"), labels


def main(arguments: list[str] | None = None):
    """Draw, write and say so in one line; or exit with one that says what is wrong."""
    asked = _options(arguments)
    by_file = Path(asked.generator).suffix or os.sep in asked.generator
    load = pretrained.load_generator if by_file else pretrained.load
    try:
        out = _free(asked.out, asked.force)
        drawn = sample(load(asked.generator), asked.n, asked.seed, asked.labels)
        (_write_archive if out.suffix == ".npz" else _write_files)(out, *drawn, asked)
    except (OSError, ValueError) as error:
        sys.exit(f"error: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        sys.exit("stopped: nothing is half-written")
    samples, labels = drawn
    told = "none" if labels is None else reprlib.repr(np.unique(labels).tolist())
    print(
        f"{len(samples)} samples of shape {samples.shape[1:]}, {samples.min():.3g} to "
        f"{samples.max():.3g}; labels: {told}; seed {asked.seed}; in {out}"
    )


def _options(arguments):
    what = __doc__.splitlines()[0]
    parser = argparse.ArgumentParser("python -m ganutils.sample", description=what)
    names = ", ".join(pretrained.NAMES)
    parser.add_argument("generator", help=f"a file in .keras, or one of {names}")
    parser.add_argument("--n", type=int, default=16, help="how many; default 16")
    parser.add_argument("--seed", type=int, default=0, help="of z; default 0")
    parser.add_argument("--labels", type=int, nargs="+", help="in turn; default all")
    parser.add_argument("--out", required=True, help="a folder, or a file in .npz")
    parser.add_argument("--force", action="store_true", help="overwrite own files")
    return parser.parse_args(arguments)


def _free(out, force):
    """Return the path of a folder or an archive that may be written, or say why not."""
    path = files.expand(out)
    folder, archive = path.is_dir(), path.suffix == ".npz"
    if folder == archive and (path.suffix or path.exists()):
        raise ValueError(
            f"Expected --out as a folder, or as a file in .npz; received {out!r}"
            f"{', a folder' if folder else ''}."
        )
    if not force and (any(path.iterdir()) if folder else path.exists()):
        raise ValueError(
            f"Expected --out where nothing is yet; received {out!r}. With --force, "
            "files of the same names are overwritten and others left alone."
        )
    return path


def _write_archive(out, samples, labels, asked):
    arrays = {"samples": samples} | ({} if labels is None else {"labels": labels})
    files.write_atomically(out, lambda file: np.savez(file, **arrays))


def _write_files(out, samples, labels, asked):
    """Write a file for each sample, all of them beside, then rename them into place."""
    *sides, channels = samples.shape[1:]
    if (len(sides), channels) not in ((2, 1), (2, 3), (1, 1)):
        raise ValueError(
            "Expected pictures (h, w, 1 or 3) or clips (t, 1) for a folder of files; "
            f"received samples of {samples.shape[1:]}. Give an --out in .npz."
        )
    old, digits = out.is_dir(), max(4, len(str(len(samples) - 1)))
    unfinished = (out if old else out.parent) / f".{os.getpid()}-samples"
    try:
        unfinished.mkdir(parents=True)
        for i, values in enumerate(samples.clip(-1, 1)):
            label = "" if labels is None else f"_label{labels[i]}"
            name = unfinished / f"seed{asked.seed}_{i:0{digits}}{label}"
            if len(sides) == 1:
                listening.save_wav(f"{name}.wav", values)
            else:
                pixels = checks.from_unit_range(values)
                pixels = pixels if channels > 1 else pixels[..., 0]
                Image.fromarray(pixels).save(f"{name}.png")
        for file in unfinished.iterdir() if old else ():
            file.replace(out / file.name)
        if not old:
            unfinished.rename(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


if __name__ == "__main__":
    main()

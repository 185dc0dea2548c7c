"""Are the steps of chapters 2, 3 and 5 as fast in one clone as in another?

Both clones train the chapters' own networks and recipes on noise, each in a process of
its own, in turns. An interval of the ratio that holds 1 tells no difference.

python benchmarks/two_clones.py OLD_CLONE [--rounds 8]
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parents[1]
STEPS = {"02_mlp_gan": 300, "03_dcgan": 100}


def networks(chapter):
    """Return a chapter's compiled GAN, noise of its data's shape, and a batch size."""
    import keras
    import numpy as np

    import chapters
    from ganutils import training

    try:
        from ganutils.training import losses
    except ImportError:  # a clone from before the nine packages
        from ganutils import losses
    keras.utils.set_random_seed(0)
    names, rng = chapters.shared_code(chapter), np.random.default_rng(0)
    images = rng.uniform(-1, 1, (5_000, 28, 28, 1)).astype("float32")
    if chapter == "03_dcgan":
        return names["make_gan"](fuse=True), images, 64
    if "digit_networks" in names:
        players = names["digit_networks"]()
    else:  # older clones
        players = names["make_generator"](64), names["make_discriminator"]()
    gan = training.GAN(*players, latent_dim=64, ema_decay=0.9995)
    gan.compile(
        "non_saturating",
        [losses.r1(gamma=0.2, interval=16)],
        *(keras.optimizers.Adam(2e-3, beta_1=0.5, beta_2=0.99) for _ in "DG"),
        jit_compile="auto",
        steps_per_execution=10,
    )
    return gan, images, 128


def serve(answers):
    """Train the chapter that each line of stdin names; answer its steps a second."""
    made = {chapter: networks(chapter) for chapter in STEPS}
    for gan, data, batch in made.values():
        gan.fit(data, batch_size=batch, steps_per_epoch=10, verbose=0)
    print("ready", file=answers)
    for line in sys.stdin:
        (gan, data, batch), steps = made[line.strip()], STEPS[line.strip()]
        start = time.perf_counter()
        gan.fit(data, batch_size=batch, steps_per_epoch=steps, verbose=0)
        print(steps / (time.perf_counter() - start), file=answers)


def start(clone):
    """Return a process that serves a clone's code."""
    paths = os.pathsep.join(str(Path(clone).resolve() / p) for p in ("", "tools"))
    variables = {
        "PYTHONPATH": paths,
        "GANUTILS_SCALE": "cpu",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve"],
        cwd=clone,
        env=os.environ | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )
    if process.stdout.readline().strip() != "ready":
        raise SystemExit(f"Cannot train the chapters of {clone}.")
    return process


def ask(process, chapter):
    """Return the steps a second of one training."""
    process.stdin.write(f"{chapter}\n")
    return float(process.stdout.readline())


def main():
    """Print, for each chapter, both rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", nargs="?", help="folder of the other clone")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        answers = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)  # what a library prints goes elsewhere
        return serve(answers)
    clones = [start(args.old), start(HERE)]
    for chapter in STEPS:
        rows = []
        for i in range(args.rounds):
            order = (0, 1) if i % 2 == 0 else (1, 0)
            found = {clone: ask(clones[clone], chapter) for clone in order}
            rows.append((found[0], found[1]))
        ratios = sorted(new / old for old, new in rows)
        old, new = (median(rates) for rates in zip(*rows, strict=True))
        print(
            f"{chapter}: {old:.1f} → {new:.1f} steps/s, ratio {median(ratios):.3f} "
            f"({ratios[0]:.3f}–{ratios[-1]:.3f})"
        )
    for process in clones:
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    main()

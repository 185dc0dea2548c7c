"""Chapter 9's trainings from several seeds: all tables that the chapter prints.

Networks, recipes and measures are the chapter's own, at the `cpu` scale. Results go
into one file after each run: a benchmark that is broken off goes on where it stopped.

GANUTILS_SCALE=cpu GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python
    benchmarks/latent_space.py [PART …] [--seeds 3] [--out FILE]
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from mlp_gan_seeds import load, save
from PIL import Image, ImageDraw, ImageFont

import chapters
from ganutils.kit import runtime
from ganutils.metrics import features
from ganutils.training import augmentation, latent, pretrained

LIMITS = (np.inf, 1.0, 0.5)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FEW, ATTACK_STEPS = 500, 2_000  # pictures of the attacked GAN, and its steps
DRAWN = 64  # test digits whose codes are sought
PARTS = ("bundled", "draws", "own", "told", "attack", "unusual")


class Chapter:
    """The chapter's code, with what the benchmark asks of it."""

    def __init__(self):
        self.code = chapters.shared_code("09_latent_space")
        self.data = self.code["data"]

    def fit(self, gan, x, steps):
        """Train a GAN and return it."""
        size = self.code["BATCH"]
        gan.fit(x, batch_size=size, steps_per_epoch=steps, verbose=0)
        return gan

    def codes(self, seed, n):
        """Return n codes, whose seed is another one than the training's."""
        return latent.sample_z(n, self.code["LATENT"], (0, seed)).numpy()

    def own(self, seed):
        """Yield (part, name, row) of a training on all digits."""
        gan = self.code["make_gan"](seed)
        gan = self.fit(gan, self.data.x_train, self.code["STEPS"])
        g = gan.ema_generator
        yield from self.truncate(g, seed, "no labels")
        for name, u in self.code["directions"](g, self.codes(2, 4_000)).items():
            yield "edits", name, self.code["edit"](g, self.codes(1, 1_000), u)
        for share in (0.25, 0.5, 0.75):
            yield "mixing", f"{share:.0%} of b", self.mix(g, share, seed)
        yield from self.inversion(g, seed, "inversion")
        members, others = self.halves(seed, 1_000)
        row = {"D's logits": self.code["attack"](gan, members, others)}
        yield "attack", "60,000 digits", row | self.copies(gan, members, others)

    def bundled(self, seed):
        """Yield the same of the generators that come with the course."""
        g = pretrained.load("mnist")
        yield from self.truncate(g, seed, "no labels, bundled")
        yield from self.truncate(
            pretrained.load("mnist_conditional"), seed, "labels, bundled"
        )
        found = self.code["directions"](g, self.codes(10 + seed, 4_000))
        for name, u in found.items():
            row = self.code["edit"](g, self.codes(20 + seed, 1_000), u)
            yield "edits, bundled", name, row
        yield from self.inversion(g, seed, "inversion, bundled")

    def told(self, seed):
        """Yield truncated digits of a G with labels: chapter 7's projection."""
        other = chapters.shared_code("07_conditional_gan")
        gan, kinds = other["make_gan"](steps=other["SHORT"], seed=seed), np.eye(10)
        x = self.data.x_train, kinds[self.data.y_train].astype("float32")
        g = self.fit(gan, x, other["SHORT"]).ema_generator
        yield from self.truncate(g, seed, "labels")

    def truncate(self, g, seed, part):
        """Yield measures of digits from codes with all numbers within a limit."""
        n, judge = self.code["CODES"], self.code["judge"]
        order = np.random.default_rng(seed).permutation(len(self.data.x_test))[:n]
        for limit in LIMITS:
            z = latent.truncated(n, self.code["LATENT"], limit, seed=seed)
            z = z if len(g.inputs) == 1 else [z, np.eye(10)[np.arange(n) % 10]]
            pictures = latent.decode(g, z), self.data.x_test[order]
            q = features.quality(judge, *pictures)
            row = {"precision": q.precision, "recall": q.recall, "sure": q.confidence}
            yield part, f"limit {limit:g}", row

    def mix(self, g, share, seed, n=1_000):
        """Return which digit comes from the first numbers of b and the others of a."""
        z, cut = self.codes(4 + seed, 2 * n), int(share * self.code["LATENT"])
        a, b = z[:n], z[n:]
        parts = a, b, np.concatenate([b[:, :cut], a[:, cut:]], axis=1)
        draw, classes = self.code["draw"], self.code["classes"]
        of_a, of_b, seen = (classes(draw(part, g))[0] for part in parts)
        row = {"as a": seen == of_a, "as b": seen == of_b}
        row["neither"] = ~(row["as a"] | row["as b"])
        return {name: float(hits[of_a != of_b].mean()) for name, hits in row.items()}

    def inversion(self, g, seed, part):
        """Yield errors of the search for codes: digits, mirrored ones, letters."""
        sets, y = self.pictures(seed)
        for name, pictures in sets.items():
            first, best, error = self.code["search"](g, pictures, seed)
            near = self.code["nearest"](pictures, self.data.x_train)
            row = {"best of 1": error[:, 0], "best of 8": error.min(axis=1)}
            row["nearest real"] = near
            if name == "test digits":
                for k, z in {"1": first, "8": best}.items():
                    seen = self.code["classes"](self.code["draw"](z, g))[0]
                    row[f"class kept, {k}"] = seen == y
            yield part, name, {key: float(v.mean()) for key, v in row.items()}

    def pictures(self, seed):
        """Return what is searched for, {name: pictures}, and the digits' classes."""
        order = np.random.default_rng(seed).permutation(len(self.data.x_test))[:DRAWN]
        x = self.data.x_test[order]
        sets = {"test digits": x, "mirrored digits": x[:, :, ::-1]}
        sets["letters"] = np.stack([letter(text) for text in LETTERS])
        return sets, self.data.y_test[order]

    def draws(self, seed, n=20_000):
        """Yield how near n drawn pictures come to those that are searched for."""
        drawn = latent.decode(pretrained.load("mnist"), self.codes(50 + seed, n))
        for name, pictures in self.pictures(seed)[0].items():
            near = self.code["nearest"](pictures, drawn).mean()
            yield "draws", name, {"nearest of 20,000": float(near)}

    def halves(self, seed, n):
        """Return n training pictures, and n others."""
        rng = np.random.default_rng(seed)
        known, other = (
            rng.permutation(len(x)) for x in (self.data.x_train, self.data.x_test)
        )
        return self.data.x_train[known[:n]], self.data.x_test[other[:1_000]]

    def copies(self, gan, members, others):
        """Return a low percentile of the way from fakes, and others, to members."""
        sets = {"fakes": gan.generate(1_000, seed=1), "test": others}
        ways = {k: self.code["nearest"](x, members) for k, x in sets.items()}
        return {f"p1 of {k}": float(np.percentile(way, 1)) for k, way in ways.items()}

    def attack(self, seed, how):
        """Yield the attack on a GAN of few pictures."""
        members, others = self.halves(seed, FEW)
        augment = augmentation.make("translate") if how == "moved" else None
        gan = self.code["make_gan"](seed, ATTACK_STEPS, augment=augment)
        gan = self.fit(gan, members, ATTACK_STEPS)
        row = {"D's logits": self.code["attack"](gan, members, others)}
        name = f"{FEW} digits" + (", moved" if augment else "")
        yield "attack", name, row | self.copies(gan, members, others)

    def unusual(self, seed, digit):
        """Yield how well each method finds a digit that was held out."""
        yield "unusual", str(digit), self.code["hold_out"](digit, seed)[2]


def letter(text):
    """Return a printed letter as a picture like a digit's, (28, 28, 1)."""
    page, font = Image.new("L", (28, 28)), ImageFont.load_default(24)
    ImageDraw.Draw(page).text((14, 14), text, 255, font, anchor="mm")
    return np.float32(page)[..., None] / 127.5 - 1


def main():
    """Run what is missing, and print each result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=PARTS, help=f"of {PARTS}")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("data/latent_space.json"))
    options = parser.parse_args()
    print(runtime.banner(), flush=True)
    results, chapter = load(options.out, {}), Chapter()

    def add(last, seed, run, *arguments):
        """Run unless its last row, (part, name), is there; then keep its rows."""
        if len(results.get(last[0], {}).get(last[1], ())) > seed:
            return
        began = time.process_time()
        for part, name, row in list(run(seed, *arguments)):
            results.setdefault(part, {}).setdefault(name, []).append(row)
            print(part, name, seed, row, flush=True)
        save(results, options.out)
        print(f"{time.process_time() - began:.0f} s of the processor", flush=True)

    for seed in range(options.seeds):
        if "bundled" in options.parts:
            add(("inversion, bundled", "letters"), seed, chapter.bundled)
        if "draws" in options.parts:
            add(("draws", "letters"), seed, chapter.draws)
        if "own" in options.parts:
            add(("attack", "60,000 digits"), seed, chapter.own)
        if "told" in options.parts:
            add(("labels", "limit 0.5"), seed, chapter.told)
        if "attack" in options.parts:
            add(("attack", f"{FEW} digits"), seed, chapter.attack, "as they are")
            add(("attack", f"{FEW} digits, moved"), seed, chapter.attack, "moved")
        if "unusual" in options.parts:
            for digit in range(10):
                add(("unusual", str(digit)), seed, chapter.unusual, digit)


if __name__ == "__main__":
    main()

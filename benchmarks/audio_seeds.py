"""Chapter 5's training from several seeds, without one part each, and other designs.

Recipe, networks and sizes are the chapter's own, at the `cpu` scale. Results go into
one file after each run: a benchmark that is broken off goes on where it stopped.

GANUTILS_SCALE=cpu GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python
    benchmarks/audio_seeds.py [--only NAME …] [--seeds 0 1 2] [--out FILE]
Needs FSDD. `designs` are measured after equal seconds, without compiling, and with two
rates of learning each, of which the better one on the first seed goes on.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers
from mlp_gan_seeds import load, save

import chapters
from ganutils import audio, datasets, training
from ganutils.kit import runtime
from ganutils.metrics import features
from ganutils.training import conditions, losses, sound_layers

CHANGES = ("as trained", "pitch not told", "no fine bins", "noise in all bands")
DESIGNS = ("WaveGAN", "WaveGAN, D hears", "voice, D hears", "voice, two judges")
RATES = (1.2e-3, 2e-3), (4e-4, 7e-4)  # of D and G
SAMPLES = 1_350


class Bench:
    """The data, what judges, and the chapter's code."""

    def __init__(self):
        self.code = chapters.shared_code("05_audio_gan")
        self.data, self.network = datasets.load("fsdd"), features.load("fsdd")
        x = self.data.x_train
        order = np.random.default_rng(0).permutation(len(x))
        self.half = self.network.embed(x[order[::2]])
        self.columns = [self.data.y_train, self.data.speakers_train]
        people = np.unique(self.data.speakers_train)
        rows = [self.data.speakers_train == who for who in people]
        self.voiced = [audio.health(x[own], 8_000)["voiced_share"] for own in rows]

    def train(self, change: str, seed: int, steps: int | None = None):
        """Return chapter 5's GAN, trained with one change, and the seconds it took."""
        code, x, told = self.code, self.data.x_train, change != "pitch not told"
        rows, condition = conditions.with_pitches(audio.pitch(x), self.columns)
        if not told:
            rows = rows[:, :-1]
            condition = conditions.NoiseLabels(condition.sizes)
        steps = steps or code["STEPS"]
        start = time.perf_counter()
        options = {"seed": seed, "steps": steps, "sung": told}
        if change == "noise in all bands":
            options["breath"] = 0.0
        gan = code["make_gan"](condition, **options)
        if change == "no fine bins":
            ear, mel = gan.view, np.arange(code["BANDS"] + code["FINE"]) < code["BANDS"]
            gan.view = lambda x: ear(x) * mel[:, None].astype("float32")
        options = {"batch_size": code["BATCH"], "steps_per_epoch": steps, "verbose": 0}
        gan.fit((x, rows), **options)
        return gan, time.perf_counter() - start

    def measure(self, g, asks=None) -> dict:
        """Return every measure of the chapter's table, for clips of one generator."""
        z = np.asarray(training.sample_z(SAMPLES, g.input_shape[1], (1, 0)))
        clips = training.decode(g, z, 50)
        heard, health = self.network.embed(clips), audio.health(clips, 8_000)
        q = features.quality(self.network, heard, self.half)
        found = {"frechet": q.frechet, "score": q.inception_score}
        for key in ("clear_share", "harmonics_db", "voiced_share"):
            found[key] = health[key]
        found["comb"] = health["comb_score"]
        if asks is None:
            return found
        labels = asks(z).numpy()
        digits, people = labels[:, :10].argmax(1), labels[:, 10:16].argmax(1)
        found["asked"] = float(np.mean(heard.probabilities.argmax(1) == digits))
        off = [
            audio.health(clips[people == k], 8_000)["voiced_share"] - own
            for k, own in enumerate(self.voiced)
        ]
        return found | {"voiced_off": float(np.abs(off).max())}

    def design(self, name: str, rates, seed: int, seconds: float) -> dict:
        """Train a design for so many seconds; return its measures and its steps."""
        keras.utils.set_random_seed(seed)
        g, d, view = self.networks(name)
        gan = training.GAN(g, d, latent_dim=64, seed=seed, view=view)
        adams = [keras.optimizers.Adam(r, beta_1=0.0, beta_2=0.99) for r in rates]
        augment = training.augmentation.make_for_clips()
        options = {"augment": augment, "one_pass": True, "steps_per_execution": 10}
        gan.compile("non_saturating", [losses.r1(3.0, 8)], *adams, **options)
        stop = StopAfter(seconds)
        plan = {"steps_per_epoch": 10**6, "callbacks": [stop], "verbose": 0}
        gan.fit(self.data.x_train, batch_size=self.code["BATCH"], **plan)
        return self.measure(gan.ema_generator) | {"steps": int(gan.step)}

    def networks(self, name: str):
        """Return G, D and what D sees, without labels."""
        code = self.code
        frames, bands = code["CLIP"] // code["HOP"], code["BANDS"] + code["FINE"]
        ear = sound_layers.LogMel(code["RATE"], code["BANDS"], fine=code["FINE"])
        row = keras.Input((code["CLIP"], 1))
        if name.startswith("WaveGAN"):
            g = wavegan_generator()
        else:
            nothing = conditions.NoiseLabels((1,))
            voice = sound_layers.SourceFilter(code["RATE"])
            g = code["make_generator"](nothing, voice, frames, sung=False)
        on_picture = code["make_discriminator"](frames, 1)
        picture = keras.Input((frames, bands, 1))
        told = layers.Flatten()(picture)
        told = layers.Concatenate()([told, keras.ops.ones_like(told[:, :1])])
        hears = keras.Model(picture, on_picture(told))
        if name == "WaveGAN":
            return g, wavegan_discriminator(), None
        if name != "voice, two judges":
            return g, hears, ear
        both = keras.Model(row, hears(ear(row)) + wavegan_discriminator()(row))
        return g, both, None


def wavegan_generator(width: int = 8) -> keras.Model:
    """Return a small WaveGAN generator: z (batch, 64) → clips (batch, 8192, 1)."""
    z = keras.Input((64,))
    x = layers.Reshape((8, 16 * width))(layers.Dense(8 * 16 * width)(z))
    for channels in (8 * width, 4 * width, 2 * width, width, 1):
        x = layers.Conv1DTranspose(channels, 25, 4, padding="same")(layers.ReLU()(x))
    return keras.Model(z, layers.Activation("tanh")(x))


def wavegan_discriminator(width: int = 8) -> keras.Model:
    """Return its discriminator, with phase shuffle: clips → logits (batch, 1)."""
    clips = x = keras.Input((8_192, 1))
    for i in range(5):
        x = layers.Conv1D(width * 2**i, 25, 4, padding="same")(x)
        x = layers.LeakyReLU(0.2)(x)
        if i < 4:
            x = sound_layers.PhaseShuffle(2)(x)
    return keras.Model(clips, layers.Dense(1)(layers.Flatten()(x)))


class StopAfter(keras.callbacks.Callback):
    """Stops a training so many seconds after its first steps, which compile."""

    def __init__(self, seconds: float):
        super().__init__()
        self.seconds, self.end = seconds, None

    def on_train_batch_end(self, batch, logs=None):
        """Start the clock, or stop."""
        self.end = self.end or time.perf_counter() + self.seconds
        self.model.stop_training |= time.perf_counter() > self.end


def run_designs(bench, results, options):
    """Try both rates from the first seed, go on with the better one."""
    for name in DESIGNS:
        runs = results["designs"].setdefault(name, [])
        for seed in options.seeds[len(runs) :]:
            rates = [runs[0]["rates"]] if runs else RATES
            tried = [
                bench.design(name, own, seed, options.seconds) | {"rates": own}
                for own in rates
            ]
            runs.append(min(tried, key=lambda found: found["frechet"]))
            save(results, options.out)
            print(name, seed, tried, flush=True)


def main():
    """Run what is missing, and print each result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[*CHANGES, "designs"])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--out", type=Path, default=Path("data/audio_seeds.json"))
    options = parser.parse_args()
    print(runtime.banner(), flush=True)
    results = load(options.out, {"trainings": {}, "designs": {}})
    bench = Bench()
    for change in (name for name in CHANGES if name in options.only):
        runs = results["trainings"].setdefault(change, [])
        for seed in options.seeds[len(runs) :]:
            gan, spent = bench.train(change, seed)
            found = bench.measure(gan.ema_generator, gan.condition)
            runs.append(found | {"seconds": spent})
            save(results, options.out)
            print(change, seed, found, f"{spent:.0f} s", flush=True)
    if "designs" in options.only:
        run_designs(bench, results, options)


if __name__ == "__main__":
    main()

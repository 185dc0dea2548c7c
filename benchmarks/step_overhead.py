"""What does `GAN.fit` cost beside a bare loop over one `tf.function`?

Same networks, data, optimizers, EMA and random numbers; the two are timed in turns
within one run, the order changing from round to round.

PYTHONPATH=tools python benchmarks/step_overhead.py [--rounds 7] [--steps 300]
"""

import argparse
import os
import time
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import networks
import numpy as np
import tensorflow as tf

from ganutils import training
from ganutils.kit import runtime
from ganutils.training import losses

CASES = {"MLP": (networks.mlp, 128), "small DCGAN": (networks.small_dcgan, 64)}


def build(make, steps_per_execution=1):
    """Return a compiled GAN; every side of the comparison starts from its like."""
    runtime.set_seed(0)
    gan = training.GAN(*make(), latent_dim=64)
    adam = (keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in "DG")
    options = {"steps_per_execution": steps_per_execution}
    gan.compile("non_saturating", (), *adam, **options)
    return gan


def bare_loop(gan, data, batch):
    """Return f(steps) → seconds: the same algorithm without the class."""
    g, d, ema = gan.generator, gan.discriminator, gan.ema_generator
    data, n = tf.constant(data), len(data)
    pairs = list(zip(ema.weights, g.weights, strict=True))

    @tf.function
    def step_function(step):
        picked, z_g, z_d, _ = tf.unstack(tf.random.split([0, step], 4))
        index = tf.random.stateless_uniform([batch], picked, 0, n, tf.int32)
        real = tf.gather(data, index)
        fake = g(tf.random.stateless_normal((batch, 64), z_d), training=True)
        with tf.GradientTape() as tape:
            real_logits, fake_logits = d(real, training=True), d(fake, training=True)
            d_loss = losses.cross_entropy_d_loss(real_logits, fake_logits)
        weights = d.trainable_variables
        gan.d_optimizer.apply(tape.gradient(d_loss, weights), weights)
        z = tf.random.stateless_normal((batch, 64), z_g)
        with tf.GradientTape() as tape:
            g_loss = tf.reduce_mean(
                tf.nn.softplus(-d(g(z, training=True), training=True))
            )
        weights = g.trainable_variables
        gan.g_optimizer.apply(tape.gradient(g_loss, weights), weights)
        done = tf.cast(step, tf.float32)
        decay = tf.minimum(0.999, (1.0 + done) / (10.0 + done))
        for mean, weight in pairs:
            mean.assign(decay * mean.value + (1.0 - decay) * weight.value)
        return d_loss, g_loss

    def loop(steps):
        start = time.perf_counter()
        for step in range(steps):
            losses_now = step_function(tf.constant(step))
        float(losses_now[0])  # waits for the last step
        return time.perf_counter() - start

    return loop


def fit_loop(gan, data, batch):
    """Return f(steps) → seconds: the same number of steps through `fit`."""

    def loop(steps):
        watch = networks.Stopwatch()
        options = {"steps_per_epoch": networks.WARM_UP + steps, "callbacks": [watch]}
        gan.fit(data, batch_size=batch, verbose=0, **options)
        return watch.seconds

    return loop


def compare(make, batch, rounds, steps):
    """Return per-round seconds a step: (bare, fit, fit with ten steps in a row)."""
    data = np.random.default_rng(0).uniform(-1, 1, (10_000, 28, 28, 1))
    data = data.astype("float32")
    loops = [bare_loop(build(make), data, batch)]
    loops += [fit_loop(build(make, k), data, batch) for k in (1, 10)]
    for loop in loops:
        loop(networks.WARM_UP)
    times = []
    for i in range(rounds):
        order = [(i + k) % 3 for k in range(3)]
        found = {k: loops[k](steps) / steps for k in order}
        times.append([found[k] for k in range(3)])
    return times


def main():
    """Print a row for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=300)
    arguments = parser.parse_args()
    print(runtime.banner())
    print("| networks | bare, steps/s | fit / bare, time | the same, 10 steps a call |")
    print("|---|---|---|---|")
    for name, (make, batch) in CASES.items():
        times = compare(make, batch, arguments.rounds, arguments.steps)
        bare = 1 / median(row[0] for row in times)
        ratios = [
            networks.spread([row[k] / row[0] for row in times], 3) for k in (1, 2)
        ]
        print(f"| {name}, batch {batch} | {bare:.1f} | {ratios[0]} | {ratios[1]} |")


if __name__ == "__main__":
    main()

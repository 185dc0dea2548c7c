"""How many samples a second does `GAN.fit` train on 1, 2, 4, … devices?

Each device has the same number of rows in a step, so the global batch grows with their
number. All GPUs take part. Without one, the processor counts as two devices: both share
the same cores, so that table shows what sharing a step costs, not what a device brings.

python benchmarks/scaling.py [--rounds 5] [--steps 60] [--batch 64] [--mixed]
"""

import argparse
import os
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import networks
import numpy as np
import tensorflow as tf

from ganutils import runtime, training

CASES = {"MLP": networks.mlp, "small DCGAN": networks.small_dcgan}


def find_devices():
    """Return the names of all GPUs, or of two halves of the processor."""
    gpus = tf.config.list_logical_devices("GPU")
    return [d.name for d in gpus] or ["CPU:0", "CPU:1"]


def split_processor():
    """Make two logical devices of the processor; before TensorFlow uses it."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, halves)


def counts(devices: int) -> list[int]:
    """Return 1, 2, 4, … and the number of all devices."""
    return sorted({2**k for k in range(devices.bit_length())} | {devices})


def build(make, devices):
    """Return a compiled GAN on some devices; on one without a strategy."""
    runtime.set_seed(0)
    strategy = tf.distribute.get_strategy()
    if len(devices) > 1:
        strategy = tf.distribute.MirroredStrategy(devices)
    with strategy.scope():
        gan = training.GAN(*make(), latent_dim=64)
        gan.compile("non_saturating")
    return gan


def samples_a_second(gan, data, batch, steps):
    """Return how fast `fit` trains, the first steps off the clock."""
    watch = networks.Stopwatch()
    options = {"steps_per_epoch": networks.WARM_UP + steps, "callbacks": [watch]}
    gan.fit(data, batch_size=batch, verbose=0, **options)
    return batch * steps / watch.seconds


def compare(make, devices, arguments):
    """Return {number of devices: samples a second of each round}, taken in turns."""
    data = np.random.default_rng(0).uniform(-1, 1, (10_000, 28, 28, 1))
    data = data.astype("float32")
    gans = {n: build(make, devices[:n]) for n in counts(len(devices))}
    found = {n: [] for n in gans}
    for _ in range(arguments.rounds):
        for n, gan in gans.items():
            speed = samples_a_second(gan, data, n * arguments.batch, arguments.steps)
            found[n].append(speed)
    return found


def main():
    """Print a row for each case and number of devices."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=64, help="rows of each device")
    parser.add_argument("--mixed", action="store_true", help="mixed_float16")
    arguments = parser.parse_args()
    if not tf.config.list_physical_devices("GPU"):
        split_processor()
        print("No GPU: two logical devices, both share the same cores.")
    if arguments.mixed:
        keras.config.set_dtype_policy("mixed_float16")
    devices = find_devices()
    print(runtime.banner())
    print("| networks | devices | batch | samples/s | × one device |")
    print("|---|---|---|---|---|")
    for name, make in CASES.items():
        for n, speeds in (found := compare(make, devices, arguments)).items():
            ratios = [a / b for a, b in zip(speeds, found[1], strict=True)]
            print(
                f"| {name} | {n} | {n * arguments.batch} | {median(speeds):,.0f} "
                f"| {networks.spread(ratios, 2)} |"
            )


if __name__ == "__main__":
    main()

"""How many samples a second does `GAN.fit` train on 1, 2, 4, … devices?

Each device has the same number of rows in a step, so the global batch grows with their
number. All GPUs take part. Without one, the processor counts as two devices: both share
the same cores, so that table shows what sharing a step costs, not what a device brings.

PYTHONPATH=tools python benchmarks/scaling.py [--rounds 5] [--steps 200]
  [--batch 64] [--mixed]
"""

import argparse
import multiprocessing
import os
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import networks
import numpy as np
import tensorflow as tf

from ganutils import training
from ganutils.kit import runtime

CASES = {"MLP": networks.mlp, "small DCGAN": networks.small_dcgan}


def gpus():
    """Return the GPUs of this machine."""
    return tf.config.list_physical_devices("GPU")


def make_strategy(number: int):
    """Return the strategy for some of the GPUs, or halves of the processor."""
    if not gpus():
        cpu = tf.config.list_physical_devices("CPU")[0]
        halves = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, halves)
    kind = "GPU" if gpus() else "CPU"
    if number == 1:
        return tf.distribute.get_strategy()
    return tf.distribute.MirroredStrategy([f"{kind}:{i}" for i in range(number)])


def counts(devices: int) -> list[int]:
    """Return 1, 2, 4, … and the number of all devices."""
    return sorted({2**k for k in range(devices.bit_length())} | {devices})


def samples_a_second(gan, data, batch, steps):
    """Return how fast `fit` trains, the first steps off the clock."""
    watch = networks.Stopwatch()
    options = {"steps_per_epoch": networks.WARM_UP + steps, "callbacks": [watch]}
    gan.fit(data, batch_size=batch, verbose=0, **options)
    return batch * steps / watch.seconds


def measure(number, arguments):
    """Return {case: samples a second} on a number of devices."""
    strategy = make_strategy(number)
    if arguments.mixed:
        keras.config.set_dtype_policy("mixed_float16")
    data = np.random.default_rng(0).uniform(-1, 1, (10_000, 28, 28, 1))
    data, found = data.astype("float32"), {}
    for name, make in CASES.items():
        runtime.set_seed(0)
        with strategy.scope():
            gan = training.GAN(*make(), latent_dim=64)
            gan.compile("non_saturating")
        batch = number * arguments.batch
        found[name] = samples_a_second(gan, data, batch, arguments.steps)
    return found


def compare(numbers, arguments):
    """Return {number of devices: `measure` of each round}, taken in turns.

    Each measurement has a process of its own: TensorFlow knows two strategies of one
    process apart by nothing when it sums their gradients.
    """
    found = {number: [] for number in numbers}
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1, maxtasksperchild=1) as pool:
        for _ in range(arguments.rounds):
            for number, rounds in found.items():
                rounds.append(pool.apply(measure, (number, arguments)))
    return found


def main():
    """Print a row for each case and number of devices."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch", type=int, default=64, help="rows of each device")
    parser.add_argument("--mixed", action="store_true", help="mixed_float16")
    arguments = parser.parse_args()
    print(runtime.banner())
    if not gpus():
        print(
            "No GPU: two logical devices of the processor, both share the same cores."
        )
    found = compare(counts(len(gpus()) or 2), arguments)
    print("| networks | devices | batch | samples/s | × one device |")
    print("|---|---|---|---|---|")
    for name in CASES:
        for number, rounds in found.items():
            speeds = [row[name] for row in rounds]
            pairs = zip(speeds, found[1], strict=True)
            times = networks.spread([speed / one[name] for speed, one in pairs], 2)
            batch = number * arguments.batch
            print(f"| {name} | {number} | {batch} | {median(speeds):,.0f} | {times} |")


if __name__ == "__main__":
    main()

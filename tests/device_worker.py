"""Train on two devices or as one of two workers; tell what each saw as JSON.

python tests/device_worker.py mirrored|first|second FOLDER
"""

import functools
import json
import os
import sys
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
import tiny
from keras import layers

from ganutils import monitoring, training
from ganutils.kit import files
from ganutils.monitoring import callbacks
from ganutils.training import losses

# With momentum, which Adam would hide: a gradient that is twice too large.
HALF, BATCH = 2, 16  # steps of each of two fits, rows of a D step
CASES = "arrays", "stream", "translation", "layers"
REAL = np.random.default_rng(0).normal(size=(4096, 2)).astype("float32")
LABELS = np.eye(2, dtype="float32")[(REAL[:, 0] > 0).astype(int)]
TRAINED = {}
R1 = losses.r1(1.0, interval=2)


class Watched:
    """Keeps the rows that each replica was given."""

    def train_step(self, real):
        context = tf.distribute.get_replica_context()
        index = context.replica_id_in_sync_group
        rows = tf.nest.flatten(real)[0]
        tf.numpy_function(self.note, [index, rows], [])
        return super().train_step(real)

    def note(self, index, rows):
        self.rows.setdefault(str(int(index)), []).append(rows[:, 0].tolist())


class Alike(callbacks.StepCallback):
    """Keeps a checksum of each local replica's weights after each step."""

    def __init__(self):
        super().__init__()
        self.rows = []

    def on_step(self, step, logs):
        local = self.model.distribute_strategy.experimental_local_results
        copies = zip(*(local(v.value) for v in self.model.state()), strict=True)
        self.rows.append([files.checksum(copy) for copy in copies])


class WatchedGAN(Watched, training.GAN):
    """Learns from samples."""


class WatchedConditionalGAN(Watched, training.ConditionalGAN):
    """Learns from samples and labels."""


class WatchedTranslationGAN(Watched, training.TranslationGAN):
    """Learns from targets and inputs."""


def told(*wide):
    """Return a generator of points that takes two inputs."""
    inputs = [keras.Input((width,)) for width in wide]
    return keras.Model(inputs, layers.Dense(2)(layers.Concatenate()(inputs)))


def plain(wide=2):
    """Return networks that treat each row alone: no BatchNorm, no Dropout."""
    dense = [layers.Dense(8), layers.LeakyReLU()]
    generator = keras.Sequential([keras.Input((3,)), *dense, layers.Dense(2)])
    dense = [layers.Dense(8), layers.LeakyReLU()]
    return generator, keras.Sequential([keras.Input((wide,)), *dense, layers.Dense(1)])


def reading():
    """Return an extra loss of G with a network of its own, which reads z."""
    q = keras.Sequential([keras.Input((2,)), layers.Dense(3)])

    def squared(real, drawn, fake):
        return tf.reduce_mean(tf.square(q(fake, training=True) - drawn[1]))

    return losses.Extra("reading", squared, 0.5, [q])


def sgd():
    return keras.optimizers.SGD(0.05, momentum=0.9)


def gan(case):
    """Return a compiled GAN; each case has the state and the draws of some kinds."""
    keras.utils.set_random_seed(0)
    options = {"latent_dim": 3, "ema_decay": 0.9}
    if case == "layers":  # these draw, and keep statistics, for each replica
        made = WatchedGAN(tiny.generator(), tiny.discriminator(), **options)
        made.compile("hinge", [losses.gradient_penalty(1.0)])
    elif case == "stream":
        made = WatchedConditionalGAN(told(3, 2), plain(4)[1], **options)
        made.compile("wasserstein", [R1], sgd(), sgd(), d_steps=2)
    elif case == "translation":
        d = plain(4)[1]
        made = WatchedTranslationGAN(told(2, 3), d, d_sees_inputs=True, **options)
        made.compile("hinge", [R1], sgd(), sgd(), d_steps=2, extras=[reading()])
    else:
        made = WatchedGAN(*plain(), **options)
        made.compile(
            "relativistic", [R1], sgd(), sgd(), d_steps=2, steps_per_execution=2
        )
    made.rows = {}
    return made


def stream(steps):
    data = tf.data.Dataset.from_tensor_slices((REAL, LABELS))
    return data.batch(2 * BATCH, drop_remainder=True).take(steps)


def fit(gan, case, steps=HALF, callbacks=()):
    """Train; return the logs."""
    options = {"verbose": 0, "callbacks": [*callbacks]}
    if case == "stream":
        return gan.fit(stream(steps), **options).history
    real = (REAL, REAL[:, ::-1]) if case == "translation" else REAL
    return gan.fit(real, steps_per_epoch=steps, batch_size=BATCH, **options).history


def run(case, strategy, writers=()):
    """Return what a training of one case saw and reached."""
    with strategy.scope():
        trained = gan(case)
    TRAINED[case], alike = trained, Alike()
    fit(trained, case, callbacks=[alike, *writers])
    logs = fit(trained, case, callbacks=[alike])
    state = [v.numpy().ravel().tolist() for v in trained.state()]
    numbers = dict(logs={k: v[-1] for k, v in logs.items()}, state=sum(state, []))
    rows = {index: [*steps] for index, steps in trained.rows.items()}
    return numbers | dict(rows=rows, checksums=alike.rows)


def run_all(strategy, folder):
    return {case: run(case, strategy, writers(case, folder)) for case in CASES}


def writers(case, folder):
    """Return callbacks that write files, for one of the cases."""
    if case != "layers":
        return []

    def quality(gan):
        return {"minus quality": -callbacks.clock(gan)}

    best = {"best": "minus quality", "path": folder / "best.npz"}
    weights = folder / "gan.weights.h5"
    return [
        monitoring.Checkpoint(folder / "gan.npz", every=1),
        monitoring.Measure(quality, 1, **best),
        keras.callbacks.CSVLogger(folder / "log.csv"),
        keras.callbacks.ModelCheckpoint(weights, save_weights_only=True),
        keras.callbacks.TensorBoard(folder / "board"),
    ]


def resumed(gan, file):
    """Return the checksum of a training that goes on from half of another."""
    assert gan.load_checkpoint(file) == HALF
    fit(gan, "layers")
    return files.checksum(gan.state())


def failed(train):
    """Return the error that a training ends in, as [type, message]."""
    try:
        train()
    except BaseException as error:
        return [type(error).__name__, str(error)]


def left(strategy, train, sign):
    """Return how a training ends that worker 1 leaves and whose process lives on."""
    error = failed(train)
    if strategy.cluster_resolver.task_id == 0:
        sign.touch()
    while not sign.exists():  # the test ends this process after some minutes
        time.sleep(0.1)
    return error


class Interrupt(keras.callbacks.Callback):
    """Presses Ctrl-C on one worker after some steps."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 2 and not files.is_writer():
            raise KeyboardInterrupt


def refused(strategy):
    """Return by name how each thing that several devices cannot do ends."""
    adam, outside = keras.optimizers.Adam, plain()
    with strategy.scope():
        made = gan("arrays")
        strange = training.GAN(*outside, latent_dim=3)
        sums, inside = adam(gradient_accumulation_steps=2), plain()
    data = tf.data.Dataset.from_tensor_slices(REAL)
    tries = {
        "jit_compile": lambda: made.compile(jit_compile=True),
        "fuse_updates": lambda: made.compile(fuse_updates=True),
        "outside": lambda: made.compile(d_optimizer=adam()),
        "accumulation": lambda: made.compile(g_optimizer=sums),
        "networks": strange.compile,
        "gan": lambda: training.GAN(*inside, latent_dim=3).compile(),
        "batch_size": lambda: made.fit(REAL, batch_size=15),
        "uneven": lambda: made.fit(data.batch(64)),
    }
    return {name: failed(attempt) for name, attempt in tries.items()}


def on_mirrored(strategy, folder):
    found = run_all(strategy, folder)
    again = TRAINED["layers"]
    found["resumed"] = resumed(again, folder / "gan.npz")
    again.optimizer.learning_rate = 0.5
    rates = [float(np.asarray(p.learning_rate)) for p in again.optimizer.optimizers]
    return found | {"rates": rates, "refused": refused(strategy)}


def on_first(strategy, folder):
    index = strategy.cluster_resolver.task_id
    found = run_all(strategy, folder / str(index))
    data = stream(2 if index else 6).filter(lambda *rows: True)  # hides its length
    train = functools.partial(TRAINED["stream"].fit, data, verbose=0)
    return found | {"early": left(strategy, train, folder / "early")}


def on_second(strategy, folder):
    with strategy.scope():
        again = gan("layers")
    found = {"resumed": resumed(again, folder / "0" / "gan.npz")}
    steps = 4 + strategy.cluster_resolver.task_id
    found["other"] = failed(lambda: fit(again, "layers", steps))
    train = functools.partial(fit, again, "layers", 99, [Interrupt()])
    return found | {"ctrl_c": left(strategy, train, folder / "ctrl_c")}


def two_devices():
    cpu = tf.config.list_physical_devices("CPU")[0]
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, halves)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


if __name__ == "__main__":
    mode, folder = sys.argv[1], Path(sys.argv[2])
    make = tf.distribute.MultiWorkerMirroredStrategy
    strategy = two_devices() if mode == "mirrored" else make()
    print(json.dumps(globals()[f"on_{mode}"](strategy, folder)), flush=True)
    os._exit(0)  # TensorFlow would wait for workers that stopped

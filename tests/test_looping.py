"""`fit`: memory stays level, Ctrl-C saves, epochs are exact, NaN is noticed."""

import gc
import subprocess
import sys
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from ganutils import monitoring, training
from ganutils.training import replicas

SAMPLES = tiny.real_samples(64)
GROWTH = """
import keras, numpy as np
from keras import layers
from ganutils import training

g = keras.Sequential([keras.Input((16,)), layers.Dense(784, activation="tanh")])
d = keras.Sequential([keras.Input((784,)), layers.Dense(1)])
gan = training.GAN(g, d, latent_dim=16)
gan.compile()
x = np.random.default_rng(0).uniform(-1, 1, (20_000, 784)).astype("float32")

def mebibytes():
    rows = open("/proc/self/status").read().splitlines()
    return int(next(r.split()[1] for r in rows if r.startswith("VmRSS"))) / 1024

seen = []
for _ in range(20):
    gan.fit(x, batch_size=16, steps_per_epoch=2, verbose=0)
    seen.append(mebibytes())
print((seen[-1] - seen[2]) / 17)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_fit_again_costs_no_memory():
    command = [sys.executable, "-c", GROWTH]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-2000:]
    assert float(run.stdout) < 2  # MiB a fit; the data are 60


def test_the_data_go_when_fit_returns(monkeypatch):
    placed, seen = replicas.on_every_device, []

    def watched(*arguments):
        parts = placed(*arguments)
        seen.extend(weakref.ref(part) for part in parts)
        return parts

    monkeypatch.setattr(replicas, "on_every_device", watched)
    tiny.gan(run_eagerly=True).fit(SAMPLES, steps_per_epoch=1, verbose=0)
    gc.collect()
    assert [ref() for ref in seen] == [None]


@pytest.mark.parametrize(
    "form", [lambda c: c, lambda c: [c], keras.callbacks.CallbackList]
)
def test_ctrl_c_saves_with_callbacks_in_any_form(form, tmp_path):
    class Interrupted(monitoring.Checkpoint):
        def on_step(self, step, logs):
            super().on_step(step, logs)
            if step == 4:
                raise KeyboardInterrupt

    callback = Interrupted(tmp_path / "gan.npz")
    gan = tiny.gan(run_eagerly=True)
    with pytest.raises(KeyboardInterrupt):
        gan.fit(SAMPLES, steps_per_epoch=9, verbose=0, callbacks=form(callback))
    assert gan.load_checkpoint(tmp_path / "gan.npz") == 4


def test_a_data_set_of_unknown_length_needs_its_steps_for_several_at_once():
    gan = tiny.gan(steps_per_execution=2, run_eagerly=True)
    data = tf.data.Dataset.from_tensor_slices(SAMPLES).batch(16)
    unknown = data.filter(lambda x: True)
    with pytest.raises(ValueError, match="`steps_per_epoch` with steps_per_exec"):
        gan.fit(unknown, verbose=0)
    gan.fit(unknown.repeat(), steps_per_epoch=6, verbose=0)
    assert int(gan.step) == 6


class Deaf(keras.layers.Layer):
    """Passes no NaN on, as some processors' ReLU does."""

    def call(self, x):
        return tf.where(tf.math.is_nan(x), 0.0, x)


def test_nan_behind_a_relu_stops_training_and_names_step_and_layer(tmp_path):
    x = np.where(np.arange(64)[:, None] == 40, np.nan, SAMPLES).astype("float32")
    layers = keras.layers.Dense(4), Deaf(), keras.layers.Dense(1)
    d = keras.Sequential([keras.Input((2,)), *layers])
    gan = training.GAN(tiny.generator(), d, latent_dim=3)
    gan.compile(run_eagerly=True)
    saver = monitoring.Checkpoint(tmp_path / "gan.npz", every=2)
    stops = monitoring.NonFinite(saver)
    data = tf.data.Dataset.from_tensor_slices(x).batch(16)
    with (
        pytest.warns(UserWarning, match="without new checkpoints: .*dense.*NaN"),
        pytest.raises(FloatingPointError, match="weight .*kernel is NaN .*by step 4"),
    ):
        gan.fit(data, epochs=3, verbose=0, callbacks=[saver, stops])
    assert (int(gan.step), saver.saved_step) == (4, 2)

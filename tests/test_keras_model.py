"""docs/keras_model.md, row by row: works for both players, or is refused by name."""

import inspect
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from keras import callbacks as known

from ganutils import training
from ganutils.training import losses, refusals

DOCS = Path(__file__).parents[1] / "docs" / "keras_model.md"
SAMPLES = tiny.real_samples(64)
KERAS = tuple(int(part) for part in keras.__version__.split(".")[:2])


def make(**options):
    """A GAN whose steps are not traced, which costs more than the few that run."""
    return tiny.gan(dropout=0.0, **{"run_eagerly": True} | options)


def fit(gan=None, **options):
    gan = gan or make()
    options = {"batch_size": 16, "steps_per_epoch": 2, "verbose": 0} | options
    return gan, gan.fit(SAMPLES, **options)


def rows():
    """{(section, name): (verdict, what happens)} of the tables; "" for the rest."""
    found, section = {}, ""
    for line in DOCS.read_text("utf-8").splitlines():
        if line.startswith("## "):
            section = line.strip("#` ")
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            names = re.findall(r"`([^`]+)`", cells[0])
            found |= {(section, name): tuple(cells[1:]) for name in names}
        elif line.startswith("`") and section == "Methods and attributes":
            found |= {
                (section, n): ("internal", "") for n in re.findall(r"`(\w+)`", line)
            }
    return found


ROWS = rows()


def names(section, verdict=None):
    pairs = [(name, row) for (part, name), row in ROWS.items() if part == section]
    return {name for name, row in pairs if verdict in (None, row[0])}


def public(owner):
    return {name for name in dir(owner) if not name.startswith("_")}


def arguments(method):
    return set(inspect.signature(method).parameters) - {"self"}


def test_each_part_of_keras_has_a_row():
    assert public(keras.Model) <= names("Methods and attributes")
    assert arguments(keras.Model.fit) <= names("fit")
    assert arguments(keras.Model.compile) <= names("compile")
    assert public(known) <= names("Callbacks")


@pytest.mark.parametrize(
    "section, table",
    [
        ("fit", refusals.FIT),
        ("compile", refusals.COMPILE),
        ("Callbacks", refusals.CALLBACKS),
        ("Methods and attributes", refusals.METHODS),
    ],
)
def test_the_refused_rows_are_those_of_the_code(section, table):
    assert names(section, "refused") == set(table)
    for name, cure in table.items():
        assert ROWS[section, name][1] == cure


@pytest.mark.parametrize("name", sorted(refusals.METHODS))
def test_a_refused_method_names_itself_and_its_cure(name):
    with pytest.raises(NotImplementedError, match=f"no `{name}`") as refusal:
        getattr(make(), name)(*["int8"] * (name == "quantize"))
    assert refusals.METHODS[name] in str(refusal.value)


ASKED = {
    "y": SAMPLES,
    "validation_split": 0.1,
    "validation_data": SAMPLES,
    "validation_freq": 2,
    "shuffle": False,
    "class_weight": {0: 1.0},
    "optimizer": "adam",
    "auto_scale_loss": False,
}


@pytest.mark.parametrize("name", sorted(refusals.FIT))
def test_a_refused_argument_of_fit_is_named_before_training(name):
    gan = make()
    with pytest.raises(ValueError, match=f"no `{name}` in fit") as refusal:
        fit(gan, **{name: ASKED.get(name, 1)})
    assert refusals.FIT[name] in str(refusal.value)
    assert int(gan.step) == 0


@pytest.mark.parametrize("name", sorted(refusals.COMPILE))
def test_a_refused_argument_of_compile_is_named(name):
    with pytest.raises(ValueError, match=f"no `{name}` in compile") as refusal:
        make(**{name: ASKED.get(name, ["accuracy"])})
    assert refusals.COMPILE[name] in str(refusal.value)


def test_defaults_of_keras_are_no_wishes():
    gan = make(metrics=None, optimizer=None, auto_scale_loss=True)
    fit(gan, y=None, shuffle=True, validation_split=0.0, validation_freq=1)
    assert int(gan.step) == 2


def orbax():
    pytest.importorskip("orbax.checkpoint")
    return known.OrbaxCheckpoint("runs")


REFUSED_CALLBACKS = {
    "TerminateOnNaN": known.TerminateOnNaN,
    "SwapEMAWeights": known.SwapEMAWeights,
    "OrbaxCheckpoint": orbax,
    "ModelCheckpoint": lambda: known.ModelCheckpoint("a.keras"),
    "EarlyStopping": lambda: known.EarlyStopping(
        "d_loss", mode="min", restore_best_weights=True
    ),
}


@pytest.mark.parametrize("name", REFUSED_CALLBACKS)
def test_a_refused_callback_says_what_to_use(name):
    gan = make()
    with pytest.raises(
        ValueError, match=rf"no keras\.callbacks\.{name}: .*(monit|gan)"
    ):
        fit(gan, callbacks=REFUSED_CALLBACKS[name]())
    assert int(gan.step) == 0


@pytest.mark.parametrize("callback", [known.EarlyStopping, known.ReduceLROnPlateau])
def test_what_watches_a_loss_that_is_not_logged_is_refused(callback):
    with pytest.raises(ValueError, match="logs no 'val_loss'.*'d_loss' or 'g_loss'"):
        fit(callbacks=callback())


WORKS = {}


def works(section, *parts):
    """Register a test of rows marked "works"; it gets a new GAN and a folder."""

    def register(test):
        WORKS.update(dict.fromkeys([(section, part) for part in parts], test))
        return test

    return register


def data_set(batch=16):
    return tf.data.Dataset.from_tensor_slices(SAMPLES).batch(batch)


def same(gan, other):
    return all(tiny.same(tiny.values(gan.state()), tiny.values(other.state())))


def rates(gan):
    return [float(o.learning_rate) for o in (gan.d_optimizer, gan.g_optimizer)]


@works("fit", "x")
def x(gan, folder):
    gan.fit(SAMPLES, batch_size=16, verbose=0)
    gan.fit(data_set(), verbose=0)
    assert int(gan.step) == 8
    with pytest.raises(ValueError, match="received generator.*from_generator"):
        gan.fit((batch for batch in SAMPLES), verbose=0)


@works("fit", "batch_size")
def batch_size(gan, folder):
    gan.fit(SAMPLES, batch_size=32, verbose=0)
    assert int(gan.step) == 2
    with pytest.raises(ValueError, match="no `batch_size` with a data set"):
        gan.fit(data_set(), batch_size=32, verbose=0)


@works("fit", "epochs", "initial_epoch", "verbose", "steps_per_epoch")
def epochs(gan, folder):
    history = fit(gan, epochs=5, initial_epoch=2, steps_per_epoch=3)[1]
    assert history.epoch == [2, 3, 4]
    assert int(gan.step) == 9


@works("fit", "callbacks")
def callbacks(gan, folder):
    seen = []
    watch = known.LambdaCallback(
        on_train_batch_end=lambda step, logs: seen.append(step)
    )
    for form in (watch, [watch], known.CallbackList([watch], model=gan)):
        fit(gan, callbacks=form)
    assert seen == [0, 1] * 3


@works("compile", "loss")
def loss(gan, folder):
    gan.compile(loss=losses.hinge)
    assert gan.adversarial_loss is losses.hinge
    with pytest.raises(ValueError, match="hinge.*received 'binary_crossentropy'"):
        gan.compile(loss="binary_crossentropy")


@works("compile", "penalties", "extras")  # tests/test_extension.py trains a network
def terms(gan, folder):
    zero = losses.Extra("zero", lambda real, drawn, fake: 0.0)
    gan.compile(penalties=[losses.r1()], extras=[zero], run_eagerly=True)
    logs = fit(gan)[1].history
    assert logs["zero"] == [0.0] and logs["r1"][0] > 0


@works("compile", "run_eagerly")
def run_eagerly(gan, folder):
    sgd = {f"{p}_optimizer": "sgd" for p in "dg"}  # Adam would scale up rounding
    eager, traced = (fit(make(run_eagerly=e, **sgd))[0] for e in (True, False))
    for mine, theirs in zip(eager.state(), traced.state(), strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-5)


@works("compile", "steps_per_execution")
def steps_per_execution(gan, folder):
    gan.compile(steps_per_execution=3, run_eagerly=True)
    seen = []
    watch = known.LambdaCallback(
        on_train_batch_end=lambda step, logs: seen.append(step)
    )
    fit(gan, steps_per_epoch=6, callbacks=watch)
    assert (int(gan.step), seen) == (6, [2, 5])
    with pytest.raises(ValueError, match=r"steps_per_execution.*\[1, 5, 7, 35\]"):
        fit(gan, steps_per_epoch=35)


@works("Callbacks", "LearningRateScheduler")
def learning_rate_scheduler(gan, folder):
    gan.g_optimizer.learning_rate = 4e-4
    fit(gan, epochs=2, callbacks=known.LearningRateScheduler(lambda _, rate: rate / 2))
    assert rates(gan) == pytest.approx([5e-5, 1e-4])


@works("Callbacks", "ReduceLROnPlateau")
def reduce_lr_on_plateau(gan, folder):
    # No loss falls by 100 in a step: each epoch after the first is a plateau.
    options = dict(mode="min", min_delta=100, patience=1, factor=0.1)
    fit(gan, epochs=2, callbacks=known.ReduceLROnPlateau("d_loss", **options))
    assert rates(gan) == pytest.approx([2e-5, 2e-5])


@works("Callbacks", "TensorBoard")
def tensorboard(gan, folder):
    from tensorboard.backend.event_processing import event_accumulator

    fit(gan, callbacks=known.TensorBoard(folder, histogram_freq=1))
    events = event_accumulator.EventAccumulator(str(folder / "train"))
    tags = events.Reload().Tags()["tensors"]
    assert {"epoch_d_loss", "epoch_g_loss"} <= set(tags)
    weights = [*gan.generator.weights, *gan.ema_generator.weights]
    assert len({w.path for w in weights}) == len(weights)
    rates = {tag for tag in tags if "learning_rate" in tag}
    if KERAS < (3, 15):  # which knows one optimizer, and a weight's last name only
        assert not rates  # and none of a dummy
    else:
        assert len(rates) == 2
        assert {f"{w.path}/histogram" for w in weights} <= set(tags)


@works("Callbacks", "CSVLogger", "RemoteMonitor", "ProgbarLogger", "History")
def loggers(gan, folder):
    seen = {"d_loss", "g_loss", "real_logits", "fake_logits"}
    history = fit(gan, epochs=2, callbacks=known.CSVLogger(folder / "a.csv"))[1]
    header, *lines = (folder / "a.csv").read_text().splitlines()
    assert seen | {"epoch"} <= set(header.split(","))
    assert len(lines) == len(history.history["g_loss"]) == 2
    with pytest.warns(UserWarning, match="Could not reach RemoteMonitor"):
        monitor = known.RemoteMonitor("http://127.0.0.1:9")
        fit(gan, callbacks=[monitor, known.ProgbarLogger()])


@works("Callbacks", "Callback", "LambdaCallback", "CallbackList")
def own_callback(gan, folder):
    steps = []

    class Mine(known.Callback):
        def on_train_batch_end(self, batch, logs=None):
            steps.append(int(self.model.step))

    end = known.LambdaCallback(on_train_end=lambda logs: steps.append("end"))
    fit(gan, callbacks=known.CallbackList([Mine(), end]))
    assert steps == [1, 2, "end"]


@works("Callbacks", "BackupAndRestore")
def backup_and_restore(gan, folder):
    class Die(known.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        backup = known.BackupAndRestore(folder)
        fit(make(), epochs=4, callbacks=[backup, Die()])
    resumed = fit(make(), epochs=4, callbacks=backup)[0]
    assert int(resumed.step) == 8
    assert same(resumed, fit(gan, epochs=4)[0])


@works("Callbacks", "ModelCheckpoint")
def model_checkpoint(gan, folder):
    options = dict(monitor="g_loss", mode="min", save_best_only=True)
    path = folder / "{epoch}.weights.h5"
    keep = known.ModelCheckpoint(path, save_weights_only=True, **options)
    fit(gan, callbacks=keep)
    other = make(seed=1)
    other.load_weights(folder / "1.weights.h5")
    assert same(gan, other)


@works("Callbacks", "EarlyStopping")
def early_stopping(gan, folder):
    stop = known.EarlyStopping("d_loss", mode="min", min_delta=100, patience=1)
    history = fit(gan, epochs=9, callbacks=stop)[1]
    assert history.epoch == [0, 1]


@works("Methods and attributes", "fit", "compile", "train_step", "make_train_function")
def by_hand(gan, folder):
    first = gan.train_step(tf.constant(SAMPLES))
    assert set(first) == {"d_loss", "g_loss", "real_logits", "fake_logits"}
    fit(gan)
    steps = gan._traced[1]
    fit(gan)
    assert gan._traced[1] is steps
    assert int(gan.step) == 5


@works("Methods and attributes", "summary", "count_params", "get_layer", "layers")
def summary(gan, folder):
    lines = []
    gan.summary(print_fn=lambda text, line_break=True: lines.append(text))
    assert "average" in "".join(lines)
    assert gan.layers == [gan.generator, gan.discriminator, gan.ema_generator]
    assert gan.get_layer(index=1) is gan.discriminator
    assert gan.count_params() == 1 + sum(n.count_params() for n in gan.layers)


@works("Methods and attributes", "save_weights", "load_weights")
def weights_file(gan, folder):
    path = folder / "gan.weights.h5"
    fit(gan)[0].save_weights(path)
    other = fit(make(), steps_per_epoch=1)[0]
    other.load_weights(path)
    assert same(gan, other)
    assert same(fit(gan)[0], fit(other)[0])
    with pytest.raises(FileExistsError, match="gan.weights.h5"):
        gan.save_weights(path, overwrite=False)
    with pytest.raises(ValueError, match=r"\.weights\.h5; received 'gan\.h5'"):
        gan.save_weights("gan.h5")


@works("Methods and attributes", "get_weights", "set_weights", "weights", "variables")
def weights(gan, folder):
    other = make(seed=1)
    other.set_weights(gan.get_weights())
    pairs = zip(gan.weights, other.weights, strict=True)
    assert all(np.array_equal(a.numpy(), b.numpy()) for a, b in pairs)
    assert {id(v) for n in gan.layers for v in n.weights} < {id(v) for v in gan.weights}
    assert {id(v) for v in gan.weights} <= {id(v) for v in gan.variables}


@works(
    "Methods and attributes",
    *("trainable_weights", "trainable_variables"),
    *("non_trainable_weights", "non_trainable_variables"),
)
def parted(gan, folder):
    trainable = {id(v) for n in gan.layers for v in n.trainable_variables}
    assert {id(v) for v in gan.trainable_weights} == trainable
    assert {id(v) for v in gan.trainable_variables} == trainable
    rest = {id(v) for v in gan.weights} - trainable
    assert {id(v) for v in gan.non_trainable_weights} == rest
    assert rest <= {id(v) for v in gan.non_trainable_variables}


@works("Methods and attributes", "trainable")
def trainable(gan, folder):
    fit(gan)
    before = tiny.values(gan.discriminator.weights)
    gan.discriminator.trainable = False
    start = tiny.values(gan.generator.weights)
    fit(gan)
    assert all(tiny.same(before, tiny.values(gan.discriminator.weights)))
    assert not all(tiny.same(start, tiny.values(gan.generator.weights)))


@works("Methods and attributes", "losses")
def regularizers(gan, folder):
    l2 = keras.regularizers.L2(0.5)
    kernel = keras.layers.Dense(1, use_bias=False, kernel_regularizer=l2)
    d = keras.Sequential([keras.Input((2,)), kernel])
    gan = training.GAN(tiny.generator(), d, latent_dim=3)
    gan.compile(**{f"{p}_optimizer": keras.optimizers.SGD(1.0) for p in "dg"})
    assert len(gan.losses) == 1
    fit(gan, steps_per_epoch=1, batch_size=64)
    # A step of L2 at rate 1 takes the kernel away; the data's slope is below 2.
    assert abs(kernel.kernel.numpy()).max() < 2


@works(
    "Methods and attributes",
    *("loss", "metrics", "metrics_names", "metrics_variables"),
    *("get_metrics_result", "reset_metrics"),
)
def empty(gan, folder):
    fit(gan)
    gan.reset_metrics()
    assert gan.loss is None
    assert gan.metrics == gan.metrics_names == gan.metrics_variables == []
    assert gan.get_metrics_result() == {}


@works("compile", "jit_compile")  # tests/test_training.py trains with it
@works("Methods and attributes", "distribute_strategy", "run_eagerly", "jit_compile")
def settings(gan, folder):
    assert gan.distribute_strategy.num_replicas_in_sync == 1
    assert (gan.run_eagerly, gan.jit_compile) == (True, False)
    gan.compile(jit_compile=True)
    assert gan.jit_compile


@works(
    "Methods and attributes",
    *("add_weight", "add_variable", "dtype", "dtype_policy"),
    *("compute_dtype", "variable_dtype", "input_dtype"),
)
def as_a_layer(gan, folder):
    added = gan.add_weight(name="mine", shape=()), gan.add_variable((), "zeros")
    assert all(any(v is w for w in gan.variables) for v in added)
    kinds = gan.dtype, gan.compute_dtype, gan.variable_dtype, gan.input_dtype
    assert {*kinds, gan.dtype_policy.name} == {"float32"}


def test_each_row_that_works_has_a_test():
    assert set(WORKS) == {key for key, row in ROWS.items() if row[0] == "works"}


TESTS = list(dict.fromkeys(WORKS.values()))


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.__name__)
def test_what_works_acts_on_both_players(test, tmp_path):
    test(make(), tmp_path)


def test_a_file_of_weights_is_read_whole_or_not_at_all(tmp_path):
    path, gan = tmp_path / "a.weights.h5", tiny.gan()
    gan.save_weights(path)
    (tmp_path / "half.weights.h5").write_bytes(path.read_bytes()[:3000])
    wide = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
    other = training.GAN(tiny.generator(), wide, latent_dim=3)
    other.compile()
    before = tiny.values(other.state())
    for name in ("half", "a"):
        with pytest.raises(ValueError, match=f"same build.*{name}.weights.h5"):
            other.load_weights(tmp_path / f"{name}.weights.h5")
    assert all(tiny.same(before, tiny.values(other.state())))
    with pytest.raises(FileNotFoundError, match="none.weights.h5"):
        other.load_weights(tmp_path / "none.weights.h5")


def test_a_refused_save_leaves_the_file_alone(tmp_path):
    path = tmp_path / "gan.keras"
    path.write_text("what stood there")
    with pytest.raises(NotImplementedError, match="save_checkpoint"):
        tiny.gan().save(path)
    assert path.read_text() == "what stood there"

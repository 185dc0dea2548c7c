"""What a GAN makes of `keras.Model`: what it refuses, each by name with the right call.

`docs/keras_model.md` is the whole table, with what works; a test compares the two.
"""

import os
import reprlib
import warnings
from collections.abc import Sequence

import keras
from keras import callbacks as known

from ganutils.kit import checks, files

MEASURE = (
    "a GAN has no loss that tells its quality; measure its samples with "
    "monitoring.Measure(function, every)"
)
OWN_METRICS = "the losses are logged; for more use monitoring.Measure(function, every)"
CHECKPOINT = (
    "gan.save_checkpoint(path) keeps all that training needs, "
    "training.save_generator(path, gan.ema_generator) what draws samples"
)


def _by_name(cures):
    return {name: cure for cure, names in cures.items() for name in names.split()}


FIT_CURES = {  # cure: arguments
    "a GAN learns from samples alone; for labels build ConditionalGAN(…) and call "
    "fit((samples, labels))": "y class_weight sample_weight",
    MEASURE: (
        "validation_split validation_data validation_steps validation_batch_size "
        "validation_freq"
    ),
    "arrays are drawn at random; a tf.data.Dataset has .shuffle()": "shuffle",
}
COMPILE_CURES = {
    "give each player its own: compile(d_optimizer=…, g_optimizer=…)": "optimizer",
    "a penalty has a weight: losses.r1(gamma)": "loss_weights",
    OWN_METRICS: "metrics weighted_metrics",
    "under mixed_float16 both losses are always scaled": "auto_scale_loss",
}
METHOD_CURES = {
    "draw samples with gan.generate(n, seed), or call gan.ema_generator on z": (
        "call predict predict_on_batch predict_step make_predict_function "
        "stateless_call symbolic_call compute_output_shape compute_output_spec"
    ),
    MEASURE: "evaluate test_on_batch test_step make_test_function",
    "each player has a loss of its own: gan.adversarial_loss and gan.penalties": (
        "compute_loss compute_metrics stateless_compute_loss compiled_loss"
    ),
    "call gan.train_step(samples), or fit a tf.data.Dataset": "train_on_batch",
    CHECKPOINT: "save get_state_tree set_state_tree",
    f"{CHECKPOINT}; for a copy build GAN() of two cloned networks": (
        "get_config from_config to_json get_compile_config compile_from_config"
    ),
    "export what draws samples: gan.ema_generator.export(path)": "export",
    "quantize what draws samples: gan.ema_generator.quantize(mode)": (
        "quantize quantized_build quantized_call"
    ),
    "give D compile(penalties=[losses.Penalty(name, function, weight)]), or G "
    "compile(extras=[losses.Extra(name, function, weight)])": "add_loss",
    OWN_METRICS: "add_metric",
}
FIT, COMPILE, METHODS = map(_by_name, (FIT_CURES, COMPILE_CURES, METHOD_CURES))
CALLBACKS = {
    "SwapEMAWeights": "gan.ema_generator is the average; GAN(ema_decay=…) sets it",
    "TerminateOnNaN": "it looks at one loss only; use monitoring.NonFinite()",
    "OrbaxCheckpoint": "use monitoring.Checkpoint(path, every)",
}
# What writes files, which one of several workers does.
WRITERS = known.CSVLogger, known.ModelCheckpoint, known.TensorBoard
FULL_MODEL = "use monitoring.Checkpoint(path, every), or save_weights_only=True"
BEST_WEIGHTS = (
    "it would put back the weights but not the optimizers; keep the best with "
    "monitoring.Measure(function, every, best=…, path=…)"
)
EACH_WRITES = (
    "each of several workers would write: use monitoring.Checkpoint(path, every), and "
    "gan.load_checkpoint(path) on every worker"
)
# Keras's own defaults, where they are not None.
DEFAULTS = {
    "shuffle": True,
    "validation_freq": 1,
    "validation_split": 0.0,
    "auto_scale_loss": True,
}


class KerasDoor(keras.Model):
    """A `keras.Model` whose methods in `METHODS` say what to call instead."""

    metrics = property(lambda self: [], doc="None; the losses come in the logs.")

    def save_weights(self, filepath, overwrite=True):
        """Write weights, both optimizers and the step; the old file or the new one.

        The random state of Dropout is not in it: `save_checkpoint` keeps that, too.

        Raises:
            ValueError: `filepath` does not end in `.weights.h5`.
            FileExistsError: a file stands there, and `overwrite` is False.
            OSError: the file cannot be written.
        """
        if not os.fspath(filepath).endswith(".weights.h5"):
            raise ValueError(
                "Expected a path that ends in .weights.h5; received "
                f"{os.fspath(filepath)!r}."
            )
        if not overwrite and files.expand(filepath).exists():
            raise FileExistsError(f"There is a file at {os.fspath(filepath)!r}.")
        files.write_atomically(filepath, super().save_weights)

    def load_weights(self, filepath, **options):
        """Read what `save_weights` wrote; all of it or, on an error, nothing.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: not such a file, a truncated one, or one of other networks.
        """
        path = files.existing(filepath, "weights")
        variables = [*self.variables, *getattr(self.optimizer, "variables", ())]
        before = [variable.numpy() for variable in variables]
        try:
            with warnings.catch_warnings():
                if not options.get("skip_mismatch"):
                    warnings.filterwarnings("error", "Skipping variable loading")
                super().load_weights(path, **options)
        except Exception as error:  # h5py and Keras raise many kinds
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
            raise ValueError(
                "Expected weights of a GAN of the same build (.weights.h5); received "
                f"{os.fspath(filepath)!r}: {error}"
            ) from error


def _refusing(name, cure):
    def method(self, *arguments, **options):
        """Raise an error that names what to call instead."""
        raise NotImplementedError(f"A GAN has no `{name}`: {cure}.")

    method.__name__, method.__doc__ = name, f"Refused: {cure}."
    return method


for _name, _cure in METHODS.items():
    setattr(KerasDoor, _name, _refusing(_name, _cure))


def without(refused: dict[str, str], function: str, options: dict) -> dict:
    """Return options of a Keras function without those in `FIT` or `COMPILE`.

    Raises:
        ValueError: one of `refused` is set to something else than Keras's default.
    """
    for name, value in options.items():
        default = DEFAULTS.get(name)
        asks = value is not None and (type(value), value) != (type(default), default)
        if name in refused and asks:
            raise ValueError(
                f"Expected no `{name}` in {function}(): {refused[name]}. Received "
                f"{name}={reprlib.repr(value)}."
            )
    return {name: value for name, value in options.items() if name not in refused}


def check_moves(d_optimizer, g_optimizer, d_steps: int, one_pass: bool):
    """Raise a ValueError for one optimizer of both players, or D steps in one pass."""
    own = isinstance(d_optimizer, keras.optimizers.Optimizer)
    if own and d_optimizer is g_optimizer:
        raise ValueError(
            "Expected two optimizers; received the same object for `d_optimizer` "
            f"and `g_optimizer`: {d_optimizer!r}. Each keeps its own moments."
        )
    if checks.check_whole("d_steps", d_steps, 1) > 1 and one_pass:
        raise ValueError(
            "Expected `d_steps` 1 with `one_pass`, which moves both players "
            f"once; received {d_steps!r}."
        )


def check_steps(steps: int | None, steps_per_execution: int):
    """Raise a ValueError unless an epoch's steps, if known, are whole executions."""
    if steps_per_execution == 1 or (steps and steps % steps_per_execution == 0):
        return
    if not steps:
        raise ValueError(
            "Expected `steps_per_epoch` with steps_per_execution "
            f"{steps_per_execution} and a data set of unknown length; received None."
        )
    divisors = [k for k in range(1, steps + 1) if steps % k == 0]
    raise ValueError(
        f"Expected `steps_per_execution` to divide the {steps} steps of an epoch; "
        f"received {steps_per_execution}. Its divisors are {divisors}."
    )


def check_names(terms: Sequence):
    """Raise a ValueError where penalties, extras and losses share a name."""
    names = ["d_loss", "g_loss", "real_logits", "fake_logits"]
    names += [term.name for term in terms]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            "Expected names of penalties and extras that differ from each other and "
            f"from the losses'; received {twice} twice."
        )


def usable(callbacks, several_workers: bool) -> list:
    """Return callbacks in any form that Keras takes as one list.

    Of several workers one keeps those that write files.

    Raises:
        ValueError: one that would do nothing, or harm, to a GAN; says what to use.
    """
    if isinstance(callbacks, known.CallbackList):
        callbacks = callbacks.callbacks
    callbacks = [c for c in keras.tree.flatten(callbacks) if c is not None]
    for callback in callbacks:
        cure = _cure_of(callback, several_workers)
        if cure:
            name = type(callback).__name__
            raise ValueError(f"Expected no keras.callbacks.{name}: {cure}.")
    if several_workers and not files.is_writer():
        return [c for c in callbacks if not isinstance(c, WRITERS)]
    return callbacks


def _cure_of(callback, several_workers):
    for name, cure in CALLBACKS.items():
        if isinstance(callback, getattr(known, name, ())):
            return cure
    if several_workers and isinstance(callback, known.BackupAndRestore):
        return EACH_WRITES
    if isinstance(callback, known.EarlyStopping) and callback.restore_best_weights:
        return BEST_WEIGHTS
    if isinstance(callback, known.ModelCheckpoint) and not callback.save_weights_only:
        return FULL_MODEL
    monitor = getattr(callback, "monitor", None)
    watches = known.EarlyStopping, known.ReduceLROnPlateau
    best = getattr(callback, "save_best_only", False) or isinstance(callback, watches)
    if best and (monitor == "loss" or str(monitor).startswith("val_")):
        return f"a GAN logs no {monitor!r}; monitor='d_loss' or 'g_loss' with a mode"
    return None

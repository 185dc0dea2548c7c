"""`fit`: how often a GAN's step runs, on which data and devices; not what it does.

Arrays are handed to the traced step, which draws its batches itself; a data set hands
over batch after batch. Either way the step is traced once, not once a `fit`.
"""

import os

import keras
import numpy as np
import tensorflow as tf

from ganutils.kit import checks, files
from ganutils.training import doors, refusals, replicas


class Loop(refusals.KerasDoor):
    """What runs a `train_step`, and keeps its state; `training.GAN` is the rest.

    A subclass has `parts` (what `fit` takes), `train_step`, `step`, `seed`.
    """

    _data, _traced = None, (None, None)
    d_steps = 1
    paired = True  # row i of one array belongs to row i of the others

    def compile(self, **keras_options):
        """Set how steps run.

        Args:
            **keras_options: `jit_compile` (False by default; True compiles all of the
                step, which pays for Dense networks), `steps_per_execution`,
                `run_eagerly` of `keras.Model.compile`.

        Raises:
            ValueError: `jit_compile` on several devices; an option of Keras that a GAN
                cannot follow (`refusals.COMPILE`).
        """
        refusals.check_options("compile", keras_options, refusals.COMPILE)
        for name in refusals.COMPILE:
            keras_options.pop(name, None)  # a default of Keras's
        options = {"jit_compile": False, "optimizer": None, **keras_options}
        replicas.check_xla(self.distribute_strategy, jit_compile=options["jit_compile"])
        super().compile(**options)
        self._traced = (None, None)

    def fit(self, x, y=None, *, batch_size=None, steps_per_epoch=None, **keras_options):
        """Train. Arrays stay in memory; their batches are drawn inside the step.

        Args:
            x: real samples. Either an array (n, …), float, from which each step draws
                `batch_size` samples with replacement on the device, as Algorithm 1
                states; or a `tf.data.Dataset` of batches (batch, …), whose order, and
                so whose exact resume, is then the data set's own affair. A GAN that
                learns from several arrays takes a tuple of either (`parts`).
            y: refused; here so that the error can say why.
            batch_size: samples in a D step, over all devices (arrays only); 64 by
                default.
            steps_per_epoch: steps in an epoch; by default len(x) // batch_size, or all
                of a data set.
            **keras_options: `epochs`, `initial_epoch`, `callbacks`, `verbose` of
                `keras.Model.fit`.

        Returns:
            `keras.callbacks.History`.

        Raises:
            KeyboardInterrupt: Ctrl-C, once each callback's `on_interrupt` has run
                (`monitoring.Checkpoint` saves there).
            RuntimeError: one of several workers has stopped, so no step can end.
            ValueError: shape, type or values of `x` do not fit the networks; an epoch
                is no whole number of `steps_per_execution`; an option or a callback
                of Keras that a GAN cannot follow (`refusals`).
        """
        self._assert_compile_called("fit")
        refusals.check_options("fit", {"y": y, **keras_options}, refusals.FIT)
        for name in refusals.FIT:
            keras_options.pop(name, None)
        callbacks = _flat(keras_options.get("callbacks"))
        refusals.check_callbacks(callbacks)
        if replicas.has_workers(self.distribute_strategy):
            callbacks = refusals.of_worker(callbacks)
        if steps_per_epoch is not None:
            checks.check_whole("steps_per_epoch", steps_per_epoch, 1)
        try:
            if isinstance(x, tf.data.Dataset):
                x = self._take_stream(x, batch_size, steps_per_epoch)
            else:
                x, steps_per_epoch = self._take_arrays(x, batch_size, steps_per_epoch)
            self._check_workers(x, steps_per_epoch, keras_options.get("epochs", 1))
            keras_options |= {"steps_per_epoch": steps_per_epoch, "shuffle": False}
            keras_options["callbacks"] = callbacks
            return super().fit(x, **keras_options)
        except KeyboardInterrupt:  # between two steps: the state is whole
            for callback in callbacks:
                getattr(callback, "on_interrupt", lambda: None)()
            replicas.leave(self.distribute_strategy)
            raise
        except tf.errors.OpError as error:
            replicas.explain(self.distribute_strategy, error)
            raise
        finally:
            self._data = self.train_function = None

    def save_checkpoint(self, path: "str | os.PathLike"):
        """Write everything that an exact resume needs to one file, atomically.

        Args:
            path: ends in `.npz`; its folder is made where it is missing.

        Raises:
            OSError: the file cannot be written; an older checkpoint stays intact.
        """
        files.save_variables(path, self.state())

    def load_checkpoint(self, path: "str | os.PathLike") -> int:
        """Restore what `save_checkpoint` wrote into a compiled GAN of the same build.

        Returns:
            Steps done; `initial_epoch` of the next `fit` is this // steps_per_epoch.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: not a checkpoint, a truncated one, or one of other networks or
                optimizers. The GAN is then unchanged.
        """
        files.load_variables(path, self.state())
        return int(np.asarray(self.step))

    @property
    def networks(self) -> list:
        """All networks: G, D, the average, and what the extras bring."""
        players = self.generator, self.discriminator, self.ema_generator
        return [*players, *self.extra_networks]

    def state(self) -> list:
        """Return every variable that training changes, in a fixed order."""
        kept = *self.networks, self.d_optimizer, self.g_optimizer
        return [self.step, *(v for part in kept for v in part.variables)]

    def way(self) -> list:
        """Return what a traced step depends on: where it changes, `fit` traces anew."""
        trained = self.discriminator.trainable_variables, self.generator.variables
        flags = [v.trainable for variables in trained for v in variables]
        parts = self.adversarial_loss, self.penalties, self.extras, self.augment
        optimizers = self.d_optimizer, self.g_optimizer
        return [flags, len(trained[0]), *parts, self.view, *optimizers]

    def step_seeds(self) -> tf.Tensor:
        """Return this step's seeds, shape (2 + 2·d_steps, 2), int32.

        Rows: real batch, G's z, then z and penalty of each D step.
        """
        seed = tf.stack([self.seed, tf.cast(self.step.value, tf.int32)])
        return tf.random.split(seed, 2 + 2 * self.d_steps)

    def _take_stream(self, x, batch_size, steps):
        if batch_size is not None:
            raise ValueError(
                "Expected no `batch_size` with a data set, which has batches of its "
                f"own; received {batch_size!r}."
            )
        counts = {steps, max(0, int(x.cardinality()))} - {0, None}
        x = replicas.by_rows(self.distribute_strategy, x)
        x = doors.check_stream(x, self, steps)
        for count in counts or {None}:
            refusals.check_steps(count, self.steps_per_execution)
        copies = self.distribute_strategy.num_replicas_in_sync
        return replicas.in_order(x, self.d_steps, copies)

    def _take_arrays(self, x, batch_size, steps):
        batch_size = checks.check_whole("batch_size", batch_size or 64, 1)
        arrays = doors.check_arrays(x, self)
        steps = steps or max(1, max(map(len, arrays)) // batch_size)
        refusals.check_steps(steps, self.steps_per_execution)
        strategy = self.distribute_strategy
        copies = strategy.num_replicas_in_sync
        if batch_size % copies:
            raise ValueError(
                f"Expected `batch_size` to be a multiple of the {copies} devices that "
                f"share a batch; received {batch_size!r}."
            )
        self._data = replicas.on_every_device(strategy, arrays), batch_size
        # This data set only says: a step is due.
        due = tf.data.Dataset.from_tensors(tf.zeros([copies])).repeat()
        return replicas.unsharded(due), steps

    def _check_workers(self, x, steps, epochs):
        strategy = self.distribute_strategy
        if not replicas.has_workers(strategy):
            return
        numbers = {
            "step": int(np.asarray(self.step)),
            "weights (their checksum)": files.checksum(self.state()),
            "number of steps": (steps or int(x.cardinality())) * epochs,
        }
        if self._data is not None:
            arrays, numbers["batch_size"] = self._data
            part = strategy.experimental_local_results(arrays[0])[0]
            numbers["number of samples"] = part.shape[0]
        replicas.check_alike(strategy, numbers)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Leave out what Keras does on several devices: a GAN is built from the start.

        It would read a batch, and cannot where a worker has one device.
        """

    def make_train_function(self, force=False):
        """Make what `fit` calls; traced once for each way of training, not each `fit`.

        Arrays are handed to the traced step at each call: one that held them would
        keep them for good, since TensorFlow never forgets a traced gradient.
        """
        batch = self._data and self._data[1]
        way = batch, self.steps_per_execution, *self.way()
        if force or self._traced[0] != way:
            self._traced = way, self._trace(batch)
        steps, data = self._traced[1], self._data and self._data[0]
        self.train_function = steps if data is None else lambda _: steps(data)

    def _trace(self, batch):
        """Return f(iterator, or arrays where `batch` is given) → scalars."""
        strategy = self.distribute_strategy

        def on_replica(data):
            if batch is not None:
                return self.train_step(self._drawn(data, batch))
            replicas.check_rows(strategy, data)
            return self.train_step(data)

        def one(data):
            logs = strategy.run(on_replica, args=(data,))
            local = strategy.experimental_local_results
            return {name: local(value)[0] for name, value in logs.items()}

        if not self.run_eagerly:
            one = tf.function(one, jit_compile=self.jit_compile, autograph=False)

        def many(source):
            def step():
                return one(next(source) if batch is None else source)

            logs, left = step(), self.steps_per_execution - 1
            if left:
                _, logs = tf.while_loop(
                    lambda i, _: i < left, lambda i, _: (i + 1, step()), (0, logs)
                )
            return logs

        return many if self.run_eagerly else tf.function(many, autograph=False)

    def _drawn(self, data, batch_size):
        """Return this replica's part of the batch that the step draws of arrays."""
        seed, drawn = self.step_seeds()[0], []
        for i, part in enumerate(data):
            index = tf.random.stateless_uniform(
                [batch_size * self.d_steps],
                seed if self.paired else tf.random.fold_in(seed, i),
                maxval=part.shape[0],
                dtype=tf.int32,
            )
            drawn.append(tf.gather(part, replicas.own_rows(index, self.d_steps)))
        return replicas.single(drawn)


def _flat(callbacks):
    """Return callbacks in any form that Keras takes as one list."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    return [c for c in keras.tree.flatten(callbacks) if c is not None]

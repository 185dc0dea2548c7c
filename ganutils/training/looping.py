"""`fit`: how often a GAN's step runs, on which data and devices; not what it does.

Arrays are handed to the traced step, which draws its batches itself; a data set hands
over batch after batch. Either way the step is traced once, not once a `fit`.
"""

import functools
import os

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
        """Set how steps run: by options of `keras.Model.compile`.

        They are `jit_compile` (False by default; True compiles all of the step, which
        pays for Dense networks), `steps_per_execution` and `run_eagerly`.

        Raises:
            ValueError: `jit_compile` on several devices; an option of Keras that a GAN
                cannot follow (`refusals.COMPILE`).
        """
        options = refusals.without(refusals.COMPILE, "compile", keras_options)
        options = {"jit_compile": False} | options
        replicas.check_xla(self.distribute_strategy, jit_compile=options["jit_compile"])
        super().compile(optimizer=None, **options)
        self._traced = (None, None)

    def fit(self, x, y=None, *, batch_size=None, steps_per_epoch=None, **keras_options):
        """Train, and return the `History`; batches of arrays are drawn inside the step.

        Args:
            x: real samples. Either an array (n, …), float, from which each step draws
                `batch_size` samples with replacement, as Algorithm 1 states; or a
                `tf.data.Dataset` of batches (batch, …), whose order, and so whose exact
                resume, is its own affair (with `d_steps` above 1, D step i takes every
                `d_steps`-th row from row i); or, as `parts` says, a tuple of either.
            y: refused; here so that the error can say why.
            batch_size: samples in a D step, over all devices; 64 by default.
            steps_per_epoch: by default len(x) // batch_size, or all of a data set.
            **keras_options: `epochs`, `initial_epoch`, `callbacks`, `verbose` of
                `keras.Model.fit`.

        Raises:
            KeyboardInterrupt: Ctrl-C, once each callback's `on_interrupt` has run
                (`monitoring.Checkpoint` saves there).
            RuntimeError: one of several workers has stopped, so no step can end.
            ValueError: shape, type or values of `x` do not fit the networks; an epoch
                is no whole number of `steps_per_execution`; an option or a callback
                of Keras that a GAN cannot follow (`refusals`).
        """
        self._assert_compile_called("fit")
        options = refusals.without(refusals.FIT, "fit", {"y": y, **keras_options})
        strategy = self.distribute_strategy
        callbacks = options.pop("callbacks", None)
        callbacks = refusals.usable(callbacks, replicas.has_workers(strategy))
        if steps_per_epoch is not None:
            checks.check_whole("steps_per_epoch", steps_per_epoch, 1)
        try:
            if isinstance(x, tf.data.Dataset):
                x = self._take_stream(x, batch_size, steps_per_epoch)
            else:
                x, steps_per_epoch = self._take_arrays(x, batch_size, steps_per_epoch)
            self._check_workers(x, steps_per_epoch, options.get("epochs", 1))
            options |= {"steps_per_epoch": steps_per_epoch, "shuffle": False}
            return super().fit(x, callbacks=callbacks, **options)
        except KeyboardInterrupt:  # between two steps: the state is whole
            try:
                for callback in callbacks:
                    if callback.model is not None:  # it has begun
                        getattr(callback, "on_interrupt", lambda: None)()
            finally:
                replicas.leave(strategy)
            raise
        except tf.errors.OpError as error:
            replicas.explain(strategy, error)
            raise
        finally:
            self._data = self.train_function = None

    def save_checkpoint(self, path: "str | os.PathLike"):
        """Write everything that an exact resume needs to one file, atomically.

        Raises:
            ValueError: `path` does not end in `.npz`.
            OSError: the file cannot be written; an older checkpoint stays intact.
        """
        files.save_variables(path, self.state())

    def load_checkpoint(self, path: "str | os.PathLike") -> int:
        """Restore what `save_checkpoint` wrote in a compiled GAN; return its steps.

        `initial_epoch` of the next `fit` is that number // steps_per_epoch.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: not a checkpoint, a truncated one, or one of other networks or
                optimizers. The GAN is then unchanged.
        """
        files.load_variables(path, self.state())
        return int(np.asarray(self.step))

    @property
    def networks(self) -> list:
        """All networks: G, D, the average, and what penalties and extras bring."""
        players = self.generator, self.discriminator, self.ema_generator
        return [*players, *self.extra_networks]

    def state(self) -> list:
        """Return every variable that training changes, in a fixed order."""
        kept = *self.networks, self.d_optimizer, self.g_optimizer
        return [self.step, *(v for part in kept for v in part.variables)]

    def way(self) -> list:
        """Return what a traced step depends on: where it changes, `fit` traces anew."""
        flags = [v.trainable for network in self.networks for v in network.variables]
        parts = self.adversarial_loss, self.penalties, self.extras, self.augment
        optimizers = self.d_optimizer, self.g_optimizer
        return [flags, *parts, self.view, *optimizers]

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
        for count in counts or {None}:
            refusals.check_steps(count, self.steps_per_execution)
        x = replicas.by_rows(self.distribute_strategy, x)
        return doors.check_stream(x, self, steps)

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
        return replicas.by_rows(strategy, due), steps

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
            for part, array in zip(self.parts(), arrays, strict=True):
                own = strategy.experimental_local_results(array)[0]
                numbers[f"number of {part.name}"] = own.shape[0]
        replicas.check_alike(strategy, numbers)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Do not read a batch, as Keras does on several devices: a GAN is built."""

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

        def one(data):
            """Do a step on every replica."""
            logs = strategy.run(self._on_replica, args=(data, batch))
            local = strategy.experimental_local_results
            return {name: local(value)[0] for name, value in logs.items()}

        if not self.run_eagerly:
            one = tf.function(one, jit_compile=self.jit_compile, autograph=False)

        def many(source):
            """Do `steps_per_execution` steps; return the last one's scalars."""

            def step():
                """Do one."""
                return one(next(source) if batch is None else source)

            logs, left = step(), self.steps_per_execution - 1
            if left:
                _, logs = tf.while_loop(
                    lambda i, _: i < left, lambda i, _: (i + 1, step()), (0, logs)
                )
            return logs

        return many if self.run_eagerly else tf.function(many, autograph=False)

    def _on_replica(self, data, batch):
        """Do a replica's share of a step: on its rows, or on those that it draws."""
        if batch is not None:
            data = self._drawn(data, batch)
        elif replicas.has_workers(self.distribute_strategy):
            tf.debugging.assert_positive(replicas.rows(data), replicas.ENDED_EARLY)
        return self.train_step(data)

    def _drawn(self, data, batch_size):
        """Return this replica's part of the batch that the step draws of arrays."""
        seed, drawn = self.step_seeds()[0], []
        rows = batch_size * self.d_steps // replicas.count()
        for i, part in enumerate(data):
            own = seed if self.paired else tf.random.fold_in(seed, i)
            draw = functools.partial(_indices, own, self.d_steps, part.shape[0])
            drawn.append(tf.gather(part, replicas.own_part(draw, rows)))
        return replicas.single(drawn)


def _indices(seed, parts, below, n):
    """Return n random indices; `replicas.split` parts them in the order of the draw."""
    shape = parts, n // parts
    index = tf.random.stateless_uniform(shape, seed, maxval=below, dtype=tf.int32)
    return tf.reshape(tf.transpose(index), [-1])

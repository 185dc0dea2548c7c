"""The training core: a generator, a discriminator, and the step that trains both.

`GAN` is Algorithm 1 of Goodfellow et al. 2014 as a `keras.Model`: `fit`, callbacks,
progress bars, TensorBoard, mixed precision and `tf.distribute` come from Keras. What
acts on both players and what is refused stands in `docs/keras_model.md`.

Every random number is drawn statelessly from (seed, step): batch, z, ε. What a
checkpoint holds (weights, optimizers, EMA, step) is therefore all there is, and a
resumed run continues bit for bit where the first one stopped.
"""

import gc
import os
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from ganutils import (
    averaging,
    checkpoint,
    checks,
    conditions,
    losses,
    optimizers,
    refusals,
    replicas,
)
from ganutils.optimizers import make_optimizer
from ganutils.sampling import decode, sample_z

__all__ = ["GAN", "decode", "make_optimizer", "sample_z"]


class GAN(refusals.KerasDoor):
    """A generator and a discriminator with the step that trains them.

    Args:
        generator: maps z, shape (batch, latent_dim), to samples (batch, …).
        discriminator: maps samples (batch, …) to logits (batch, 1); ends linear.
        latent_dim: number of components of z ~ N(0, I).
        ema_decay: decay of the exponential moving average of G's weights, per step.
            0.999 averages the last 1,000 steps; 0 copies G. It warms up as
            (1 + step) / (10 + step), so early samples are not the initial weights.
        seed: whole number from which every batch, z and ε is drawn, with the step.
        view: samples → what D is shown in their place, differentiable; a spectrogram
            of a sound, say. Penalties then hold in that space. None: the samples.
        condition: z → what G is asked for, (batch, k): `conditions.NoiseLabels`, say.
            `fit` then takes samples with the condition that each fulfils, and D takes
            rows of both (`conditions.beside`). None: an unconditional GAN.

    Attributes:
        ema_generator: G with averaged weights; draws every sample of `generate`.
        step: int64 variable, training steps done so far.

    Raises:
        ValueError: the two networks do not fit each other or `latent_dim`.

    Example:
        >>> gan = GAN(generator, discriminator, latent_dim=64)
        >>> gan.compile(loss="non_saturating", penalties=[losses.r1(1.0, interval=16)])
        >>> gan.fit(images, batch_size=128, steps_per_epoch=500, epochs=10)
        >>> gan.generate(16, seed=1).shape
        (16, 28, 28, 1)
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        latent_dim: int,
        ema_decay: float = 0.999,
        seed: int = 0,
        view: Callable | None = None,
        condition: Callable | None = None,
    ):
        super().__init__()
        checks.check_whole("latent_dim", latent_dim, 1)
        checks.check_networks(generator, discriminator, latent_dim, view, condition)
        if not 0 <= ema_decay < 1:
            raise ValueError(f"Expected `ema_decay` in [0, 1); received {ema_decay!r}.")
        seed = checks.check_whole("seed", seed, 0)
        self.generator, self.discriminator = generator, discriminator
        self.ema_generator = averaging.copy(generator, ema_decay)
        self._own_statistics = averaging.has_statistics(self.ema_generator, ema_decay)
        self.latent_dim, self.ema_decay, self.seed = latent_dim, float(ema_decay), seed
        self.view, self.condition = view, condition
        self.step = self.add_weight(
            name="step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self._data, self._traced = None, (None, None)
        self.built = True

    def compile(
        self,
        loss: "str | losses.AdversarialLoss" = "non_saturating",
        penalties: Sequence[losses.Penalty] = (),
        d_optimizer: "keras.optimizers.Optimizer | str | None" = None,
        g_optimizer: "keras.optimizers.Optimizer | str | None" = None,
        d_steps: int = 1,
        one_pass: bool = False,
        augment: Callable | None = None,
        fuse_updates: bool = False,
        **keras_options,
    ):
        """Set what the two players minimise and how.

        Args:
            loss: an adversarial loss or its name (`losses.LOSSES`).
            penalties: terms added to D's loss.
            d_optimizer: D's own optimizer, or its name; Adam(2e-4, β₁ 0.5) by default.
            g_optimizer: G's own optimizer; never the same object as D's.
            d_steps: D steps for each G step. One call of the step consumes
                `d_steps` batches, each of fresh real samples and fresh z.
            one_pass: both players learn from the same forward pass, that of D's step:
                G(z) and D(G(z)) are computed once instead of twice, and G answers the
                D from before its step.
            augment: (images, seed) → images, differentiable, applied to real and fake
                in front of D (`augmentation.make`).
            fuse_updates: XLA compiles what follows the gradients, the hundreds of small
                operations of both optimizers and the EMA, and leaves the networks,
                whose convolutions XLA slows down on a CPU, to TensorFlow. On one
                device only.
            **keras_options: `jit_compile` (False by default; True compiles all of the
                step, which pays for Dense networks), `steps_per_execution`,
                `run_eagerly` of `keras.Model.compile`.

        Raises:
            ValueError: one optimizer object for both players; `d_steps` < 1, or above 1
                with `one_pass`; `fuse_updates` on several devices; an option of Keras
                that a GAN cannot follow (`refusals.COMPILE`).
        """
        refusals.check_options("compile", keras_options, refusals.COMPILE)
        own = isinstance(d_optimizer, keras.optimizers.Optimizer)
        if own and d_optimizer is g_optimizer:
            raise ValueError(
                "Expected two optimizers; received the same object for `d_optimizer` "
                f"and `g_optimizer`: {d_optimizer!r}. Each keeps its own moments."
            )
        checks.check_whole("d_steps", d_steps, 1)
        if one_pass and d_steps > 1:
            raise ValueError(
                "Expected `d_steps` 1 with `one_pass`, which moves both players "
                f"once; received {d_steps!r}."
            )
        if fuse_updates and self.distribute_strategy.num_replicas_in_sync > 1:
            raise ValueError(
                "Expected `fuse_updates` False on several devices, whose gradients are "
                "summed between the updates; received True."
            )
        for name in refusals.COMPILE:
            keras_options.pop(name, None)  # a default of Keras's
        super().compile(**{"jit_compile": False, "optimizer": None, **keras_options})
        self.adversarial_loss, self.penalties = losses.get(loss), tuple(penalties)
        self.d_steps, self.one_pass, self.augment = d_steps, one_pass, augment
        with self.distribute_strategy.scope():
            ready = optimizers.ready
            self.d_optimizer = ready(d_optimizer, self.discriminator, "d_optimizer")
            self.g_optimizer = ready(g_optimizer, self.generator, "g_optimizer")
        self.optimizer = optimizers.Both(self.d_optimizer, self.g_optimizer)
        self._traced = (None, None)
        moves = self._move_d, self._move_g, self._average
        if fuse_updates:
            moves = [tf.function(move, jit_compile=True) for move in moves]
        self._moves = dict(zip(("d", "g", "ema"), moves, strict=True))

    def _move_d(self, gradients):
        self.d_optimizer.apply(gradients, self.discriminator.trainable_variables)

    def _move_g(self, gradients):
        self.g_optimizer.apply(gradients, self.generator.trainable_variables)

    def fit(self, x, y=None, *, batch_size=None, steps_per_epoch=None, **keras_options):
        """Train. Arrays stay in memory; their batches are drawn inside the step.

        Args:
            x: real samples. Either an array (n, …), float, from which each step draws
                `batch_size` samples with replacement on the device, as Algorithm 1
                states; or a `tf.data.Dataset` of batches (batch, …), whose order, and
                so whose exact resume, is then the data set's own affair. Of a GAN
                with a `condition`, a pair (samples, conditions (n, k)) of either.
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
        if steps_per_epoch is not None:
            checks.check_whole("steps_per_epoch", steps_per_epoch, 1)
        replicas.check_scope(self.distribute_strategy, self.state())
        try:
            if isinstance(x, tf.data.Dataset):
                x = self._take_stream(x, batch_size, steps_per_epoch)
            else:
                x, steps_per_epoch = self._take_arrays(x, batch_size, steps_per_epoch)
            keras_options |= {"steps_per_epoch": steps_per_epoch, "shuffle": False}
            return super().fit(x, **keras_options)
        except KeyboardInterrupt:  # between two steps: the state is whole
            for callback in callbacks:
                getattr(callback, "on_interrupt", lambda: None)()
            raise
        finally:
            self._data = self.train_function = None
            gc.collect()  # the data stand in reference cycles, which Python frees late

    def _take_stream(self, x, batch_size, steps):
        if batch_size is not None:
            raise ValueError(
                "Expected no `batch_size` with a data set, which has batches of its "
                f"own; received {batch_size!r}."
            )
        length = int(x.cardinality())
        x = checks.check_stream(x, self, steps)
        for known in (steps, length if length > 0 else None):
            if known or not steps:
                checks.check_steps(known, self.steps_per_execution)
        return x

    def _take_arrays(self, x, batch_size, steps):
        batch_size = checks.check_whole("batch_size", batch_size or 64, 1)
        parts = checks.check_parts(x, self)
        steps = steps or max(1, len(parts[0]) // batch_size)
        checks.check_steps(steps, self.steps_per_execution)
        strategy = self.distribute_strategy
        copies = strategy.num_replicas_in_sync
        if batch_size % copies:
            raise ValueError(
                f"Expected `batch_size` to be a multiple of the {copies} devices that "
                f"share a batch; received {batch_size!r}."
            )
        self._data = replicas.on_every_device(strategy, parts), batch_size
        # This data set only says: a step is due.
        due = tf.data.Dataset.from_tensors(tf.zeros([copies])).repeat()
        return replicas.unsharded(due), steps

    def make_train_function(self, force=False):
        """Make what `fit` calls; traced once for each way of training, not each `fit`.

        Arrays are handed to the traced step at each call: one that held them would
        keep them for good, since TensorFlow never forgets a traced gradient.
        """
        batch = self._data and self._data[1]
        way = batch, *self._traced_with()
        if force or self._traced[0] != way:
            self._traced = way, self._trace(batch)
        steps, data = self._traced[1], self._data and self._data[0]
        self.train_function = steps if data is None else lambda _: steps(data)

    def _traced_with(self):
        trained = self.discriminator.trainable_variables, self.generator.variables
        flags = [v.trainable for variables in trained for v in variables]
        parts = self.adversarial_loss, self.penalties, self.augment, self.view
        return flags, len(trained[0]), *parts, self.condition, self.steps_per_execution

    def _trace(self, batch):
        """Return f(iterator, or arrays where `batch` is given) → scalars."""
        strategy = self.distribute_strategy

        def on_replica(data):
            return self.train_step(data if batch is None else self._drawn(data, batch))

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
        samples = batch_size * self.d_steps
        index = tf.random.stateless_uniform(
            [samples], self.step_seeds()[0], maxval=data[0].shape[0], dtype=tf.int32
        )
        index = replicas.own_rows(index, self.d_steps)
        drawn = [tf.gather(part, index) for part in data]
        return drawn[0] if self.condition is None else drawn

    def train_step(self, real) -> dict[str, tf.Tensor]:
        """Do `d_steps` D steps, one G step and the EMA update.

        Args:
            real: a batch (d_steps · batch, …), with a `condition` a pair of batches;
                under `tf.distribute` this replica's part of it.

        Returns:
            Scalars `d_loss`, `g_loss`, `real_logits`, `fake_logits` (means), and a
            penalty's contribution to D's total loss under its name (0 on the steps
            that a lazy interval skips). Nothing is printed, plotted or saved.
        """
        seeds = self.step_seeds()
        if self.condition is not None:
            checks.check_pair(real)
            real = conditions.beside(*real)
        if self.one_pass:
            logs = self.joint_step(real, seeds[2], seeds[3])
        else:
            for i, batch in enumerate(tf.split(real, self.d_steps)):
                logs = self.d_step(batch, seeds[2 * i + 2], seeds[2 * i + 3])
            logs |= self.g_step(batch, seeds[1])
        self.update_ema()
        self.step.assign_add(1)
        return logs if replicas.count() == 1 else self._over_replicas(logs, real)

    def _over_replicas(self, logs, real):
        networks = self.generator, self.discriminator, self.ema_generator
        replicas.align([v for n in networks for v in n.non_trainable_variables])
        return replicas.mean(logs, replicas.share(tf.shape(real)[0]))

    def step_seeds(self) -> tf.Tensor:
        """Return this step's seeds, shape (2 + 2·d_steps, 2), int32.

        Rows: real batch, G's z, then z and penalty of each D step.
        """
        seed = tf.stack([self.seed, tf.cast(self.step.value, tf.int32)])
        return tf.random.split(seed, 2 + 2 * self.d_steps)

    def d_step(self, real, z_seed, penalty_seed) -> dict[str, tf.Tensor]:
        """Move D, and only D, one step down its loss; shapes as in `train_step`."""
        z = self._z_for(real, z_seed)
        real, fake = self._shown(real, z, z_seed)
        with tf.GradientTape() as tape:
            real_logits, fake_logits = self._logits(real), self._logits(fake)
            total, logs = self._d_total(
                real, fake, real_logits, fake_logits, penalty_seed
            )
        variables = self.discriminator.trainable_variables
        self._moves["d"](tape.gradient(total, variables))
        return logs

    def g_step(self, real, z_seed) -> dict[str, tf.Tensor]:
        """Move G, and only G, one step down its loss; shapes as in `train_step`."""
        z = self._z_for(real, z_seed)
        with tf.GradientTape() as tape:
            real, fake = self._shown(real, z, z_seed)
            real_logits = self._logits(real) if self.adversarial_loss.pairs else None
            g_loss = self.adversarial_loss.g_loss(real_logits, self._logits(fake))
            total = self._total(g_loss, self.generator, self.g_optimizer, real)
        variables = self.generator.trainable_variables
        self._moves["g"](tape.gradient(total, variables))
        return {"g_loss": g_loss}

    def joint_step(self, real, z_seed, penalty_seed) -> dict[str, tf.Tensor]:
        """Move D and G from one forward pass; shapes as in `train_step`."""
        z = self._z_for(real, z_seed)
        with tf.GradientTape(persistent=True) as tape:
            real, fake = self._shown(real, z, z_seed)
            logits = self._logits(real), self._logits(fake)
            d_total, logs = self._d_total(
                real, tf.stop_gradient(fake), *logits, penalty_seed
            )
            g_loss = self.adversarial_loss.g_loss(*logits)
            g_total = self._total(g_loss, self.generator, self.g_optimizer, real)
        d_gradients = tape.gradient(d_total, self.discriminator.trainable_variables)
        g_gradients = tape.gradient(g_total, self.generator.trainable_variables)
        self._moves["d"](d_gradients)
        self._moves["g"](g_gradients)
        return logs | {"g_loss": g_loss}

    def _z_for(self, real, seed):
        """Return z, as many as there are rows in `real`."""
        rows = tf.shape(real)[0]
        if replicas.count() == 1:
            return sample_z(rows, self.latent_dim, seed)
        first, total = replicas.place(rows)
        return sample_z(total, self.latent_dim, seed)[first : first + rows]

    def _total(self, loss, network, optimizer, real):
        """Return what a player's optimizer is to minimise, weight decay included."""
        if replicas.count() > 1:  # the optimizer sums what the replicas find
            loss = loss * replicas.share(tf.shape(real)[0])
        if network.losses:
            loss += sum(network.losses) / replicas.count()
        return optimizer.scale_loss(loss)

    def _shown(self, real, z, seed):
        """Return what D gets to see of real samples (rows, with a condition) and G(z).

        Both are augmented, each with draws of its own, and viewed.
        """
        fake = self.generator(z, training=True)
        if self.condition is not None:
            real, fulfilled = conditions.apart(real, fake.shape[1:])
        if self.augment is not None:
            seeds = [replicas.own_seed(tf.random.fold_in(seed, i)) for i in (1, 2)]
            real, fake = self.augment(real, seeds[0]), self.augment(fake, seeds[1])
        if self.view is not None:
            real, fake = self.view(real), self.view(fake)
        if self.condition is None:
            return real, fake
        asked = self.condition(z)
        return conditions.beside(real, fulfilled), conditions.beside(fake, asked)

    def _d_total(self, real, fake, real_logits, fake_logits, seed):
        """Return D's loss with its penalties, scaled for its optimizer, and logs."""
        d_loss = self.adversarial_loss.d_loss(real_logits, fake_logits)
        seed = replicas.own_seed(seed)
        terms = {
            p.name: p(self.discriminator, real, fake, seed, self.step.value)
            for p in self.penalties
        }
        means = {
            "real_logits": tf.reduce_mean(real_logits),
            "fake_logits": tf.reduce_mean(fake_logits),
        }
        total = d_loss + sum(terms.values())
        total = self._total(total, self.discriminator, self.d_optimizer, real)
        return total, {"d_loss": d_loss} | means | terms

    def _logits(self, x):
        return tf.cast(self.discriminator(x, training=True), tf.float32)

    def update_ema(self):
        """Move the averaged weights towards G's; let BatchNorm measure them anew."""
        self._moves["ema"](tf.cast(self.step.value, tf.float32))
        if self._own_statistics:
            due = self.step.value % averaging.STATISTICS_INTERVAL == 0
            tf.cond(due, self._measure_statistics, lambda: tf.constant(0.0))

    def _average(self, done):
        decay = tf.minimum(self.ema_decay, (1.0 + done) / (10.0 + done))
        averaging.move(self.ema_generator, self.generator, decay)
        if not self._own_statistics:
            averaging.copy_statistics(self.ema_generator, self.generator)

    def _measure_statistics(self):
        seed = tf.random.fold_in(self.step_seeds()[1], averaging.STATISTICS_INTERVAL)
        return averaging.measure(self.ema_generator, self.latent_dim, seed)

    def generate(self, n: int, seed: int = 0, batch_size: int = 1024) -> np.ndarray:
        """Draw samples from the averaged generator.

        Args:
            n: number of samples.
            seed: the same seed gives the same z.
            batch_size: samples in one call of the network; bounds memory.

        Returns:
            Array (n, …), float32, in the generator's range.

        Raises:
            ValueError: `n` or `batch_size` is no whole number ≥ 1, `seed` none ≥ 0.
        """
        checks.check_whole("n", n, 1)
        checks.check_whole("batch_size", batch_size, 1)
        checks.check_whole("seed", seed, 0)
        z = sample_z(n, self.latent_dim, (seed, 0))
        return decode(self.ema_generator, z, batch_size)

    def save_checkpoint(self, path: "str | os.PathLike"):
        """Write everything that an exact resume needs to one file, atomically.

        Args:
            path: ends in `.npz`; its folder is made where it is missing.

        Raises:
            OSError: the file cannot be written; an older checkpoint stays intact.
        """
        checkpoint.save_variables(path, self.state())

    def load_checkpoint(self, path: "str | os.PathLike") -> int:
        """Restore what `save_checkpoint` wrote into a compiled GAN of the same build.

        Returns:
            Steps done; `initial_epoch` of the next `fit` is this // steps_per_epoch.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: not a checkpoint, a truncated one, or one of other networks or
                optimizers. The GAN is then unchanged.
        """
        checkpoint.load_variables(path, self.state())
        return int(self.step)

    def state(self) -> list:
        """Return every variable that training changes, in a fixed order."""
        players = (self.generator, self.discriminator, self.ema_generator)
        optimizers = (self.d_optimizer, self.g_optimizer)
        return [
            self.step,
            *(v for part in (*players, *optimizers) for v in part.variables),
        ]


def _flat(callbacks):
    """Return callbacks in any form that Keras takes as one list."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    return [c for c in keras.tree.flatten(callbacks) if c is not None]

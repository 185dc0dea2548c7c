"""The training core: a generator, a discriminator, and the step that trains both.

`GAN` is Algorithm 1 of Goodfellow et al. 2014 as a `keras.Model`: `fit`, callbacks,
progress bars, TensorBoard, mixed precision and `tf.distribute` come from Keras. What
acts on both players and what is refused stands in `docs/keras_model.md`.

Every random number is drawn statelessly from (seed, step): batch, z, ε. What a
checkpoint holds (weights, optimizers, EMA, step) is therefore all there is, and a
resumed run continues bit for bit where the first one stopped.
"""

import functools
import os
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from ganutils.kit import files
from ganutils.training import (
    averaging,
    conditions,
    doors,
    looping,
    losses,
    optimizers,
    refusals,
    replicas,
)
from ganutils.training.latent import decode, sample_z
from ganutils.training.optimizers import make_optimizer

__all__ = ["GAN", "decode", "make_optimizer", "sample_z"]


class GAN(looping.Loop):
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
        doors.check_whole("latent_dim", latent_dim, 1)
        doors.check_networks(generator, discriminator, latent_dim, view, condition)
        if not 0 <= ema_decay < 1:
            raise ValueError(f"Expected `ema_decay` in [0, 1); received {ema_decay!r}.")
        seed = doors.check_whole("seed", seed, 0)
        self.generator, self.discriminator = generator, discriminator
        self.ema_generator = averaging.copy(generator, ema_decay)
        self._own_statistics = averaging.has_statistics(self.ema_generator, ema_decay)
        self.latent_dim, self.ema_decay, self.seed = latent_dim, float(ema_decay), seed
        self.view, self.condition = view, condition
        self.step = self.add_weight(
            name="step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
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
                with `one_pass`; `fuse_updates` or `jit_compile` on several devices;
                networks or an optimizer made outside of their `strategy.scope()`; an
                option of Keras that a GAN cannot follow (`refusals.COMPILE`).
        """
        refusals.check_options("compile", keras_options, refusals.COMPILE)
        own = isinstance(d_optimizer, keras.optimizers.Optimizer)
        if own and d_optimizer is g_optimizer:
            raise ValueError(
                "Expected two optimizers; received the same object for `d_optimizer` "
                f"and `g_optimizer`: {d_optimizer!r}. Each keeps its own moments."
            )
        doors.check_whole("d_steps", d_steps, 1)
        if one_pass and d_steps > 1:
            raise ValueError(
                "Expected `d_steps` 1 with `one_pass`, which moves both players "
                f"once; received {d_steps!r}."
            )
        jit = keras_options.get("jit_compile")
        by_xla = ("fuse_updates", fuse_updates), ("jit_compile", jit)
        for name, value in by_xla:
            if value and self.distribute_strategy.num_replicas_in_sync > 1:
                raise ValueError(
                    f"Expected `{name}` False on several devices, between which XLA "
                    f"compiles no sums of gradients; received {value!r}."
                )
        for name in refusals.COMPILE:
            keras_options.pop(name, None)  # a default of Keras's
        super().compile(**{"jit_compile": False, "optimizer": None, **keras_options})
        replicas.check_scope(self.distribute_strategy, self.variables)
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
            doors.check_pair(real)
            real = conditions.beside(*real)
        if self.one_pass:
            logs = self.joint_step(real, seeds[2], seeds[3])
        else:
            for i, batch in enumerate(tf.split(real, self.d_steps)):
                logs = self.d_step(batch, seeds[2 * i + 2], seeds[2 * i + 3])
            logs |= self.g_step(batch, seeds[1])
        self.update_ema()
        self.step.assign_add(1)
        if replicas.count() > 1:
            networks = self.generator, self.discriminator, self.ema_generator
            replicas.align([v for n in networks for v in n.non_trainable_variables])
            logs = replicas.mean(logs)
        return logs

    def step_seeds(self) -> tf.Tensor:
        """Return this step's seeds, shape (2 + 2·d_steps, 2), int32.

        Rows: real batch, G's z, then z and penalty of each D step.
        """
        seed = tf.stack([self.seed, tf.cast(self.step.value, tf.int32)])
        return tf.random.split(seed, 2 + 2 * self.d_steps)

    def d_step(self, real, z_seed, penalty_seed) -> dict[str, tf.Tensor]:
        """Move D, and only D, one step down its loss; shapes as in `train_step`."""
        z = self.draw(real, z_seed)
        real, fake = self._shown(real, z, z_seed)
        with tf.GradientTape() as tape:
            real_logits, fake_logits = self.logits(real), self.logits(fake)
            total, logs = self._d_total(
                real, fake, real_logits, fake_logits, penalty_seed
            )
        variables = self.discriminator.trainable_variables
        self._moves["d"](tape.gradient(total, variables))
        return logs

    def g_step(self, real, z_seed) -> dict[str, tf.Tensor]:
        """Move G, and only G, one step down its loss; shapes as in `train_step`."""
        z = self.draw(real, z_seed)
        with tf.GradientTape() as tape:
            real, fake = self._shown(real, z, z_seed)
            real_logits = self.logits(real) if self.adversarial_loss.pairs else None
            total, logs = self.g_total(real, z, fake, real_logits, self.logits(fake))
        variables = self.generator.trainable_variables
        self._moves["g"](tape.gradient(total, variables))
        return logs

    def joint_step(self, real, z_seed, penalty_seed) -> dict[str, tf.Tensor]:
        """Move D and G from one forward pass; shapes as in `train_step`."""
        z = self.draw(real, z_seed)
        with tf.GradientTape(persistent=True) as tape:
            real, fake = self._shown(real, z, z_seed)
            logits = self.logits(real), self.logits(fake)
            d_total, logs = self._d_total(
                real, tf.stop_gradient(fake), *logits, penalty_seed
            )
            g_loss = self.adversarial_loss.g_loss(*logits)
            g_total = self._total(g_loss, self.generator, self.g_optimizer)
        d_gradients = tape.gradient(d_total, self.discriminator.trainable_variables)
        g_gradients = tape.gradient(g_total, self.generator.trainable_variables)
        self._moves["d"](d_gradients)
        self._moves["g"](g_gradients)
        return logs | {"g_loss": g_loss}

    def draw(self, real, seed):
        """Return z, as many as there are rows in `real`."""
        draw = functools.partial(sample_z, latent_dim=self.latent_dim, seed=seed)
        return replicas.own_part(draw, tf.shape(real)[0])

    def _total(self, loss, network, optimizer):
        """Return what a player's optimizer minimises, its regularizers included."""
        if network.losses:
            loss += sum(network.losses)
        if replicas.count() > 1:  # the optimizer sums what the replicas find
            loss /= replicas.count()
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
        total = self._total(total, self.discriminator, self.d_optimizer)
        return total, {"d_loss": d_loss} | means | terms

    def g_total(self, real, drawn, fake, real_logits, fake_logits) -> tuple:
        """Return what G's optimizer minimises, a scalar, and what is logged of it."""
        g_loss = self.adversarial_loss.g_loss(real_logits, fake_logits)
        total = self._total(g_loss, self.generator, self.g_optimizer)
        return total, {"g_loss": g_loss}

    def d_total(self, real, fake, real_logits, fake_logits, seed) -> tuple:
        """Return what D's optimizer minimises, a scalar, and what is logged of it."""
        return self._d_total(real, fake, real_logits, fake_logits, seed)

    def logits(self, shown) -> tf.Tensor:
        """Return D's logits of what it is shown, float32."""
        return self._logits(shown)

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
        doors.check_whole("n", n, 1)
        doors.check_whole("batch_size", batch_size, 1)
        doors.check_whole("seed", seed, 0)
        z = sample_z(n, self.latent_dim, (seed, 0))
        return decode(self.ema_generator, z, batch_size)

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

    def state(self) -> list:
        """Return every variable that training changes, in a fixed order."""
        players = (self.generator, self.discriminator, self.ema_generator)
        optimizers = (self.d_optimizer, self.g_optimizer)
        return [
            self.step,
            *(v for part in (*players, *optimizers) for v in part.variables),
        ]

"""The training core: a generator, a discriminator, and the step that trains both.

`GAN` is Algorithm 1 of Goodfellow et al. 2014 as a `keras.Model`; what of Keras acts on
both players, and what is refused, stands in `docs/keras_model.md`.

Every random number is drawn statelessly from (seed, step): batch, z, ε. So a checkpoint
(weights, optimizers, EMA, step) is all there is: a resumed run goes on bit for bit.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from ganutils.kit import checks
from ganutils.training import doors, looping, losses, refusals, replicas
from ganutils.training.latent import codes, decode, sample_z
from ganutils.training.players import Average, Player, Players


class GAN(looping.Loop):
    """A generator and a discriminator with the step that trains them.

    A GAN of another kind overrides what its G is called with (`draw`), what its D is
    shown (`shown`), and what its `fit` takes (`parts`); see `conditions`.

    Args:
        generator: maps z, shape (batch, latent_dim), to samples (batch, …).
        discriminator: maps samples (batch, …) to logits (batch, 1), or to one logit a
            patch (batch, …, 1); ends linear.
        latent_dim: number of components of z ~ N(0, I).
        ema_decay: of the average of G's weights, per step: 0 is a copy (`players`).
        seed: whole number from which every batch, z and ε is drawn, with the step.
        view: samples → what D, and penalties, see in their place, say spectrograms.

    Attributes:
        ema_generator: G with averaged weights; draws every sample of `generate`.
        step: int64 variable, training steps done so far.

    Raises:
        ValueError: the two networks do not fit each other or `latent_dim`.

    Example:
        >>> gan = GAN(generator, discriminator, latent_dim=64)
        >>> gan.compile("non_saturating", [losses.r1(1.0, interval=16)])
        >>> gan.fit(images, batch_size=128, steps_per_epoch=500, epochs=10)
        >>> gan.generate(16, seed=1).shape
        (16, 28, 28, 1)
    """

    takes, least_z = "z", 1  # what G is called with, in errors; least `latent_dim`
    augment, extras, extra_networks = None, (), ()

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        latent_dim: int,
        ema_decay: float = 0.999,
        seed: int = 0,
        view: Callable | None = None,
    ):
        super().__init__()
        self.latent_dim = checks.check_whole("latent_dim", latent_dim, self.least_z)
        self.seed, self.view = checks.check_whole("seed", seed, 0), view
        self.generator, self.discriminator = generator, discriminator
        doors.check_networks(self)
        self.average = Average(generator, ema_decay)
        self.ema_generator = self.average.generator
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
        extras: Sequence[losses.Extra] = (),
        **keras_options,
    ):
        """Set what the two players minimise and how.

        Args:
            loss: an adversarial loss or its name (`losses.LOSSES`).
            penalties, extras: terms added to D's loss, and to G's.
            d_optimizer, g_optimizer: optimizer or name; Adam(2e-4, β₁ 0.5) by default.
            d_steps: D steps for each G step, each of fresh real samples and fresh z.
            one_pass: both players learn from the forward pass of D's step: G(z) and
                D(G(z)) are computed once, and G answers the D from before its step.
            augment: (samples, seed) → samples, in front of D; see `augmentation`.
            fuse_updates: XLA compiles the many small operations of optimizers and EMA,
                and leaves the networks, whose convolutions it slows down on a CPU.
            **keras_options: of `Loop.compile`.

        Raises:
            ValueError: one optimizer object for both players; `d_steps` < 1, or above 1
                with `one_pass`; `fuse_updates` on several devices; networks or an
                optimizer made outside of their `strategy.scope()`; a wrong option.
        """
        loss, penalties, extras = losses.get(loss), tuple(penalties), tuple(extras)
        refusals.check_moves(d_optimizer, g_optimizer, d_steps, one_pass)
        refusals.check_names((*penalties, *extras))
        replicas.check_xla(self.distribute_strategy, fuse_updates=fuse_updates)
        super().compile(**keras_options)
        self.adversarial_loss, self.penalties, self.extras = loss, penalties, extras
        self.d_steps, self.one_pass, self.augment = d_steps, one_pass, augment
        self.extra_networks = [n for x in (*penalties, *extras) for n in x.networks]
        replicas.check_scope(self.distribute_strategy, self.variables)
        d, g = self.discriminator, self.generator
        with self.distribute_strategy.scope():
            players = (
                Player("d_optimizer", d_optimizer, d, penalties, g, fuse_updates),
                Player("g_optimizer", g_optimizer, g, extras, d, fuse_updates),
            )
        self.d_player, self.g_player = players
        self.optimizer = Players(*players)
        self.d_optimizer, self.g_optimizer = (p.optimizer for p in players)
        self.average.fuse(fuse_updates)

    def parts(self) -> list[doors.Part]:
        """Return what `fit` takes: samples as G draws them."""
        return [doors.Part("real samples", self.generator.output_shape, self.generator)]

    def draw(self, real, seed: tf.Tensor):
        """Return what G is called with in a step: z, one for each row of `real`.

        It is a function of `seed`, shape (2,), int32, and of the rows.
        """
        rows, size = replicas.rows(real), self.latent_dim
        return replicas.own_part(lambda n: sample_z(n, size, seed), rows)

    def shown(self, real, drawn, fake, seed: tf.Tensor) -> tuple:
        """Return what D sees of real rows, and what it sees of G's: augmented, viewed.

        `fake` is what G drew when it was called with `drawn`; `seed` as in `draw`.
        """
        if self.augment is not None:
            seeds = [replicas.own_seed(tf.random.fold_in(seed, i)) for i in (1, 2)]
            real, fake = self.augment(real, seeds[0]), self.augment(fake, seeds[1])
        if self.view is not None:
            real, fake = self.view(real), self.view(fake)
        return real, fake

    def train_step(self, real) -> dict[str, tf.Tensor]:
        """Do `d_steps` D steps, one G step and the EMA update; no more.

        Takes rows (d_steps · batch, …), or a tuple of them where `fit` takes one, and
        returns scalars: `d_loss`, `g_loss`, `real_logits`, `fake_logits` (means), and
        what each penalty and extra adds (0 where a lazy interval skips it).
        """
        seeds = self.step_seeds()
        batches = replicas.split(real, self.d_steps)
        if self.one_pass:
            logs, g_seed = self.joint_step(real, seeds[2], seeds[3]), seeds[2]
        else:
            for i, batch in enumerate(batches):
                logs = self.d_step(batch, seeds[2 * i + 2], seeds[2 * i + 3])
            g_seed = seeds[1]
            logs |= self.g_step(batches[-1], g_seed)
        self.update_ema(batches[-1], g_seed)
        self.step.assign_add(1)
        if replicas.count() > 1:
            replicas.align(self.networks)
            logs = replicas.mean(logs)
        return logs

    def d_step(self, real, z_seed, penalty_seed) -> dict[str, tf.Tensor]:
        """Move D, and only D, one step down its loss; shapes as in `train_step`."""
        drawn = self.draw(real, z_seed)
        fake = self.generator(drawn, training=True)
        real, fake = self.shown(real, drawn, fake, z_seed)
        with tf.GradientTape() as tape:
            logits = self.logits(real), self.logits(fake)
            total, logs = self.d_total(real, fake, *logits, penalty_seed)
        self.d_player.descend(tape, total)
        return logs

    def g_step(self, real, z_seed) -> dict[str, tf.Tensor]:
        """Move G, and only G, one step down its loss; shapes as in `train_step`."""
        drawn = self.draw(real, z_seed)
        with tf.GradientTape() as tape:
            fake = self.generator(drawn, training=True)
            real_shown, fake_shown = self.shown(real, drawn, fake, z_seed)
            pairs = self.adversarial_loss.pairs
            logits = self.logits(real_shown) if pairs else None, self.logits(fake_shown)
            total, logs = self.g_total(real, drawn, fake, *logits)
        self.g_player.descend(tape, total)
        return logs

    def joint_step(self, real, z_seed, penalty_seed) -> dict[str, tf.Tensor]:
        """Move D and G from one forward pass; shapes as in `train_step`."""
        drawn = self.draw(real, z_seed)
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(drawn, training=True)
            real_shown, fake_shown = self.shown(real, drawn, fake, z_seed)
            logits = self.logits(real_shown), self.logits(fake_shown)
            shown = real_shown, tf.stop_gradient(fake_shown)
            d_total, d_logs = self.d_total(*shown, *logits, penalty_seed)
            g_total, g_logs = self.g_total(real, drawn, fake, *logits)
        self.d_player.descend(tape, d_total)
        self.g_player.descend(tape, g_total)
        return d_logs | g_logs

    def logits(self, shown) -> tf.Tensor:
        """Return D's logits of what it is shown, float32."""
        return tf.cast(self.discriminator(shown, training=True), tf.float32)

    def d_total(self, real, fake, real_logits, fake_logits, seed) -> tuple:
        """Return what D minimises, a scalar, and what is logged of it.

        Arguments are what D was shown, its logits (batch, …, 1), the penalties' seed.
        """
        d_loss = self.adversarial_loss.d_loss(real_logits, fake_logits)
        seed = replicas.own_seed(seed)
        terms = {
            p.name: p(self.discriminator, real, fake, seed, self.step.value)
            for p in self.penalties
        }
        logs = {"d_loss": d_loss, "real_logits": tf.reduce_mean(real_logits)}
        logs |= {"fake_logits": tf.reduce_mean(fake_logits)} | terms
        return self.d_player.total(d_loss + sum(terms.values())), logs

    def g_total(self, real, drawn, fake, real_logits, fake_logits) -> tuple:
        """Return what G minimises, a scalar, and what is logged of it.

        Arguments as of `shown`, and D's logits (batch, …, 1); None where not read.
        """
        g_loss = self.adversarial_loss.g_loss(real_logits, fake_logits)
        terms = {extra.name: extra(real, drawn, fake) for extra in self.extras}
        logs = {"g_loss": g_loss} | terms
        return self.g_player.total(sum(terms.values(), g_loss)), logs

    def update_ema(self, real, seed: tf.Tensor):
        """Move the averaged weights towards G's; arguments as of G's step."""
        self.average.update(self.step.value, lambda: self.draw(real, seed))

    def generate(self, n: int, seed: int = 0, batch_size: int = 1024) -> np.ndarray:
        """Draw n samples (n, …), float32, from the averaged generator.

        The same seed gives the same z; `batch_size` of them at a time bound memory.

        Raises:
            ValueError: `n` or `batch_size` is no whole number ≥ 1, `seed` none ≥ 0.
        """
        z = codes(n, self.latent_dim, seed)
        return decode(self.ema_generator, z, batch_size)

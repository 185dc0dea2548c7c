"""Two failures of the stacked model: a D that is not frozen, and one that stays so.

Many tutorials train G through `keras.Sequential([G, D])`, with D frozen in between.
`training.GAN` needs no such thing: each gradient is taken for one network's weights.
"""

import warnings

import keras
import numpy as np
import tensorflow as tf

from ganutils import training
from ganutils.failures import lab
from ganutils.sampling import sample_z


class Stacked(training.GAN):
    """Train D by itself and G through a stack of both, with `train_on_batch`."""

    d_trainable = True  # the bug: nobody freezes D for the stack

    def compile(self, **_):
        """Compile D, set its flag, compile the stack: the tutorials' order."""
        super().compile(run_eagerly=True)
        compiled = {"loss": keras.losses.BinaryCrossentropy(from_logits=True)}
        self.discriminator.compile(optimizer=training.make_optimizer(), **compiled)
        self.discriminator.trainable = self.d_trainable
        self.stack = keras.Sequential([self.generator, self.discriminator])
        self.stack.compile(optimizer=training.make_optimizer(), **compiled)

    def d_step(self, real, z_seed, penalty_seed):
        """Teach D that real is 1 and fake is 0."""
        z = sample_z(len(real), self.latent_dim, z_seed)
        fake = self.generator(z, training=True)
        real_loss = self.discriminator.train_on_batch(real, np.ones((len(real), 1)))
        fake_loss = self.discriminator.train_on_batch(fake, np.zeros((len(real), 1)))
        return {"d_loss": tf.constant(real_loss + fake_loss, "float32")}

    def g_step(self, real, z_seed):
        """Teach the stack that fakes are 1."""
        z = sample_z(len(real), self.latent_dim, z_seed)
        g_loss = self.stack.train_on_batch(z, np.ones((len(z), 1)))
        return {"g_loss": tf.constant(g_loss, "float32")}


class FrozenForGood(Stacked):
    """Freeze D for the stack: on Keras 3 that freezes D itself."""

    d_trainable = False


def not_frozen(steps: int) -> lab.Outcome:
    """Measure how far a step of G moves D."""
    return lab.compare(moved_by_g, lab.brief(lab.planar(Stacked)), lab.healthy_brief())


def frozen_for_good(steps: int) -> lab.Outcome:
    """Measure how far D's own step moves D; keep what Keras says about it."""
    with lab.quiet(), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        runs = lab.brief(lab.planar(FrozenForGood)), lab.healthy_brief()
        outcome = lab.compare(moved_by_d, *runs, moved_by_d_step=freezing_orders())
    outcome.details["keras_says"] = str(said[0].message) if said else ""
    return outcome


def freezing_orders() -> dict[str, float]:
    """Return how far D's own step moves D, for three moments of freezing it.

    On Keras 3 the flag counts when a network's step is traced, at its first batch, not
    when it is compiled, as in Keras 2. A step that was traced earlier goes on moving D.
    """
    orders = {"freeze, compile": "fc", "compile, freeze": "cf"}
    orders |= {"compile, one D step, freeze": "csf"}
    with lab.quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: _moved_after(order) for name, order in orders.items()}


def _moved_after(order):
    gan = lab.planar()
    d, batch = gan.discriminator, (lab.ring()[:8], np.ones((8, 1)))
    for act in order:
        if act == "c":
            d.compile(training.make_optimizer(), keras.losses.MeanSquaredError())
        elif act == "s":
            d.train_on_batch(*batch)
        else:
            d.trainable = False
    return _moved(gan, lambda *_: d.train_on_batch(*batch))


def moved_by_d(run: lab.Run) -> float:
    """Return the largest change of a weight of D in one more D step."""
    step = run.gan.d_step
    return _moved(run.gan, lambda real, seed: step(real, seed, seed))


def moved_by_g(run: lab.Run) -> float:
    """Return the largest change of a weight of D in one more G step."""
    return _moved(run.gan, run.gan.g_step)


def _moved(gan, step):
    before = gan.discriminator.get_weights()
    step(tf.constant(lab.ring()[: lab.BATCH]), tf.constant([lab.SEED, 1]))
    after = gan.discriminator.get_weights()
    return max(float(np.abs(b - a).max()) for a, b in zip(before, after, strict=True))

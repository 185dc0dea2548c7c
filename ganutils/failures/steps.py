"""Failures of a step: how it calls D, what it trains, what Python does inside."""

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils.failures import games
from ganutils.failures.games import LATENT
from ganutils.failures.lab import BATCH, SEED, Lab, Run, failure, quiet, variant
from ganutils.failures.samples import refusal
from ganutils.training import latent
from ganutils.training.doors import make_optimizer
from ganutils.training.gan import GAN

REST = 96  # samples of the last batch, where the others hold 256
SEEDS = SEED, 1  # of one more step, to measure
ORDERS = "freeze, compile", "compile, freeze", "compile, one D step, freeze"
UNTRAINED = functools.partial(games.on_ring, most=0)  # the usual networks, a probe


def with_batch_norm(lab: Lab, **options) -> Run:
    """Do 40 steps with BatchNorm in D: enough to see statistics move, or not."""

    def players():
        """Return G and D, whose second layer is BatchNorm."""
        normalised = [layers.Dense(64), layers.BatchNormalization(), layers.ReLU()]
        d = [keras.Input((2,)), *normalised, games.dense(64, 1)]
        return games.dense(LATENT, 2), keras.Sequential(d)

    return games.on_ring(lab, most=40, players=players, penalties=[], **options)


def statistics_moved(run: Run) -> float:
    """Return the largest move of a moving statistic in 40 steps."""
    norm = run.gan.discriminator.layers[1]
    mean, variance = map(np.asarray, (norm.moving_mean, norm.moving_variance))
    return float(max(np.abs(mean).max(), np.abs(variance - 1).max()))


@failure(
    sign="moving statistics stay at 0 and 1; Dropout does nothing",
    measure=statistics_moved,
    bounds=((0, 0), (0.3, 1.5)),
    detector="inference_mode",
    cure="`training=True` in every call of the step",
    section="6. No `training=True`",
)
def no_training_flag(lab):
    """D, with BatchNorm, is called without `training=True`."""

    def logits(gan, shown):
        """Return D's verdict; None is what Keras takes an omitted flag for."""
        return gan.discriminator(shown, training=None)

    return lab.both(with_batch_norm, kind=variant(logits=logits))


def two_verdicts(run: Run) -> float:
    """Return the gap between D's mean logits of the same fakes in both steps.

    G's step always shows D a batch of fakes alone; D's step may not.
    """
    gan, real = run.gan, tf.constant(games.ring()[:BATCH])
    alone = gan.logits(gan.generator(gan.draw(real, SEEDS), training=True))
    beside_real = gan.d_step(real, SEEDS, SEEDS)["fake_logits"]
    return abs(float(tf.reduce_mean(alone) - beside_real))


@failure(
    sign="D's accuracy is perfect in its own step, poor in G's",
    measure=two_verdicts,
    bounds=((0.1, 5), (0, 1e-6)),
    detector="joint_batch",
    cure="call D twice, once with real samples and once with fakes",
)
def joint_batch(lab):
    """D, with BatchNorm, gets real and fake in one batch.

    On this ring it is no catastrophe. But D is trained to answer one kind of batch, and
    G is trained on its answers to another.
    """

    def d_step(gan, real, z_seed, penalty_seed):
        """Move D down its loss of one batch, half real and half fake."""
        fake = gan.generator(gan.draw(real, z_seed), training=True)
        with tf.GradientTape() as tape:
            both = tf.split(gan.logits(tf.concat([real, fake], axis=0)), 2)
            total, logs = gan.d_total(real, fake, *both, penalty_seed)
        variables = gan.discriminator.trainable_variables
        gan.d_optimizer.apply(tape.gradient(total, variables), variables)
        return logs

    return lab.both(with_batch_norm, kind=variant(d_step=d_step))


def fakes_a_real(run: Run) -> float:
    """Return the fakes for each real sample in the last batch."""
    return len(run.gan.draw(games.ring()[:REST], SEEDS)) / REST


@failure(
    sign="an error or a new trace at the end of each epoch",
    measure=fakes_a_real,
    bounds=((2.66, 2.67), (1, 1)),
    detector="shapes",
    cure="`tf.shape(real)[0]` fakes, or `drop_remainder=True`",
)
def partial_batch(lab):
    """The last batch holds 96 samples, and 256 fakes are drawn for it."""
    kind = variant(draw=lambda gan, real, seed: latent.sample_z(256, LATENT, seed))
    return lab.both(UNTRAINED, kind=kind)


class Stacked(GAN):
    """Train D by itself and G through `keras.Sequential([G, D])`, as tutorials do.

    `training.GAN` freezes nothing: each gradient is taken for one network's weights.
    """

    d_trainable = True  # the bug: nobody freezes D for the stack

    def compile(self, **_):
        """Compile D, set its flag, compile the stack: the tutorials' order."""
        super().compile()
        cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        self.discriminator.compile(make_optimizer(), cross_entropy)
        self.discriminator.trainable = self.d_trainable
        self.stack = keras.Sequential([self.generator, self.discriminator])
        self.stack.compile(make_optimizer(), cross_entropy)

    def d_step(self, real, z_seed, penalty_seed):
        """Teach D that real is 1 and fake is 0."""
        fake = self.generator(self.draw(real, z_seed), training=True)
        d_loss = self.discriminator.train_on_batch(real, np.ones((len(real), 1)))
        d_loss += self.discriminator.train_on_batch(fake, np.zeros((len(real), 1)))
        return {"d_loss": tf.constant(d_loss, "float32")}

    def g_step(self, real, z_seed):
        """Teach the stack that fakes are 1."""
        z, ones = self.draw(real, z_seed), np.ones((len(real), 1))
        return {"g_loss": tf.constant(self.stack.train_on_batch(z, ones), "float32")}


def moved(network: keras.Model, step, *arguments) -> float:
    """Return the largest change of a network's weights in a step."""
    before = network.get_weights()
    step(*arguments)
    pairs = zip(before, network.get_weights(), strict=True)
    return max(float(np.abs(b - a).max()) for b, a in pairs)


def moved_by_d(run: Run) -> float:
    """Return the largest change of D's weights in a D step."""
    real = tf.constant(games.ring()[:BATCH])
    return moved(run.gan.discriminator, run.gan.d_step, real, SEEDS, SEEDS)


def moved_by_g(run: Run) -> float:
    """Return the largest change of D's weights in a G step."""
    real = tf.constant(games.ring()[:BATCH])
    return moved(run.gan.discriminator, run.gan.g_step, real, SEEDS)


@failure(
    sign="D changes while G trains; D's verdicts drift to ½",
    measure=moved_by_g,
    bounds=((1e-5, 1e-2), (0, 0)),
    detector="leaking_step",
    cure="take G's gradient for G's weights alone",
    code=(Stacked,),
)
def stacked_not_frozen(lab):
    """Stacked model: nobody freezes D while G trains."""
    return lab.both(UNTRAINED, kind=Stacked)


@failure(
    sign="D's weights never change; G fools it at once",
    measure=moved_by_d,
    bounds=((0, 0), (1e-5, 1e-1)),
    detector="frozen_d",
    cure="take each gradient for one network's weights; freeze nothing",
)
def stacked_frozen_for_good(lab):
    """Stacked model on Keras 3: `trainable = False` before D's first step."""
    return lab.both(UNTRAINED, kind=variant(Stacked, d_trainable=False))


@quiet()  # Keras warns that D has no weights to train
def freezing_orders() -> dict[str, float]:
    """Return how far D's own step moves D, for three moments of freezing it.

    On Keras 3 the flag counts when a network's step is traced, at its first batch, not
    when it is compiled, as in Keras 2. A step that was traced earlier goes on moving D.
    """
    changes, batch = {}, (games.ring()[:8], np.ones((8, 1)))
    for order in ORDERS:
        d = games.dense(2, 1)
        for act in order.split(", "):
            if act == "freeze":
                d.trainable = False
            elif act == "compile":
                d.compile(make_optimizer(), keras.losses.MeanSquaredError())
            else:
                d.train_on_batch(*batch)
        changes[order] = moved(d, d.train_on_batch, *batch)
    return changes


@failure(
    sign="an error about a type; samples that BatchNorm made 0",
    measure="spread of what BatchNorm returns, sample by sample and in a batch",
    bounds=((0, 0), (0.9, 1.1)),
    detector="an untrained sample",
    cure='pass `"leaky_relu"` or `LeakyReLU()`; iterate over batches',
)
def class_for_instance(lab):
    """An activation's class for an instance; BatchNorm fed sample by sample."""
    x, shown = tf.random.stateless_normal((64, 1), (SEED, 0)), []
    for activation, batch_size in ((layers.LeakyReLU, 1), ("leaky_relu", 64)):
        norm = layers.BatchNormalization()
        parts = [norm(part, training=True) for part in tf.split(x, 64 // batch_size)]
        untrained = layers.Dense(4, activation=activation)
        shown.append((np.concatenate(parts).std(), refusal(untrained, tf.ones((3, 2)))))
    return shown


@failure(
    sign="a line printed once, a list with one entry",
    measure="entries of a list after 20 steps",
    bounds=((1, 1), (20, 20)),
    detector="experimental_get_tracing_count",
    cure="return numbers from the step; log in a callback",
)
def python_side_effects(lab):
    """Printing, counting or appending inside a `tf.function`."""
    inside, outside = [], []

    @tf.function
    def step(number):
        """Append, and return the square."""
        inside.append(number)
        return tf.square(number)

    for number in tf.range(20.0):
        outside.append(float(step(number)))
    traces = step.experimental_get_tracing_count()
    return [(len(kept), len(kept) == traces) for kept in (inside, outside)]

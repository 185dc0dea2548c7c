"""The probe against trainings broken on purpose, and against every healthy variant."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from keras import layers

from ganutils import training
from ganutils.monitoring import probe, spies
from ganutils.training import latent, losses

REAL = tiny.real_samples()


def names(gan, real=REAL):
    return [finding.name for finding in probe.probe(gan, real, batch_size=16)]


def broken(cls, discriminator=None, generator=None, **options):
    keras.utils.set_random_seed(0)
    networks = generator or tiny.generator(), discriminator or tiny.discriminator()
    gan = cls(*networks, latent_dim=3, ema_decay=0.9)
    gan.compile(**options)
    return gan


def with_norm():
    stack = layers.Dense(8), layers.BatchNormalization(), layers.Dense(1)
    return keras.Sequential([keras.Input((2,)), *stack])


def ending(activation, units=1, inputs=2):
    return keras.Sequential([keras.Input((inputs,)), layers.Dense(units, activation)])


HEALTHY = {
    **{x: dict(loss=x, penalties=tiny.CASES[x]) for x in ("relativistic", "hinge")},
    "one_pass": dict(one_pass=True),
    "d_steps": dict(d_steps=3, penalties=[losses.gradient_penalty()]),
    "augment": dict(augment=lambda x, seed: x + tf.random.stateless_normal((2,), seed)),
    "fused": dict(fuse_updates=True),
}


@pytest.mark.parametrize("options", HEALTHY.values(), ids=HEALTHY)
def test_healthy_variants_have_no_findings_and_keep_every_bit(options):
    gan = tiny.gan(**options)
    gan.optimizer_of_my_own = keras.optimizers.Adam()
    gan.random = tf.random.Generator.from_seed(0)
    before = tiny.values(spies.variables(gan))
    state = np.random.get_state()[1].copy()
    assert names(gan) == []
    after = tiny.values(spies.variables(gan))
    assert all(tiny.same(before, after)) and len(before) > 30
    assert np.array_equal(state, np.random.get_state()[1])


def test_a_view_and_batch_norm_in_d_are_no_finding():
    view = {"view": lambda x: tf.concat([x, x**2], 1)}
    stack = layers.Dense(8), layers.BatchNormalization(), layers.Dense(1)
    d = keras.Sequential([keras.Input((4,)), *stack])
    gan = training.GAN(tiny.generator(), d, latent_dim=3, **view)
    gan.compile()
    assert names(gan) == []


def test_nothing_of_the_spies_is_left():
    gan = tiny.gan()
    held = [set(vars(x)) for x in (gan, gan.generator, gan.discriminator)]
    names(gan)
    left = [set(vars(x)) for x in (gan, gan.generator, gan.discriminator)]
    assert held == left
    assert not tf.config.functions_run_eagerly()


class Inference(training.GAN):
    def logits(self, x):
        return tf.cast(self.discriminator(x), tf.float32)


class SameNoise(training.GAN):
    def step_seeds(self):
        return tf.random.split((0, 0), 2 + 2 * self.d_steps)


class Leaking(training.GAN):
    def g_step(self, real, z_seed):
        z = latent.sample_z(tf.shape(real)[0], self.latent_dim, z_seed)
        variables = self.generator.trainable_variables
        variables = variables + self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            logits = self.logits(self.generator(z, training=True))
            g_loss = self.adversarial_loss.g_loss(None, logits)
        for v, g in zip(variables, tape.gradient(g_loss, variables), strict=True):
            v.assign_sub(1e-3 * g)
        return {"g_loss": g_loss}


class LeakingD(training.GAN):
    def d_step(self, real, z_seed, penalty_seed):
        logs = super().d_step(real, z_seed, penalty_seed)
        self.generator.trainable_variables[0].assign_add(
            tf.ones_like(self.generator.trainable_variables[0])
        )
        return logs


class Joint(training.GAN):
    def d_step(self, real, z_seed, penalty_seed):
        z = latent.sample_z(tf.shape(real)[0], self.latent_dim, z_seed)
        both = tf.concat([real, self.generator(z, training=True)], 0)
        with tf.GradientTape() as tape:
            logits = tf.split(self.logits(both), 2)
            total, logs = self.d_total(real, real, *logits, penalty_seed)
        self.d_player.descend(tape, total)
        return logs


class FixedFakes(training.GAN):
    def d_step(self, real, z_seed, penalty_seed):
        z = latent.sample_z(40, self.latent_dim, z_seed)
        fake = self.generator(z, training=True)
        with tf.GradientTape() as tape:
            logits = self.logits(real), self.logits(fake)
            total, logs = self.d_total(real, fake, *logits, penalty_seed)
        self.d_player.descend(tape, total)
        return logs


class FreezesD(training.GAN):
    def d_step(self, real, z_seed, penalty_seed):
        self.d_player.descend = lambda tape, total: None
        return super().d_step(real, z_seed, penalty_seed)


class FreezesG(training.GAN):
    def g_step(self, real, z_seed):
        self.g_player.descend = lambda tape, total: None
        return super().g_step(real, z_seed)


BROKEN = {
    "inference": (dict(cls=Inference), ["inference_mode"]),
    "same noise": (dict(cls=SameNoise), ["repeated_noise"]),
    "g step leaks": (dict(cls=Leaking), ["leaking_step"]),
    "d step leaks": (dict(cls=LeakingD), ["leaking_step"]),
    "joint": (dict(cls=Joint, discriminator=with_norm()), ["joint_batch"]),
    "fixed fakes": (dict(cls=FixedFakes), ["shapes"]),
    "frozen d": (dict(cls=FreezesD), ["frozen_d"]),
    "frozen g": (dict(cls=FreezesG), ["frozen_g"]),
    "sigmoid": (
        dict(cls=training.GAN, discriminator=ending("sigmoid")),
        ["bounded_logits"],
    ),
    "range": (
        dict(cls=training.GAN, generator=ending("sigmoid", 2, 3)),
        ["range"],
    ),
    "penalty": (
        dict(
            cls=training.GAN,
            discriminator=with_norm(),
            penalties=[losses.r1(interval=4)],
        ),
        ["penalty"],
    ),
}


@pytest.mark.parametrize("build, found", BROKEN.values(), ids=BROKEN)
def test_the_probe_names_the_fault_and_nothing_else(build, found):
    assert names(broken(**build)) == found


def test_kernels_under_spectral_norm_move_without_a_gradient():
    stack = [layers.Dense(8), layers.Dense(1)]
    stack = [layers.SpectralNormalization(layer) for layer in stack]
    d = keras.Sequential([keras.Input((2,)), *stack])
    assert names(broken(training.GAN, d)) == []


def test_a_joint_batch_without_batch_norm_is_no_finding():
    assert names(broken(Joint)) == []


def test_a_network_frozen_for_good_is_named_with_its_cause():
    gan = tiny.gan()
    gan.discriminator.trainable = False
    (finding,) = [f for f in probe.probe(gan, REAL) if f.name == "frozen_d"]
    assert "trainable is False" in finding.message


@pytest.mark.parametrize(
    "activation, low, high, faulty",
    [
        ("tanh", 0.0, 1.0, True),
        ("tanh", -1.0, 1.0, False),
        ("tanh", -3.0, 1.0, True),
        ("sigmoid", -1.0, 1.0, True),
        ("sigmoid", 0.0, 1.0, False),
        ("sigmoid", 0.0, 255.0, True),
        ("linear", 0.0, 255.0, False),
    ],
)
def test_range_compares_data_and_last_activation(activation, low, high, faulty):
    gan = broken(training.GAN, generator=ending(activation, 2, 3))
    real = np.linspace(low, high, 64, dtype="float32").reshape(32, 2)
    assert names(gan, real) == (["range"] if faulty else [])


def test_samples_of_another_shape_are_named_before_a_step_fails():
    finding = probe.probe(tiny.gan(), np.zeros((32, 5), "float32"))[0]
    assert finding.name == "shapes"


def test_a_step_that_fails_otherwise_says_so_and_leaves_no_trace():
    class Failing(training.GAN):
        def update_ema(self, real, seed):
            raise RuntimeError("no EMA today")

    gan = broken(Failing)
    before = tiny.values(gan.state())
    with pytest.raises(RuntimeError, match="no EMA today"):
        names(gan)
    assert all(tiny.same(before, tiny.values(gan.state())))


def test_the_probe_leaves_the_data_that_fit_keeps_in_memory_alone():
    gan = tiny.gan()
    gan._memory = "kept"
    names(gan)
    assert gan._memory == "kept"

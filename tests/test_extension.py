"""GANs of other kinds: labels, translation, pairs, extra losses, D of patches."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from keras import layers

from ganutils import monitoring, training
from ganutils.training import conditions, latent, losses

ANGLES = np.arange(8) * np.pi / 4
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1).astype("float32")


def adam(rate=5e-3):
    return {f"{p}_optimizer": keras.optimizers.Adam(rate, beta_1=0.0) for p in "dg"}


def network(*widths, out=1, hidden=32):
    """Return a network of the concatenation of its inputs."""
    inputs = [keras.Input((width,)) for width in widths]
    x = inputs[0] if len(inputs) == 1 else layers.Concatenate()(inputs)
    x = layers.Dense(hidden, "relu")(layers.Dense(hidden, "relu")(x))
    inputs = inputs[0] if len(inputs) == 1 else inputs
    return keras.Model(inputs, layers.Dense(out)(x))


# The first two: a conditional GAN, and CycleGAN, in forty lines.


def conditional(**options):
    keras.utils.set_random_seed(0)
    row = keras.Input((2 + 8,))
    d = keras.Model(row, network(2, 8)(list(conditions.apart(row, (2,)))))
    gan = training.ConditionalGAN(network(4, 8, out=2), d, latent_dim=4, ema_decay=0.9)
    gan.compile(penalties=[losses.r1(0.1)], **adam(), **options)
    return gan


def test_a_conditional_gan_draws_the_point_that_is_asked_for():
    asked = np.arange(8).repeat(32)
    gan, labels = conditional(steps_per_execution=50), conditions.one_hot(asked)
    gan.fit((RING[asked], labels), batch_size=64, steps_per_epoch=600, verbose=0)
    drawn = gan.generate(256, seed=1, labels=asked)
    seen = ((drawn[:, None] - RING) ** 2).sum(-1).argmin(1)
    assert np.mean(seen == asked) > 0.95


def cycle(back):
    def error(real, drawn, fake):
        return tf.reduce_mean(abs(back.generator(fake, training=True) - drawn))

    return losses.Extra("cycle", error, weight=2.0)


def pair(**options):
    keras.utils.set_random_seed(0)
    there, back = (
        training.TranslationGAN(network(2, out=2), network(2), seed=seed, ema_decay=0.9)
        for seed in (0, 1)
    )
    for gan, other in ((there, back), (back, there)):
        gan.compile(extras=[cycle(other)], penalties=[losses.r1(0.1)], **adam(2e-3))
    both = training.Pair(there, back)
    both.compile(**options)
    return both


CLOUDS = 0.3 * RING[:5], 0.3 * RING + np.array([2.0, 0.0], "float32")


def fit_pair(pair, steps, **options):
    options = {"batch_size": 16, "verbose": 0} | options
    return pair.fit(CLOUDS, steps_per_epoch=steps, **options).history


class Interrupted(monitoring.Checkpoint):
    def on_step(self, step, logs):
        super().on_step(step, logs)
        if step == 4:
            raise KeyboardInterrupt


def test_an_interrupted_pair_goes_on_bit_for_bit(tmp_path):
    straight, broken, resumed = pair(), pair(), pair()
    fit_pair(straight, 7)
    with pytest.raises(KeyboardInterrupt):
        fit_pair(broken, 7, callbacks=[Interrupted(tmp_path / "pair.npz")])
    assert resumed.load_checkpoint(tmp_path / "pair.npz") == 4
    fit_pair(resumed, 3)
    assert all(tiny.same(tiny.values(straight.state()), tiny.values(resumed.state())))


def test_a_pair_translates_there_and_back():
    both = pair(steps_per_execution=50)
    fit_pair(both, 500)
    there, back = both.there.generate(CLOUDS[0]), both.back.generate(CLOUDS[1])
    for drawn, real in ((there, CLOUDS[1]), (back, CLOUDS[0])):
        np.testing.assert_allclose(drawn.mean(0), real.mean(0), atol=0.5)
    cycled = both.back.generate(there)
    assert np.abs(cycled - CLOUDS[0]).mean() < 0.3


def test_callbacks_see_a_pair_as_one(tmp_path):
    both = pair(run_eagerly=True)
    measure = monitoring.Measure(lambda p: {"a": float(p.back.step)}, 2)
    saver = monitoring.Checkpoint(tmp_path / "pair.npz", 2)
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    logs = fit_pair(both, 2, callbacks=[measure, saver, monitoring.NonFinite(), halve])
    names = {"d_loss", "g_loss", "real_logits", "fake_logits", "r1", "cycle"}
    assert set(logs) >= {f"{side}_{n}" for side in ("there", "back") for n in names}
    assert measure.rows == [{"step": 2, "a": 2.0}] and saver.saved_step == 2
    assert float(both.back.g_optimizer.learning_rate) == pytest.approx(1e-3)
    both.save_weights(tmp_path / "pair.weights.h5")
    again = pair()
    again.load_weights(tmp_path / "pair.weights.h5")
    assert all(tiny.same(tiny.values(both.state()), tiny.values(again.state())))


def test_rows_of_a_pair_are_drawn_apart():
    both, rows = pair(), np.arange(64.0)[:, None] * np.ones(2)
    a, b = both._drawn([tf.constant(rows)] * 2, 32)
    assert not np.array_equal(a, b)


def test_two_that_do_not_fit_are_no_pair():
    gan = training.TranslationGAN(network(2, out=3), network(3))
    with pytest.raises(ValueError, match="turn the targets of `there`.*3.*2"):
        training.Pair(gan, gan)
    gan = training.TranslationGAN(network(2, out=2), network(2))
    with pytest.raises(ValueError, match="two compiled GANs.*received False and F"):
        training.Pair(gan, gan).compile()


def info_gan(**options):
    """Return a GAN of points whose Q reads the first number of z off a sample."""
    keras.utils.set_random_seed(0)
    q = network(2)

    def error(real, z, fake):
        guess = tf.cast(q(fake, training=True), tf.float32)
        return tf.reduce_mean((guess - z[:, :1]) ** 2)

    gan = training.GAN(tiny.generator(), tiny.discriminator(), latent_dim=3)
    gan.compile(extras=[losses.Extra("info", error, 0.5, [q])], **options)
    return gan, q


def fit_points(gan, steps):
    options = {"steps_per_epoch": steps, "batch_size": 32, "verbose": 0}
    return gan.fit(tiny.real_samples(), **options).history


@pytest.mark.parametrize("one_pass", [False, True])
def test_an_extra_loss_trains_its_network_and_is_resumed_with_it(tmp_path, one_pass):
    (straight, q), (first, _), (second, other) = (
        info_gan(one_pass=one_pass) for _ in range(3)
    )
    before = tiny.values(q.weights)
    assert "info" in fit_points(straight, 6)
    assert not any(tiny.same(before, tiny.values(q.weights)))
    fit_points(first, 2)
    first.save_checkpoint(tmp_path / "gan.npz")
    second.load_checkpoint(tmp_path / "gan.npz")
    fit_points(second, 4)
    assert all(tiny.same(tiny.values(straight.state()), tiny.values(second.state())))
    assert all(tiny.same(tiny.values(q.weights), tiny.values(other.weights)))


def test_an_extra_loss_is_weighted_into_g_s_and_logged():
    gan, q = info_gan(run_eagerly=True)
    real, seed = tf.constant(tiny.real_samples(8)), tf.constant([1, 2])
    drawn = gan.draw(real, seed)
    fake = gan.generator(drawn, training=True)
    error = np.mean((q(fake, training=True) - drawn[:, :1]) ** 2)
    total, logs = gan.g_total(real, drawn, fake, None, tf.zeros((8, 1)))
    assert float(logs["info"]) == pytest.approx(0.5 * error, rel=1e-5)
    assert float(total) == pytest.approx(np.log(2) + 0.5 * error, rel=1e-5)


def test_an_extra_loss_trains_under_mixed_precision_and_with_fused_updates():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        gan, q = info_gan(fuse_updates=True)
    finally:
        keras.config.set_dtype_policy("float32")
    before = tiny.values(q.trainable_weights)
    assert np.isfinite(fit_points(gan, 20)["info"]).all()
    assert not any(tiny.same(before, tiny.values(q.trainable_weights)))


def test_a_classifier_on_d_s_hidden_layer_is_trained_with_d():
    keras.utils.set_random_seed(0)
    row = keras.Input((10,))
    point, _ = conditions.apart(row, (2,))
    hidden = layers.Dense(32, "relu")(point)
    d, head = keras.Model(row, layers.Dense(1)(hidden)), layers.Dense(8)
    classes = keras.Model(row, head(hidden))

    def error(d, real, fake, seed):
        guess = classes(real, training=True)
        return tf.nn.softmax_cross_entropy_with_logits(real[:, 2:], guess)[0]

    gan = training.ConditionalGAN(network(4, 8, out=2), d, latent_dim=4)
    term = losses.Penalty("class", error, 1.0, networks=[classes])
    gan.compile(penalties=[term], run_eagerly=True)
    rows, seed = (tf.constant(RING), tf.eye(8)), tf.constant([1, 2])
    before = tiny.values(classes.trainable_variables)
    gan.g_step(rows, seed)
    assert all(tiny.same(before, tiny.values(classes.trainable_variables)))
    gan.d_step(rows, seed, seed)
    assert not any(tiny.same(before, tiny.values(classes.trainable_variables)))
    assert {id(v) for v in head.variables} <= {id(v) for v in gan.state()}


def test_two_terms_of_one_name_are_refused():
    same = losses.Extra("r1", lambda real, drawn, fake: 0.0)
    with pytest.raises(ValueError, match=r"differ.*received \['r1'\] twice"):
        tiny.gan(penalties=[losses.r1()], extras=[same])


EYE = np.eye(8, dtype="float32")
WRONG_LABELS = [
    *[
        (given, "`labels` .* 0 to 7, one")
        for given in (8, -1, 2.0, "3", True, [], [2.0])
    ],
    *[(given, "0 to 7, one for all or 2 of") for given in ([1, -1], [1, 2, 3], ["a"])],
    (EYE[:2, :7], r"labels of shape \('n', 8\).*received \(2, 7\)"),
    (EYE[:3], r"`labels` of shape \(2, 8\).*received \(3, 8\)"),
    (EYE[:1], r"`labels` of shape \(2, 8\).*received \(1, 8\)"),
    (EYE[:2].astype(int), "labels as floats; received int64.*one_hot"),
    (EYE[:2] * np.nan, "finite `labels`; received 16"),
]


@pytest.fixture(scope="module")
def told():
    return conditional()


@pytest.mark.parametrize(("labels", "message"), WRONG_LABELS)
def test_wrong_labels_are_named_with_their_range_or_shape(told, labels, message):
    with pytest.raises(ValueError, match=message):
        told.generate(2, labels=labels)


@pytest.mark.parametrize("labels", [np.arange(8), np.arange(8.0), EYE[:, 1:]])
def test_wrong_labels_of_a_training_are_named_with_their_shape(told, labels):
    with pytest.raises(ValueError, match="labels (of shape .*8|as floats; rec.*one_h)"):
        told.fit((RING, labels), verbose=0)


def test_labels_of_a_gan_that_knows_none_are_refused():
    with pytest.raises(TypeError, match="argument 'labels'"):
        tiny.gan().generate(2, labels=1)


def test_a_conditional_gan_is_resumed_bit_for_bit_with_its_terms(tmp_path):
    """A head beside D and one beside G, each trained by a term of its own."""

    def trained(steps, file=None):
        gan = conditional()
        heads = network(10, out=8), network(2, out=8)

        def on_d(d, real, fake, seed):
            return tf.reduce_mean((heads[0](real, training=True) - real[:, 2:]) ** 2)

        def on_g(real, drawn, fake):
            return tf.reduce_mean((heads[1](fake, training=True) - drawn[1]) ** 2)

        penalty = losses.Penalty("class", on_d, 1.0, networks=[heads[0]])
        extra = losses.Extra("told", on_g, 1.0, [heads[1]])
        gan.compile(penalties=[penalty, losses.r1(0.1, 3)], extras=[extra], **adam())
        if file:
            assert gan.load_checkpoint(file) == 2
        gan.fit((RING, EYE), batch_size=8, steps_per_epoch=steps, verbose=0)
        return gan

    straight = trained(5)
    trained(2).save_checkpoint(tmp_path / "gan.npz")
    resumed = trained(3, tmp_path / "gan.npz")
    assert all(tiny.same(tiny.values(straight.state()), tiny.values(resumed.state())))
    drawn = straight.generate(8, labels=3)
    np.testing.assert_array_equal(drawn, resumed.generate(8, labels=3))


def test_the_average_draws_what_labels_ask_for(told):
    mean, drawn = told.ema_generator, told.generate(8)
    kernel = mean.trainable_variables[0]
    kernel.assign(2.0 * kernel)
    moved = training.decode(mean, conditions.told(latent.codes(8, 4, 0), None, 8, None))
    np.testing.assert_array_equal(told.generate(8), moved)
    assert np.abs(moved - drawn).max() > 0.01
    kernel.assign(0.5 * kernel)


def test_each_gan_of_two_inputs_is_one_page():
    for kind in (training.ConditionalGAN, training.TranslationGAN):
        assert len(inspect.getsource(kind).splitlines()) <= 60


def test_labels_are_numbers_rows_or_each_in_turn():
    gan, rows = conditional(), np.eye(8, dtype="float32")
    by_number = gan.generate(8, labels=np.arange(8))
    np.testing.assert_array_equal(by_number, gan.generate(8, labels=rows))
    np.testing.assert_array_equal(by_number, gan.generate(8))
    np.testing.assert_array_equal(by_number[3], gan.generate(8, labels=3)[3])


def test_a_label_is_asked_of_z_where_g_reads_it_there():
    z = keras.Input((4,))
    labels = conditions.NoiseLabels((3,))
    g = keras.Model(z, layers.Dense(2)(layers.Concatenate()([labels(z), z])))
    gan = training.ConditionalGAN(g, network(5), condition=labels, latent_dim=4)
    asking = labels.ask(training.sample_z(5, 4, (1, 0)), 0, [2, 0, 1, 1, 2])
    drawn = gan.generate(5, seed=1, labels=[2, 0, 1, 1, 2])
    np.testing.assert_array_equal(drawn, training.decode(gan.ema_generator, asking))
    with pytest.raises(ValueError, match="0 to 2, one for all or 5 of them.*3"):
        gan.generate(5, labels=3)


def test_a_generator_of_z_and_labels_comes_back_from_its_file(tmp_path):
    gan = conditional()
    path = training.save_generator(tmp_path / "g.keras", gan.ema_generator)
    drawn = [training.sample_z(8, 4, (0, 0)), np.eye(8, dtype="float32")]
    again = training.decode(training.load_generator(path), drawn)
    np.testing.assert_array_equal(again, gan.generate(8))


class Restoring(training.GAN):
    """Learns to give back the half of a row that `draw` takes away."""

    takes = "rows without their second half"

    def draw(self, real, seed):
        return real * [1.0, 0.0]


def test_a_gan_of_another_kind_is_one_overridden_method():
    keras.utils.set_random_seed(0)
    gan = Restoring(network(2, out=2), network(2), latent_dim=1, ema_decay=0.9)

    def error(real, drawn, fake):
        return tf.reduce_mean(tf.square(fake - real))

    extras = [losses.Extra("error", error, 10.0)]
    gan.compile(extras=extras, steps_per_execution=50, **adam())
    line = np.linspace(-1, 1, 64, dtype="float32")[:, None] * [1.0, -1.0]
    gan.fit(line.astype("float32"), steps_per_epoch=200, verbose=0)
    given = gan.draw(tf.constant(line, tf.float32), None)
    restored = training.decode(gan.ema_generator, given)
    np.testing.assert_allclose(restored, line, atol=0.3)


def test_a_generator_without_labels_is_told_of_the_two_ways():
    with pytest.raises(ValueError, match=r"\[z, labels\], or with a `condition` of z"):
        training.ConditionalGAN(network(4, out=2), network(10), latent_dim=4)


def picture_gan():
    """Return a GAN of 8 × 8 pictures with a D that judges 4 × 4 patches."""
    z = keras.Input((4,))
    g = keras.Model(z, layers.Reshape((8, 8, 1))(layers.Dense(64)(z)))
    inputs = keras.Input((8, 8, 1))
    d = keras.Model(inputs, layers.Conv2D(1, 4, 2, "same", use_bias=False)(inputs))
    assert d.output_shape == (None, 4, 4, 1)
    return training.GAN(g, d, latent_dim=4)


PICTURES = np.random.default_rng(0).uniform(-1, 1, (16, 8, 8, 1)).astype("float32")


@pytest.mark.parametrize("loss", tiny.CASES)
def test_a_d_of_patches_learns_with_every_loss_and_penalty(loss):
    gan = picture_gan()
    gan.compile(loss, tiny.CASES[loss])
    assert tiny.unmoved(gan, PICTURES) == []


def test_a_penalty_takes_the_mean_of_the_patches_for_d():
    def patches(x, training):
        return tf.stack([3.0 * x, 5.0 * x], axis=1)  # (batch, 2, 1): its mean is 4x

    found = losses.squared_gradient_norm(patches, tf.ones((3, 1)))
    np.testing.assert_allclose(found, [16.0] * 3)


def translation(**options):
    """Return a GAN from pictures and z to pictures, whose D sees both."""
    x, z = keras.Input((8, 8, 1)), keras.Input((4,))
    code = layers.Reshape((8, 8, 1))(layers.Dense(64)(z))
    g = keras.Model([x, z], layers.Conv2D(1, 3, padding="same")(x + code))
    d = keras.Sequential([keras.Input((8, 8, 2)), layers.Conv2D(1, 4, 2, "same")])
    options = {"latent_dim": 4, "d_sees_inputs": True} | options
    return training.TranslationGAN(g, d, **options)


def test_a_translation_draws_from_inputs_and_z():
    gan = translation()
    gan.compile()
    assert tiny.unmoved(gan, (PICTURES, -PICTURES)) == []
    first, again = (gan.generate(PICTURES[:3], seed=1) for _ in "ab")
    assert first.shape == (3, 8, 8, 1) and np.array_equal(first, again)
    assert not np.array_equal(first, gan.generate(PICTURES[:3], seed=2))
    with pytest.raises(ValueError, match=r"inputs of shape \('n', 8, 8, 1\)"):
        gan.generate(PICTURES[:3, :4])


def test_d_sees_targets_joined_to_their_inputs():
    gan, fake = translation(), tf.zeros((16, 8, 8, 1))
    real, fake = gan.shown((PICTURES, -PICTURES), None, fake, (0, 0))
    np.testing.assert_array_equal(real, np.concatenate([PICTURES, -PICTURES], -1))
    np.testing.assert_array_equal(fake, np.concatenate([0 * PICTURES, -PICTURES], -1))


def test_the_average_measures_its_statistics_on_the_draw_of_g_s_step():
    seen, gan = [], tiny.gan()
    gan.average.measure = lambda drawn: seen.append(drawn) or tf.constant(0.0)
    gan.train_step(tf.constant(tiny.real_samples(100)))
    z = training.sample_z(100, 3, tf.random.split([0, 0], 4)[1])
    np.testing.assert_array_equal(seen[0], z)


def test_an_extra_on_d_s_trunk_leaves_the_trunk_to_d():
    keras.utils.set_random_seed(0)
    x = keras.Input((2,))
    trunk, head = layers.Dense(8, "relu", kernel_regularizer="l2"), layers.Dense(1)
    q = keras.Model(x, head(trunk(x)))
    gan = training.GAN(
        tiny.generator(),
        keras.Model(x, layers.Dense(1)(q.layers[1].output)),
        latent_dim=3,
    )

    def error(real, drawn, fake):
        return tf.reduce_mean(tf.square(q(fake, training=True) - drawn[:, :1]))

    gan.compile(extras=[losses.Extra("info", error, 1.0, [q])], run_eagerly=True)
    before = tiny.values(gan.discriminator.variables)
    held = tiny.values(head.variables)
    gan.g_step(tiny.real_samples(8), tf.constant([1, 2]))
    assert all(tiny.same(before, tiny.values(gan.discriminator.variables)))
    assert not any(tiny.same(held, tiny.values(head.variables)))
    zero = float(gan.d_player.total(tf.constant(0.0)))
    assert zero == pytest.approx(float(sum(gan.discriminator.losses)))


def test_a_pair_refuses_a_loss_of_its_own():
    there, back = pair().there, pair().back
    with pytest.raises(ValueError, match="compile each of the two GANs with its own"):
        training.Pair(there, back).compile(loss="hinge")

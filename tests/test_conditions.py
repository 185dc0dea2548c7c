"""Labels are read off z as stated; a conditional GAN learns what each label means."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from ganutils import training
from ganutils.monitoring.health_check import VanishingGradient
from ganutils.training import conditions, latent, losses

Z = tf.random.stateless_normal((2_000, 12), (1, 2))


def test_the_label_is_the_place_of_the_largest_number():
    z = np.array([[0.1, 3.0, -1.0, 2.0, 5.0, 9.0], [1.0, 0.0, 0.5, -2.0, -3.0, 9.0]])
    labels = conditions.NoiseLabels((3, 2))(z.astype("float32"))
    np.testing.assert_array_equal(labels, [[0, 1, 0, 0, 1], [1, 0, 0, 1, 0]])


def test_every_value_is_as_likely():
    shares = conditions.NoiseLabels((4, 2))(Z).numpy().mean(axis=0)
    np.testing.assert_allclose(shares, [0.25] * 4 + [0.5] * 2, atol=0.04)


@pytest.mark.parametrize(("label", "value"), [(0, 0), (0, 3), (1, 1)])
def test_asking_changes_that_label_and_keeps_all_numbers(label, value):
    condition = conditions.NoiseLabels((4, 2))
    before, after = Z.numpy(), condition.ask(Z, label, value).numpy()
    parts = np.split(condition(after).numpy(), [4], axis=1)
    old = np.split(condition(Z).numpy(), [4], axis=1)
    assert (parts[label].argmax(1) == value).all()
    np.testing.assert_array_equal(parts[1 - label], old[1 - label])
    np.testing.assert_array_equal(np.sort(after, axis=1), np.sort(before, axis=1))
    np.testing.assert_array_equal(after[:, 6:], before[:, 6:])
    asked = old[label].argmax(1) == value
    np.testing.assert_array_equal(after[asked], before[asked])


@pytest.mark.parametrize(("label", "value"), [(2, 0), (-1, 0), (0, 4), (1, -1)])
def test_asking_for_what_does_not_exist_is_refused(label, value):
    with pytest.raises(ValueError, match=f"label={label}, value={value}"):
        conditions.NoiseLabels((4, 2)).ask(Z, label, value)


def test_a_pitch_is_read_off_the_number_behind_the_labels():
    pitches = [(0.5, 0.1), (-0.5, 0.2)]
    rows = latent.PitchLabels((3, 2), pitches)(Z).numpy()
    labels = conditions.NoiseLabels((3, 2))(Z).numpy()
    assert np.array_equal(rows[:, :5], labels)
    mean, spread = np.array(pitches)[labels[:, 3:].argmax(axis=1)].T
    assert np.allclose(rows[:, 5], mean + spread * np.clip(Z[:, 5], -2, 2), atol=1e-6)


@pytest.mark.parametrize("pitches", [[(0, 1)], [(0, 1, 2)] * 2, [(0, 1)] * 3])
def test_pitches_of_other_voices_are_refused(pitches):
    with pytest.raises(ValueError, match="`pitches` as 2 pairs"):
        latent.PitchLabels((3, 2), pitches)


def test_pitches_of_voices_are_told_beside_their_labels():
    hertz = np.array([100, 110, 121, 250, 260, np.nan])
    words, people = [1, 0, 1, 0, 1, 0], ["ann"] * 3 + ["bob"] * 3
    rows, reads = conditions.with_pitches(hertz, [words, people])
    assert rows.shape == (6, 5) and reads.sizes == (2, 2)
    assert np.array_equal(rows[:, :4], conditions.one_hot(words, people))
    assert np.allclose(150 * 2 ** rows[:5, 4], hertz[:5])
    assert np.isclose(rows[5, 4], np.median(rows[3:5, 4]))  # no pitch: the voice's own
    assert np.allclose(np.array(reads.pitches)[:, 0], [rows[1, 4], rows[5, 4]])


def test_a_voice_without_any_pitch_is_named():
    with pytest.raises(ValueError, match=r"received none of \['bob'\]"):
        conditions.with_pitches([120.0, np.nan], [["ann", "bob"]])


@pytest.mark.parametrize("sizes", [(), (0,), (3, 0)])
def test_a_label_without_values_is_refused(sizes):
    with pytest.raises(ValueError, match="received"):
        conditions.NoiseLabels(sizes)


def test_too_short_a_z_is_refused():
    with pytest.raises(ValueError, match="at least 13 numbers.*received 12"):
        conditions.NoiseLabels((10, 3))(Z)


def test_one_hot_numbers_values_in_their_order():
    found = conditions.one_hot([7, 3, 7], ["b", "a", "c"])
    expected = [[0, 1, 0, 1, 0], [1, 0, 1, 0, 0], [0, 1, 0, 0, 1]]
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.float32


def test_apart_undoes_beside_and_stops_the_condition_s_gradient():
    samples = tf.random.stateless_normal((3, 4, 2), (0, 1))
    condition = tf.eye(3)
    rows = conditions.beside(samples, condition)
    assert rows.shape == (3, 11)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        parts = conditions.apart(rows, (4, 2))
        total = tf.reduce_sum(parts[0]) + tf.reduce_sum(5.0 * parts[1])
    np.testing.assert_array_equal(parts[0], samples)
    np.testing.assert_array_equal(parts[1], condition)
    slope = np.repeat([[1.0] * 8 + [0.0] * 3], 3, axis=0)
    np.testing.assert_array_equal(tape.gradient(total, rows), slope)


def make_gan(width=2, augment=None, **options):
    """Return a conditional GAN of points in a plane; D sees them doubled."""
    keras.utils.set_random_seed(0)
    z = keras.Input((6,))
    known = layers.Concatenate()([conditions.NoiseLabels((width,))(z), z])
    g = keras.Model(z, layers.Dense(2)(layers.Dense(32, "relu")(known)))
    row = keras.Input((2 + width,))
    point, label = conditions.apart(row, (2,))
    x = layers.Concatenate()([point, label])
    d = keras.Model(row, layers.Dense(1)(layers.Dense(32, "relu")(x)))
    gan = training.ConditionalGAN(
        g,
        d,
        latent_dim=6,
        seed=1,
        ema_decay=0.9,
        view=lambda x: 2.0 * x,
        condition=conditions.NoiseLabels((width,)),
    )
    adam = [keras.optimizers.Adam(5e-3, beta_1=0.0) for _ in "DG"]
    gan.compile("non_saturating", [losses.r1(1.0)], *adam, augment=augment, **options)
    return gan


def two_places(n=400):
    """Return points around (−1, 0) and (1, 0), and which one each belongs to."""
    label = np.arange(n) % 2
    noise = 0.1 * np.random.default_rng(0).standard_normal((n, 2))
    points = noise + np.stack([2.0 * label - 1.0, 0.0 * label], axis=1)
    return points.astype("float32"), conditions.one_hot(label)


@pytest.mark.parametrize("options", [{}, {"one_pass": True}, {"d_steps": 2}])
def test_each_label_gets_the_samples_that_carry_it(options):
    gan = make_gan(**options)
    gan.fit(two_places(), batch_size=32, steps_per_epoch=300, verbose=0)
    z = training.sample_z(200, 6, (3, 0))
    for value, place in enumerate((-1.0, 1.0)):
        found = gan.ema_generator(gan.condition.ask(z, 0, value), training=False)
        assert abs(np.median(found[:, 0]) - place) < 0.3


def test_labels_that_say_nothing_teach_nothing():
    points, _ = two_places()
    wrong = conditions.one_hot(np.random.default_rng(1).integers(0, 2, len(points)))
    gan = make_gan()
    gan.fit((points, wrong), batch_size=32, steps_per_epoch=300, verbose=0)
    z = training.sample_z(400, 6, (3, 0))
    means = [
        gan.ema_generator(gan.condition.ask(z, 0, value), training=False).numpy()
        for value in (0, 1)
    ]
    assert abs(means[0][:, 0].mean() - means[1][:, 0].mean()) < 1.0


def test_d_gets_viewed_samples_beside_their_labels():
    seen = []

    def look(discriminator, real, fake, seed):
        seen.append((real, fake))
        return tf.constant(0.0)

    gan = make_gan(augment=lambda x, seed: x + 1.0)
    gan.penalties = (losses.Penalty("look", look, 1.0, 1),)
    points, labels = two_places(8)
    gan.d_step((points, labels), (1, 2), (3, 4))
    real, fake = seen[0]
    np.testing.assert_allclose(real[:, :2], 2.0 * (points + 1.0), atol=1e-6)
    np.testing.assert_array_equal(real[:, 2:], labels)
    z = training.sample_z(8, 6, (1, 2))
    drawn = gan.generator(z, training=True)
    np.testing.assert_allclose(fake[:, :2], 2.0 * (drawn + 1.0), atol=1e-3)
    np.testing.assert_array_equal(fake[:, 2:], gan.condition(z))


def test_arrays_and_a_data_set_of_pairs_both_train():
    gan = make_gan()
    pairs = tf.data.Dataset.from_tensor_slices(two_places()).batch(20)
    logs = gan.fit(pairs, verbose=0).history
    assert int(gan.step) == 20 and np.isfinite(logs["d_loss"]).all()


def test_a_data_set_of_samples_alone_is_refused():
    samples = tf.data.Dataset.from_tensor_slices(two_places()[0]).batch(20)
    with pytest.raises(ValueError, match=r"Expected a tuple \(real samples, labels\)"):
        make_gan().fit(samples, verbose=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x, y: x, "Expected a tuple.*received ndarray"),
        (lambda x, y: (x, y[:-1]), r"belong together; received \[400, 399\]"),
        (
            lambda x, y: (x, y[:, :1]),
            r"labels of shape \('n', 2\).*received \(400, 1\)",
        ),
        (lambda x, y: (x, y * np.nan), "finite"),
        (lambda x, y: (x[:, :1], y), "Expected real samples of shape"),
        (lambda x, y: (x, y.astype(int)), "labels as floats; received int64.*one_hot"),
    ],
)
def test_what_cannot_be_fitted_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make_gan().fit(make(*two_places()), verbose=0)


def test_a_discriminator_that_is_not_told_is_refused():
    gan = make_gan()
    plain = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    with pytest.raises(ValueError, match=r"shown of real rows, shape \(None, 4\)"):
        training.ConditionalGAN(
            gan.generator, plain, latent_dim=6, condition=gan.condition
        )


def test_the_alarm_of_g_s_gradient_refuses_a_conditional_gan():
    with pytest.raises(ValueError, match="a GAN of samples alone"):
        VanishingGradient(two_places()[0]).measure(make_gan(), tf.constant([1, 2]))


def test_a_saved_conditional_generator_comes_back(tmp_path):
    gan = make_gan()
    gan.generator.save(tmp_path / "g.keras")
    again = keras.models.load_model(tmp_path / "g.keras")
    z = training.sample_z(5, 6, (0, 0))
    np.testing.assert_allclose(again(z), gan.generator(z), atol=1e-6)

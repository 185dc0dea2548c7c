"""The step moves what it should; the algorithm is the bare one; resume is exact."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from ganutils import training
from ganutils.training import losses, players

TESTS = Path(__file__).parent
REAL = tf.constant(tiny.real_samples(64))
Z_SEED, PENALTY_SEED = tf.constant([1, 2]), tf.constant([3, 4])


def moved(variables, action):
    before = tiny.values(variables)
    action()
    return [not kept for kept in tiny.same(before, tiny.values(variables))]


def sgd():
    return {f"{p}_optimizer": keras.optimizers.SGD(0.1) for p in "dg"}


def fit(gan, steps, **options):
    options = {"batch_size": 16, "verbose": 0} | options
    return gan.fit(REAL, steps_per_epoch=steps, **options)


def test_d_step_moves_only_d():
    gan = tiny.gan(penalties=[losses.r1()])
    g_weights, d_weights = (
        gan.generator.trainable_variables,
        gan.discriminator.trainable_variables,
    )
    both = moved([*g_weights, *d_weights], lambda: gan.d_step(REAL, Z_SEED, Z_SEED))
    assert not any(both[: len(g_weights)])
    assert all(both[len(g_weights) : -1])  # relativistic or not, D's kernels move


def test_g_step_moves_only_g():
    gan = tiny.gan()
    g_weights, d_weights = (
        gan.generator.trainable_variables,
        gan.discriminator.trainable_variables,
    )
    both = moved([*d_weights, *g_weights], lambda: gan.g_step(REAL, Z_SEED))
    assert not any(both[: len(d_weights)])
    # The bias before BatchNorm cancels: its gradient is rounding noise.
    assert all(
        m for m, w in zip(both[len(d_weights) :], g_weights, strict=True) if w.ndim == 2
    )


def test_a_step_moves_batchnorm_statistics_ema_and_the_clock():
    gan = tiny.gan()
    batch_norm = gan.generator.layers[1]
    watched = [batch_norm.moving_mean, batch_norm.moving_variance, gan.step]
    watched += [w for w in gan.ema_generator.weights if w.ndim == 2]
    assert all(moved(watched, lambda: gan.train_step(REAL)))
    assert int(gan.step) == 1


def test_ema_follows_its_formula():
    gan = tiny.gan()
    mean, weight = gan.ema_generator.layers[0].kernel, gan.generator.layers[0].kernel
    start = mean.numpy()
    gan.step.assign(1_000_000)  # warmed up: decay = 0.9
    weight.assign(start + 1.0)
    gan.update_ema(REAL, Z_SEED)
    np.testing.assert_allclose(mean.numpy(), start + 0.1, rtol=1e-6, atol=1e-6)


def test_the_average_measures_batchnorm_statistics_of_its_own():
    gan = tiny.gan()
    gan.average.decay = 1.0 - 1e-7  # the average stays where it is
    dense, batch_norm = gan.ema_generator.layers[:2]
    gan.generator.layers[0].kernel.assign(3.0 * dense.kernel)  # G moves elsewhere
    for step in range(10**7, 10**7 + 400, players.STATISTICS_INTERVAL):
        gan.step.assign(step)
        gan.update_ema(REAL, (0, step))
    variance = np.square(dense.kernel.numpy()).sum(axis=0)  # of z · kernel, z ~ N(0, I)
    np.testing.assert_allclose(batch_norm.moving_variance, variance, rtol=0.25)
    np.testing.assert_array_equal(gan.generator.layers[1].moving_variance, 1.0)


def test_without_decay_the_average_is_a_copy_of_g():
    gan = tiny.gan()
    gan = training.GAN(gan.generator, gan.discriminator, latent_dim=3, ema_decay=0)
    gan.compile()
    fit(gan, 6)
    pairs = gan.ema_generator.weights, gan.generator.weights
    assert all(tiny.same(*map(tiny.values, pairs)))


def test_same_seed_same_numbers_and_another_seed_others():
    runs = []
    for seed in (5, 5, 6):
        gan = tiny.gan(seed=seed)
        fit(gan, 5)
        runs.append(tiny.values(gan.state()))
    assert all(tiny.same(runs[0], runs[1]))
    assert not all(tiny.same(runs[0], runs[2]))


@tf.function
def bare_step(g, d, d_optimizer, g_optimizer, real, seed, step):
    """Algorithm 1 without the class: what chapter 2 writes by hand."""
    batch_seed, g_seed, d_seed, _ = tf.unstack(tf.random.split([seed, step], 4))
    index = tf.random.stateless_uniform([16], batch_seed, maxval=64, dtype=tf.int32)
    z = tf.random.stateless_normal((16, 3), d_seed)
    with tf.GradientTape() as tape:
        real_logits = d(tf.gather(real, index), training=True)
        fake_logits = d(g(z, training=True), training=True)
        d_loss = losses.cross_entropy_d_loss(real_logits, fake_logits)
    d_weights, g_weights = d.trainable_variables, g.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, d_weights), d_weights)
    z = tf.random.stateless_normal((16, 3), g_seed)
    with tf.GradientTape() as tape:
        g_loss = tf.reduce_mean(tf.nn.softplus(-d(g(z, training=True), training=True)))
    g_optimizer.apply(tape.gradient(g_loss, g_weights), g_weights)
    return d_loss, g_loss


def test_gan_equals_the_bare_algorithm():
    gan, bare = tiny.gan(dropout=0.0), tiny.gan(dropout=0.0)
    players = bare.generator, bare.discriminator, bare.d_optimizer, bare.g_optimizer
    history = fit(gan, 1, epochs=12).history
    pairs = [bare_step(*players, REAL, 0, s) for s in tf.range(12)]
    # Two graphs: a processor may fuse and sum each of them in another order.
    both = [history["d_loss"], history["g_loss"]]
    np.testing.assert_allclose(both, np.transpose(pairs), rtol=1e-5)
    for mine, theirs in zip(gan.generator.weights, bare.generator.weights, strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-5)


def test_one_pass_takes_both_gradients_at_the_same_point():
    gan = tiny.gan(dropout=0.0, one_pass=True, **sgd())
    g, d = (keras.models.clone_model(n) for n in (gan.generator, gan.discriminator))
    g.set_weights(gan.generator.get_weights())
    d.set_weights(gan.discriminator.get_weights())
    with tf.GradientTape(persistent=True) as tape:
        fake = g(training.sample_z(64, 3, Z_SEED), training=True)
        logits = d(REAL, training=True), d(fake, training=True)
        d_loss = losses.non_saturating.d_loss(*logits)
        g_loss = losses.non_saturating.g_loss(*logits)
    gan.joint_step(REAL, Z_SEED, PENALTY_SEED)
    for loss, before, after in (
        (d_loss, d, gan.discriminator),
        (g_loss, g, gan.generator),
    ):
        slopes = tape.gradient(loss, before.trainable_variables)
        for w, v, slope in zip(
            before.trainable_variables, after.trainable_variables, slopes, strict=True
        ):
            np.testing.assert_allclose(v.numpy(), w.numpy() - 0.1 * slope, atol=1e-6)


@pytest.mark.parametrize("loss", tiny.CASES)
def test_one_pass_learns_with_every_loss_and_penalty(loss):
    gan = tiny.gan(loss, tiny.CASES[loss], one_pass=True, run_eagerly=True)
    names = {"d_loss", "g_loss", "real_logits", "fake_logits"}
    logs = fit(gan, 3).history
    assert set(logs) == names | {p.name for p in tiny.CASES[loss]}
    assert int(gan.d_optimizer.iterations) == int(gan.g_optimizer.iterations) == 3


@pytest.mark.parametrize("one_pass", [False, True])
def test_d_sees_nothing_but_augmented_samples(one_pass):
    seen = []

    def blind(x, seed):
        seen.append(tuple(seed.numpy()))
        return 0.0 * x

    gan = tiny.gan(dropout=0.0, one_pass=one_pass, augment=blind, run_eagerly=True)
    start = gan.generator.layers[0].kernel.numpy()
    logs = gan.train_step(gan.d_steps * REAL)
    assert float(logs["real_logits"]) == float(logs["fake_logits"])
    np.testing.assert_array_equal(gan.generator.layers[0].kernel, start)  # no slope
    assert len(set(seen)) == len(seen) == (2 if one_pass else 4)


@pytest.mark.parametrize("one_pass", [False, True])
def test_fused_updates_move_everything_alike(one_pass):
    plain, fused = (
        tiny.gan(one_pass=one_pass, fuse_updates=fuse) for fuse in (False, True)
    )
    for gan in (plain, fused):
        fit(gan, 6)
    start = tiny.values(tiny.gan().state())
    for mine, theirs in zip(plain.state(), fused.state(), strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-5)
    assert not all(tiny.same(start, tiny.values(fused.state())))


def test_d_steps_use_fresh_batches_and_train_d_more():
    gan = tiny.gan(d_steps=3)
    seeds = gan.step_seeds().numpy()
    assert len({tuple(s) for s in seeds}) == 8
    fit(gan, 4)
    assert int(gan.d_optimizer.iterations) == 12
    assert int(gan.g_optimizer.iterations) == 4


@pytest.mark.parametrize("loss", tiny.CASES)
def test_logs_name_every_scalar(loss):
    gan = tiny.gan(loss, tiny.CASES[loss])
    logs = fit(gan, 2).history
    names = {"d_loss", "g_loss", "real_logits", "fake_logits"}
    assert set(logs) == names | {p.name for p in tiny.CASES[loss]}
    assert all(np.isfinite(v).all() for v in logs.values())


def test_a_dataset_and_its_partial_last_batch_train():
    gan = tiny.gan()
    gan.fit(tf.data.Dataset.from_tensor_slices(REAL).batch(48), epochs=2, verbose=0)
    assert int(gan.step) == 4


def test_a_dataset_replaces_the_array_of_the_last_call():
    gan = tiny.gan()
    fit(gan, 1)
    far = tf.data.Dataset.from_tensors(tf.fill((16, 2), 1e6))
    logs = gan.fit(far, epochs=1, verbose=0).history
    assert abs(logs["real_logits"][0]) > 1e3


def test_jit_compiled_step_trains_towards_the_data():
    gan = tiny.gan(jit_compile=True, penalties=[losses.r1(1.0, interval=2)])
    before = np.abs(gan.generate(500)).mean()
    logs = fit(gan, 200, epochs=2).history
    assert np.isfinite(logs["d_loss"]).all()
    assert abs(np.abs(gan.generate(500)).mean() - 0.64) < abs(before - 0.64)  # E|cos|


def test_mixed_precision_trains():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        gan = tiny.gan(penalties=[losses.r1()])
        start = gan.generator.layers[0].kernel.numpy()
        logs = fit(gan, 30).history
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(logs["d_loss"]).all()
    assert not np.array_equal(start, gan.generator.layers[0].kernel.numpy())


def test_generate_is_a_function_of_its_seed():
    gan = tiny.gan()
    whole = gan.generate(10, seed=3)
    assert whole.shape == (10, 2)
    parts = gan.generate(10, seed=3, batch_size=4)
    np.testing.assert_allclose(whole, parts, rtol=1e-5, atol=1e-6)
    assert not np.array_equal(whole, gan.generate(10, seed=4))


@pytest.fixture(scope="module")
def resumable(tmp_path_factory):
    """A folder, two GANs to resume in turns, and where 12 steps at one go lead."""
    folder = tmp_path_factory.mktemp("resume")
    straight, first, second = (tiny.gan(penalties=[losses.r1()]) for _ in range(3))
    first.save_checkpoint(folder / "start.npz")
    fit(straight, 12)
    return folder, first, second, tiny.values(straight.state())


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 11))
def test_resume_is_exact_at_any_step(resumable, stop):
    folder, first, second, straight = resumable
    first.load_checkpoint(folder / "start.npz")
    fit(first, stop)
    first.save_checkpoint(folder / "gan.npz")
    assert second.load_checkpoint(folder / "gan.npz") == stop
    fit(second, 12 - stop)
    assert all(tiny.same(straight, tiny.values(second.state())))


def worker(folder, mode, half, cases):
    script = TESTS / "resume_worker.py"
    command = [sys.executable, script, folder, mode, str(half), *cases]
    environment = os.environ | {"PYTHONPATH": str(TESTS.parent)}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def states(folder, mode, cases):
    """Yield each case with the bits of its final state."""
    for case in cases:
        with np.load(folder / f"{case}-{mode}.npz") as file:
            yield case, b"".join(file[name].tobytes() for name in file.files)


def repeat(folder, mode, accept):
    """Run processes until `accept` has taken every case's final state.

    Rarely, about one step in 60,000 on two threads, a CPU kernel of TensorFlow rounds
    differently in one process, whatever the determinism switch says. A state that a
    checkpoint lacks makes every process differ, so a few attempts hide no fault.
    """
    cases = list(tiny.CASES)
    for _ in range(4):
        run = worker(folder, mode, 1_000, cases)
        assert run.returncode == 0, run.stderr[-2000:]
        cases = [c for c, bits in states(folder, mode, cases) if not accept(c, bits)]
        if not cases:
            return run.stdout
    pytest.fail(f"{mode}: {cases} never took the bits of another run")


def test_a_killed_run_goes_on_bit_for_bit_in_another_process(tmp_path):
    cases = ["relativistic"]  # two lazy penalties: as much as there is to restore
    assert worker(tmp_path, "killed", 100, cases).returncode == -signal.SIGKILL
    run = worker(tmp_path, "resumed+straight", 100, cases)
    assert "started from step 100\n" in run.stdout, run.stderr[-2000:]
    resumed, straight = (states(tmp_path, m, cases) for m in ("resumed", "straight"))
    assert list(resumed) == list(straight)


@pytest.mark.full  # above: 200 steps of one loss
def test_2k_steps_equal_1k_kill_restore_1k(tmp_path):
    seen = {case: set() for case in tiny.CASES}

    def seen_before(case, bits):
        again = bits in seen[case]
        seen[case].add(bits)
        return again

    repeat(tmp_path, "straight", seen_before)  # two runs agree, bit for bit
    assert worker(tmp_path, "killed", 1_000, tiny.CASES).returncode == -signal.SIGKILL
    output = repeat(tmp_path, "resumed", lambda case, bits: bits in seen[case])
    assert "started from step 1000" in output and "from step 0" not in output


def test_ctrl_c_asks_callbacks_to_save():
    class Interrupt(keras.callbacks.Callback):
        asked = 0

        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

        def on_interrupt(self):
            self.asked += 1

    callback = Interrupt()
    with pytest.raises(KeyboardInterrupt):
        fit(tiny.gan(), 5, callbacks=[callback])
    assert callback.asked == 1


BAD_REAL = {
    "Rescale": tf.cast(REAL, "uint8"),
    r"shape \('n', 2\).*received \(64, 3\)": np.zeros((64, 3), "float32"),
    r"received \(64, 2, 1\)": REAL[..., None],
    "at least 2 real samples": REAL[:1],
    "received 1 values that are NaN": tf.tensor_scatter_nd_update(
        REAL, [[3, 1]], [np.nan]
    ),
}


@pytest.mark.parametrize("message", BAD_REAL)
def test_bad_real_samples_are_refused(message):
    with pytest.raises(ValueError, match=message):
        tiny.gan().fit(BAD_REAL[message], verbose=0)


BAD_NETWORKS = {
    r"shape \(None, 4\); received.*3": dict(latent_dim=4),
    "built `discriminator`": dict(discriminator=keras.Sequential([])),
    r"received one of \(None, 3\)": dict(discriminator=tiny.generator()),
    r"logits \(batch, 1\).*received \(None, 2\)": dict(
        discriminator=keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    ),
    r"ema_decay.*received 1": dict(ema_decay=1.0),
}


@pytest.mark.parametrize("message", BAD_NETWORKS)
def test_networks_that_do_not_fit_are_refused(message):
    arguments = dict(latent_dim=3, discriminator=tiny.discriminator())
    with pytest.raises(ValueError, match=message):
        training.GAN(tiny.generator(), **(arguments | BAD_NETWORKS[message]))


def test_bad_compile_arguments_are_refused():
    adam = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="two optimizers"):
        tiny.gan(d_optimizer=adam, g_optimizer=adam)
    with pytest.raises(ValueError, match="received 0"):
        tiny.gan(d_steps=0)
    with pytest.raises(ValueError, match="`one_pass`.*received 2"):
        tiny.gan(d_steps=2, one_pass=True)
    with pytest.raises(ValueError, match="received 0"):
        tiny.gan().generate(0)


def frozen(gan, network):
    network.trainable = False
    return tiny.values(network.variables)


@pytest.mark.parametrize("fuse", [False, True])
def test_a_layer_frozen_between_two_fits_stands_still(fuse):
    gan = tiny.gan(fuse_updates=fuse)
    first, last = (x for x in gan.discriminator.layers if x.trainable_variables)
    options = {"steps_per_epoch": 2, "verbose": 0}
    last.trainable = False
    gan.fit(tiny.real_samples(), **options)
    last.trainable = True
    before = frozen(gan, first), tiny.values(last.variables)
    gan.fit(tiny.real_samples(), **options)
    assert all(tiny.same(before[0], tiny.values(first.variables)))
    assert not any(tiny.same(before[1], tiny.values(last.variables)))


@pytest.mark.parametrize("whole", [True, False])
def test_a_generator_frozen_between_two_fits_stands_still(whole):
    gan = tiny.gan()
    options = {"steps_per_epoch": 2, "verbose": 0}
    gan.fit(tiny.real_samples(), **options)
    layers = [x for x in gan.generator.layers if x.trainable_variables]
    before = frozen(gan, gan.generator if whole else layers[0])
    gan.fit(tiny.real_samples(), **options)
    held = gan.generator if whole else layers[0]
    assert all(tiny.same(before, tiny.values(held.variables)))


def test_penalties_may_come_from_an_iterator():
    assert len(tiny.gan(penalties=map(losses.r1, [1.0])).penalties) == 1


def test_rows_that_do_not_part_equally_are_refused():
    with pytest.raises(ValueError, match="3 equal parts; received 2 rows"):
        tiny.gan(d_steps=3).train_step(tiny.real_samples(2))

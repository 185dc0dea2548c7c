"""Every change against NumPy, with the draws read off the result or drawn again."""

import numpy as np
import pytest
import tensorflow as tf

from ganutils.training import augmentation

SEED = (3, 5)
RNG = np.random.default_rng(0)
EVERY = pytest.mark.parametrize("name", list(augmentation.AUGMENTATIONS))
CHANNELS = pytest.mark.parametrize("channels", [1, 3])


def images(n=64, height=16, width=24, channels=3):
    values = RNG.uniform(-1, 1, size=(n, height, width, channels))
    return values.astype("float32")


def places(n, height, width):
    """Return images whose pixel (y, x) has the value 100·y + x."""
    y, x = np.indices((height, width))
    return np.tile((100 * y + x)[None, ..., None], (n, 1, 1, 1)).astype("float32")


def shifts_of(shifted, height=16, width=24):
    """Read every sample's shift (dy, dx) off a pixel that stays inside: the middle."""
    found = shifted[:, height // 2, width // 2, 0].astype(int)
    return np.stack([height // 2 - found // 100, width // 2 - found % 100], axis=1)


def shift(image, dy, dx, fill):
    """Paste `image` at (dy, dx) into a frame of `fill`."""
    height, width = image.shape[:2]
    frame = np.full((3 * height, 3 * width, image.shape[2]), fill, image.dtype)
    top, left = height + dy, width + dx
    frame[top : top + height, left : left + width] = image
    return frame[height : 2 * height, width : 2 * width]


def gradient(augment, x, weights):
    """Return the gradient of Σ weights · augment(x) with respect to x."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(weights * augment(x, SEED))
    return tape.gradient(total, x).numpy()


@CHANNELS
def test_translate_shifts_every_sample_by_its_own_draw(channels):
    x = images(channels=channels)
    drawn = shifts_of(augmentation.translate(places(64, 16, 24), SEED).numpy())
    expected = [shift(image, *d, -1.0) for image, d in zip(x, drawn, strict=True)]
    np.testing.assert_array_equal(augmentation.translate(x, SEED), expected)


@pytest.mark.parametrize("share, dy, dx", [(0.125, 2, 3), (0.25, 4, 6), (0, 0, 0)])
def test_translate_draws_each_shift_within_the_share(share, dy, dx):
    x = places(600, 16, 24)
    drawn = shifts_of(augmentation.translate(x, SEED, share).numpy())
    for axis, largest in enumerate((dy, dx)):
        values, counts = np.unique(drawn[:, axis], return_counts=True)
        assert values.tolist() == list(range(-largest, largest + 1))
        assert counts.min() > 600 / (2 * largest + 1) / 2
    both = np.corrcoef(drawn.T)[0, 1] if largest else 0
    assert abs(both) < 0.15


@pytest.mark.parametrize("jit", [False, True])
def test_gradient_of_translate_is_the_reverse_shift(jit):
    translate = tf.function(augmentation.translate, jit_compile=jit)
    weights = images(8)
    drawn = shifts_of(translate(places(8, 16, 24), SEED).numpy())
    expected = [
        shift(w, -dy, -dx, 0.0) for w, (dy, dx) in zip(weights, drawn, strict=True)
    ]
    np.testing.assert_array_equal(gradient(translate, images(8), weights), expected)


def extent(inside):
    """Return (first, last + 1) of the rows in which a mask (height, width) holds."""
    rows = np.flatnonzero(inside.any(axis=1))
    return rows[0], rows[-1] + 1


@CHANNELS
@pytest.mark.parametrize("share, rows, columns", [(0.5, 8, 12), (0.3, 5, 7)])
def test_cutout_covers_one_rectangle(channels, share, rows, columns):
    x = images(channels=channels)
    y = augmentation.cutout(x, SEED, share).numpy()
    for before, after in zip(x, y, strict=True):
        inside = (after == 0.0).all(axis=-1)
        (top, bottom), (left, right) = extent(inside), extent(inside.T)
        expected = before.copy()
        expected[top:bottom, left:right] = 0.0
        np.testing.assert_array_equal(after, expected)
        assert bottom - top == rows or top == 0 or bottom == 16
        assert right - left == columns or left == 0 or right == 24


@pytest.mark.parametrize("share, side, least", [(0.5, 8, 4), (0.3, 5, 3), (1, 16, 8)])
def test_cutout_puts_the_centre_anywhere(share, side, least):
    inside = augmentation.cutout(np.ones((2000, 16, 16, 1)), SEED, share).numpy() == 0
    heights = inside.any(axis=2).sum(axis=1)
    assert heights.min() == least and heights.max() == side
    # Both borders are covered by chance alike.
    often = inside.any(axis=(2, 3)).mean(axis=0)
    np.testing.assert_allclose(often, often[::-1], atol=0.06)


@pytest.mark.parametrize("name", ["translate", "cutout"])
def test_a_share_of_zero_changes_nothing(name):
    x = images(8)
    found = augmentation.AUGMENTATIONS[name](x, SEED, share=0.0)
    np.testing.assert_array_equal(found, x)


def test_cutout_draws_rows_and_columns_apart():
    inside = augmentation.cutout(np.ones((600, 16, 16, 1)), SEED).numpy()[..., 0] == 0
    rows, columns = inside.any(axis=2).argmax(1), inside.any(axis=1).argmax(1)
    assert abs(np.corrcoef(rows, columns)[0, 1]) < 0.15


def test_gradient_of_cutout_is_zero_under_the_cover():
    x, weights = images(8), images(8)
    inside = augmentation.cutout(x, SEED).numpy() == 0.0
    expected = np.where(inside, 0.0, weights)
    assert 0.05 < inside.mean() < 0.3
    np.testing.assert_array_equal(gradient(augmentation.cutout, x, weights), expected)


@EVERY
@CHANNELS
def test_gradient_is_that_of_a_finite_difference(name, channels):
    # Every change is affine in the images: a difference of any size is exact.
    augment = augmentation.AUGMENTATIONS[name]
    x, weights, step = (images(4, channels=channels).astype("float64") for _ in "123")
    found = (gradient(augment, x, weights) * step).sum()
    change = augment(x + step, SEED) - augment(x, SEED)
    assert found == pytest.approx(float((weights * change.numpy()).sum()), rel=1e-9)


def test_gradient_reaches_a_generator_through_both():
    augment = augmentation.make("translate", "cutout")
    found = gradient(augment, images(8), images(8))
    arrived = (found != 0).mean(axis=(1, 2, 3))
    assert np.isfinite(found).all() and arrived.min() > 0.4


def test_second_derivatives_pass_as_penalties_need():
    # D(x) = Σ T(x)³/6 has ∇D = Tᵀ(T(x)²/2); for a shift, ∇‖∇D‖² = Tᵀ(T(x)³) exactly.
    x = tf.constant(images(4))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            value = tf.reduce_sum(augmentation.translate(x, SEED) ** 3) / 6
        penalty = tf.reduce_sum(inner.gradient(value, x) ** 2)
    kept = gradient(augmentation.translate, x, np.ones(x.shape, "float32"))
    np.testing.assert_allclose(outer.gradient(penalty, x), kept * x**3, rtol=1e-5)


@EVERY
def test_the_seed_decides(name):
    augment, x = augmentation.AUGMENTATIONS[name], images()
    first, again = augment(x, SEED), augment(tf.constant(x), tf.constant(SEED))
    np.testing.assert_array_equal(first, again)
    for other in ((3, 6), (4, 5)):
        assert np.any(augment(x, other) != first, axis=(1, 2, 3)).mean() > 0.8


@EVERY
def test_every_sample_has_its_own_draw(name):
    x = np.repeat(images(1), 32, axis=0)
    changed = augmentation.AUGMENTATIONS[name](x, SEED).numpy()
    assert len(np.unique(changed.reshape(32, -1), axis=0)) > 16


@EVERY
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_shape_and_dtype_stay(name, dtype):
    x = images(2).astype(dtype)
    changed = augmentation.AUGMENTATIONS[name](x, SEED)
    assert changed.shape == x.shape and changed.dtype == dtype


@EVERY
def test_graph_without_a_known_batch_gives_the_same(name):
    augment, x = augmentation.AUGMENTATIONS[name], images(5)
    shape = tf.TensorSpec((None, 16, 24, 3)), tf.TensorSpec((2,), tf.int32)
    graph = tf.function(augment, input_signature=shape)
    np.testing.assert_allclose(graph(x, SEED), augment(x, SEED), atol=1e-6)


@CHANNELS
def test_xla_compiles_both_and_their_gradient(channels):
    # XLA draws other numbers from the same seed, so only ranges are compared.
    augment = augmentation.make("translate", "cutout")
    x, ones = images(8, channels=channels), np.ones((8, 16, 24, channels), "float32")
    compiled = tf.function(augment, jit_compile=True)
    changed, slope = compiled(x, SEED).numpy(), gradient(compiled, x, ones)
    assert changed.shape == slope.shape == x.shape
    assert np.abs(changed).max() < 10 and 0.05 < (changed == 0).mean() < 0.3
    assert np.isfinite(slope).all() and np.abs(slope).max() > 0.5


def test_xla_shifts_as_numpy_does():
    translate = tf.function(augmentation.translate, jit_compile=True)
    x = images()
    drawn = shifts_of(translate(places(64, 16, 24), SEED).numpy())
    expected = [shift(image, *d, -1.0) for image, d in zip(x, drawn, strict=True)]
    np.testing.assert_array_equal(translate(x, SEED), expected)
    assert np.abs(drawn).max(axis=0).tolist() == [2, 3]


def test_make_applies_the_names_in_order_with_seeds_of_their_own():
    x, names = images(), ("cutout", "translate")
    expected = x
    for name, seed in zip(names, tf.random.split(SEED, 2), strict=True):
        expected = augmentation.AUGMENTATIONS[name](expected, seed)
    np.testing.assert_array_equal(augmentation.make(*names)(x, SEED), expected)


@pytest.mark.parametrize("names", [(), ("color",), ("translate", "flip"), (1,)])
def test_make_knows_its_names(names):
    with pytest.raises(ValueError, match="`names` among .*'translate'.* received"):
        augmentation.make(*names)


@pytest.mark.parametrize(
    "x, seed, message",
    [
        (images()[0], SEED, r"`images` of shape .*\(16, 24, 3\)"),
        (np.ones((1, 4, 4, 1), "uint8"), SEED, "`images` as float.*uint8"),
        (images(), 3, r"`seed` as two whole numbers; received int32 of shape \(\)"),
        (images(), (1, 2, 3), r"`seed` as two .* of shape \(3,\)"),
        (images(), (1.0, 2.0), "`seed` as two whole numbers; received float32"),
    ],
)
@pytest.mark.parametrize("name", [*augmentation.AUGMENTATIONS, "make"])
def test_errors(name, x, seed, message):
    functions = augmentation.AUGMENTATIONS | {"make": augmentation.make("cutout")}
    with pytest.raises(ValueError, match=message):
        functions[name](x, seed)


@pytest.mark.parametrize("name", ["translate", "cutout"])
@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_share_is_a_part(name, share):
    with pytest.raises(ValueError, match=rf"`share` in \[0, 1\]; received {share}"):
        augmentation.AUGMENTATIONS[name](images(1), SEED, share=share)


def test_sides_must_be_known():
    graph = tf.function(
        lambda x: augmentation.translate(x, SEED),
        input_signature=[tf.TensorSpec((None, None, 24, 3))],
    )
    with pytest.raises(ValueError, match="known size; .*None, None, 24"):
        graph(images())


# Sounds.

CLIPS = np.random.default_rng(0).normal(size=(200, 32, 1)).astype("float32")


def later(clip, by):
    """Return the clip `by` samples later, zeros in front (behind, if negative)."""
    silence = np.zeros_like(clip)
    return np.concatenate([silence, clip, silence])[len(clip) - by :][: len(clip)]


def test_each_clip_is_moved_by_its_own_shift_and_silence_follows():
    found = augmentation.shift(CLIPS, (3, 4), 3).numpy()
    shifts = [
        [by for by in range(-3, 4) if np.array_equal(later(clip, by), new)]
        for clip, new in zip(CLIPS, found, strict=True)
    ]
    assert all(len(by) == 1 for by in shifts)
    counts = np.unique(np.ravel(shifts), return_counts=True)
    assert counts[0].tolist() == list(range(-3, 4)) and counts[1].min() > 10


def test_gains_are_uniform_in_decibel_and_one_a_clip():
    found = augmentation.gain(CLIPS, SEED, 6.0).numpy() / CLIPS
    assert np.allclose(found, found[:, :1], rtol=1e-4)
    decibel = 20 * np.log10(found[:, 0, 0])
    assert np.abs(decibel).max() <= 6.001 and np.ptp(decibel) > 11
    assert abs(decibel.mean()) < 1 and abs(decibel.std() - 12 / np.sqrt(12)) < 0.5


@pytest.mark.parametrize("change", [augmentation.shift, augmentation.gain])
@pytest.mark.parametrize(("share", "low", "high"), [(0, 0, 0), (0.3, 0.2, 0.4)])
def test_a_share_of_the_clips_is_changed(change, share, low, high):
    found = change(CLIPS, SEED, 5, share=share).numpy()
    changed = (found != CLIPS).any(axis=(1, 2)).mean()
    assert low <= changed <= high


def test_sounds_get_a_pure_function_of_clips_and_seed():
    augment = augmentation.make_for_clips(4, 3.0, 0.5)
    first = augment(CLIPS, SEED).numpy()
    traced = tf.function(augment)(CLIPS, SEED).numpy()
    np.testing.assert_allclose(first, traced, rtol=1e-6)  # a graph may be fused
    assert np.array_equal(first, augment(CLIPS, SEED).numpy())
    assert not np.array_equal(first, augment(CLIPS, (3, 6)).numpy())


def test_shift_and_gain_fall_on_clips_independently():
    found = augmentation.make_for_clips(31, 6.0, 0.5)(
        np.ones((4_000, 32, 1), "float32"), SEED
    )
    found = found.numpy()[..., 0]
    shifted, louder = (found == 0).any(1), np.abs(found.max(1) - 1) > 1e-6
    for value in (shifted & louder, shifted & ~louder, ~shifted & louder):
        assert 0.2 < value.mean() < 0.3


def test_the_gradient_passes_scaled_and_moved_back():
    clips = tf.constant(CLIPS[:8])
    with tf.GradientTape() as tape:
        tape.watch(clips)
        found = augmentation.make_for_clips(3, 6.0, 1.0)(clips, SEED)
    slope = tape.gradient(found, clips).numpy()
    for row in slope[..., 0]:
        kept = row[row != 0]
        assert 29 <= len(kept) <= 32 and np.ptp(kept) < 1e-6 and kept[0] > 0.5


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("most.*received 33", lambda: augmentation.shift(CLIPS, SEED, 33)),
        ("most.*received 1.5", lambda: augmentation.shift(CLIPS, SEED, 1.5)),
        ("most_db.*received -1", lambda: augmentation.gain(CLIPS, SEED, -1)),
        ("most_db.*received nan", lambda: augmentation.gain(CLIPS, SEED, np.nan)),
        ("share.*received 1.1", lambda: augmentation.gain(CLIPS, SEED, 1, 1.1)),
        ("as float.*int", lambda: augmentation.gain(CLIPS.astype(int), SEED, 1)),
        (r"received \(32, 1\)", lambda: augmentation.shift(CLIPS[0], SEED, 3)),
    ],
)  # fmt: skip
def test_bad_arguments_of_sounds_are_named(message, call):
    with pytest.raises(ValueError, match=message):
        call()

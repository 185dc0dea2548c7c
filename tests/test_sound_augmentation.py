"""Shifts and gains of sounds in front of D, against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from ganutils.training import sound_augmentation as augmentation

CLIPS = np.random.default_rng(0).normal(size=(200, 32, 1)).astype("float32")
SEED = (3, 4)


def moved(clip, by):
    """Return the clip `by` samples later, zeros in front (behind, if negative)."""
    silence = np.zeros_like(clip)
    return np.concatenate([silence, clip, silence])[len(clip) - by :][: len(clip)]


def test_each_clip_is_moved_by_its_own_shift_and_silence_follows():
    found = augmentation.shift(CLIPS, SEED, 3).numpy()
    shifts = [
        [by for by in range(-3, 4) if np.array_equal(moved(clip, by), new)]
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


def test_it_is_a_pure_function_of_clips_and_seed():
    augment = augmentation.make(4, 3.0, 0.5)
    first = augment(CLIPS, SEED).numpy()
    traced = tf.function(augment)(CLIPS, SEED).numpy()
    np.testing.assert_allclose(first, traced, rtol=1e-6)  # a graph may be fused
    assert np.array_equal(first, augment(CLIPS, SEED).numpy())
    assert not np.array_equal(first, augment(CLIPS, (3, 5)).numpy())


def test_shift_and_gain_fall_on_clips_independently():
    found = augmentation.make(31, 6.0, 0.5)(np.ones((4_000, 32, 1), "float32"), SEED)
    found = found.numpy()[..., 0]
    shifted, louder = (found == 0).any(1), np.abs(found.max(1) - 1) > 1e-6
    for value in (shifted & louder, shifted & ~louder, ~shifted & louder):
        assert 0.2 < value.mean() < 0.3


def test_the_gradient_passes_scaled_and_moved_back():
    clips = tf.constant(CLIPS[:8])
    with tf.GradientTape() as tape:
        tape.watch(clips)
        found = augmentation.make(3, 6.0, 1.0)(clips, SEED)
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
        ("float; received int", lambda: augmentation.gain(CLIPS.astype(int), SEED, 1)),
        (r"received \(32, 1\)", lambda: augmentation.make(3)(CLIPS[0], SEED)),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(message, call):
    with pytest.raises(ValueError, match=message):
        call()

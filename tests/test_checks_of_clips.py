"""What counts as clips for a GAN, and what an error says about the rest."""

import numpy as np
import pytest

from ganutils.kit.checks import check_clips


def test_good_clips_pass_as_they_came():
    clips = np.linspace(-1, 1, 30, dtype="float32").reshape(3, 10, 1)
    assert check_clips(clips) is clips


@pytest.mark.parametrize(
    "bad, message",
    [
        (np.zeros(10), r"received \(10,\).*np\.newaxis, :, np\.newaxis\]"),
        (np.zeros((10, 1)), r"the axis n: clips\[np\.newaxis\]"),
        (np.zeros((3, 10)), r"axis of channels: clips\[\.\.\., np\.newaxis\]"),
        (np.zeros((3, 1, 10)), r"np\.moveaxis\(clips, 1, -1\)"),
        (np.zeros((3, 10, 2)), r"clips\.mean\(axis=-1, keepdims=True\)"),
        (np.zeros((3, 28, 28, 1)), r"received \(3, 28, 28, 1\).*spoken_digits_tts"),
        (np.zeros((0, 10, 1)), "at least 1"),
        (np.zeros((3, 0, 1)), "at least 1"),
        (
            np.zeros((3, 10, 1), "int16"),
            "received int16 with min=0, max=0. Divide 16-bit",
        ),
        (np.full((3, 10, 1), np.nan), "received 30 samples that are NaN"),
        (np.full((3, 10, 1), -np.inf), "30 samples that are NaN or infinite"),
        (np.full((3, 10, 1), 1.5), r"min=1\.5, max=1\.5"),
    ],
)
def test_bad_clips(bad, message):
    with pytest.raises(ValueError, match=message):
        check_clips(bad)


def test_error_says_which_clips():
    with pytest.raises(ValueError, match="`fake` of shape"):
        check_clips(np.zeros(3), "fake")
    with pytest.raises(ValueError, match="at least 1 `real`"):
        check_clips(np.zeros((0, 8, 1)), "real")


def test_mended_shapes_are_accepted():
    clips = np.zeros((3, 10))
    assert check_clips(clips[..., np.newaxis]).shape == (3, 10, 1)
    assert check_clips(clips[0][np.newaxis, :, np.newaxis]).shape == (1, 10, 1)
    assert check_clips(np.zeros((3, 10, 2)).mean(axis=-1, keepdims=True)).ndim == 3

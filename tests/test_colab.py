"""The comparison of Colab's packages before and after the setup cell."""

import re

import pytest

import colab


def test_changes_tell_added_from_replaced_and_removed():
    before = {"ipython": "7.34.0", "numpy": "2.1.3", "pickleshare": "0.7.5"}
    after = {"ipython": "9.18.1", "numpy": "2.1.3", "ganutils": "0.1.0"}
    assert colab.changes(before, after) == (
        ["ganutils 0.1.0"],
        ["ipython 7.34.0 → 9.18.1", "pickleshare 0.7.5 → none"],
    )


def test_host_pins_every_package_and_colab_s_ipython():
    lines = colab.HOST.read_text("utf8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [
        line for line in pins if not re.fullmatch(r"[a-z-]+\d?[a-z]*==[\d.]+", line)
    ] == []
    assert "ipython==7.34.0" in pins


@pytest.mark.parametrize(
    ("after", "succeeded"),
    [
        ({"numpy": "2.1.3", "ganutils": "0.1.0"}, True),
        ({"numpy": "2.1.3"}, False),
        ({"numpy": "2.2.0", "ganutils": "0.1.0"}, False),
    ],
)
def test_job_ends_before_any_notebook_unless_ganutils_alone_is_new(
    monkeypatch, tmp_path, after, succeeded
):
    states = iter([{"numpy": "2.1.3"}, after])
    monkeypatch.setattr(colab, "packages", lambda python: next(states))
    installed = colab.install("true", tmp_path / "alone", "file:///nowhere")
    assert installed is succeeded

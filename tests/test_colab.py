"""The comparison of Colab's packages before and after the setup cell."""

import re

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


def test_failed_installation_ends_the_job_before_any_notebook(monkeypatch, tmp_path):
    monkeypatch.setattr(colab, "packages", lambda python: {})
    assert colab.install("false", tmp_path / "alone", "file:///nowhere") is False

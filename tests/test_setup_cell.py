"""The setup cell, as IPython runs it: beside ganutils, alone, and without a network."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv

import pytest

import chapters
import ganutils

WHERE = "\nimport ganutils; print(ganutils.__file__)"


def run(folder, python=sys.executable, before="", **variables):
    """Run the setup cell in a folder, then ask where ganutils came from."""
    code = before + chapters.setup_source() + WHERE
    command = [python, "-m", "IPython", "--colors=NoColor", "-c", code]
    variables = {**os.environ, "IPYTHONDIR": str(folder / "profile"), **variables}
    options = {"cwd": folder, "env": variables, "capture_output": True, "text": True}
    done = subprocess.run(command, **options)
    return done.stdout.strip().splitlines(), done.stderr


def instead(path):
    """Variables that make Git take the course from `path`, not from its address."""
    key = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{path}.insteadOf"}
    return {**key, "GIT_CONFIG_VALUE_0": chapters.repository()}


@pytest.fixture
def alone(tmp_path):
    """A Python that has every requirement but not ganutils; pip asks no index."""
    if shutil.which("git") is None:
        pytest.skip("needs git, as `pip install git+…` does")
    venv.create(tmp_path / "venv")
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (packages / "all.pth").write_text(sysconfig.get_paths()["purelib"], "utf8")
    options = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    return {"python": tmp_path / "venv" / "bin" / "python", "PYTHONPATH": "", **options}


@pytest.fixture
def repository(tmp_path):
    """A repository of this version, tagged as its release is."""
    root = tmp_path / "repository"
    for folder in ("ganutils", "data"):
        shutil.copytree(chapters.ROOT / folder, root / folder)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(chapters.ROOT / file, root)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    release = ["tag", f"v{ganutils.__version__}"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "All"], release):
        subprocess.run([*git, *command], cwd=root, check=True)
    return root


def test_cell_is_four_lines_and_installs_its_own_version_not_the_branch_s_head():
    address = f"git+{chapters.repository()}@v{ganutils.__version__}"
    assert chapters.setup_source().splitlines() == [
        "try:",
        "    import ganutils",
        "except ImportError:",
        f'    %pip install -q "ganutils @ {address}"',
    ]


def test_another_address_can_be_asked_for():
    assert "git+file:///somewhere" in chapters.setup_source("file:///somewhere")


def test_what_is_installed_serves_and_nothing_is_heard(tmp_path):
    installed = {"PYTHONPATH": str(chapters.ROOT), "TF_CPP_MIN_LOG_LEVEL": "0"}
    assert run(tmp_path, **installed) == ([ganutils.__file__], "")


def test_notebook_alone_installs_package_and_data(tmp_path, repository, alone):
    printed, _ = run(tmp_path, **alone, **instead(repository))
    assert printed[-1].startswith(str(tmp_path / "venv"))
    data = os.path.join(os.path.dirname(printed[-1]), "data", "digits.npz")
    assert os.path.getsize(data) == (chapters.ROOT / "data/digits.npz").stat().st_size


def test_failed_installation_says_why(tmp_path, alone):
    printed, heard = run(tmp_path, **alone, **instead("/no/such/course"))
    assert "'/no/such/course' does not appear to be a git repository" in heard
    assert printed[-1] == "ModuleNotFoundError: No module named 'ganutils'"


def test_clone_in_a_kernel_without_tensorflow_installs_nothing(tmp_path):
    hide = "import importlib.util as u; find = u.find_spec\n"
    hide += "u.find_spec = lambda n, *a: None if n == 'tensorflow' else find(n, *a)\n"
    printed, _ = run(tmp_path, before=hide, PYTHONPATH=str(chapters.ROOT))
    assert "RuntimeError: Expected TensorFlow beside ganutils" in "".join(printed)

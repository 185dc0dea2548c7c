"""The setup cell: in a clone, beside a package, alone; where it cannot go on."""

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


def run(folder, address=None, python=sys.executable, **variables):
    """Run the setup cell in a folder; return where ganutils came from."""
    code = chapters.setup_source(address) + WHERE
    done = subprocess.run(
        [python, "-c", code],
        cwd=folder,
        env={**os.environ, **variables},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


def refusal(folder, before="", python=sys.executable, **variables):
    """Run the setup cell where it cannot go on; return what it says on stderr."""
    code = before + chapters.setup_source("file:///no/such/course@v1")
    options = {"cwd": folder, "env": {**os.environ, **variables}, "text": True}
    done = subprocess.run([python, "-c", code], capture_output=True, **options)
    assert done.returncode == 1
    return done.stderr


@pytest.fixture
def alone(tmp_path):
    """A Python that has every requirement but not ganutils; pip asks no index."""
    venv.create(tmp_path / "venv")
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (packages / "all.pth").write_text(sysconfig.get_paths()["purelib"], "utf8")
    options = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    return {"python": tmp_path / "venv" / "bin" / "python", **options}


@pytest.fixture
def git_repository(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("needs git, as `pip install git+…` does")
    root = tmp_path / "repository"
    for folder in ("ganutils", "data"):
        shutil.copytree(chapters.ROOT / folder, root / folder)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(chapters.ROOT / file, root)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "All"]):
        subprocess.run([*git, *command], cwd=root, check=True)
    return f"file://{root}"


def test_clone_is_found_from_every_folder_below():
    for folder in (chapters.ROOT, chapters.ROOT / "tests" / "fixtures"):
        assert run(folder) == str(chapters.ROOT / "ganutils" / "__init__.py")


def test_installed_package_serves_where_there_is_no_clone(tmp_path):
    package = tmp_path / "installed" / "ganutils" / "__init__.py"
    package.parent.mkdir(parents=True)
    package.touch()
    package.with_name("runtime.py").write_text("def prepare(): pass", "utf8")
    (tmp_path / "empty").mkdir()
    installed = {"PYTHONPATH": str(tmp_path / "installed")}
    assert run(tmp_path / "empty", **installed) == str(package)


def test_notebook_alone_installs_from_the_git_address(tmp_path, git_repository, alone):
    pytest.importorskip("setuptools", minversion="77")
    (tmp_path / "empty").mkdir()
    found = run(tmp_path / "empty", git_repository, **alone)
    assert found.startswith(str(tmp_path / "venv"))
    data = os.path.join(os.path.dirname(found), "data", "digits.npz")
    assert os.path.getsize(data) == (chapters.ROOT / "data/digits.npz").stat().st_size


def test_notebook_installs_its_own_version_not_the_branch_s_head():
    address = f"git+{chapters.repository()}@v{ganutils.__version__}"
    assert f'"{address}"' in chapters.setup_source()


@pytest.mark.parametrize("version", [(3, 9, 18), (3, 14, 0)])
def test_another_python_is_refused_in_one_sentence(tmp_path, version):
    pretend = f"import sys; sys.version_info, sys.version = {version}, 'X.Y (main)'\n"
    assert refusal(tmp_path, pretend) == (
        "Choose a kernel with Python 3.10 to 3.13, not X.Y.\n"
    )


def test_failed_installation_is_one_sentence_with_pip_s_reason(tmp_path, alone):
    (line,) = refusal(tmp_path, **alone).splitlines()
    assert line.startswith("pip cannot install git+file:///no/such/course@v1; it needs")
    assert "does not appear to be a git repository" in line


def test_clone_in_a_kernel_of_another_python_names_that_python(tmp_path):
    venv.create(tmp_path / "venv")
    python = str(tmp_path / "venv" / "bin" / "python")
    (line,) = refusal(chapters.ROOT, python=python).splitlines()
    assert line == f"{python} has no TensorFlow. Run `make lab` and use its kernel."

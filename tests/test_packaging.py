"""What an installation brings: the ranges agree, the wheel holds the bundled data."""

import ast
import re
import shutil
import subprocess
import sys
import zipfile

import chapters

ROOT = chapters.ROOT
# Where module and distribution differ in name.
IMPORTED_AS = {"IPython": "ipython", "PIL": "pillow", "sklearn": "scikit-learn"}
# What a listed requirement brings along by its own nature.
BROUGHT_ALONG = {"jupyter_client", "traitlets"}
# What one benchmark compares us with, and nothing else needs.
BENCHMARK_ONLY = {"torch"}


def required():
    lines = (ROOT / "requirements.txt").read_text("utf8").splitlines()
    lines = [line.split("#")[0].strip() for line in lines]
    return {re.match(r"[\w-]+", line)[0]: line for line in lines if line}


def dependencies():
    text = (ROOT / "pyproject.toml").read_text("utf8")
    listed = re.search(r"^dependencies = (\[.+?^\])", text, re.M | re.S)[1]
    return ast.literal_eval(listed)


def imported(*folders):
    """The distributions that the Python files of these folders import."""
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    own = {path.stem for path in files} | {"ganutils"}
    found = {name for path in files for name in _modules(path)}
    return {IMPORTED_AS.get(n, n) for n in found - own - set(sys.stdlib_module_names)}


def _modules(path):
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


def test_wheel_and_requirements_state_the_same_ranges():
    assert set(dependencies()) <= set(required().values())


def test_wheel_requires_exactly_what_the_package_imports():
    assert imported("ganutils") == {
        re.match(r"[\w-]+", line)[0] for line in dependencies()
    }


def test_requirements_list_what_tests_tools_and_notebooks_import():
    used = imported("ganutils", "tests", "tools", "notebooks", "benchmarks")
    assert used - BROUGHT_ALONG - BENCHMARK_ONLY <= set(required())


def test_every_requirement_has_a_lower_and_an_upper_bound():
    bounds = re.compile(r"[\w-]+>=[0-9.]+,<[0-9.]+")  # what `make runs/newest.txt` cuts
    assert [line for line in required().values() if not bounds.fullmatch(line)] == []


def test_wheel_holds_package_and_data(tmp_path):
    for folder in ("ganutils", "data"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, tmp_path)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "."], cwd=tmp_path, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    data = {f"ganutils/data/{path.name}" for path in (ROOT / "data").iterdir()}
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / "ganutils").rglob("*.py")}
    assert (data | modules) - packed == set()

"""The house: imports point down the floors, in no circle, and no chapter past a face.

CONTRIBUTING.md has the picture. A package's own modules import one another; another
package imports modules, a chapter names that a face's `__all__` shows.
"""

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import chapters

FLOORS = {"kit": 1, "theory": 1}
FLOORS |= dict.fromkeys(("training", "metrics", "datasets", "audio"), 2)
FLOORS |= {"monitoring": 3, "plotting": 3, "failures": 4}
ROOF = 5  # what stands above all packages, such as ganutils/__init__.py and sample.py
HOUSE = chapters.ROOT / "ganutils"


def imported(source: str) -> Iterator[list[str]]:
    """Yield what a source imports of ours: ["kit", "checks", "check_images"], …"""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                package, *path = f"{module}{alias.name}".split(".")
                if package == "ganutils" and path:
                    yield path


def arrows(house: Path) -> Iterator[tuple[str, str]]:
    """Yield (module, module or face it imports): ("metrics/bench", "kit/files")."""
    for file in sorted(house.rglob("*.py")):
        for path in imported(file.read_text("utf8")):
            inner = house.joinpath(*path[:2]).with_suffix(".py").is_file()
            there = path[:2] if inner else [path[0], "__init__"]
            yield str(file.relative_to(house).with_suffix("")), "/".join(there)


def faults(house: Path) -> list[str]:
    """Return what is wrong with the imports of a folder laid out as `ganutils` is."""
    found, graph = [], {}
    for here, there in sorted(set(arrows(house))):
        graph.setdefault(here, set()).add(there)
        mine, theirs = here.split("/")[0], there.split("/")[0]
        rise = FLOORS.get(theirs, ROOF) - FLOORS.get(mine, ROOF)
        if mine in FLOORS and mine != theirs and rise >= 0:
            found.append(f"{here} → {there}: {'upward' if rise else 'sideways'}")
        if mine in FLOORS and there.endswith("/__init__"):
            found.append(f"{here} → {there}: a name through a face")
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        found.append(f"{' → '.join(error.args[1])}: a circle")
    return found


def past_face(source: str, house: Path = HOUSE) -> list[str]:
    """Return the imports of a chapter that take what no face shows."""
    return [
        ".".join(path)
        for path in imported(source)
        if path[-1] not in (shown(house.joinpath(*path[:-1])) if path[1:] else FLOORS)
    ]


def shown(package: Path) -> list[str]:
    """Return the names that a package's face shows, none where it is no package."""
    face = package / "__init__.py"
    for node in ast.parse(face.read_text("utf8")).body if face.is_file() else ():
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return ast.literal_eval(node.value)
    return []


def test_imports_point_down():
    assert faults(HOUSE) == []


@pytest.mark.parametrize("name", chapters.names())
def test_a_chapter_imports_what_a_face_shows(name):
    source = chapters.NOTEBOOKS / "src" / f"{name}.py"
    assert past_face(source.read_text("utf8")) == []


@pytest.fixture
def house(tmp_path):
    """A house without fault: a core on top of two modules of the kit."""
    core = "from ganutils.kit import files\nfrom ganutils.kit.checks import check"
    modules = {"kit/__init__": "", "kit/checks": "", "metrics/far": ""}
    modules |= {"kit/files": "from ganutils.kit import checks", "training/gan": core}
    modules["training/__init__"] = "from ganutils.training.gan import GAN\n"
    modules["training/__init__"] += "__all__ = ['GAN']"
    for name, source in modules.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.py").write_text(source, "utf8")
    assert faults(tmp_path) == []
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line", "fault"),
    [
        ("kit/checks", "import ganutils.metrics.far", "metrics/far: upward"),
        ("metrics/far", "from ganutils.training import gan", "training/gan: sideways"),
        ("monitoring/probe", "from ganutils.training import GAN", "through a face"),
        ("training/gan", "from ganutils.training import GAN", "through a face"),
        ("monitoring/probe", "from ganutils import kit", "through a face"),
        ("kit/checks", "from ganutils.kit.files import a", "kit/checks: a circle"),
    ],
)
def test_every_kind_of_fault_is_seen(house, module, line, fault):
    (house / "monitoring").mkdir()
    (house / f"{module}.py").write_text(line, "utf8")
    assert fault in "\n".join(faults(house))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from ganutils import kit, training", []),
        ("from ganutils.training import GAN", []),
        ("from ganutils.training import gan", ["training.gan"]),
        ("from ganutils.training.gan import GAN", ["training.gan.GAN"]),
        ("import ganutils.training.gan", ["training.gan"]),
        ("from ganutils import poster", ["poster"]),
    ],
)
def test_a_chapter_past_a_face_is_seen(house, line, found):
    assert past_face(line, house) == found

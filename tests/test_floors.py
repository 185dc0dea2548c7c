"""The house: imports point down the floors, in no circle, and no chapter past a face."""

import ast
import graphlib
from pathlib import Path

import pytest

import chapters

FLOORS = {"kit": 1, "theory": 1}
FLOORS |= dict.fromkeys(("training", "metrics", "datasets", "audio"), 2)
FLOORS |= {"monitoring": 3, "plotting": 3, "failures": 4}


def imports(root: Path):
    """Yield (module, what it imports of ours) as tuples of the names in their paths."""
    for file in root.rglob("*.py"):
        parts = file.relative_to(root).with_suffix("").parts
        for node in ast.walk(ast.parse(file.read_text("utf8"))):
            if isinstance(node, ast.ImportFrom):
                package, *path = node.module.split(".")
                for name in node.names if package == "ganutils" else ():
                    yield parts, (*path, name.name)


def faults(root: Path) -> list[str]:
    """Return what is wrong with the imports of a tree laid out as `ganutils` is."""
    found, graph = [], {}
    for (here, *inside), (there, *rest) in imports(root):
        module = "/".join((here, *inside))
        inner = root.joinpath(there, *rest[:1]).with_suffix(".py").is_file()
        if inside != ["__init__"] and there == here or there in FLOORS and inner:
            graph.setdefault(module, set()).add("/".join((there, *rest[:1])))
        if here not in FLOORS or here == there:
            continue
        rise = FLOORS[there] - FLOORS[here]
        if rise >= 0:
            found.append(f"{module} → {there}: {'upward' if rise else 'sideways'}")
        if not inner:
            found.append(f"{module} → {there}: through its face")
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        found.append(f"{' → '.join(error.args[1])}: a circle")
    return found


def past_face(source: str) -> list[str]:
    """Return the imports of a chapter that take what no face shows."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("ganutils"):
            face = chapters.ROOT / node.module.replace(".", "/") / "__init__.py"
            names = ast.parse(face.read_text("utf8")).body if face.is_file() else []
            shown = [n.value for n in names if isinstance(n, ast.Assign)]
            shown = ast.literal_eval(shown[-1]) if shown else []
            shown = FLOORS if node.module == "ganutils" else shown
            found += [f"{node.module}: {n.name}" for n in node.names if n.name not in shown]
    return found


def test_imports_point_down():
    assert faults(chapters.ROOT / "ganutils") == []


@pytest.mark.parametrize("name", chapters.names())
def test_a_chapter_imports_what_a_face_shows(name):
    assert past_face((chapters.NOTEBOOKS / "src" / f"{name}.py").read_text("utf8")) == []

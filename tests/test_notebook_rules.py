"""Every shape rule, seen to pass and to fail on a small notebook."""

import base64
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

import notebook_rules as rules

PNG = base64.b64encode(bytes(61 * 1024)).decode()


def stream(text, name="stdout"):
    return new_output("stream", text=text, name=name)


def figure(size=100, **metadata):
    data = {"image/png": PNG[: size * 1024 * 4 // 3 // 4 * 4]}
    return new_output("display_data", data=data, metadata=metadata)


def name(text="<Figure size 720x240 with 1 Axes>"):
    return new_output("execute_result", data={"text/plain": text})


CAPTION = new_markdown_cell("Seen.\n\n**Figure.** A line.")
DRAWN = figure()
DRAWN.data["text/plain"] = "<Figure size 720x240 with 1 Axes>"


def code(source="x = 1", outputs=(), tags=(), count=1):
    metadata = {"tags": list(tags)} if tags else {}
    return new_code_cell(
        source, outputs=list(outputs), metadata=metadata, execution_count=count
    )


def titled(name="opening.png", kb=1, kind="image/png", source="opening.png"):
    picture = base64.b64encode(b"\x89PNG" + bytes(kb * 1024 - 4)).decode()
    cell = new_markdown_cell(f"![A line](attachment:{source})")
    cell["attachments"] = {name: {kind: picture}} if name else {}
    return cell


WORDS = new_markdown_cell("word, " * 99 + "<b>word</b> $a + b$")
USES = code(
    "from ganutils import d\nfrom ganutils.kit import (a as b,\nc)\nimport os\n"
    + "\n".join(f"d.x{i}" for i in range(19))
)
GOOD = [
    (rules.opening, [titled(kb=200), new_markdown_cell("![A line](line.png)")]),
    (rules.session, [code()] * 25),
    (rules.session, [code()] * 60),
    (rules.session, [code("x\n\n" * 10)] * 26),
    (rules.session, [WORDS] * 26),
    (rules.session, [USES, *[code("b.x, d.x0, os.x")] * 24]),
    (rules.compared_cells, [code(), code(tags=["nbval-ignore-output"])]),
    (rules.code_cells, [code("x = 1\n" * 30), code("x" * 88)]),
    (rules.imports, [code("import os", tags=["imports"])]),
    (rules.execution_counts, [code(count=1), new_markdown_cell(""), code(count=2)]),
    (rules.quiet, [code(outputs=[stream("fine")])]),
    (rules.absolute_paths, [code("a = b/tmp/c", [stream("https://a.org/tmp/x")])]),
    (rules.absolute_paths, [code('open("runs/home/x")'), code('"../data/x"')]),
    (rules.alternative_text, [new_markdown_cell("![A line](line.png)")]),
    (rules.alternative_text, [code(outputs=[figure(**{"image/png": {"alt": "A"}})])]),
    (rules.figures_shown, [code(outputs=[name("<Axes: >")]), code(outputs=[DRAWN])]),
    (rules.figures_shown, [code(outputs=[figure()]), CAPTION, code()]),
    (rules.figures_shown, [CAPTION, code(outputs=[figure()])]),
    (rules.figure_sizes, [code(outputs=[figure(60)])]),
    (rules.metadata, [code(tags=["stub"])]),
]
BAD = [
    (rules.opening, [titled(name="")], r"names the pictures \['opening.png'\] and h"),
    (rules.opening, [titled(source="other.png")], r"holds \['opening.png'\]; let"),
    (rules.opening, [titled(kb=201)], "opening.png has 201 kB"),
    (rules.opening, [titled(kind="image/gif")], "opening.png what is image/png"),
    (rules.opening, [titled("opening.gif", 1, "image/png", "opening.gif")], "calls op"),
    (rules.session, [code()] * 24, "24 cells, expected 25 to 60"),
    (rules.session, [code()] * 61, "61 cells, expected at most 60"),
    (rules.session, [code("x\n\n" * 10)] * 26 + [code()], "261 lines of code, exp"),
    (rules.session, [WORDS] * 26 + [new_markdown_cell("x")], "2601 words, expected"),
    (rules.session, [USES, *[code("b.x")] * 24, code("d.y")], "21 names of ganutils"),
    (
        rules.compared_cells,
        [code(), *[code(tags=["nbval-ignore-output"])] * 2],
        "1 of 3 code cells",
    ),
    (rules.code_cells, [code("x = 1\n" * 31)], "31 lines"),
    (rules.code_cells, [code("x" * 89)], "88 columns"),
    (rules.code_cells, [code("")], "is empty"),
    (rules.imports, [code("def f():\n    import os")], "imports; move"),
    (rules.execution_counts, [code(count=2)], r"counts \[2\]"),
    (rules.execution_counts, [code(count=None)], r"counts \[None\]"),
    (rules.quiet, [code(outputs=[stream("Warning: x", "stderr")])], "Warning: x"),
    (rules.quiet, [code(outputs=[new_output("error", ename="E")])], "raised E"),
    (rules.absolute_paths, [code('open("/tmp/x")')], "path '/tmp/x"),
    (rules.absolute_paths, [code(outputs=[stream("in /home/a/b")])], "/home/a/b"),
    (rules.alternative_text, [new_markdown_cell("![](line.png)")], "without"),
    (rules.alternative_text, [code(outputs=[figure()])], "without description"),
    (rules.figures_shown, [code(outputs=[name()])], "shows <Figure size 720x240 with"),
    (
        rules.figures_shown,
        [code(outputs=[name("[<Figure size 9x9>]")])],
        "<Figure size",
    ),
    (rules.figures_shown, [code(), CAPTION, code()], "describes a figure beside no"),
    (
        rules.figures_shown,
        [code(outputs=[figure()]), new_markdown_cell("Next."), CAPTION],
        "beside no picture",
    ),
    (rules.figure_sizes, [code(outputs=[figure(61)])], "of 61 kB"),
    (rules.metadata, [new_code_cell("x", metadata={"scrolled": True})], "scrolled"),
]


def notebook(cells):
    parts = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.NotebookNode(parts)  # unchecked: cells may share an id here


@pytest.mark.parametrize(("rule", "cells"), GOOD)
def test_rule_accepts(rule, cells):
    assert list(rule(notebook(cells))) == []


@pytest.mark.parametrize(("rule", "cells", "message"), BAD)
def test_rule_objects(rule, cells, message):
    (line,) = rule(notebook(cells))
    assert re.search(message, line)


@pytest.mark.parametrize(
    ("name", "kb", "broken"),
    [("02_x", 499, 0), ("02_x", 501, 1), ("05_audio", 1499, 0), ("05_audio", 1501, 1)],
)
def test_file_size(tmp_path, name, kb, broken):
    path = tmp_path / f"{name}.ipynb"
    path.write_bytes(bytes(kb * 1024))
    assert len(list(rules.file_size(path))) == broken


def test_problems_names_file_and_spares_solutions_the_chapters_length(tmp_path):
    (tmp_path / "solutions").mkdir()
    for path in (tmp_path / "a.ipynb", tmp_path / "solutions" / "a.ipynb"):
        nbformat.write(notebook([code()]), path)
    assert rules.problems(tmp_path / "a.ipynb") == [
        "a.ipynb: 1 cells, expected 25 to 60"
    ]
    assert rules.problems(tmp_path / "solutions" / "a.ipynb") == []

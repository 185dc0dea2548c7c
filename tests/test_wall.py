"""The table for the wall: every failure, and links that lead somewhere."""

import re

import chapters
from ganutils.failures import wall
from ganutils.failures.catalogue import CATALOGUE


def headings():
    source = (chapters.NOTEBOOKS / "src" / "04_stable_training.py").read_text("utf-8")
    return {
        re.sub("`", "", h.strip()).replace(" ", "-")
        for h in re.findall(r"^# #+ (.*)$", source, re.M)
    }


def test_every_failure_has_a_row_and_nothing_else():
    assert set(wall.SIGNS) == set(CATALOGUE)
    assert len(wall.rows()) == len(CATALOGUE) == 20
    assert all(all(cell for cell in row) for row in wall.rows())


def test_every_link_of_the_table_leads_to_a_heading_of_the_chapter():
    links = re.findall(r"\]\(#([^)]*)\)", wall.table())
    assert len(links) == 20
    assert set(links) <= headings()


def test_the_page_holds_every_sign():
    written = " ".join(
        t.get_text().replace("\n", " ") for t in wall.page().axes[0].texts
    )
    for sign, _ in wall.SIGNS.values():
        assert sign in written

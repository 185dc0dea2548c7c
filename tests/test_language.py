"""All chapters but 5: defined words, one meaning a symbol, short sentences.

All that a chapter breaks is told at once: pytest tests/test_language.py -k 02.
"""

import re
from typing import NamedTuple

import jupytext
import pytest

import chapters

READ = chapters.names()
GLOSSARY = (chapters.ROOT / "docs" / "glossary.md").read_text("utf8")
WORDS_A_SENTENCE = 30
NO_DEFINITION = ("You do", "You learn", "You need")  # nor are labels: "**Figure.**"
# Terms that are everyday words, too: where they stand is not checked.
ORDINARY = {
    "alarm",
    "algorithm",
    "value",
    "field",
    "coverage",
    "dual",
    "averaging",
    "clipping",
}
ORDINARY |= {"transport", "packing", "paired", "precision", "recall", "bridge"}
ORDINARY |= {"alternating", "simultaneous", "confidence", "high quality"}
CODE = re.compile(r"```.*?```|`[^`]*`", re.S)
LINK = r"!?\[[^\]]*\]\([^)]*\)"
FORMULA = r"\$\$.*?\$\$|\$[^$]*\$"
NOT_PROSE = re.compile(
    rf"^#.*?$|^\|.*?$|^\*\*You .*?(?:\n\n|\Z)|<[^>]+>|{FORMULA}|{LINK}", re.M | re.S
)
END = re.compile(r"</summary>|</p>|<br>|\n *(?:[-*]|\d+\.) |^[#|].*$", re.M)
PENALTY, LAMBDA = r"gradient penalt(?:y|ies)", r"(?:\\lambda|λ)"
ONE_MEANING = {
    "σ is only the sigmoid": r"(?:\\sigma|σ)\s*(?:\(W|\^\{?2|_|²|₁)",
    "a standard deviation is no σ": r"N\(0,\s*(?:\\sigma|σ)",
    "λ is only an eigenvalue": rf"{LAMBDA}[^.\n]*{PENALTY}|{PENALTY}[^.\n]*{LAMBDA}",
    "β is only Adam's, with its number": r"(?:\\beta|β)(?![_₁₂\w])",
}


class Term(NamedTuple):
    """A row of the glossary: its names, one pattern of all, who defines it."""

    names: list[str]
    word: re.Pattern
    chapter: str


def read_terms(text=GLOSSARY):
    table = text.split("## Terms")[1].split("\n## ")[0].strip().splitlines()[2:]
    for _, term, _, chapter, _ in (re.split(r"(?<!\\)\|", line) for line in table):
        names = term.strip().split(", ")
        word = rf"(?<![\w-])(?:{'|'.join(map(_plural, names))})(?![\w-])"
        yield Term(names, re.compile(word), chapter.strip().zfill(2))


def _plural(name):
    word = re.escape(name[:-1]) + "(?:y|ies)" if name.endswith("y") else ""
    word = word or re.escape(name) + "(?:s|es)?"
    return word if name.isupper() else f"(?i:{word})"


def text_cells(name):
    """Return a chapter's text cells but the solutions': [(cell number, text)]."""
    cells = jupytext.read(chapters.NOTEBOOKS / "src" / f"{name}.py").cells
    cells = [cell for cell in cells if "solution" not in chapters.tags(cell)]
    return [(i, c.source) for i, c in enumerate(cells) if c.cell_type == "markdown"]


def blank(pattern, text):
    return pattern.sub(lambda found: re.sub(r"\S", " ", found[0]), text)


def definitions(text):
    """Return the bold phrases that are no labels, and where they stand."""
    for bold in re.finditer(r"\*\*([^*]+)\*\*", blank(CODE, text)):
        if not bold[1].endswith((".", ":", "?", "!", '"', *NO_DEFINITION)):
            yield bold.start(), " ".join(bold[1].split())


def undefined(cells, terms):
    for i, text in cells:
        for _, phrase in definitions(text):
            known = re.search(rf"as known:[^.]*\b{re.escape(phrase)}\b", GLOSSARY)
            if not known and not any(t.word.fullmatch(phrase) for t in terms):
                yield f"cell {i}: **{phrase}** is not in docs/glossary.md"


def too_early(cells, terms, earlier=()):
    """Tell which terms stand before their definition, here or in their own chapter.

    The first cell, headings, and a sentence that names the term's chapter run ahead.
    """
    for term in terms:
        homes = [text for name, text in earlier if name[:2] == term.chapter]
        known = any(_places(term, text) for text in homes)
        longer = [t for t in terms if t != term and any(map(term.word.search, t.names))]
        for i, text in [] if known or ORDINARY & {*term.names} else cells[1:]:
            prose = blank(NOT_PROSE, blank(CODE, text))
            for other in longer:
                prose = blank(other.word, prose)
            places = _places(term, text)
            uses = term.word.finditer(prose[: min(places, default=None)])
            sentences = [_sentence(text, use.start()) for use in uses]
            number = f"hapter {int(term.chapter)}"
            early = [s for s in sentences if not re.search(rf"{number}\b", s)]
            if early:
                yield f"cell {i}: {term.names[0]} (c{number}) in: {early[0]}"
            if early or places:
                break


def _places(term, text):
    return [place for place, phrase in definitions(text) if term.word.fullmatch(phrase)]


def _sentence(text, place):
    start = [m.end() for m in re.finditer(r"[.?!]\s|\n\n|\n- ", text[:place])]
    rest = text[start[-1] if start else 0 :]
    return " ".join(re.split(r"(?<=[.?!])\s|\n\n", rest)[0].split())


def second_meanings(cells):
    for i, text in cells:
        for meaning, pattern in ONE_MEANING.items():
            if found := re.search(pattern, blank(CODE, text)):
                yield f"cell {i}: {meaning}: {found[0]}"


def long_sentences(cells):
    for i, text in cells:
        text = re.sub(LINK, "link", CODE.sub("code", text))
        text = re.sub(FORMULA, " ", text, flags=re.S)
        text = re.sub(r"<[^>]+>", " ", END.sub("\n\n", text))
        for sentence in re.split(r"(?<=[.?!])[*\"”)]*\s|\n\n", text):
            words = [word for word in sentence.split() if re.search(r"\w", word)]
            if len(words) > WORDS_A_SENTENCE:
                yield f"cell {i}: {len(words)} words: {' '.join(words)}"


@pytest.mark.parametrize("name", READ)
def test_language(name):
    cells, terms = text_cells(name), [*read_terms()]
    before = [(n, text) for n in READ if n < name for _, text in text_cells(n)]
    found = [*undefined(cells, terms), *too_early(cells, terms, before)]
    found += [*second_meanings(cells), *long_sentences(cells)]
    assert not found, "\n".join([f"{len(found)} in {name}:", *found])


SMALL = [*read_terms("## Terms\n\n|t|m|c|\n|-|-|-|\n| mode, hill | A heap. | 2 |\n")]


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (
            undefined,
            "A **hill** is. **Figure.** **You do** `**a**`",
            "A **valley** is.",
        ),
        (too_early, "# Modes\n\n`mode` **modes** are hills.", "Hills, **modes**."),
        (too_early, "Modes are met in chapter 2.", "Modes are met in chapter 21."),
        (second_meanings, r"$\sigma(s)$, N(0, τ²), β₂, $\lambda=1$", r"$\sigma(W)$"),
        (second_meanings, r"$\beta_1$. The gradient penalty. λ", "N(0, σ)"),
        (second_meanings, "`beta` β₁", r"momentum $\beta$"),
        (second_meanings, "λ is large", "λ weighs the gradient penalty."),
        (long_sentences, "w " * 28 + "`a b` [a b](c).\n- " + "w " * 30, "w " * 31),
    ],
)
def test_each_rule_lets_good_text_pass_and_finds_the_bad(rule, good, bad):
    more = [SMALL] if rule in (undefined, too_early) else []
    assert [*rule([(0, ""), (1, good)], *more)] == []
    assert len([*rule([(0, ""), (1, bad)], *more)]) == 1


@pytest.mark.parametrize(("chapter", "broken"), [("02_a", 0), ("01_a", 1)])
def test_a_term_counts_as_defined_in_its_own_chapter_only(chapter, broken):
    text = [(0, ""), (1, "Many modes. And more modes.")]
    assert len([*too_early(text, SMALL, [(chapter, "**modes**")])]) == broken


def test_glossary_is_in_order():
    names = re.findall(r"^\| ([^,|]+)", GLOSSARY.split("## Notation")[0], re.M)[1:]
    plain = [name.strip().lower().replace("é", "e") for name in names]
    assert plain == sorted(plain) and len(plain) > 100

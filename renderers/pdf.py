"""Printed -> PDF/UA-1 by typst: prepares the texts for the font, then hands the outline to the template.

Texts reach typst as JSON and stay text: typst source is never made from data.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from renderers.printed import ABSENT, EMPTY, MARK, SIGN_HINT, SIGNS, Block, Paper, Printed, moment, papers

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Source Sans"
TEMPLATE = Path(__file__).parent / "typst" / "paper.typ"

WORDS = {"empty": EMPTY, "absent": ABSENT, "signs": SIGNS, "hint": SIGN_HINT, "mark": MARK}
REGIONS = {"fr": "FR"}  # « fr » alone is written « fr-FR » in the PDF
STAND_INS = "◊¤?"  # the first that the font has takes the place of what it lacks
LACKING = "Signes que la police d’impression ne contient pas, remplacés par « {} » : {}."
MAX_LACKING = 12  # named in that note

CUT = "\u200b"  # a place where a line may end; only set where needed, as it is copied with the text
TOO_LONG = re.compile(rf"[^\s{CUT}]{{41,}}")  # not a word: cut rather than printed over the margin
LONG = re.compile(r"\S{10,}")  # for a cell
PIECES = re.compile(r"[^\s@._-]+[@._-]*|[@._-]+")  # addresses and compounds are cut after these signs
LONGEST, SLICE = 25, 8  # a longer piece is cut anywhere

TABLE, PADDING = 98, 3  # small letters in the width of a table; those that a cell's margins take
SHORTEST, WANTED = 9, 60  # the word of an empty cell; no text widens its column beyond
MAX_BOXES, MAX_BOXES_TEXT = 12, 600  # signs that fit one page
MAX_ROW_TEXT = 300  # a longer table row may go on over the page


class FontFault(RuntimeError):
    """The fonts of printed papers are not installed."""


def pdf(printed: Printed) -> bytes:
    """Print as a tagged PDF/UA-1; PrintFault when `printed` can't be, FontFault without its fonts."""
    fonts, family, coverage = _fonts(FONTS)
    glyphs = _Glyphs(coverage)
    sheets = [_mapped(_layout(paper), glyphs.write) | {"lacking": ""} for paper in papers(printed)]
    sheets[-1]["lacking"] = glyphs.lacking()
    language, _, region = printed.lang.partition("-")
    return typst.compile(
        TEMPLATE,
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={
            "papers": json.dumps(sheets),
            "words": json.dumps(WORDS),
            "family": family,
            "lang": language,
            "region": region or REGIONS.get(language, ""),
        },
        pdf_standards=["ua-1"],
        timestamp=moment(printed),
    )


def _layout(paper: Paper) -> dict[str, Any]:
    """Add to a paper what the template can't measure."""
    few = len(paper.signs) <= MAX_BOXES and sum(map(len, paper.signs)) <= MAX_BOXES_TEXT
    return vars(paper) | {"blocks": [_block(block) for block in paper.blocks], "keep": few}


def _block(block: Block) -> Block:
    if block["block"] == "inset":
        return block | {"blocks": [_block(inner) for inner in block["blocks"]]}
    if block["block"] == "table":
        cells = _mapped([block["columns"], *block["rows"]], lambda text: LONG.sub(_cut, text))
        texts = [[list(_texts(cell)) for cell in row] for row in cells]
        return block | {
            "columns": cells[0],
            "rows": cells[1:],
            **_columns([list(itertools.chain(*column)) for column in zip(*texts, strict=True)]),
            "keep": [sum(map(len, itertools.chain(*row))) <= MAX_ROW_TEXT for row in texts[1:]],
        }
    return block


def _columns(columns: list[list[str]]) -> dict[str, Any]:
    """Share the width of a table: each column's longest word first, then by what its longest text wants.

    Words are cut (`hyphenate`) only if they can't all be whole.
    """
    words = [
        PADDING + max([SHORTEST, *(_extent(word) for text in texts for word in _words(text))])
        for texts in columns
    ]
    whole = sum(words) <= TABLE
    least = words if whole else [min(word, TABLE / len(columns)) for word in words]
    wanted = [max(1, min(WANTED, max(map(len, texts)))) for texts in columns]
    spare = max(0, TABLE - sum(least)) / sum(wanted)
    return {
        "widths": [low + spare * want for low, want in zip(least, wanted, strict=True)],
        "hyphenate": not whole,
    }


def _cut(word: re.Match[str]) -> str:
    """Let lines end inside a long word (after a hyphen, they may anyway)."""
    return CUT.join(_words(word[0])).replace(f"-{CUT}", "-")


def _words(text: str) -> Iterable[str]:
    """Find what a line end can't cut in a text."""
    for piece in PIECES.findall(text):
        yield from [piece] if len(piece) <= LONGEST else textwrap.wrap(piece, SLICE)


def _extent(word: str) -> float:
    """Estimate the width of a word, a small letter being 1."""
    return len(word) + 0.35 * sum(letter.isupper() or letter in "mwœæ—…%@" for letter in word)


def _texts(tree: Any) -> Iterable[str]:
    """Find the texts of a label or a value."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping):
        yield from _texts([inner for key, inner in tree.items() if key != "kind"])
    else:
        for inner in tree or ():
            yield from _texts(inner)


def _mapped(tree: Any, write: Callable[[str], str]) -> Any:
    if isinstance(tree, str):
        return write(tree)
    if isinstance(tree, Mapping):
        return {key: _mapped(inner, write) for key, inner in tree.items()}
    if isinstance(tree, list | tuple):
        return [_mapped(inner, write) for inner in tree]
    return tree


class _Glyphs(dict[int, str]):
    """For str.translate: each character as the font can print it; remembers what it cannot."""

    def __init__(self, coverage: frozenset[int]) -> None:
        super().__init__({ord("\n"): "\n", ord(CUT): CUT})
        self.coverage = coverage
        self.stand_in = next(sign for sign in STAND_INS if ord(sign) in coverage)
        self.missed: list[int] = []

    def __missing__(self, code: int) -> str:
        self[code] = self._glyph(code)
        return self[code]

    def _glyph(self, code: int) -> str:
        sign = chr(code)
        plain = unicodedata.normalize("NFKD", sign)
        for text in (sign, plain, "-" if unicodedata.category(sign) == "Pd" else ""):
            if text and self.coverage.issuperset(map(ord, text)):
                return text
        self.missed.append(code)
        return self.stand_in

    def write(self, text: str) -> str:
        """Prepare a text: composed letters, glyphs, places to cut what is too long."""
        return LONG.sub(
            lambda word: CUT.join(_words(word[0])), unicodedata.normalize("NFC", text).translate(self)
        )

    def lacking(self) -> str:
        """Say which characters were replaced, "" if none."""
        codes = [f"U+{code:04X}" for code in self.missed[:MAX_LACKING]]
        more = ["…"] if len(self.missed) > MAX_LACKING else []
        return LACKING.format(self.stand_in, ", ".join(codes + more)) if codes else ""


@functools.cache
def _fonts(folder: Path) -> tuple[typst.Fonts, str, frozenset[int]]:
    """Load the fonts of a folder, the name of the family, the characters that all its upright faces have."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    faces = [face for face in fonts.fonts() if face.family.startswith(FAMILY) and face.style == "normal"]
    if not faces:
        raise FontFault(f"{folder} : aucune police {FAMILY} (*.ttf) ; relancez l'installation")
    return fonts, faces[0].family, frozenset.intersection(*(_characters(face.path) for face in faces))


def _characters(path: str | None) -> frozenset[int]:
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())

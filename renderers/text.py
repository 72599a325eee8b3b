"""Printed -> plain text, 80 columns: for mails, terminals and whoever reads line by line.

Order and words are those of the PDF; a table becomes one numbered entry a row, which speech can follow.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from renderers.printed import EMPTY, SIGNS, Block, Paper, Printed, papers

WIDTH = 80
UNDERLINES = {1: "=", 2: "-"}  # deeper headings have none
STEP = "  "


def text(printed: Printed) -> str:
    """Print as plain text; PrintFault when `printed` can't be."""
    sheets = papers(printed)
    lines = [line for paper in sheets for line in [*_paper(paper), ""]]
    return _tidy("\n".join([*lines, *_wrapped(sheets[0].foot)]))


def _paper(paper: Paper) -> Iterable[str]:
    yield from _heading(paper.title, 1)
    yield from _wrapped(paper.subtitle)
    if paper.state:
        yield from _wrap(f"[{paper.state}]")
    yield from _blocks(paper.blocks)
    if paper.signs:
        yield from _heading(SIGNS, 2)
        for sign in paper.signs:
            yield from _wrap(f"{sign} :", "- ")


def _blocks(blocks: Iterable[Block]) -> Iterable[str]:
    for block in blocks:
        kind = block["block"]
        if kind == "heading":
            yield from _heading(block["text"], block["level"])
        elif kind == "facts":
            for fact in block["facts"]:
                yield from _fact(fact["label"], fact["value"])
        elif kind == "table":
            yield from _table(block)
        elif kind == "inset":
            yield from _blocks(block["blocks"])
        else:
            yield from ["", *_wrap(block["text"])]


def _heading(title: str, level: int) -> Iterable[str]:
    lines = _wrap(title)
    yield from ["", *lines]
    if level in UNDERLINES:
        yield UNDERLINES[level] * max(map(len, lines))


def _table(block: Block) -> Iterable[str]:
    for n, row in enumerate(block["rows"], start=1):
        mark = f"{n}. "
        for label, cell in zip(block["columns"], row, strict=True):
            if cell is not None:
                yield from _fact(label, cell, mark)
                mark = " " * len(mark)
    yield ""


def _fact(label: str, value: Block, mark: str = "") -> Iterable[str]:
    """One line if it fits; what has several lines comes under its label."""
    name = f"{label} :" if label else ""
    inner = " " * len(mark) + STEP
    if value["kind"] == "list":
        yield from _wrap(name, mark)
        yield from _items(value["items"], inner)
    else:
        said = value["text"].strip("\n") if value["kind"] == "text" else EMPTY
        if "\n" in said:
            yield from _wrap(name, mark)
            yield from _wrap(said, inner)
        else:
            yield from _wrap(f"{name} {said}".strip(), mark, inner)


def _items(items: Iterable[Block], indent: str) -> Iterable[str]:
    for item in items:
        caption = f"{item['caption']} : " if item["caption"] else ""
        details = f" : {' ; '.join(item['details'])}" if item["details"] else ""
        yield from _wrap(f"{caption}{item['text']}{details}", f"{indent}- ", indent + STEP)
        yield from _items(item["items"], indent + STEP)


def _wrapped(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        yield from _wrap(text)


def _wrap(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """Cut each line of a text at 80 columns, blank lines kept."""
    rest = " " * len(first) if rest is None else rest
    found: list[str] = []
    for line in text.split("\n"):
        start = rest if found else first
        cut = textwrap.wrap(line, WIDTH, initial_indent=start, subsequent_indent=rest, break_on_hyphens=False)
        found += cut or [start.rstrip()]
    return found


def _tidy(text: str) -> str:
    """Drop spaces at line ends and repeated blank lines."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" +\n", "\n", text)).strip("\n") + "\n"

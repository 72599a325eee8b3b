"""The Markdown subset of helps and notes, read into a small tree; renderers escape and draw it.

Paragraphs, « - » and « 1. » lists, **strong**, *emphasis*, [text](https://… or /page of this site);
a backslash keeps the next sign as it is. Anything else is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

INLINE = re.compile(
    r"\\(?P<kept>[\\*\[\]()\-.])"
    r"|\*\*(?P<strong>[^*\s](?:[^*]*[^*\s])?)\*\*"
    r"|\*(?P<emphasis>[^*\s](?:[^*]*[^*\s])?)\*"
    r"|\[(?P<text>[^\[\]]{1,300})\]\((?P<url>[^()\s]{1,500})\)"
)
SAFE_URL = re.compile(r"https://[^\s\\]+|/(?![/\\])[^\s\\]*")
BULLET = re.compile(r"\s{0,3}[-*] +(.*)")
NUMBER = re.compile(r"\s{0,3}\d{1,3}\. +(.*)")
LISTS = (("bullets", BULLET), ("numbers", NUMBER))


@dataclass(frozen=True)
class Run:
    """A run of text; `kind`: text (then `text` only), strong, emphasis, link (then `runs`, `url`)."""

    kind: str
    text: str = ""
    url: str = ""
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True)
class Block:
    """A block; `kind`: paragraph (one item), bullets, numbers."""

    kind: str
    items: tuple[tuple[Run, ...], ...]


def parse(source: str) -> tuple[Block, ...]:
    """Read a text into blocks.

    >>> [block.kind for block in parse("Bonjour\\n\\n- un\\n- deux")]
    ['paragraph', 'bullets']
    """
    return tuple(Block(kind, tuple(inline(text) for text in texts)) for kind, texts in _blocks(source))


def inline(source: str) -> tuple[Run, ...]:
    """Read one line's runs; a link elsewhere than https or this site stays text."""
    runs: list[Run] = []
    end = 0
    for found in INLINE.finditer(source):
        runs += _text(source[end : found.start()]) + _run(found)
        end = found.end()
    return tuple(_joined(runs + _text(source[end:])))


def quote(text: str) -> str:
    """Escape a value, so that it stays plain text once set into a source."""
    return re.sub(r"([\\*\[\]()\-.])", r"\\\1", " ".join(text.split()))


def plain(blocks: tuple[Block, ...]) -> str:
    """The words alone, a block or list item a line."""
    return "\n".join(_words(item) for block in blocks for item in block.items)


def _blocks(source: str) -> Iterator[tuple[str, list[str]]]:
    kind, texts = "", list[str]()
    for line in [*source.splitlines(), ""]:
        found, words = _item(line), line.strip()
        if words and texts and not found and (kind == "paragraph" or line.startswith("  ")):
            texts[-1] += f" {words}"
            continue
        if texts and (not found or found[0] != kind):
            yield kind, texts
            texts = []
        if found:
            kind = found[0]
            texts = [*texts, found[1]]
        elif words:
            kind, texts = "paragraph", [words]


def _item(line: str) -> tuple[str, str] | None:
    for kind, pattern in LISTS:
        if found := pattern.fullmatch(line):
            return kind, found[1]
    return None


def _run(found: re.Match[str]) -> list[Run]:
    match found.lastgroup:
        case "kept":
            return _text(found["kept"])
        case "strong" | "emphasis" as kind:
            return [Run(kind, runs=inline(found[kind]))]
        case _ if SAFE_URL.fullmatch(found["url"]):
            return [Run("link", url=found["url"], runs=tuple(_text(found["text"])))]
    return _text(found[0])


def _text(text: str) -> list[Run]:
    return [Run("text", text)] if text else []


def _joined(runs: list[Run]) -> Iterator[Run]:
    """Merge neighbouring text runs, so that typography sees whole words."""
    pending = ""
    for run in runs:
        if run.kind == "text":
            pending += run.text
            continue
        yield from _text(pending)
        pending = ""
        yield run
    yield from _text(pending)


def _words(runs: tuple[Run, ...]) -> str:
    return "".join(run.text or _words(run.runs) for run in runs)

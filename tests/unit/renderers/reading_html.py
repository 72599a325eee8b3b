"""Reads rendered HTML for the tests: a flat list of elements, strict about what must be balanced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "path", "source", "track", "wbr"}
PHRASING_ONLY = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "legend", "label", "span", "summary"}
BLOCKS = {
    "p",
    "div",
    "ul",
    "ol",
    "dl",
    "table",
    "section",
    "fieldset",
    "form",
    "details",
    "nav",
    "blockquote",
}


@dataclass
class Element:
    """An element in page order; `text` is all the text inside."""

    tag: str
    attributes: dict[str, str]
    parents: tuple[Element, ...]
    text: str = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


@dataclass
class Document:
    """A page or a fragment."""

    elements: list[Element] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Element]:
        return (one for one in self.elements if one.tag in tags)

    def by_id(self, id: str) -> Element:
        return next(one for one in self.elements if one.get("id") == id)

    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        """Tags and attribute names only."""
        return [(one.tag, tuple(one.attributes)) for one in self.elements]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.document = Document()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.document.faults.append(f"<{tag}> repeats an attribute: {names}")
        if tag in BLOCKS and self.open and self.open[-1].tag in PHRASING_ONLY - {"summary"}:
            self.document.faults.append(f"<{tag}> inside <{self.open[-1].tag}>")
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self.open))
        self.document.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            opened = self.open[-1].tag if self.open else "nothing"
            self.document.faults.append(f"</{tag}> closes <{opened}>")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one.text += data


def read(source: str) -> Document:
    """Parse HTML; what isn't well-formed is listed in `faults`."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    reader.document.faults += [f"<{one.tag}> is never closed" for one in reader.open]
    return reader.document

"""Read a PDF back as assistive software does: its tags in order, each with its text. Needs pikepdf only."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pikepdf

Marked = dict[int, str]  # marked content of a page: its number -> text
ARTIFACT = -1  # what is around: header, footer, background


@dataclass(frozen=True)
class Element:
    """An element of the structure tree."""

    tag: str
    text: str
    inner: tuple[Element, ...]
    attributes: dict[str, str] = field(default_factory=dict)

    def walk(self) -> Iterator[Element]:
        yield self
        for element in self.inner:
            yield from element.walk()

    def words(self) -> str:
        """All the text of an element, its inner elements' included."""
        return self.text + "".join(element.words() for element in self.inner)


class Reading:
    """A PDF opened to read."""

    def __init__(self, content: bytes) -> None:
        self.pdf = pikepdf.open(io.BytesIO(content))

    @cached_property
    def pages(self) -> list[Marked]:
        return [_marked(page) for page in self.pdf.pages]

    @cached_property
    def elements(self) -> list[Element]:
        """All elements in reading order."""
        numbers = {page.objgen: n for n, page in enumerate(self.pdf.pages)}
        return list(self._element(self.pdf.Root.StructTreeRoot.K, numbers, 0).walk())

    @property
    def text(self) -> str:
        """What is read aloud, without artifacts."""
        return self.elements[0].words()

    def around(self, n: int) -> str:
        """Headers, footers and background of a page."""
        return self.pages[n].get(ARTIFACT, "")

    def on_page(self, n: int) -> str:
        return "".join(self.pages[n].values())

    def tags(self, *names: str) -> list[Element]:
        return [element for element in self.elements if element.tag in names]

    def _element(self, node: Any, numbers: dict[Any, int], page: int) -> Element:
        if isinstance(node, pikepdf.Array):
            return Element("", "", tuple(self._element(kid, numbers, page) for kid in node))
        if not isinstance(node, pikepdf.Dictionary):
            return Element("", self.pages[page].get(int(node), ""), ())
        page = numbers[node.Pg.objgen] if "/Pg" in node else page
        if "/MCID" in node:
            return Element("", self.pages[page].get(int(node.MCID), ""), ())
        kids = node.get("/K", pikepdf.Array())
        inner = self._element(
            kids if isinstance(kids, pikepdf.Array) else pikepdf.Array([kids]), numbers, page
        )
        return Element(str(node.S)[1:], "", inner.inner, {"scope": _scope(node)})


def _scope(node: Any) -> str:
    attributes = node.get("/A", pikepdf.Dictionary())
    tables = attributes if isinstance(attributes, pikepdf.Array) else [attributes]
    return next((str(one.Scope)[1:] for one in tables if "/Scope" in one), "")


def _marked(page: Any) -> Marked:
    found: Marked = {}
    fonts = {name: _unicode(font) for name, font in page.Resources.get("/Font", {}).items()}
    stack: list[tuple[int, bool]] = []  # marked content, replaced by its ActualText
    glyphs: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operands, name = instruction.operands, str(instruction.operator)
        if name in ("BDC", "BMC"):
            stack.append(_opened(found, operands, stack))
        elif name == "EMC":
            stack.pop()
        elif name == "Tf":
            glyphs = fonts[str(operands[0])]
        elif name in ("Tj", "TJ") and not any(replaced for _, replaced in stack):
            texts = operands[0] if name == "TJ" else operands
            codes = b"".join(bytes(text) for text in texts if isinstance(text, pikepdf.String))
            place = next((number for number, _ in reversed(stack) if number is not None), ARTIFACT)
            words = "".join(
                glyphs[code[0] * 256 + code[1]] for code in zip(codes[::2], codes[1::2], strict=True)
            )
            found[place] = found.get(place, "") + words
    return found


def _opened(found: Marked, operands: Any, stack: list[tuple[int, bool]]) -> tuple[int, bool]:
    place = stack[-1][0] if stack else ARTIFACT
    about: Any = operands[1] if len(operands) > 1 and isinstance(operands[1], pikepdf.Dictionary) else {}
    place = int(about["/MCID"]) if "/MCID" in about else place
    if "/ActualText" in about:
        found[place] = found.get(place, "") + str(about["/ActualText"])
    return place, "/ActualText" in about


def _unicode(font: Any) -> dict[int, str]:
    """Read a ToUnicode map: code of a glyph -> its text."""
    source = font.ToUnicode.read_bytes().decode("latin-1")
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", source, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", source, re.DOTALL):
        for first, last, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            start = int.from_bytes(bytes.fromhex(text), "big")
            for code in range(int(first, 16), int(last, 16) + 1):
                found[code] = chr(start + code - int(first, 16))
    return found

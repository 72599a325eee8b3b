"""An XML tree -> rows, with expat: no document type, no entity, bounded depth; nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from web.importing.mapping import Join, XmlSource

MAX_DEPTH = 30
MAX_TEXT = 2_000


class TreeRefused(Exception):
    """A tree that can't be read: the message says the cause and the remedy."""


@dataclass(eq=False)
class _Walk:
    """Where the parser is, and what it has found."""

    source: XmlSource
    most: int
    parser: expat.XMLParserType
    path: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    once: dict[str, str] = field(default_factory=dict)
    rows: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    row: dict[str, str] | None = None
    joined: str = ""
    each: dict[str, str] | None = None
    later: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        self.text.clear()
        if len(self.path) > MAX_DEPTH:
            raise TreeRefused("Le fichier est imbriqué trop profondément. Choisissez l'export tel quel.")
        here = "/".join(self.path)
        if here == self.source.rows:
            self._row(attributes)
        for join in self.source.joins:
            if here == join.rows:
                self.joined = attributes.get(join.id, "")
            elif here == f"{join.rows}/{join.each}":
                self.each = {}

    def _row(self, attributes: dict[str, str]) -> None:
        if len(self.rows) >= self.most:
            raise TreeRefused(f"Le fichier a plus de {self.most} lignes : rien n'a été lu.")
        id = attributes.get(self.source.id) or f"#{len(self.rows)}"
        if id in self.rows:
            raise TreeRefused(
                f"Ligne {self.parser.CurrentLineNumber} : cet identifiant de l'export est déjà "
                "celui d'une autre ligne. Refaites l'export."
            )
        self.row = {}
        self.rows[id] = (self.parser.CurrentLineNumber, self.row)

    def data(self, text: str) -> None:
        if sum(map(len, self.text)) < MAX_TEXT:
            self.text.append(text)

    def end(self, name: str) -> None:
        here, text = "/".join(self.path), " ".join("".join(self.text).split())
        self.path.pop()
        self.text.clear()
        if here in self.source.once:
            self.once[name] = text
        if here == self.source.rows:
            self.row = None
        elif self.row is not None:
            self.row.setdefault(name, text)
        for join in self.source.joins:
            self._joined(join, here, name, text)

    def _joined(self, join: Join, here: str, name: str, text: str) -> None:
        if here == f"{join.rows}/{join.each}" and self.each is not None:
            if all(self.each.get(child) == wanted for child, wanted in join.when.items()):
                self.later.append((self.joined, self.each))
            self.each = None
        elif here == f"{join.rows}/{join.each}/{name}" and self.each is not None:
            self.each.setdefault(name, text)


def tree_rows(raw: bytes, source: XmlSource, most: int) -> list[tuple[int, dict[str, str]]]:
    """Give the line and the texts of each row, joined; TreeRefused."""
    parser = expat.ParserCreate()
    walk = _Walk(source, most, parser)
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.data
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(raw, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise TreeRefused(
            f"Ligne {parser.CurrentLineNumber} : le fichier est coupé, abîmé, ou n'est pas du XML. Refaites "
            "l'export, puis choisissez-le tel quel."
        ) from None
    for id, cells in walk.later:
        if id in walk.rows:
            for name, text in cells.items():
                walk.rows[id][1].setdefault(name, text)
    return [(line, walk.once | cells) for line, cells in walk.rows.values()]


def _no_doctype(*_given: object) -> NoReturn:
    raise TreeRefused("Le fichier déclare un type de document, ce que l'export ne fait pas : il est refusé.")

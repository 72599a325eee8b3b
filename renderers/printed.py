"""What a paper is made of (`Printed`), and its flat outline: blocks that any output writes in order.

The outline decides what does not depend on the output: ranks of headings without a gap, which rows
fit a table, what is too large. Nothing here knows fonts, pages or columns of text.

A block is JSON, named by its key `block`:

- heading: level (1 to 6), text
- facts: facts ([{label, value}])
- table: columns ([text]), rows ([[value or None]])
- note: text (its Markdown laid out as lines)
- inset: blocks (another paper's words, set apart)
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from renderers import marks
from renderers.french import french

Json = Mapping[str, Any]
Block = dict[str, Any]

MAX_NODES = 5_000  # a whole record of ten long papers holds about 1,500
MAX_CHARACTERS = 1_000_000
LINE = 60  # a line end weighs as much as a line of text
MAX_DEPTH = 20  # nodes in nodes, items in items
MAX_COLUMNS = 6  # beyond, a sheet of paper shows rows as cards
LAST_LEVEL = 6  # PDF 1.7 and HTML stop at h6

LINES = re.compile("\r\n?|[\n\v\f\x1c-\x1e\x85\u2028\u2029]")  # all that ends a line
SURROGATES = re.compile("[\ud800-\udfff]")  # halves of signs

EMPTY = "Non renseigné"
ABSENT = "Sans objet"  # a question that the row does not ask
DRAFT = "Brouillon – sans valeur"
MARK = "BROUILLON"  # across the page
SIGNS = "Signatures"
SIGN_HINT = "Date et signature"


class PrintFault(ValueError):
    """What is handed over cannot be printed: says what and where."""


@dataclass(frozen=True)
class Printed:
    """One paper, then those that follow it, each on a new page.

    `date` (ISO 8601, with its offset if it has a time), `lang`, `printed_on` and `footer` are those of the
    first paper. The same value gives the same bytes.
    """

    title: str
    parts: tuple[Json, ...]  # read nodes
    date: str  # « 2026-11-22 » or « 2026-11-22T14:32:00+01:00 »
    subtitle: tuple[str, ...] = ()  # place, number
    state: str = ""  # « Finalisé le 22 novembre 2026 »
    draft: bool = False  # marks each page
    signs: tuple[str, ...] = ()  # one box each
    printed_on: str = ""  # « Imprimé le 22 novembre 2026 par Nadia Ferrand »
    footer: str = ""
    lang: str = "fr"
    documents: tuple[Printed, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A paper ready to write: typography applied, blocks in order."""

    title: str
    subtitle: tuple[str, ...]
    state: str
    draft: bool
    signs: tuple[str, ...]
    foot: tuple[str, ...]
    blocks: tuple[Block, ...]


def papers(printed: Printed) -> tuple[Paper, ...]:
    """Lay out `printed` and the documents that follow it; raise PrintFault when that can't be printed."""
    return tuple(_papers(printed, _Place(_Tally(), "$"), ()))


def moment(printed: Printed) -> datetime.datetime:
    """Read the date of the paper; a date without offset is in UTC.

    >>> moment(Printed("Titre", (), "2026-11-22")).isoformat()
    '2026-11-22T00:00:00+00:00'
    """
    try:
        date = datetime.datetime.fromisoformat(printed.date)
    except ValueError:
        raise PrintFault(f"$.date : « {printed.date} » n'est pas une date ISO 8601") from None
    return date.replace(microsecond=0, tzinfo=date.tzinfo or datetime.UTC)


def visible(text: str) -> str:
    """Keep what shows: signs without a shape go, among them those that would turn the order round.

    >>> visible("fin\\r\\n\\u202esuite\\x00")
    'fin\\nsuite'
    """
    if text.isprintable():
        return text
    lines = LINES.sub("\n", text).replace("\t", "    ")
    return "".join(sign for sign in SURROGATES.sub("\ufffd", lines) if sign == "\n" or _shows(sign))


def _shows(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cf") and not "\ufe00" <= sign <= "\ufe0f"


class _Tally:
    """How much was read so far; the only mutable thing here, one a call."""

    def __init__(self) -> None:
        self.nodes = 0
        self.characters = 0


@dataclass(frozen=True)
class _Place:
    """Where the walk is: its path, the rank of the next heading, the title it is under."""

    tally: _Tally
    path: str
    level: int = 2
    depth: int = 0
    under: str = ""

    def at(self, key: str) -> _Place:
        return replace(self, path=f"{self.path}.{key}")

    def each(self, nodes: Iterable[Any]) -> Iterable[tuple[_Place, Any]]:
        """Go one level in: count each of these nodes, with its place."""
        for n, node in enumerate(nodes):
            if self.depth == MAX_DEPTH:
                raise PrintFault(f"{self.path} : plus de {MAX_DEPTH} niveaux imbriqués")
            self.tally.nodes += 1
            if self.tally.nodes > MAX_NODES:
                raise PrintFault(f"{self.path} : plus de {MAX_NODES} éléments, imprimez en plusieurs fois")
            yield replace(self, path=f"{self.path}[{n}]", depth=self.depth + 1), node

    def text(self, text: Any) -> str:
        """Read what someone wrote: left as it is, but for what can't be seen."""
        if not isinstance(text, str):
            raise PrintFault(f"{self.path} : un texte est attendu, pas {type(text).__name__}")
        self.tally.characters += len(text) + LINE * len(LINES.findall(text))
        if self.tally.characters > MAX_CHARACTERS:
            raise PrintFault(f"{self.path} : plus de {MAX_CHARACTERS} caractères, imprimez en plusieurs fois")
        return visible(text)

    def label(self, text: Any) -> str:
        """Read the form's own words: French typography; None is no words."""
        return french(self.text("" if text is None else text).strip())

    def known(self, table: Mapping[str, Any], node: Json, key: str) -> Any:
        """Look up what handles a kind; an unknown one is a fault that names those which are known."""
        kind = str(node.get(key))
        if kind not in table:
            raise PrintFault(f"{self.path}.{key} : « {kind} » est inconnu (connus : {', '.join(table)})")
        return table[kind]


def _papers(printed: Printed, at: _Place, foot: tuple[str, ...]) -> Iterable[Paper]:
    foot = foot or _labels((printed.footer, printed.printed_on), at.at("foot"))
    title = at.at("title").label(printed.title)
    if not title:
        raise PrintFault(f"{at.path}.title : le titre manque")
    yield Paper(
        title=title,
        subtitle=_labels(printed.subtitle, at.at("subtitle")),
        state=_state(printed, at.at("state")),
        draft=printed.draft,
        signs=_labels(printed.signs, at.at("signs")),
        foot=foot,
        blocks=tuple(_blocks(printed.parts, at.at("parts"))),
    )
    for place, document in at.at("documents").each(printed.documents):
        yield from _papers(document, place, foot)


def _state(printed: Printed, at: _Place) -> str:
    """Say the state; the words of a draft's always say that it is one."""
    state = at.label(printed.state)
    if printed.draft and MARK.lower() not in state.lower():
        return f"{DRAFT} · {state}" if state else DRAFT
    return state


def _labels(texts: Iterable[str], at: _Place) -> tuple[str, ...]:
    return tuple(filter(None, (place.label(text) for place, text in at.each(texts))))


def _blocks(nodes: Iterable[Json], at: _Place) -> list[Block]:
    """Lay out nodes; neighbouring facts make one block."""
    found: list[Block] = []
    for place, node in at.each(nodes):
        for block in place.known(NODES, node, "node")(node, place):
            if block["block"] == "facts" and found and found[-1]["block"] == "facts":
                found[-1]["facts"] += block["facts"]
            else:
                found.append(block)
    return found


def _part(node: Json, at: _Place) -> Iterable[Block]:
    title = at.at("title").label(node.get("title"))
    inner = at.at("nodes")
    if title:
        yield _heading(title, at)
        inner = replace(inner, level=at.level + 1, under=title)
    yield from _blocks(node["nodes"], inner) or [_fact("", EMPTY_VALUE)]


def _recap(node: Json, at: _Place) -> Iterable[Block]:
    yield {"block": "inset", "blocks": list(_part(node, at))}


def _single(node: Json, at: _Place) -> Iterable[Block]:
    yield _fact(at.at("label").label(node.get("label")), _value(node["value"], at.at("value")))


def _note(node: Json, at: _Place) -> Iterable[Block]:
    blocks = marks.parse(at.at("text").text(node["text"]))
    lines = [french(line) for block in blocks for line in _lines(block)]
    if lines:
        yield {"block": "note", "text": "\n".join(lines)}


def _lines(block: marks.Block) -> Iterable[str]:
    for n, item in enumerate(block.items, start=1):
        bullet = {"bullets": "• ", "numbers": f"{n}. "}.get(block.kind, "")
        yield bullet + marks.plain((marks.Block("paragraph", (item,)),))


def _rows(node: Json, at: _Place) -> Iterable[Block]:
    label = at.at("label").label(node.get("label"))
    display = at.known(DISPLAYS, node, "display")
    after = at.at("after").label(node.get("after"))
    if not node["rows"]:
        words = at.at("empty").label(node.get("empty"))
        yield _fact(label, {"kind": "text", "text": words} if words else EMPTY_VALUE)
    else:
        if label and label != at.under:
            yield _heading(label, at)
            at = replace(at, level=at.level + 1)
        yield from display(node, at)
    if after:
        yield {"block": "note", "text": after}


def _table(node: Json, at: _Place) -> Iterable[Block]:
    columns = [column["id"] for column in node.get("columns") or ()]
    if not _fits(columns, node["rows"]):
        yield from _cards(node, at)
        return
    heads = [place.label(column.get("label")) for place, column in at.at("columns").each(node["columns"])]
    rows = []
    for place, row in at.at("rows").each(node["rows"]):
        cells = {
            fact["id"]: _value(fact["value"], inner.at("value"))
            for inner, fact in place.at("nodes").each(row["nodes"])
        }
        rows.append([cells.get(column) for column in columns])
    yield {"block": "table", "columns": heads, "rows": rows}


def _cards(node: Json, at: _Place) -> Iterable[Block]:
    for n, (place, row) in enumerate(at.at("rows").each(node["rows"]), start=1):
        title = place.at("title").label(row.get("title")) or f"N° {n}"
        yield _heading(title, at)
        yield from _blocks(row["nodes"], replace(place.at("nodes"), level=at.level + 1, under=title))


def _value(value: Json, at: _Place) -> Block:
    """Copy a value, checked; a text or a list with nothing in it is empty."""
    content: Block | None = at.known(VALUES, value, "kind")(value, at)
    return content or EMPTY_VALUE


def _empty(value: Json, at: _Place) -> None:
    return None


def _text(value: Json, at: _Place) -> Block | None:
    """Keep what someone typed; `authored` texts are the form's own words."""
    text = at.at("text").text(value["text"])
    if not text.strip():
        return None
    return {"kind": "text", "text": french(text) if value.get("authored") else text}


def _list(value: Json, at: _Place) -> Block | None:
    items = _items(value["items"], at.at("items"))
    return {"kind": "list", "items": items} if items else None


def _items(items: Iterable[Json], at: _Place) -> list[Block]:
    return [
        {
            "caption": place.at("caption").label(item.get("caption")),
            "text": french(place.at("text").text(item["text"])),
            "details": list(filter(str.strip, map(place.at("details").text, item.get("details") or ()))),
            "items": _items(item.get("items") or (), place.at("items")),
        }
        for place, item in at.each(items)
    ]


def _heading(text: str, at: _Place) -> Block:
    return {"block": "heading", "level": min(at.level, LAST_LEVEL), "text": text}


def _fact(label: str, value: Block) -> Block:
    return {"block": "facts", "facts": [{"label": label, "value": value}]}


def _fits(columns: Sequence[str], rows: Iterable[Json]) -> bool:
    """Tell whether a table shows everything: few columns, each row only holds facts of theirs."""
    return 0 < len(columns) <= MAX_COLUMNS and all(_in_columns(columns, row["nodes"]) for row in rows)


def _in_columns(columns: Sequence[str], nodes: Sequence[Json]) -> bool:
    ids = [node.get("id") for node in nodes if node.get("node") == "fact"]
    return len(ids) == len(nodes) == len(set(ids)) and set(ids) <= set(columns)


EMPTY_VALUE: Block = {"kind": "empty"}
NODES = {"part": _part, "fact": _single, "rows": _rows, "note": _note, "recap": _recap}
DISPLAYS = {"table": _table, "cards": _cards}
VALUES = {"empty": _empty, "text": _text, "list": _list}

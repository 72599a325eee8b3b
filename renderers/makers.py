"""What draws an item straight from its stored answer, by field type, for `renderers.swift`.

Each maker cuts an example apart, and gives a function that puts an answer in. It is only ever given an
answer that `engine.fused` found right, or None. What it gives is in parts: most of a page is static text,
which is copied once, when the page is joined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, Protocol

from markupsafe import escape

from engine.skeleton import Item
from renderers.controls import row_tally, slot_tally
from renderers.cut import Piece
from renderers.french import counter, french
from renderers.live import Unusual
from renderers.templating import Place, printed

# A stored answer that is right, or None -> HTML, to be joined; `Unusual` if it won't.
Draw = Callable[[Any], Sequence[str]]
Holes = Callable[[Any], Sequence[str]]  # the same -> what fills a cell of a row
MOST_KEPT = 200  # variants of one item
MOST_PICKED = 40  # options of one select
MOST_ROWS = 20


class Example(Protocol):
    """A step of an example document, being drawn."""

    def field(self, item: Item, place: Place, oob: bool) -> tuple[str, Piece | None]:
        """Draw a top field; gives its piece too."""

    def slot(self, item: Item, place: Place, n: int) -> tuple[Piece, list[str], Sequence[str]]:
        """The piece of a cascade's n-th slot, what fills it, and the codes of the boxes that end it."""

    def rows(self, item: Item, place: Place, oob: bool) -> tuple[str, Piece | None]:
        """Draw a field of rows; its piece has the holes of `_rows`."""

    def options(self, item: Item) -> tuple[str, tuple[str, ...]]:
        """How a choice is drawn, and its options."""

    def reasonless(self, item: Item) -> bool:
        """Tell whether an item never says why it is there, or locked."""


Make = Callable[[Mapping[str, Any]], Example]  # answers -> an example of them


# --- one control ------------------------------------------------------------------------------------------


def _between(make: Make, item: Item, place: Place, oob: bool, holes: int) -> tuple[str, ...]:
    """The texts around a field's holes, which come in order."""
    piece = make({}).field(item, place, oob)[1]
    if piece is None or piece.picks != tuple(range(holes)):
        raise Unusual
    return piece.texts


def _text(make: Make, item: Item, place: Place, oob: bool) -> Draw:
    limit = _counted(item)
    texts = _between(make, item, place, oob, 1 if limit is None else 2)
    if limit is None:
        before, after = texts
        return lambda stored: (before, printed(stored), after) if stored else (before, after)
    before, middle, after = texts

    def draw(stored: Any) -> Sequence[str]:
        text = stored or ""
        return before, printed(text), middle, counter(len(text), limit), after

    return draw


def _counted(item: Item) -> int | None:
    return item.spec.max if item.spec.lines > 1 else None


def _date(make: Make, item: Item, place: Place, oob: bool) -> Draw:
    before, after = _between(make, item, place, oob, 1)
    return lambda stored: (before, _day(stored), after)


def _day(stored: Any) -> str:
    """Write a day that is right as `engine.french.short_date` does."""
    return f"{stored[8:]}/{stored[5:7]}/{stored[:4]}" if stored else ""


def _number(make: Make, item: Item, place: Place, oob: bool) -> Draw:
    before, after = _between(make, item, place, oob, 1)
    return lambda stored: (before, _whole(stored), after)


def _whole(stored: Any) -> str:
    return "" if stored is None else str(stored)


def _boolean(make: Make, item: Item, place: Place, oob: bool) -> Draw:
    return {
        one: (make({} if one is None else {item.id: one}).field(item, place, oob)[0],)
        for one in (None, True, False)
    }.__getitem__


# --- choices ----------------------------------------------------------------------------------------------


def _choice(make: Make, item: Item, place: Place, oob: bool) -> Draw:
    shown, options = make({}).options(item)
    if shown == "select":
        return _select(make, item, place, oob, options)
    if shown == "radios":
        return _radios(make, item, place, oob)
    if item.listing is None or any(item.listing.asks(code) for code in item.listing):
        raise Unusual
    piece = make({}).field(item, place, oob)[1]
    if piece is None:
        raise Unusual
    return lambda stored: piece.parts(_ticks(options, stored or ()))


def _ticks(options: Sequence[str], picked: Sequence[str]) -> list[str]:
    return [" checked" if code in picked else "" for code in options]


def _select(make: Make, item: Item, place: Place, oob: bool, options: Sequence[str]) -> Draw:
    texts = _between(make, item, place, oob, len(options))
    unpicked, places, end = "".join(texts), {}, 0
    drawn: dict[str, tuple[str, str, str]] = {}
    for code, text in zip(options, texts, strict=False):
        end += len(text)
        places[code] = end

    def draw(stored: Any) -> Sequence[str]:
        if not stored:
            return (unpicked,)
        found = drawn.get(stored[0])
        if found is None:
            at = places[stored[0]]
            found = (unpicked[:at], " selected", unpicked[at:])
            if len(drawn) < MOST_PICKED:  # they grow as the square of the options
                drawn[stored[0]] = found
        return found

    return draw


def _radios(make: Make, item: Item, place: Place, oob: bool) -> Draw:
    drawn: dict[str | None, str] = {}

    def draw(stored: Any) -> Sequence[str]:
        code = stored[0] if stored else None
        if code not in drawn:
            if len(drawn) >= MOST_KEPT:
                drawn.clear()
            drawn[code] = make({item.id: [code]} if code else {}).field(item, place, oob)[0]
        return (drawn[code],)

    return draw


# --- cascades ---------------------------------------------------------------------------------------------


def _cascade(make: Make, item: Item, place: Place, oob: bool) -> Draw:
    frames: dict[int, tuple[str, ...]] = {}
    slots: dict[tuple[int, tuple[str, ...]], _Slot] = {}

    def slot(n: int, codes: tuple[str, ...]) -> _Slot:
        if len(slots) >= MOST_KEPT:
            slots.clear()
        return slots.setdefault((n, codes), _slot(make, item, place, n, codes))

    def draw(stored: Any) -> Sequence[str]:
        picks = stored or ()
        codes = tuple([pick if type(pick) is str else pick["code"] for pick in picks])
        texts = frames.get(len(codes))
        if texts is None:
            texts = frames[len(codes)] = _frame(make, item, place, oob, codes)
        drawn = [texts[0]]
        for n in range(1, len(texts)):
            found = slots.get((n, codes)) or slot(n, codes)
            drawn += found.draw(picks[n - 1]) if n <= len(picks) else (found.empty,)
            drawn.append(texts[n])
        return drawn

    draw(None)
    return draw


def _frame(make: Make, item: Item, place: Place, oob: bool, codes: Sequence[str]) -> tuple[str, ...]:
    """What surrounds the slots of so many picks."""
    piece = make({item.id: list(codes)}).field(item, place, oob)[1]
    if piece is None or piece.picks != tuple(range(len(piece.picks))) or len(codes) > MOST_ROWS:
        raise Unusual
    return piece.texts


class _Slot(NamedTuple):
    """A slot whose first picks are known: a tally stands between `before` and `unpicked`, where `boxes` says
    at which place each code below is ticked.
    """

    empty: str
    before: str
    unpicked: str
    boxes: dict[str, int]
    tallies: dict[int, str]

    def draw(self, pick: Any) -> Sequence[str]:
        """Draw what is picked below a first pick."""
        below = _below(pick)
        found, last = [self.before, self.tallies.get(len(below)) or self._tally(len(below))], 0
        for at in sorted({self.boxes[code] for code in below if code in self.boxes}):
            found += (self.unpicked[last:at], " checked")
            last = at
        found.append(self.unpicked[last:])
        return found

    def _tally(self, count: int) -> str:
        return self.tallies.setdefault(count, escape(french(slot_tally((), count))))


def _below(pick: Any) -> list[str]:
    """The codes under a pick that is right: precisions are none."""
    found: list[str] = []
    if type(pick) is not str:
        for one in pick.get("picks", ()):
            found.append(one if type(one) is str else one["code"])
            found += _below(one)
    return found


def _slot(make: Make, item: Item, place: Place, n: int, codes: Sequence[str]) -> _Slot:
    piece, holes, boxes = make({item.id: list(codes)}).slot(item, place, n)
    asks = {code: found.max for code in boxes if item.listing and (found := item.listing.asks(code))}
    kept = [1]  # the tally
    at = len(holes) - len(boxes) - sum(asks.values())
    for code in boxes:
        kept.append(at)
        at += 1 + asks.get(code, 0)
    open_to = {hole: text for hole, text in enumerate(holes) if hole not in kept}
    bound = piece.bound(open_to)
    if bound.picks != tuple(range(1 + len(boxes))):  # the tally, then each box once
        raise Unusual
    before, *texts = bound.texts
    ends = accumulate(map(len, texts))
    return _Slot(piece.fill(holes), before, "".join(texts), dict(zip(boxes, ends, strict=False)), {})


# --- rows -------------------------------------------------------------------------------------------------


def _rows(make: Make, item: Item, place: Place, oob: bool) -> Draw:
    cells = [(child.id, *_cell(make, child)) for child in item.children]
    names = [child.id for child in item.children[:2] if child.type == "text"]
    tallies = [escape(french(row_tally(count, len(cells)))) for count in range(len(cells) + 1)]
    frames: dict[int, Piece] = {}

    def holes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
        found: list[str] = []
        for row in rows:
            get, filled = row.get, 0
            found += (row["row"], _spoken([get(name) for name in names]))
            at = len(found)
            for name, blank, cell in cells:
                stored = get(name)
                if stored is None:
                    found += blank
                else:
                    filled += 1
                    found += cell(stored)
            found.insert(at, tallies[filled])
        return found

    def frame(count: int) -> Piece:
        if count > MOST_ROWS:
            raise Unusual
        rows = [{"row": f"r{n}"} for n in range(count)]
        plain, piece = make({item.id: rows}).rows(item, place, oob)
        if piece is None or piece.fill(holes(rows)) != plain:
            raise Unusual
        return piece

    def draw(stored: Any) -> Sequence[str]:
        rows = stored or ()
        piece = frames.get(len(rows))
        if piece is None:
            piece = frames[len(rows)] = frame(len(rows))
        return piece.parts(holes(rows))

    draw([{"row": "r0"}])
    return draw


def _spoken(names: Sequence[str | None]) -> str:
    """What follows a row's title in speech."""
    text = " ".join([name for name in names if name and name != "None"])[:80]
    return printed(french(f", {text}")) if text else ""


def _cell(make: Make, item: Item) -> tuple[Sequence[str], Holes]:
    """What fills the holes of a cell: when nothing is stored, and when something is."""
    match item.type:
        case "text":
            limit = _counted(item)
            if limit is None:
                return ("",), lambda stored: (printed(stored),)
            return ("", counter(0, limit)), lambda stored: (printed(stored), counter(len(stored), limit))
        case "date":
            return ("",), lambda stored: (_day(stored),)
        case "number":
            return ("",), lambda stored: (str(stored),)
        case "choice" if not item.spec.many and item.spec.display in {None, "select"}:
            options = make({}).options(item)[1]
            picked = {code: _flags(options, code) for code in (None, *options)}
            return picked[None], lambda stored: picked[stored[0]]
    raise Unusual


def _flags(options: Sequence[str], picked: str | None) -> list[str]:
    return [" selected" if code == picked else "" for code in options]


MAKERS: Mapping[str, Callable[[Make, Item, Place, bool], Draw]] = {
    "text": _text,
    "date": _date,
    "number": _number,
    "boolean": _boolean,
    "choice": _choice,
    "cascade": _cascade,
    "rows": _rows,
}

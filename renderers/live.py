"""What changes in a control from one document to another: the holes of its piece, by field type.

For each type, `Live` reads from a state what fills the holes, in order, and what else decides the piece's
shape; `mark_…` puts marks in the same places of a view, in the same order. What a type can't say so
(`Unusual`) is drawn by the plain templates. See `renderers.cut`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from markupsafe import escape

from engine.answers import code_of, details_of, picks_of
from engine.offers import Offer
from engine.paths import Path
from engine.skeleton import Item
from engine.suggesting import suggested
from renderers.controls import CONTROLS
from renderers.cut import Length, Marker, Pieces
from renderers.french import counter
from renderers.showing import LONG, Showing, is_long, shown_as
from renderers.templating import plural
from renderers.tree import FoldView, LevelView, OptionView

DETAIL_LENGTH = 250


class Unusual(Exception):
    """Something that the plain templates had better draw."""


class Live(NamedTuple):
    """What fills a piece: `key` is the rest of its shape."""

    key: Hashable
    holes: list[str]


Data = dict[str, Any]


def _text(showing: Showing, item: Item, path: Path, _pieces: Pieces) -> Live:
    value = CONTROLS["text"](showing, item, path, True)["value"]
    limit = item.spec.max
    if item.spec.lines > 1 and limit is not None:
        return Live(len(value) > limit, [escape(value), counter(len(value), limit)])
    return Live(None, [escape(value)])


def _mark_text(data: Data, marker: Marker) -> Data:
    marked = data | {"value": marker.plain()}
    if data["lines"] > 1 and data["max"] is not None:
        marked["length"] = length = Length(data["length"])
        length.mark = marker.plain()
    return marked


def _value(showing: Showing, item: Item, path: Path, _pieces: Pieces) -> Live:
    return Live(None, [escape(CONTROLS[item.type](showing, item, path, True)["value"])])


def _mark_value(data: Data, marker: Marker) -> Data:
    return data | {"value": marker.plain()}


def _boolean(showing: Showing, _item: Item, path: Path, _pieces: Pieces) -> Live:
    return Live(showing.state.stored(path), [])


def _mark_nothing(data: Data, _marker: Marker) -> Data:
    return data


def _computed(showing: Showing, item: Item, path: Path, _pieces: Pieces) -> Live:
    text = CONTROLS["computed"](showing, item, path, False)["text"]
    return Live(text is None, [] if text is None else [escape(text)])


def _mark_computed(data: Data, marker: Marker) -> Data:
    return data if data["text"] is None else {"text": marker.plain()}


# --- what can be picked ---------------------------------------------------------------------------


class Picks:
    """What a person picked in one field, and the form's facts about its options."""

    def __init__(self, item: Item, offer: Offer, stored: Iterable[Any], pieces: Pieces) -> None:
        self.item, self.pieces = item, pieces
        self.picked = {code_of(pick): pick for pick in walk_picks(stored)}
        self.shown: Hashable = offer.root if offer.rules.filter is None else offer.options
        if kept := [code for code in offer.held if offer.listing.retired(code)]:
            self.shown = (self.shown, frozenset(kept))
        self.asks: Mapping[str, int] = pieces.once((item, "asks"), lambda: _asking(item))

    def boxes(self, codes: Iterable[str], *, flags: bool = True) -> Iterator[str]:
        """The holes of some boxes: is each ticked, then its precisions; Unusual if there are too many."""
        picked, asks = self.picked, self.asks
        if not asks:
            return iter([" checked" if code in picked else "" for code in codes] if flags else ())
        return self._with_precisions(codes, flags)

    def _with_precisions(self, codes: Iterable[str], flags: bool) -> Iterator[str]:
        for code in codes:
            if flags:
                yield " checked" if code in self.picked else ""
            if code in self.asks:
                yield from self._precisions(code)

    def _precisions(self, code: str) -> Iterator[str]:
        pick, most = self.picked.get(code), self.asks[code]
        given = details_of(pick) if pick is not None else ()
        limit = self.item.spec.details.max if self.item.spec.details is not None else DETAIL_LENGTH
        if len(given) > most or any(len(one) > limit for one in given):
            raise Unusual
        yield from map(escape, given)
        yield from [""] * (most - len(given))

    def count(self, codes: Iterable[str]) -> int:
        """How many of some codes are ticked."""
        return sum(code in self.picked for code in codes)


def walk_picks(picks: Iterable[Any]) -> Iterator[Any]:
    """Walk picks and those below them."""
    for pick in picks:
        yield pick
        yield from walk_picks(picks_of(pick))


def _asking(item: Item) -> dict[str, int]:
    """The codes that ask for precisions, and how many at most."""
    listing = item.listing
    assert listing is not None
    return {code: asks.max for code in listing if (asks := listing.asks(code)) is not None}


def _choice(showing: Showing, item: Item, path: Path, pieces: Pieces) -> Live:
    offer = showing.state.offers.get(path)
    if not isinstance(offer, Offer) or offer.exceeds(LONG):
        raise Unusual
    picks = Picks(item, offer, showing.state.stored(path) or (), pieces)
    shown = pieces.once((item, picks.shown, len(path)), lambda: shown_as(showing, item, path))
    options: tuple[str, ...] = pieces.once((item, picks.shown, "options"), lambda: offer.options)
    if shown == "select":
        chosen = [" selected" if code in picks.picked else "" for code in options]
        return Live((shown, picks.shown), chosen)
    flags = shown == "checkboxes"
    key = (shown, picks.shown, flags or tuple(code for code in options if code in picks.picked))
    return Live(key, list(picks.boxes(options, flags=flags)))


def _mark_choice(data: Data, marker: Marker) -> Data:
    if data["as"] == "select":
        options = tuple(replace(one, checked=marker.state()) for one in data["options"])
    else:
        options = tuple(mark_option(one, marker, flags=data["as"] == "checkboxes") for one in data["options"])
    return data | {"options": options}


def mark_option(option: OptionView, marker: Marker, *, flags: bool = True) -> OptionView:
    """Put marks in a box, and in what it reveals."""
    checked = marker.state() if flags else option.checked
    details, children = option.details, option.children
    if details is not None:
        inputs = tuple(replace(one, value=marker.plain()) for one in details.inputs)
        details = replace(details, inputs=inputs)
    if children is not None:
        children = mark_level(children, marker)
    return replace(option, checked=checked, details=details, children=children)


def mark_level(level: LevelView, marker: Marker) -> LevelView:
    """Put marks in the boxes of a level."""
    return replace(level, options=tuple(mark_option(one, marker) for one in level.options))


def _checklist(showing: Showing, item: Item, path: Path, pieces: Pieces) -> Live:
    offer = showing.state.offers.get(path)
    if not isinstance(offer, Offer) or offer.rootless or is_long(offer):
        raise Unusual
    own = showing.state.form.skeleton.items[showing.state.static(path)]
    if suggested(showing.state, own, path):
        raise Unusual
    picks = Picks(item, offer, showing.state.stored(path) or (), pieces)
    wanted = showing.tabs.get(".".join(path), "")
    wanted = wanted if wanted and wanted in set(offer.children(None)) else ""
    plan: Plan = pieces.once((item, picks.shown, wanted), lambda: _plan(showing, item, path, offer))
    holes = [plural(len(picks.picked), "choix coché", "choix cochés")]
    holes += [str(picks.count(codes)) for codes in plan.tabs]
    for n, fold in enumerate(plan.folds):
        count = picks.count(fold)
        holes += [" open" if count or n == 0 else "", plural(count, "coché", "cochés")]
        holes += picks.boxes(fold)
    return Live((picks.shown, wanted), holes)


class Plan(NamedTuple):
    """The codes of a checklist: below each tab, in each fold of the current one."""

    tabs: tuple[tuple[str, ...], ...]
    folds: tuple[tuple[str, ...], ...]


def _plan(showing: Showing, item: Item, path: Path, offer: Offer) -> Plan:
    data = CONTROLS["checklist"](showing, item, path, True)
    tabs = tuple(tuple(offer.leaves(tab.id)) for tab in data["tabs"])
    return Plan(tabs, tuple(tuple(_codes_in(fold)) for fold in data["folds"]))


def _codes_in(fold: FoldView) -> Iterator[str]:
    yield from (one.code for one in fold.options)
    for group in fold.groups:
        yield from _codes_in(group)


def _mark_checklist(data: Data, marker: Marker) -> Data:
    total = marker.plain()
    tabs = tuple(replace(tab, count=marker.state()) for tab in data["tabs"])
    folds = tuple(_mark_fold(one, marker) for one in data["folds"])
    return data | {"total": total, "tabs": tabs, "folds": folds}


def _mark_fold(fold: FoldView, marker: Marker) -> FoldView:
    opened, checked = marker.state(), marker.state()
    return replace(_mark_boxes(fold, marker), open=opened, checked=checked)


def _mark_boxes(fold: FoldView, marker: Marker) -> FoldView:
    options = tuple(mark_option(one, marker) for one in fold.options)
    return replace(fold, options=options, groups=tuple(_mark_boxes(one, marker) for one in fold.groups))


LIVE: Mapping[str, tuple[Callable[[Showing, Item, Path, Pieces], Live], Callable[[Data, Marker], Data]]] = {
    "text": (_text, _mark_text),
    "number": (_value, _mark_value),
    "date": (_value, _mark_value),
    "time": (_value, _mark_value),
    "boolean": (_boolean, _mark_nothing),
    "computed": (_computed, _mark_computed),
    "choice": (_choice, _mark_choice),
    "checklist": (_checklist, _mark_checklist),
}

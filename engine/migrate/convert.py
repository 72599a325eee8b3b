"""How an answer changes its type, and back. One row of `CONVERTERS` a way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.answers import all_codes, code_of, details_of, make_pick, picks_of
from engine.compile import CompiledForm
from engine.french import clock, number, short_date
from engine.migrate.model import Convert
from engine.migrate.picks import sound
from engine.types import exact, iso_day, iso_time

Forward = Callable[[Any, Convert, Any, CompiledForm], Any]
Backward = Callable[[Any, Convert, Any], tuple[Any, Any]]


@dataclass(frozen=True)
class Converter:
    """Both ways. `takes`, `gives`: types of fields.

    `forward(value, move, there, source)`: what `to` becomes beside what is there; None when it cannot be.
    `backward(value, move, before)`: the former field's answer and what is left in `to`, which held
    `before` at first; None for nothing.
    """

    takes: frozenset[str]
    gives: frozenset[str]
    forward: Forward
    backward: Backward


def _to_detail(value: Any, move: Convert, there: Any, _source: CompiledForm) -> Any:
    if not isinstance(value, str):
        return None
    if there is not None and not sound(there):
        return None
    picks = list(there or ())
    for index, pick in enumerate(picks):
        if code_of(pick) == move.code:
            picks[index] = make_pick(code_of(pick), [*details_of(pick), value], picks_of(pick))
            return picks
    return [*picks, make_pick(str(move.code), [value])]


def _from_detail(value: Any, move: Convert, before: Any) -> tuple[Any, Any]:
    if not sound(value):
        return None, value
    former = {code_of(pick): pick for pick in before if code_of(pick) == move.code} if sound(before) else {}
    text, rest = None, []
    for pick in value:
        if code_of(pick) != move.code:
            rest.append(pick)
            continue
        own = details_of(former.get(code_of(pick), ""))
        given = [one for one in details_of(pick) if one not in own]
        text = ", ".join(given) or None
        if former:
            rest.append(make_pick(code_of(pick), [one for one in details_of(pick) if one in own]))
    return text, rest or None


def _to_number(value: Any, _move: Convert, _there: Any, _source: CompiledForm) -> Any:
    text = str(value).strip().replace(",", ".").replace("\u202f", "").replace(" ", "")
    if len(text) > 15 or not text.lstrip("-").replace(".", "", 1).isdecimal() or not text.isascii():
        return None
    return float(text) if "." in text else int(text)


def _from_number(value: Any, _move: Convert, _before: Any) -> tuple[Any, Any]:
    return (None, value) if isinstance(value, (dict, list)) or value is None else (number(exact(value)), None)


def _to_text(value: Any, move: Convert, _there: Any, source: CompiledForm) -> Any:
    listing = source.target(source.skeleton.named[move.field]).listing
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, (int, float)):
        return number(exact(value))
    if isinstance(value, str):
        day: date | None = iso_day(value)
        moment = iso_time(value) if source.skeleton.named[move.field].type == "time" else None
        if moment is not None:
            return clock(moment)
        return value if day is None else short_date(day)
    if isinstance(value, list) and all(isinstance(one, Mapping) and "label" in one for one in value):
        return ", ".join(str(one["label"]) for one in value)
    if sound(value):
        return ", ".join(code if listing is None else listing.label(code) for code in all_codes(value))
    return None


def _from_text(value: Any, _move: Convert, _before: Any) -> tuple[Any, Any]:
    return None, value  # words are not read back: what was there is restored, what is new is kept aside


PICKS = frozenset({"choice", "checklist", "cascade"})
CONVERTERS: Mapping[str, Converter] = {
    "text_to_detail": Converter(frozenset({"text"}), PICKS, _to_detail, _from_detail),
    "text_to_number": Converter(frozenset({"text"}), frozenset({"number"}), _to_number, _from_number),
    "to_text": Converter(
        frozenset({"number", "date", "time", "boolean", "reference"}) | PICKS,
        frozenset({"text"}),
        _to_text,
        _from_text,
    ),
}

"""Bounds side by side: tightened, relaxed, or no telling. A bound that names a constant is that constant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import model
from engine.french import clock, long_date
from engine.saying import amount, say_value
from engine.types import exact, iso_day, iso_time, to_smallest
from engine.versions.changes import DRAFTS, MAJOR, MINOR, Change, Thing
from engine.versions.world import Side

LIMITS = {
    "min": "la borne basse",
    "max": "la borne haute",
}


def bound_change(
    thing: Thing, key: str, sides: tuple[Side, Side], bounds: tuple[Any, Any], units: tuple[Any, Any]
) -> Iterator[Change]:
    """Compare one bound of both versions; `key` is min or max."""
    old, new = (_worked_out(bound, side) for bound, side in zip(bounds, sides, strict=True))
    if old == new:
        return
    what = f"{LIMITS[key]} {thing.of}"
    before, after = (
        _words(bound, value, side, unit)
        for bound, value, side, unit in zip(bounds, (old, new), sides, units, strict=True)
    )
    if new is None:
        yield thing.says("relaxed", MINOR, f"{what}, {before}, est levée")
        return
    if old is None:
        words = f"{thing.name} a maintenant une {LIMITS[key].removeprefix('la ')} : {after}"
        yield thing.says("tightened", MAJOR, words, DRAFTS)
        return
    tight = _tighter(key, _comparable(old, units[0]), _comparable(new, units[1]))
    words = f"{what} passe de {before} à {after}"
    if tight is None:
        words += " : des réponses données peuvent être refusées"
    what_id = "relaxed" if tight is False else "tightened"
    yield thing.says(
        what_id, MINOR if tight is False else MAJOR, words, *(() if tight is False else (DRAFTS,))
    )


def _worked_out(bound: Any, side: Side) -> Any:
    """A literal or a named constant as it is; a named value by its definition, which may change under it."""
    if not isinstance(bound, model.RefNode):
        return bound
    named = side.form.values.get(bound.ref)
    if named is None:
        return ("ref", bound.ref)
    if isinstance(named.value, (bool, int, float, str, model.Quantity)):
        return named.value
    return ("value", named.value.model_dump_json())


def _comparable(bound: Any, unit: str | None) -> Any:
    if isinstance(bound, model.Quantity):
        return to_smallest(exact(bound.n), bound.unit)
    if isinstance(bound, (int, float)) and not isinstance(bound, bool):
        return to_smallest(exact(bound), unit)
    return (iso_time(bound) or iso_day(bound)) if isinstance(bound, str) else None


def _tighter(key: str, old: Any, new: Any) -> bool | None:
    if old is None or new is None or type(old) is not type(new):
        return None
    return bool(new > old) if key == "min" else bool(new < old)


def _words(bound: Any, value: Any, side: Side, unit: str | None) -> str:
    if isinstance(value, model.Quantity):
        return amount(exact(value.n), value.unit)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return amount(exact(value), unit)
    if isinstance(value, str):
        day, moment = iso_day(value), iso_time(value)
        if moment is not None:
            return clock(moment)
        return value if day is None else long_date(day)
    return "" if bound is None else say_value(bound, side.labels)

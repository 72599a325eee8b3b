"""What a document holds at a named place, as JSON, and whether that is what is expected."""

from __future__ import annotations

from typing import Any

from engine.evaluate import FormState, to_stored
from engine.scenarios.model import words
from engine.scenarios.spots import spot
from engine.scopes import Scope
from engine.types import UNITS as FAMILIES
from engine.types import Type, exact, plain, to_smallest


def read_value(state: FormState, text: str) -> tuple[Type | None, Any]:
    """A named value, an answer as stored, a calculation, or any other reference: its type and its JSON."""
    form = state.form
    if text in form.form.values:
        named = form.values[text]
        return named.type, to_stored(state.value(text), named.type)
    found = spot(text, form)
    if found is None:
        reference = form.reader(tuple(text.split(".")))
        assert reference is not None  # names are checked first
        value = reference.read(Scope(state))
        if reference.type.kind in {"rows", "collection"}:
            return None, len(value or ())
        return reference.type, to_stored(value, reference.type)
    typed = form.type(found.item) if found.row is None or len(found.path) > 2 else None
    if found.item.type == "computed" and typed is not None:
        return typed, to_stored(state.values.get(found.path), typed)
    return typed, state.stored(found.path)


def agree(wanted: Any, found: Any, typed: Type | None = None) -> bool:
    """Tell whether two JSON values are the same; a quantity may be written with another unit of its family.

    Rows are compared without their ids where the expectation gives none.

    >>> agree({"n": 2, "unit": "weeks"}, 14, Type("number", unit="days"))
    True
    >>> agree([{"nom": "Roy"}], [{"row": "a", "nom": "Roy"}]), agree(1, True)
    (True, False)
    """
    if (
        isinstance(wanted, dict)
        and set(wanted) == {"n", "unit"}
        and typed is not None
        and typed.kind == "number"
    ):
        return _same_quantity(wanted, found, typed)
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, dict) and isinstance(found, dict):
        kept = {key: one for key, one in found.items() if key not in {"row", "by"} or key in wanted}
        return set(wanted) == set(kept) and all(agree(one, kept[key]) for key, one in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(agree, wanted, found))
    return bool(wanted == found)


def _same_quantity(wanted: dict[str, Any], found: Any, typed: Type) -> bool:
    unit, amount = wanted["unit"], wanted["n"]
    if unit not in FAMILIES or FAMILIES[unit][0] != typed.family or isinstance(amount, bool):
        return False
    if not isinstance(amount, (int, float)) or not isinstance(found, (int, float)):
        return False
    return to_smallest(exact(amount), unit) == to_smallest(exact(found), typed.unit)


def said(found: Any, typed: Type | None) -> str:
    """Cite what was found, with its unit."""
    if typed is not None and typed.unit is not None and isinstance(found, (int, float)):
        return words({"n": plain(exact(found)), "unit": typed.unit})
    return words(found)

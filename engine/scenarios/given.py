"""Answers in a scenario: do they name fields, rows and codes that exist, in the stored form?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.answers import KEEPS_RAW, ROW_ID, code_of, details_of, fitting, is_raw, picks_of
from engine.compile import CompiledForm
from engine.faults import Location, nearest
from engine.scenarios.model import Failure, failure, words
from engine.signatures import ACTS
from engine.skeleton import Item

SHAPES = {
    "text": "un texte",
    "number": "un nombre",
    "date": "une date comme 2026-10-05",
    "time": "une heure comme 08:30",
    "boolean": "true ou false",
    "choice": 'une liste de codes, ou de {"code", "details"}',
    "cascade": 'une liste de codes, ou de {"code", "picks", "details"}',
    "checklist": 'une liste de codes, ou de {"code", "details"}',
    "reference": 'une liste de {"id", "label"}',
    "signature": '"signer", "papier" ou "retirer", dans un changement',
    "attachment": 'une liste de {"file", "name", "size", "sha256"}',
    "group": "un objet",
    "rows": 'une liste de lignes, chacune avec sa clé "row"',
}


def check_answers(
    form: CompiledForm, answers: Mapping[str, Any], where: Location, *, posted: bool
) -> Iterator[Failure]:
    """Find what no document of this form could hold; `posted` ones are entries, which may be wrong."""
    fields = {name: item for name, item in form.skeleton.named.items() if item.is_field}
    yield from _fields(form, fields, answers, where, posted)


def _fields(
    form: CompiledForm, fields: Mapping[str, Item], answers: Mapping[str, Any], where: Location, posted: bool
) -> Iterator[Failure]:
    for name, value in answers.items():
        item = fields.get(name)
        if item is None:
            yield unknown((*where, name), f"un champ de « {form.id} » {form.version}", name, fields)
        elif value is not None:
            yield from _field(form, item, value, (*where, name), posted)


def _field(form: CompiledForm, item: Item, value: Any, where: Location, posted: bool) -> Iterator[Failure]:
    inside = {child.id: child for child in item.children if child.is_field}
    if item.type == "group":
        if not isinstance(value, dict):
            yield _misshapen(item, value, where)
            return
        yield from _fields(form, inside, value, where, posted)
    elif item.type == "rows":
        if not _are_rows(value):
            yield _misshapen(item, value, where)
            return
        for index, row in enumerate(value):
            answers = {key: one for key, one in row.items() if key not in {"row", "by"}}
            yield from _fields(form, inside, answers, (*where, index), posted)
    else:
        yield from _leaf(form.target(item), value, where, posted)


def _are_rows(value: Any) -> bool:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return False
    ids = [row.get("row") for row in value]
    return all(isinstance(one, str) and re.fullmatch(ROW_ID, one) for one in ids) and len(set(ids)) == len(
        ids
    )


def _leaf(item: Item, value: Any, where: Location, posted: bool) -> Iterator[Failure]:
    writes = item.type in KEEPS_RAW
    if is_raw(value):
        if not writes or set(value) != {"raw"} or not isinstance(value["raw"], str):
            yield _misshapen(item, value, where)
    elif posted and item.type == "signature":
        if value not in ACTS:
            yield _misshapen(item, value, where)
    elif posted and writes and (isinstance(value, str) or _is_number(value, item)):
        return  # as typed: the engine says what is wrong with it
    elif value != [] and is_raw(fitting(value, item)):
        yield _misshapen(item, value, where)
    elif item.type in PARTS:
        yield from _parts(value, PARTS[item.type], where)
        if item.listing is not None:
            yield from _picks(item, value, None, where)


def _is_number(value: Any, item: Item) -> bool:
    return item.type == "number" and isinstance(value, (int, float)) and not isinstance(value, bool)


def _misshapen(item: Item, value: Any, where: Location) -> Failure:
    raw = ', ou {"raw": …} pour ce qui n\'est pas une réponse' if item.type in KEEPS_RAW else ""
    return failure(where, SHAPES[item.type] + raw, words(value))


PICK = frozenset({"code", "details", "picks"})
PARTS = {
    "choice": PICK,
    "checklist": PICK,
    "cascade": PICK,
    "reference": frozenset({"id", "label"}),
    "attachment": frozenset({"file", "name", "size", "sha256"}),
}


def _parts(entries: Iterable[Any], known: frozenset[str], where: Location) -> Iterator[Failure]:
    for index, entry in enumerate(entries):
        if isinstance(entry, dict):
            for key in sorted(set(entry) - known):
                yield unknown((*where, index, key), f"une clé parmi {', '.join(sorted(known))}", key, known)
            yield from _parts(entry.get("picks", ()), known, (*where, index, "picks"))


def _picks(item: Item, picks: Iterable[Any], parent: str | None, where: Location) -> Iterator[Failure]:
    listing = item.listing
    assert listing is not None
    for index, pick in enumerate(picks):
        code, place = code_of(pick), (*where, index)
        if code not in listing:
            yield unknown(place, f"un code de la liste « {listing.name} »", code, listing)
            continue
        if parent is not None and listing.parent(code) != parent:
            yield failure(place, f"un code placé sous « {parent} »", f"« {code} »")
        if details_of(pick) and listing.asks(code) is None:
            yield failure(
                place, f"aucune précision : « {code} » n'en demande pas", words(list(details_of(pick)))
            )
        if picks_of(pick) and item.type != "cascade":
            yield failure(place, "des choix sans « picks » : ce champ n'est pas en cascade", words(pick))
        yield from _picks(item, picks_of(pick), code, (*place, "picks"))


def check_codes(item: Item, codes: Iterable[str], where: Location) -> Iterator[Failure]:
    """Find the codes that a field's list does not have at all."""
    for index, code in enumerate(codes):
        if item.listing is not None and code not in item.listing:
            yield unknown((*where, index), f"un code de la liste « {item.listing.name} »", code, item.listing)


def unknown(where: Location, wanted: str, given: str, known: Iterable[str]) -> Failure:
    """A name that means nothing here, with the nearest one that does."""
    return failure(where, wanted, f"« {given} », inconnu.{nearest(given, known)}", given)

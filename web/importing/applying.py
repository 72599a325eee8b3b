"""Bringing rows in: batches of transactions, each whole or not at all; the same file again does nothing."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from storage.base import Busy, Transaction
from web.importing.alike import BROUGHT
from web.importing.mapping import ImportMapping
from web.importing.plan import (
    OPERATOR,
    Bringing,
    Planned,
    known_at,
    leavers,
    places_of,
    plan_row,
)
from web.importing.reading import Read, RowFault, read_all
from web.importing.rows import RawRow
from web.importing.ties import digest
from web.services.writing import Deps, starting, write, write_new
from web.world import DOCUMENT, Desk

BATCH = 250
TRIES = 4
LEFT = ("refused", "unsure")
Tell = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Preview:
    """What an import would do: by row, and who is no longer in the file."""

    bringing: Bringing
    planned: tuple[Planned, ...]
    faults: tuple[RowFault, ...]
    leavers: tuple[str, ...]
    unread: int = 0  # rows refused while they were read: nothing is planned for them

    @property
    def counts(self) -> Counter[str]:
        """How many rows of each kind."""
        found = Counter(one.kind for one in self.planned)
        return found + Counter(refused=self.unread)


@dataclass
class Brought:
    """What an import did."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[RowFault] = field(default_factory=list)


def bringing_of(deps: Deps, person: str, mapping: ImportMapping) -> Bringing:
    """Make ready an import by a person, or by the operator; no place where they may not."""
    form = starting(deps, mapping.form)
    here = Desk(deps.store, deps.catalogue, deps.now(), person)
    return Bringing(mapping, form, person, places_of(here, mapping, form))


def preview(
    deps: Deps,
    bringing: Bringing,
    raws: Sequence[RawRow],
    place: str = "",
    choices: Mapping[int, bool] | None = None,
) -> Preview:
    """Work out what rows would change; writes nothing.

    `place`: where rows go that don't say; `choices`: lines that were in doubt -> is it the same record?
    """
    reading = read_all(raws, bringing.mapping, bringing.form, bringing.places, place)
    known = known_at(deps.store, bringing.mapping, sorted(bringing.places.values()), reading.rows)
    ready = replace(bringing, known=known, choices=choices or {})
    planned: list[Planned] = []
    for start in range(0, len(reading.rows), BATCH):
        here = Desk(deps.store, deps.catalogue, deps.now(), bringing.person)
        planned += [plan_row(here, ready, row) for row in reading.rows[start : start + BATCH]]
    refused = [RowFault(one.row.line, "fiche", one.reason) for one in planned if one.kind == "refused"]
    covered = sorted({row.place for row in reading.rows})
    gone = () if any(not fault.warning for fault in reading.faults) else leavers(ready, planned, covered)
    faults = sorted([*reading.faults, *refused], key=lambda fault: fault.line)
    return Preview(ready, tuple(planned), tuple(faults), tuple(gone), len(reading.refused))


def bring(deps: Deps, shown: Preview, tell: Tell = lambda _done, _total: None) -> Brought:
    """Write what a preview showed, as things are by then; may be run again after any interruption."""
    done = Brought()
    rows = [one.row for one in shown.planned if one.kind not in LEFT and not one.linked]
    done.counts["same"] = sum(one.linked for one in shown.planned)
    for start in range(0, len(rows), BATCH):
        _batch(deps, shown.bringing, rows[start : start + BATCH], done)
        tell(min(start + BATCH, len(rows)), len(rows))
    return done


def _batch(deps: Deps, bringing: Bringing, rows: Sequence[Read], done: Brought) -> None:
    """One transaction; run again when another process was faster."""
    for left in reversed(range(TRIES)):
        try:
            planned = _written(deps, bringing, rows)
        except Busy:
            if not left:
                raise
            continue
        done.counts.update(one.kind for one in planned)
        done.faults += [RowFault(one.row.line, "fiche", one.reason) for one in planned if one.reason]
        return


def _written(deps: Deps, bringing: Bringing, rows: Sequence[Read]) -> list[Planned]:
    planned: list[Planned] = []
    with deps.store.transaction(bringing.person, deps.now()) as tx:
        here = Desk(tx, deps.catalogue, deps.now(), bringing.person)
        allowed = places_of(here, bringing.mapping, bringing.form)  # rights as they are by now
        now = replace(bringing, places=allowed)
        for row in rows:
            one = plan_row(here, now, row)
            if row.place not in allowed.values():
                one = Planned(row, "refused", reason="vous ne pouvez plus importer dans ce lieu.")
            _write_row(deps, tx, here, now, one)
            planned.append(one)
    return planned


def _write_row(deps: Deps, tx: Transaction, here: Desk, bringing: Bringing, one: Planned) -> None:
    record = one.record
    if one.kind in LEFT:
        return
    if one.kind == "new":
        record = _create(deps, tx, here, bringing, one.row)
    elif one.kind != "same":
        _change(deps, tx, here, bringing, one)
    _link(tx, bringing, one.row, record)


def _placed(here: Desk, place: str) -> list[dict[str, str]]:
    return [{"id": place, "label": str(here.place(place)["label"])}]


def _create(deps: Deps, tx: Transaction, here: Desk, bringing: Bringing, row: Read) -> str:
    answers: dict[str, Any] = dict.fromkeys(bringing.mapping.empty) | dict(row.answers)
    answers[bringing.form.form.place or ""] = _placed(here, row.place)
    return write_new(deps, tx, here, bringing.form, subject=None, place=row.place, links={}, answers=answers)


def _change(deps: Deps, tx: Transaction, here: Desk, bringing: Bringing, one: Planned) -> None:
    stored = tx.get(DOCUMENT, one.record)
    assert stored is not None
    body = copy.deepcopy(stored.body)
    body["answers"] |= {name: one.row.answers[name] for name in one.changes}
    if one.kind == "moved":
        body["answers"] |= dict.fromkeys(bringing.mapping.empty)  # who held it there holds it no more
        body["answers"][bringing.form.form.place or ""] = _placed(here, one.row.place)
        body["place"] = one.row.place
    write(deps, tx, stored, body, bringing.person, None, f"Import : {bringing.mapping.title}"[:200])
    if one.kind == "moved":
        _follow(deps, tx, bringing, one)


def _follow(deps: Deps, tx: Transaction, bringing: Bringing, one: Planned) -> None:
    """The documents about a record go where it goes, and its links elsewhere are undone."""
    for entry in tx.find(DOCUMENT, {"subject": one.record}).entries:
        stored = tx.get(DOCUMENT, entry.id)
        if stored is not None:
            body = stored.body | {"place": one.row.place}
            write(deps, tx, stored, body, bringing.person, None, f"Import : {bringing.mapping.title}"[:200])
    for entry in tx.find(BROUGHT, {"record": one.record}).entries:
        tx.delete(BROUGHT, entry.id, entry.revision)


def _link(tx: Transaction, bringing: Bringing, row: Read, record: str) -> None:
    stored = tx.get(BROUGHT, row.link)
    last = {} if stored is None else stored.body["answers"]
    body = {
        "record": record,
        "answers": last | {name: digest(value) for name, value in row.answers.items()},
    }
    if stored is not None and stored.body == body:
        return
    keys: dict[str, str | bool] = {
        "form": bringing.mapping.form,
        "place": row.place,
        "record": record,
        "key": row.tie,
        "named": bool(row.key),
    }
    tx.put(BROUGHT, row.link, body, keys, expected_revision=0 if stored is None else stored.revision)


__all__ = ["OPERATOR", "Brought", "Preview", "bring", "bringing_of", "preview"]

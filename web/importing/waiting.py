"""Rows that wait, sealed, between their preview and the yes; for one person, an hour at most."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from storage.base import Store
from web.failures import NotFound
from web.importing.rows import RawRow
from web.parking import seal, unseal
from web.security import Rng, digest
from web.sessions import HOUSEKEEPER, sweep

KIND = "upload"
KEPT = timedelta(hours=1)


def keep(
    store: Store,
    rng: Rng,
    *,
    person: str,
    name: str,
    place: str,
    rows: Sequence[RawRow],
    now: datetime,
) -> str:
    """Keep rows for a person, in the place of those that waited; gives the ticket that opens them."""
    ticket = rng.token_urlsafe(32)
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    plain = json.dumps([name, place, [[one.line, one.cells] for one in rows]])
    sweep(store, now, kind=KIND, sort="at", after=KEPT)
    with store.transaction(author=HOUSEKEEPER, at=now) as tx:
        for entry in tx.find(KIND, {"person": person}).entries:
            tx.delete(KIND, entry.id, entry.revision)
        body = {"person": person, "at": at, "sealed": seal(plain.encode(), ticket)}
        tx.put(KIND, digest(ticket), body, {"person": person, "at": at}, expected_revision=0)
    return ticket


def fetch(store: Store, ticket: str, *, person: str, now: datetime) -> tuple[str, str, tuple[RawRow, ...]]:
    """Give the import's name, the place and the rows; NotFound for anybody else, or too late."""
    stored = store.get(KIND, digest(ticket))
    if stored is None or stored.body["person"] != person:
        raise NotFound
    if abs(now - datetime.fromisoformat(stored.body["at"])) > KEPT:
        raise NotFound
    name, place, rows = json.loads(unseal(stored.body["sealed"], ticket))
    return name, place, tuple(RawRow(line, cells) for line, cells in rows)


def forget(store: Store, ticket: str, now: datetime) -> None:
    """Forget rows that were written."""
    with store.transaction(author=HOUSEKEEPER, at=now) as tx:
        stored = tx.get(KIND, digest(ticket))
        if stored is not None:
            tx.delete(KIND, stored.id, stored.revision)

"""Sessions of our own, in the store under the digest of an opaque token. No web framework here.

A session that ends by time stays as a stub for a day: it can't be used, but it tells whose page a late post
comes from. Kind "session": body {person, login, csrf, created, seen, ended}; keys {person, csrf, seen}.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.base import Key, StorageError, Store
from web.security import Rng, digest

KIND = "session"
IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
STUB = timedelta(hours=24)
SWEEP_AT_ONCE = 50
HOUSEKEEPER = "canevas"  # author of what no person does


@dataclass(frozen=True)
class Session:
    """A session record: `id` is the digest of the token, which nobody but the browser has."""

    id: str
    person: str
    login: str
    csrf: str
    live: bool


def start(store: Store, rng: Rng, *, login: str, person: str, now: datetime) -> tuple[str, Session]:
    """Open a session under a new token; return the token and the session."""
    token = rng.token_urlsafe(32)
    body: dict[str, Any] = {
        "person": person,
        "login": login,
        "csrf": rng.token_urlsafe(32),
        "created": _text(now),
        "seen": _text(now),
        "ended": False,
    }
    with store.transaction(author=HOUSEKEEPER, at=now) as tx:
        tx.put(KIND, digest(token), body, _keys(body), expected_revision=0, sitting=KIND)
    return token, _session(digest(token), body, live=True)


def load(store: Store, token: str, now: datetime) -> Session | None:
    """Return the session of a token, live or ended by time; None if there is no trace of it.

    Writes that it was seen, at most once a minute, and that it has ended: a clock set back revives nothing.
    """
    stored = store.get(KIND, digest(token)) if token else None
    if stored is None:
        return None
    live = _is_live(stored.body, now)
    changes: dict[str, Any] = {}
    if not live and not stored.body["ended"]:
        changes = {"ended": True}
    elif live and now - _time(stored.body["seen"]) >= SEEN_EVERY:
        changes = {"seen": _text(now)}
    with suppress(StorageError):  # a full disk signs nobody out
        _update(store, stored.id, changes, now)
    return _session(stored.id, stored.body, live=live)


def end(store: Store, token: str, now: datetime) -> None:
    """End a session and forget it (sign-out)."""
    _delete(store, KIND, [digest(token)], now)


def retire(store: Store, token: str, now: datetime) -> None:
    """End a session that another one replaces; its stub stays."""
    _update(store, digest(token), {"ended": True}, now)


def end_all(store: Store, person: str, now: datetime) -> None:
    """End every session of a person: account disabled, password changed."""
    _delete(store, KIND, [entry.id for entry in store.find(KIND, {"person": person}).entries], now)


def issued(store: Store, person: str, csrf: str) -> bool:
    """Tell whether a form token belongs to a session, live or ended, of this person."""
    return bool(csrf) and store.find(KIND, {"person": person, "csrf": csrf}, limit=0).total > 0


def sweep(
    store: Store,
    now: datetime,
    *,
    kind: str = KIND,
    sort: str = "seen",
    after: timedelta = STUB,
    most: int = SWEEP_AT_ONCE,
) -> None:
    """Delete the oldest records of a kind once they are of no use, a few at a time."""
    before = _text(now - after)
    oldest = store.find(kind, {}, sort=(sort,), limit=most).entries
    _delete(store, kind, [entry.id for entry in oldest if str(entry.keys[sort]) < before], now)


def _is_live(body: dict[str, Any], now: datetime) -> bool:
    idle, age = abs(now - _time(body["seen"])), abs(now - _time(body["created"]))
    return not body["ended"] and idle <= IDLE and age <= ABSOLUTE


def _update(store: Store, id: str, changes: dict[str, Any], now: datetime) -> None:
    """Change a session if it still exists; the sitting keeps no history of it."""
    if not changes:
        return
    with store.transaction(author=HOUSEKEEPER, at=now) as tx:
        stored = tx.get(KIND, id)
        if stored is not None:
            body = stored.body | changes
            tx.put(KIND, id, body, _keys(body), expected_revision=stored.revision, sitting=KIND)


def _delete(store: Store, kind: str, ids: list[str], now: datetime) -> None:
    if not ids:
        return
    with store.transaction(author=HOUSEKEEPER, at=now) as tx:
        for id in ids:
            stored = tx.get(kind, id)
            if stored is not None:
                tx.delete(kind, id, stored.revision)


def _keys(body: dict[str, Any]) -> dict[str, Key]:
    return {"person": body["person"], "csrf": body["csrf"], "seen": body["seen"]}


def _session(id: str, body: dict[str, Any], *, live: bool) -> Session:
    return Session(id, body["person"], body["login"], body["csrf"], live)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)

"""Answers posted by an expired session, kept sealed for an hour until the same person signs in again.

No web framework here. The record (kind "parked") is bound to the person whom the expired session names. Its
seal opens with a ticket that only the sign-in page's address holds: the base, its history and its backups
have nothing to read, and what nobody fetched is lost with the ticket.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.base import Store
from web.body import Pairs
from web.failures import NotFound
from web.security import Rng, digest
from web.sessions import HOUSEKEEPER, sweep

KIND = "parked"
KEPT = timedelta(hours=1)
MAX_PER_PERSON = 5


@dataclass(frozen=True)
class Parked:
    """A post that waits: what was sent, where to, when."""

    url: str
    pairs: Pairs
    at: datetime


def park(store: Store, rng: Rng, *, person: str, url: str, pairs: Pairs, now: datetime) -> str:
    """Keep a post for a person; return the ticket that opens it."""
    ticket = rng.token_urlsafe(32)
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    sealed = seal(json.dumps([url, list(pairs)]).encode(), ticket)
    sweep_late(store, now)
    with store.transaction(author=HOUSEKEEPER, at=now) as tx:
        own = tx.find(KIND, {"person": person}, sort=("-at",)).entries
        for entry in own[MAX_PER_PERSON - 1 :]:
            tx.delete(KIND, entry.id, entry.revision)
        body = {"person": person, "at": at, "sealed": sealed}
        tx.put(KIND, digest(ticket), body, {"person": person, "at": at}, expected_revision=0)
    return ticket


def fetch(store: Store, ticket: str, *, person: str, now: datetime) -> Parked:
    """Return what was kept under a ticket for this person; NotFound for anybody else, or too late."""
    stored = store.get(KIND, digest(ticket))
    if stored is None or stored.body["person"] != person:
        raise NotFound
    at = datetime.fromisoformat(stored.body["at"])
    if abs(now - at) > KEPT:
        raise NotFound
    url, pairs = json.loads(unseal(stored.body["sealed"], ticket))
    return Parked(url, tuple((name, value) for name, value in pairs), at.astimezone(now.tzinfo))


def sweep_late(store: Store, now: datetime) -> None:
    """Delete what nobody fetched in time."""
    sweep(store, now, kind=KIND, sort="at", after=KEPT)


def seal(plain: bytes, ticket: str) -> str:
    """Encrypt and sign under a ticket of 256 random bits that seals one text only.

    SHAKE-256 of a derived key is the one-time stream (a key never comes back, so no nonce), HMAC-SHA-256
    under another derived key is the mark. Where `cryptography` is installed one day, AES-GCM goes here.
    """
    hidden = _mixed(plain, _derived(ticket, b"stream"))
    mark = hmac.new(_derived(ticket, b"mark"), hidden, hashlib.sha256).digest()
    return base64.b64encode(mark + hidden).decode("ascii")


def unseal(sealed: str, ticket: str) -> bytes:
    """Return the plain bytes; NotFound if the ticket or a single bit is wrong."""
    raw = base64.b64decode(sealed)
    mark, hidden = raw[:32], raw[32:]
    if not hmac.compare_digest(hmac.new(_derived(ticket, b"mark"), hidden, hashlib.sha256).digest(), mark):
        raise NotFound
    return _mixed(hidden, _derived(ticket, b"stream"))


def _derived(ticket: str, use: bytes) -> bytes:
    return hmac.new(ticket.encode(), b"canevas parked " + use, hashlib.sha256).digest()


def _mixed(data: bytes, key: bytes) -> bytes:
    """Exclusive or with the key's stream: the same both ways."""
    stream: Any = hashlib.shake_256(key).digest(len(data))
    return (int.from_bytes(data) ^ int.from_bytes(stream)).to_bytes(len(data))

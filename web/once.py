"""A form that is sent twice counts once: the outcome of the first time is kept, and answers the second.

Each form shown carries a token. Kind "once": one record a shown form, put in the transaction that does what
the form asks; body {sent, outcome}, `sent` the digest of what was posted. A connection that broke after the
commit, a double press, a post that an expired session kept: the retry finds it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from engine.posting import Parsed
from storage.base import Reader, Store, Transaction
from web import sessions
from web.body import Pairs, first

KIND = "once"
FIELD = "_once"
KEPT = timedelta(days=1)
SWEPT = 200  # a person shows some dozens of forms between two sign-ins
CHANGING = frozenset({"_again"})  # what a retry of the same save may say otherwise


@dataclass(frozen=True)
class Once:
    """What names a form that was sent: its shown form, and what it says. "" for one that carries no token."""

    form: str = ""
    sent: str = ""


def named(person: str, url: str, pairs: Pairs) -> Once:
    """Name what somebody posted to an address."""
    token = first(pairs, FIELD)
    if not token or len(token) > 100:
        return Once()
    return Once(_digest(person, url.partition("?")[0], token), _summed(url.encode() + b"\0" + _said(pairs)))


def _said(pairs: Pairs) -> bytes:
    """Names and texts in turn, but what a retry may say otherwise; none holds a NUL."""
    if isinstance(pairs, Parsed) and CHANGING.isdisjoint(pairs.names):
        return pairs.joined
    return "\0".join(chain.from_iterable(pair for pair in pairs if pair[0] not in CHANGING)).encode()


def former(reader: Reader, once: Once) -> Mapping[str, Any] | None:
    """Return the outcome of the first time, None if this is the first."""
    stored = reader.get(KIND, once.form) if once.form else None
    if stored is None or stored.body["sent"] != once.sent:
        return None
    outcome: Mapping[str, Any] = stored.body["outcome"]
    return outcome


def keep(tx: Transaction, once: Once, outcome: Mapping[str, Any], now: datetime) -> None:
    """Keep an outcome, in the transaction that brought it about, in the place of the form's last one."""
    if not once.form:
        return
    stored = tx.get(KIND, once.form)
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    body: dict[str, Any] = {"sent": once.sent, "outcome": dict(outcome)}
    revision = 0 if stored is None else stored.revision
    tx.put(KIND, once.form, body, {"at": at}, expected_revision=revision, sitting=KIND)


def sweep(store: Store, now: datetime) -> None:
    """Forget what nobody sends again."""
    sessions.sweep(store, now, kind=KIND, sort="at", after=KEPT, most=SWEPT)


def _digest(*parts: str) -> str:
    """Sum up texts; none holds a NUL."""
    return _summed("\0".join(parts).encode())


def _summed(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()

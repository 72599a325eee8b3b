"""Accounts and signing in: passwords, waits. No web framework here.

Kind "account": id = the folded login; body {login, person, hash, disabled}; keys {person}. An unknown
login, a disabled account and a wrong password have the same answer after the same work.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.base import StorageError, Store, Stored, Transaction
from web.limits import Limiter, Wait

KIND = "account"
WAIT = timedelta(minutes=15)
MAX_PASSWORD = 1_000
MAX_LOGIN = 200


@dataclass(frozen=True)
class Account:
    """Whom a right password belongs to."""

    login: str
    person: str


@dataclass(frozen=True)
class Denied:
    """Wrong login or password: tries left, and when the count starts afresh."""

    left: int
    until: datetime


@dataclass(frozen=True)
class Passwords:
    """A hasher, and the hash that stands in for an unknown login's."""

    hasher: PasswordHasher
    decoy: str


@dataclass(frozen=True)
class Limits:
    """Five tries an account. A whole school may share one address, so that limit is wider."""

    account: Limiter = field(default_factory=lambda: Limiter(5, WAIT))
    address: Limiter = field(default_factory=lambda: Limiter(50, WAIT))


def passwords(hasher: PasswordHasher) -> Passwords:
    """Make what verifies passwords, with a hash that no password has: to try one against it takes as long."""
    salt, found = "A" * 22, "A" * 43  # 16 and 32 bytes
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return Passwords(hasher, f"$argon2id$v=19${cost}${salt}${found}")


def fold_login(login: str) -> str:
    """Return the id of an account: case, width and outer spaces don't count.

    >>> fold_login(" NFerrand ")
    'nferrand'
    """
    return unicodedata.normalize("NFKC", login).strip().casefold()


def create(tx: Transaction, passwords: Passwords, *, login: str, password: str, person: str) -> None:
    """Write a new account in a transaction; StaleRevision if the login is taken."""
    body: dict[str, Any] = {
        "login": login,
        "person": person,
        "hash": passwords.hasher.hash(_plain(password)),
        "disabled": False,
    }
    tx.put(KIND, fold_login(login), body, {"person": person}, expected_revision=0)


def sign_in(
    store: Store,
    passwords: Passwords,
    limits: Limits,
    *,
    login: str,
    password: str,
    address: str,
    now: Callable[[], datetime],
) -> Account | Denied | Wait:
    """Check a login and a password: about a tenth of a second, so call it in a thread."""
    id = fold_login(login[:MAX_LOGIN])
    by_address = limits.address.take(address, now())
    if isinstance(by_address, Wait):
        return by_address
    by_account = limits.account.take(id, now())
    if isinstance(by_account, Wait):
        limits.address.give_back(address)
        return by_account
    account = _verified(store, passwords, id, password, now)
    if account is None:
        return Denied(min(by_account.left, by_address.left), by_account.until)
    limits.account.clear(id)
    limits.address.give_back(address)
    return account


def _verified(
    store: Store, passwords: Passwords, id: str, password: str, now: Callable[[], datetime]
) -> Account | None:
    stored = store.get(KIND, id) if id else None
    known = stored is not None and not stored.body.get("disabled", False)
    hash = stored.body["hash"] if stored is not None and known else passwords.decoy
    right = _matches(passwords.hasher, hash, password)
    if stored is None or not known or not right:
        return None
    if passwords.hasher.check_needs_rehash(hash):
        _rehash(store, passwords, stored, password, now())
    return Account(stored.body["login"], stored.body["person"])


def _matches(hasher: PasswordHasher, hash: str, password: str) -> bool:
    try:
        return hasher.verify(hash, _plain(password)) and len(password) <= MAX_PASSWORD
    except (VerificationError, InvalidHashError):
        return False


def _plain(password: str) -> str:
    """One spelling of accents, whatever the keyboard; a bound on what is hashed."""
    return unicodedata.normalize("NFC", password[:MAX_PASSWORD])


def _rehash(store: Store, passwords: Passwords, seen: Stored, password: str, now: datetime) -> None:
    """Store a hash of today's strength, unless the account changed; signing in doesn't depend on it."""
    body = seen.body | {"hash": passwords.hasher.hash(_plain(password))}
    with suppress(StorageError), store.transaction(author=seen.body["person"], at=now) as tx:
        tx.put(KIND, seen.id, body, seen.keys, expected_revision=seen.revision)

"""The audit log's arithmetic: digests of what is written, and the chain over them. No store here."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import replace

from storage import swift_json
from storage.base import Logged

BEGINNING = "0" * 64
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def canonical(value: object) -> bytes:
    """Return JSON data as bytes: members sorted, no spaces, UTF-8.

    >>> canonical({"b": [1.5, None], "a": "é"}).decode()
    '{"a":"é","b":[1.5,null]}'
    """
    return _ENCODER.encode(value).encode()


def digest(salt: str, text: bytes) -> str:
    """Return the digest of a canonical body. Without the salt, which goes with the body, nobody can
    find a purged body again by trying names."""
    return hmac.digest(salt.encode(), text, "sha256").hex()


def told(number: int, record: Logged) -> bytes:
    """Return what the chain is over: all of a record, at its number, but its chain."""
    return swift_json.write(
        [
            number,
            record.at,
            record.author,
            record.action,
            record.kind,
            record.id,
            record.revision,
            record.digest,
        ]
    )


def link(former: str, text: bytes) -> str:
    """Return the chain of a record that is told so, after one whose chain is `former`."""
    return hashlib.sha256(former.encode() + text).hexdigest()


def chained(former: str, record: Logged) -> Logged:
    """Return a record with its place in the chain, after the record whose chain is `former`."""
    return replace(record, chain=link(former, told(record.number, record)))


def first_broken(records: Iterable[Logged]) -> int | None:
    """Return the number that the first bad record should have, or None when the chain holds.

    A log that was cut at its end is whole: compare its last chain with one that was kept elsewhere.
    """
    former = BEGINNING
    for number, record in enumerate(records, start=1):
        if record.number != number or record.chain != link(former, told(number, record)):
            return number
        former = record.chain
    return None

"""Keys as PostgreSQL finds and orders them: hashes to look up, bytes that sort as `storage.index` does."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from storage.audit import canonical
from storage.base import AnyOf, Cursor, Entry, Key, Keys, Where
from storage.index import cursor, fold

LONGEST = 2000  # bytes of a place; a row of a b-tree holds 2704
_BIAS = 2**63
_LAST = b"\x02"  # None, in either direction
_UPSIDE_DOWN = bytes(255 - byte for byte in range(256))


@dataclass(frozen=True, slots=True)
class List:
    """A declared list, with its number in the table of lists. `wanted` is in alphabetical order."""

    number: int
    kind: str
    wanted: tuple[str, ...]
    sort: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Where an entry stands in a list; a place is cut when it is too long to order by."""

    list: int
    token: bytes
    place: bytes
    id: str
    cut: bool


def rows(lists: Collection[List], entry: Entry) -> set[Row]:
    """Return where an entry stands in the lists of its kind."""
    return {row for one in lists if one.kind == entry.kind for row in _rows(one, entry)}


def _rows(one: List, entry: Entry) -> Iterator[Row]:
    if all(name in entry.keys for name in one.wanted):
        whole = place(cursor(entry, one.sort), one.sort)
        for values in product(*({(type(v), v) for v in several(entry.keys[name])} for name in one.wanted)):
            token = token_of([value for _, value in values])
            yield Row(one.number, token, _short(whole), entry.id, len(whole) > LONGEST)


def _short(whole: bytes) -> bytes:
    if len(whole) <= LONGEST:
        return whole
    return whole[:LONGEST] + hashlib.sha256(whole).digest()


def tokens_wanted(one: List, where: Where) -> list[bytes]:
    """Return the tokens of a list that a search allows."""
    return sorted({token_of(values) for values in product(*(wanted(n, where[n]) for n in one.wanted))})


def token_of(values: Sequence[Key]) -> bytes:
    """Return the token of a combination of values. No two have the same: it is a SHA-256."""
    return hashlib.sha256(canonical(values)).digest()


def place(at: Cursor, sort: Sequence[str]) -> bytes:
    """Return a place in a sort as bytes that sort by themselves; the id comes last.

    >>> place(Cursor(("Été",), "7"), ["-x"]) < place(Cursor(("ete",), "8"), ["-x"])
    True
    >>> place(Cursor(("Été",), "7"), ["-x"]) < place(Cursor(("fin",), "8"), ["-x"])
    False
    """
    return (
        b"".join(_ranked(value, name) for name, value in zip(sort, at.values, strict=True)) + at.id.encode()
    )


def _ranked(value: Key, name: str) -> bytes:
    if value is None:
        return _LAST
    rank = _rank(value)
    return b"\x01" + (rank.translate(_UPSIDE_DOWN) if name.startswith("-") else rank)


def _rank(value: str | int) -> bytes:
    if isinstance(value, bool):
        return b"\x01" + bytes([value])
    if isinstance(value, int):
        return b"\x02" + (value + _BIAS).to_bytes(8, "big")
    return b"\x03" + fold(value).encode() + b"\0"  # no text holds NUL: a shorter one comes first


def hashes(kind: str, keys: Keys) -> list[int]:
    """Return a hash for each value of each key; unlike tokens, two may have the same one by chance."""
    return sorted({hash_of(kind, name, value) for name in keys for value in several(keys[name])})


def hashes_wanted(kind: str, where: Where) -> list[list[int]]:
    """Return, for each condition of a search, the hashes that meet it."""
    return [[hash_of(kind, name, value) for value in wanted(name, where[name])] for name in where]


def hash_of(kind: str, name: str, value: Key) -> int:
    """Return 64 bits for a key's value."""
    digest = hashlib.blake2b(canonical([kind, name, value]), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def wanted(name: str, value: object) -> list[Key]:
    """Return the values that a condition allows; TypeError for what no key can hold."""
    values = list(value.values) if isinstance(value, AnyOf) else [value]
    for one in values:
        if one is not None and not isinstance(one, str | int):
            kind = type(one).__name__
            raise TypeError(
                f"key {name!r}: a {kind} is not text, integer, boolean or None (for several: AnyOf)"
            )
    return values  # type: ignore[return-value]  # just checked


def several(value: Key | Sequence[Key]) -> Sequence[Key]:
    """Return a key's values."""
    return [value] if value is None or isinstance(value, str | int) else value

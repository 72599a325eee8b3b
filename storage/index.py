"""Finding and ordering entries by their keys: look-up tables in memory that cost what they match."""

import heapq
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from storage.base import AnyOf, Cursor, Entry, Key, Page, Where

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})

# True == 1 in Python, but not in JSON.
Token: TypeAlias = tuple[bool, Key]
Rank: TypeAlias = tuple[Any, ...]


class KeyIndex:
    """The entries of one kind, by id and by (key, value). Its owner holds a lock around each call."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: dict[str, Entry] = {}
        self._ids: dict[str, dict[Token, set[str]]] = {}
        for entry in entries:
            self.put(entry)

    def put(self, entry: Entry) -> None:
        """Take an entry, in place of the one of the same id."""
        self.discard(entry.id)
        self._entries[entry.id] = entry
        for name, token in _tokens(entry):
            self._ids.setdefault(name, {}).setdefault(token, set()).add(entry.id)

    def discard(self, id: str) -> None:
        """Forget an entry, if it is known."""
        entry = self._entries.pop(id, None)
        for name, token in _tokens(entry) if entry else ():
            ids = self._ids[name]
            ids[token].discard(id)
            if not ids[token]:
                del ids[token]

    def matches(self, where: Where) -> list[Entry]:
        """Return the entries that meet every condition, in no order.

        The rarest condition is walked and the others only looked up in, so the cost is its size.
        """
        if not where:
            return list(self._entries.values())
        conditions = [self._candidates(name, wanted) for name, wanted in where.items()]
        rarest, *others = sorted(conditions, key=lambda sets: sum(map(len, sets)))
        ids = rarest[0] if len(rarest) == 1 else set().union(*rarest)
        return [self._entries[id] for id in ids if all(any(id in ids for ids in sets) for sets in others)]

    def _candidates(self, name: str, wanted: Key | AnyOf) -> list[set[str]]:
        ids = self._ids.get(name, {})
        values = wanted.values if isinstance(wanted, AnyOf) else (wanted,)
        tokens = {_token(name, value) for value in values}
        return [ids[token] for token in tokens if token in ids]


def page(entries: Collection[Entry], sort: Sequence[str], limit: int | None, after: Cursor | None) -> Page:
    """Order matches and cut out the page that follows a cursor."""
    if limit is not None and limit < 0:
        raise ValueError(f"limit {limit}: give 0 or more, or None for all")
    if after is not None and len(after.values) != len(sort):
        raise ValueError(
            f"cursor of {len(after.values)} sort values for a sort by {list(sort)}: keep the sort"
        )
    ranked = ((_rank(cursor(entry, sort), sort), entry) for entry in entries)
    if after is not None:
        start = _rank(after, sort)
        ranked = ((rank, entry) for rank, entry in ranked if rank > start)
    rows = sorted(ranked) if limit is None else heapq.nsmallest(limit + 1, ranked)
    shown = tuple(entry for _, entry in rows[:limit])
    more = len(rows) > len(shown)
    return Page(shown, len(entries), (cursor(shown[-1], sort) if shown else after) if more else None)


def cursor(entry: Entry, sort: Sequence[str]) -> Cursor:
    """Return the place of an entry in a sort: a page asked after it begins with the next one."""
    values = (entry.keys.get(name.removeprefix("-")) for name in sort)
    return Cursor(tuple(_first(value) for value in values), entry.id)


def fold(text: str) -> str:
    """Return a text's place in sorts: without case, accents (NFKD marks) and ligatures.

    >>> fold("Œuvre à Éditer")
    'oeuvre a editer'
    """
    if text.isascii():
        return text.casefold()
    letters = unicodedata.normalize("NFKD", text)
    return "".join(c for c in letters if not unicodedata.combining(c)).casefold().translate(_LIGATURES)


@dataclass(frozen=True, slots=True)
class _Descending:
    rank: Rank

    def __lt__(self, other: "_Descending") -> bool:
        return other.rank < self.rank


def _rank(place: Cursor, sort: Sequence[str]) -> Rank:
    # (last?, rank): None goes last whatever the direction. The id makes every rank unique.
    ranks: list[Any] = []
    for name, value in zip(sort, place.values, strict=True):
        rank = _value_rank(value)
        ranks.append((value is None, _Descending(rank) if name.startswith("-") else rank))
    return (*ranks, place.id)


def _value_rank(value: Key) -> Rank:
    if isinstance(value, str):
        return (2, fold(value))
    return (0 if isinstance(value, bool) else 1, value or 0)


def _first(value: Key | Sequence[Key]) -> Key:
    if isinstance(value, tuple):
        return value[0] if value else None
    return value  # type: ignore[return-value]  # stores give multi-valued keys as tuples


def _tokens(entry: Entry) -> set[tuple[str, Token]]:
    return {
        (name, _token(name, value))
        for name, values in entry.keys.items()
        for value in (values if isinstance(values, tuple) else (values,))
    }


def _token(name: str, value: object) -> Token:
    if value is not None and not isinstance(value, str | int):
        kind = type(value).__name__
        raise TypeError(f"key {name!r}: a {kind} is not text, integer, boolean or None (for several: AnyOf)")
    return isinstance(value, bool), value

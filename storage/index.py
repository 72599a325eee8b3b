"""Finding and ordering entries by their keys: look-up tables in memory that cost what they match."""

import heapq
import unicodedata
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, TypeAlias

from storage.base import AnyOf, Cursor, Entry, Key, Page, Where

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})

# True == 1 in Python, but not in JSON.
Token: TypeAlias = tuple[bool, Key]
Rank: TypeAlias = tuple[Any, ...]


class KeyIndex:
    """The entries of one kind, by id and by (key, value). Its owner holds a lock around each call.

    What no call has asked for isn't built: a store opens in the time that its entries take, and the first
    search by a key pays for that key.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._ids: dict[str, dict[Token, set[str]]] = {}
        self._lists: dict[tuple[frozenset[str], tuple[str, ...]], OrderedLists] = {}

    def declare(self, where: Collection[str], sort: Sequence[str]) -> None:
        """Keep the lists found by these keys in this order, from the first time that each is asked."""
        self._lists.setdefault((frozenset(where), tuple(sort)), OrderedLists(sorted(where), tuple(sort)))

    def put(self, entry: Entry) -> None:
        """Take an entry, in place of the one of the same id."""
        self.discard(entry.id)
        self._entries[entry.id] = entry
        for name, ids in self._ids.items():
            for token in _tokens(entry, name):
                ids.setdefault(token, set()).add(entry.id)
        for lists in self._lists.values():
            lists.put(entry)

    def discard(self, id: str) -> None:
        """Forget an entry, if it is known."""
        entry = self._entries.pop(id, None)
        if entry is None:
            return
        for name, ids in self._ids.items():
            for token in _tokens(entry, name):
                ids[token].discard(id)
                if not ids[token]:
                    del ids[token]
        for lists in self._lists.values():
            lists.discard(entry)

    def page(
        self, where: Where, sort: Sequence[str] = (), limit: int | None = None, after: Cursor | None = None
    ) -> Page:
        """Order matches and cut out the page that follows a cursor."""
        lists = self._lists.get((frozenset(where), tuple(sort)))
        if lists is None:
            return page(self.matches(where), sort, limit, after)
        check_page(sort, limit, after)
        parts = [part for one in _each_value(lists.where, where) if (part := self._ranked(lists, one))]
        start = _rank(after, sort) if after else None
        most = None if limit is None else limit + 1
        rows = [self._entries[rank[-1]] for rank in islice(_merged(parts, start), most)]
        return _cut(rows, _count(parts), sort, limit, after)

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
        tokens = _wanted(name, wanted)
        ids = self._ids.get(name)
        if ids is None:
            ids = self._ids[name] = {}
            for entry in self._entries.values():
                for token in _tokens(entry, name):
                    ids.setdefault(token, set()).add(entry.id)
        return [ids[token] for token in tokens if token in ids]

    def _ranked(self, lists: "OrderedLists", tokens: tuple[Token, ...]) -> list[Rank]:
        found = lists.ranked(tokens)
        if found is None:
            one = {name: value for name, (_, value) in zip(lists.where, tokens, strict=True)}
            found = lists.begin(tokens, self.matches(one))
        return found


class OrderedLists:
    """The lists that some keys find, each in one order: ranks, which end with the id of their entry."""

    def __init__(self, where: Sequence[str], sort: tuple[str, ...]) -> None:
        self.where = where
        self._sort = sort
        self._ranks: dict[tuple[Token, ...], list[Rank]] = {}

    def ranked(self, tokens: tuple[Token, ...]) -> list[Rank] | None:
        """Return one list, or None when it isn't kept yet."""
        return self._ranks.get(tokens)

    def begin(self, tokens: tuple[Token, ...], entries: Iterable[Entry]) -> list[Rank]:
        """Keep one list from now on; its entries now are given."""
        ranks = sorted(_rank(cursor(entry, self._sort), self._sort) for entry in entries)
        if ranks:  # what nobody has may be asked for without end
            self._ranks[tokens] = ranks
        return ranks

    def put(self, entry: Entry) -> None:
        """Put an entry in its place in those of its lists that are kept."""
        for ranks, rank in self._places(entry):
            insort(ranks, rank)

    def discard(self, entry: Entry) -> None:
        """Take an entry out of those of its lists that are kept."""
        for ranks, rank in self._places(entry):
            del ranks[bisect_left(ranks, rank)]

    def _places(self, entry: Entry) -> list[tuple[list[Rank], Rank]]:
        if not self._ranks:
            return []
        tokens = product(*(_tokens(entry, name) for name in self.where))
        kept = [self._ranks[one] for one in tokens if one in self._ranks]
        rank = _rank(cursor(entry, self._sort), self._sort) if kept else ()
        return [(ranks, rank) for ranks in kept]


def _each_value(names: Sequence[str], where: Where) -> Iterable[tuple[Token, ...]]:
    """Return each combination of values that a search allows."""
    return product(*(_wanted(name, where[name]) for name in names))


def _merged(parts: Sequence[Sequence[Rank]], after: Rank | None) -> Iterator[Rank]:
    """Yield the ranks of several lists in order, each once, after a rank."""
    rests = [islice(part, bisect_right(part, after) if after else 0, None) for part in parts]
    former: Rank | None = None
    for rank in heapq.merge(*rests):
        if former is None or rank[-1] != former[-1]:
            yield rank
        former = rank


def _count(parts: Sequence[Sequence[Rank]]) -> int:
    """Count the ranks of several lists, each once."""
    if len(parts) < 2:
        return sum(map(len, parts))
    return len({rank[-1] for part in parts for rank in part})


def page(entries: Collection[Entry], sort: Sequence[str], limit: int | None, after: Cursor | None) -> Page:
    """Order matches and cut out the page that follows a cursor."""
    check_page(sort, limit, after)
    ranked = ((_rank(cursor(entry, sort), sort), entry) for entry in entries)
    if after is not None:
        start = _rank(after, sort)
        ranked = ((rank, entry) for rank, entry in ranked if rank > start)
    rows = sorted(ranked) if limit is None else heapq.nsmallest(limit + 1, ranked)
    return _cut([entry for _, entry in rows], len(entries), sort, limit, after)


def check_page(sort: Sequence[str], limit: int | None, after: Cursor | None) -> None:
    """Refuse a page that can't be: ValueError."""
    if limit is not None and limit < 0:
        raise ValueError(f"limit {limit}: give 0 or more, or None for all")
    if after is not None and len(after.values) != len(sort):
        raise ValueError(
            f"cursor of {len(after.values)} sort values for a sort by {list(sort)}: keep the sort"
        )


def _cut(
    rows: Sequence[Entry], total: int, sort: Sequence[str], limit: int | None, after: Cursor | None
) -> Page:
    """Return the page of the first rows, given one more than it shows where there are more."""
    shown = tuple(rows[:limit])
    more = len(rows) > len(shown)
    return Page(shown, total, (cursor(shown[-1], sort) if shown else after) if more else None)


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


def _wanted(name: str, wanted: Key | AnyOf) -> set[Token]:
    values = wanted.values if isinstance(wanted, AnyOf) else (wanted,)
    return {_token(name, value) for value in values}


def _tokens(entry: Entry, name: str) -> set[Token]:
    if name not in entry.keys:
        return set()
    value = entry.keys[name]
    return {_token(name, one) for one in (value if isinstance(value, tuple) else (value,))}


def _token(name: str, value: object) -> Token:
    if value is not None and not isinstance(value, str | int):
        kind = type(value).__name__
        raise TypeError(f"key {name!r}: a {kind} is not text, integer, boolean or None (for several: AnyOf)")
    return isinstance(value, bool), value

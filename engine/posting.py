"""What a page posts: named texts, and the entries that they make. Names are spelled by `renderers.view`.

`x` a control, `x~` it was on screen (a checklist adds the branch), `x~rows` the rows shown,
`x~2` and `x~2~p` a cascade's second slot and what is ticked under it, `x~d~2~code` precisions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import compress
from types import MappingProxyType
from typing import overload

from engine.fields import Entry, tidy
from engine.paths import Path, dotted

MAX_SLOTS = 20
OURS = "_"  # begins the names that are no field's


class Posted:
    """What a form posts: entries by path with row ids, and for each field with rows the ids shown."""

    def __init__(
        self,
        entries: Mapping[Path, Entry] = MappingProxyType({}),
        rows: Mapping[Path, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        self._entries, self._rows = entries, rows

    @property
    def entries(self) -> Mapping[Path, Entry]:
        """What was posted for each field."""
        return self._entries

    @property
    def rows(self) -> Mapping[Path, Sequence[str]]:
        """The ids of the rows that were on screen."""
        return self._rows


class Parsed(Sequence[tuple[str, str]]):
    """Named texts in their order. `tidy` does to each of them as `engine.fields.tidy` would.

    `joined`: all of them in turn, as UTF-8 with a NUL between one and the next, where that is known.
    """

    def __init__(
        self,
        names: Sequence[str],
        texts: Sequence[str],
        tidy: Callable[[str], str] = tidy,
        joined: bytes | None = None,
    ) -> None:
        self.names, self.texts, self.tidy, self._joined = names, texts, tidy, joined

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return zip(self.names, self.texts, strict=True)

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, at: int) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[tuple[str, str]]: ...
    def __getitem__(self, at: int | slice) -> tuple[str, str] | Sequence[tuple[str, str]]:
        return tuple(self)[at]

    @cached_property
    def ours(self) -> Sequence[tuple[str, str]]:
        """What a page says of itself: pairs that no field is named by, few among many."""
        return [(name, self.texts[at]) for at, name in enumerate(self.names) if name[:1] == OURS]

    @property
    def joined(self) -> bytes:
        """All names and texts in turn, as UTF-8 with a NUL between one and the next."""
        if self._joined is None:
            said = [""] * (2 * len(self))
            said[::2], said[1::2] = self.names, self.texts
            self._joined = "\0".join(said).encode()
        return self._joined

    def first(self, name: str, default: str) -> str:
        """Return the first text of a name."""
        try:
            return self.texts[self.names.index(name)]
        except ValueError:
            return default

    def without(self, name: str) -> Parsed:
        """Return the texts of other names."""
        times = self.names.count(name)
        if times == 1 and self.names[0] == name:  # as our pages have it
            begins = f"{name}\0{self.texts[0]}\0".encode()
            rest = self._joined[len(begins) :] if self._joined is not None and len(self) > 1 else None
            return Parsed(self.names[1:], self.texts[1:], self.tidy, rest)
        names, texts = list(self.names), list(self.texts)
        for _ in range(times):
            at = names.index(name)
            del names[at], texts[at]
        return Parsed(names, texts, self.tidy)


class Sent(Posted):
    """Named texts, nested by path when something asks: most are read as they came (`engine.taking`)."""

    def __init__(self, said: Parsed) -> None:
        self.said = said

    @cached_property
    def _nested(self) -> Posted:
        return _nested(self.said)

    @property
    def entries(self) -> Mapping[Path, Entry]:
        """What was posted for each field."""
        return self._nested.entries

    @property
    def rows(self) -> Mapping[Path, Sequence[str]]:
        """The ids of the rows that were on screen."""
        return self._nested.rows

    def only(self, items: Collection[str]) -> Posted:
        """Nest what was posted for some top items."""
        return _nested(pair for pair in self.said if top(pair[0]) in items)

    def apart(self, several: frozenset[str]) -> tuple[dict[str, str], dict[str, list[str]]] | None:
        """Give the texts by name, apart those of names that may come again; None when another one does."""
        names, texts = self.said.names, self.said.texts
        once = dict(zip(names, texts, strict=True))
        again = list(map(several.__contains__, names))
        many: dict[str, list[str]] = {}
        for name, text in zip(compress(names, again), compress(texts, again), strict=True):
            many.setdefault(name, []).append(text)
        for name in many:
            del once[name]
        return (once, many) if len(once) + sum(map(len, many.values())) == len(names) else None


def nest(pairs: Iterable[tuple[str, str]]) -> Sent:
    """Take posted pairs, in order."""
    if isinstance(pairs, Parsed):
        return Sent(pairs)
    known = list(pairs)
    return Sent(Parsed([name for name, _ in known], [text for _, text in known]))


def top(name: str) -> str:
    """Give the top item that a name is about, "" for none of ours."""
    path = _place(name)[0]
    return path[0] if path else ""


@lru_cache(maxsize=8192)  # rows keep their ids from post to post; these hold nothing of anybody
def cell_names(item: str, row: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Name the controls of a row."""
    return tuple(dotted((item, row, field)) for field in fields)


def marker(name: str) -> bool:
    """Tell whether a name only says that a control was on screen."""
    return _place(name)[1] == ("",)


# --- nesting ------------------------------------------------------------------------------------


class _Field:
    """What gathers for one path."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.details: dict[tuple[int, str], list[str]] = {}
        self.slots: dict[int, str] = {}
        self.ticked: dict[int, list[str]] = {}
        self.shown = ""

    def entry(self) -> Entry:
        last = max([*self.slots, *self.ticked], default=0)
        slots = tuple((self.slots.get(n, ""), tuple(self.ticked.get(n, ()))) for n in range(1, last + 1))
        details = {key: tuple(texts) for key, texts in self.details.items()}
        return Entry(self.texts, details, _packed(slots), self.shown)


def _packed(slots: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Keep empty slots between full ones: precisions are named by slot."""
    while slots and not slots[-1][0]:
        slots = slots[:-1]
    return slots


def _nested(pairs: Iterable[tuple[str, str]]) -> Posted:
    fields: dict[Path, list[str] | _Field] = {}  # most have texts only
    rows: dict[Path, list[str]] = {}
    for name, value in pairs:
        path, marks = _place(name)
        if marks is None:
            held = fields.get(path)
            if held is None:
                fields[path] = [value]
            else:
                (held if type(held) is list else held.texts).append(value)  # type: ignore[union-attr]
        elif marks == ("rows",):
            rows.setdefault(path, []).append(value)
        elif marks == ("",) and not value:
            fields.setdefault(path, [])
        elif path:
            _gather(_whole(fields, path), marks, value)
    entries = {
        path: held.entry() if isinstance(held, _Field) else Entry(held) for path, held in fields.items()
    }
    return Posted(entries, rows)


@lru_cache(maxsize=8192)  # the same names come back with every post; they hold nothing of anybody
def _place(name: str) -> tuple[Path, tuple[str, ...] | None]:
    """Cut a name: its path, () for none of ours; its marks, None for a bare control."""
    head, *marks = name.split("~")
    path = tuple(head.split("."))
    if not name or name.startswith(OURS) or len(path) > 3 or not all(path):
        return (), ()
    return path, tuple(marks) if marks else None


def _whole(fields: dict[Path, list[str] | _Field], path: Path) -> _Field:
    held = fields.get(path)
    if not isinstance(held, _Field):
        field = fields[path] = _Field()
        field.texts = held or []
        return field
    return held


def _gather(field: _Field, marks: tuple[str, ...], value: str) -> None:
    match marks:
        case ("",):
            field.shown = value
        case (slot,) if _slot(slot):
            field.slots[int(slot)] = value
        case (slot, "p") if _slot(slot):
            field.ticked.setdefault(int(slot), []).append(value)
        case ("d", slot, code) if slot == "0" or _slot(slot):
            field.details.setdefault((int(slot), code), []).append(value)


def _slot(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 2 and 0 < int(text) <= MAX_SLOTS

"""Posted pairs -> the engine's entries. Names are spelled by `renderers.view`.

`x` a control, `x~` it was on screen (a checklist adds the branch), `x~rows` the rows shown,
`x~2` and `x~2~p` a cascade's second slot and what is ticked under it, `x~d~2~code` precisions.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from engine.edit import Posted
from engine.fields import Entry
from engine.paths import Path

MAX_SLOTS = 20


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


def nest(pairs: Iterable[tuple[str, str]]) -> Posted:
    """Nest posted pairs by path, in order."""
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
    if not name or name.startswith("_") or len(path) > 3 or not all(path):
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


def first(pairs: Iterable[tuple[str, str]], name: str, default: str = "") -> str:
    """The first value of a name."""
    return next((value for key, value in pairs if key == name), default)

"""A document read by its form: what shows, what each answer is, what each choice offers; on demand.

Hidden means unanswered everywhere; untouched fields follow their default; a step that is frozen is
read as it was on its day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine import signatures
from engine.answers import (
    KEEPS_RAW,
    MISSING,
    all_codes,
    at,
    code_of,
    fitting,
    is_empty,
    is_raw,
    row_ids,
    typed_scalar,
)
from engine.asking import asked
from engine.compile import CompiledForm
from engine.context import Context
from engine.french import round_half_up
from engine.offers import Offer, RowOffer, by_level, kept, offer_for
from engine.paths import Path, dotted
from engine.scopes import RowElement, Scope
from engine.skeleton import Item
from engine.types import Type, from_smallest, plain, to_smallest

SCALARS = frozenset({"text", "number", "date", "time", "boolean"})


class _Looked(Mapping[Path, Any]):
    """What is known of items by path: a look-up reads the item first, walking reads them all, in order."""

    __slots__ = ("_known", "_state")

    def __init__(self, state: FormState, known: Mapping[Path, Any]) -> None:
        self._state, self._known = state, known

    def __getitem__(self, path: Path) -> Any:
        self._state.read(path[0])
        return self._known[path]

    def get(self, path: Path, default: Any = None) -> Any:
        """Give what is known at a path."""
        self._state.read(path[0])
        return self._known.get(path, default)

    def __contains__(self, path: object) -> bool:
        if isinstance(path, tuple) and path:
            self._state.read(path[0])
        return path in self._known

    def __iter__(self) -> Iterator[Path]:
        self._state.read_all()
        named = self._state.form.skeleton.named
        return iter(sorted(self._known, key=lambda path: named[path[0]].order))

    def __len__(self) -> int:
        self._state.read_all()
        return len(self._known)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass(eq=False, repr=False)
class FormState:
    """A document read at one moment, each item when something first asks for it.

    What is asked of it by path: `values`, typed answers by path with row ids; `levels`, codes by
    cascade level; `visible`, what shows, layout included; `lost`, picks that are kept but no longer
    offered; `raws`, entries that are no answer yet; `void`, signatures of
    what has changed since. `answers` is what counts, nested as stored.
    """

    form: CompiledForm
    document: Mapping[str, Any]
    context: Context
    _values: dict[Path, Any] = field(default_factory=dict)
    _levels: dict[Path, Any] = field(default_factory=dict)
    _visible: dict[Path, None] = field(default_factory=dict)
    _steps: dict[str, bool] = field(default_factory=dict)
    _answers: dict[str, Any] = field(default_factory=dict)
    _raws: dict[Path, str] = field(default_factory=dict)
    _offers: dict[Path, Offer | RowOffer] = field(default_factory=dict)
    _lost: dict[Path, list[str]] = field(default_factory=dict)
    _rows: dict[Path, tuple[str, ...]] = field(default_factory=dict)
    _untouched: dict[Path, None] = field(default_factory=dict)
    _void: dict[Path, Any] = field(default_factory=dict)
    _stored: dict[Path, Any] = field(default_factory=dict)
    _named: dict[str, Any] = field(default_factory=dict)
    _conditions: dict[str, bool | None] | None = None  # None: left to closures, and not asked yet
    _sources: dict[Path, RowElement] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)
    doubts: dict[str, Any] = field(default_factory=dict)  # by step: filled by `engine.fused`

    # -- reading on demand --

    def read(self, name: str) -> None:
        """Read a top item, once; reading stops short of an item that is being read."""
        if name not in self._read:
            _read_item(self, name)

    def read_all(self) -> None:
        """Read every item, in display order."""
        for name in self.form.skeleton.named:
            self.read(name)

    @property
    def values(self) -> Mapping[Path, Any]:
        """Typed answers."""
        return _Looked(self, self._values)

    @property
    def levels(self) -> Mapping[Path, Any]:
        """Codes by level of a cascade."""
        return _Looked(self, self._levels)

    @property
    def visible(self) -> Mapping[Path, None]:
        """The paths of what shows."""
        return _Looked(self, self._visible)

    @property
    def raws(self) -> Mapping[Path, str]:
        """Entries that are no answer yet."""
        return _Looked(self, self._raws)

    @property
    def offers(self) -> Mapping[Path, Offer | RowOffer]:
        """What choices offer."""
        return _Looked(self, self._offers)

    @property
    def lost(self) -> Mapping[Path, list[str]]:
        """Picks that are no longer offered."""
        return _Looked(self, self._lost)

    @property
    def rows(self) -> Mapping[Path, tuple[str, ...]]:
        """The ids of rows."""
        return _Looked(self, self._rows)

    @property
    def untouched(self) -> Mapping[Path, None]:
        """The paths at which nobody has answered."""
        return _Looked(self, self._untouched)

    @property
    def void(self) -> Mapping[Path, Any]:
        """Signatures of what has changed since."""
        return _Looked(self, self._void)

    @property
    def answers(self) -> dict[str, Any]:
        """What counts, nested as stored, in display order."""
        self.read_all()
        return {name: self._answers[name] for name in self.form.skeleton.named if name in self._answers}

    @property
    def steps(self) -> frozenset[str]:
        """The steps that show."""
        return frozenset(step.id for step in self.form.skeleton.steps if self.shows_step(step.id))

    def lost_of(self, names: Iterable[str]) -> list[tuple[Path, list[str]]]:
        """What some top items lost, by path."""
        wanted = tuple(names)
        for name in wanted:
            self.read(name)
        return [(path, codes) for path, codes in self._lost.items() if path[0] in wanted]

    def shows_step(self, step: str) -> bool:
        """Tell whether a step shows, or showed when it closed."""
        if step not in self._steps:
            kept_step, test = self.frozen(step), self.form.step_when.get(step)
            if kept_step is not None:
                self._steps[step] = kept_step.get("shown", True)
            else:
                self._steps[step] = test is None or test.holds(Scope(self))
        return self._steps[step]

    # -- what closures ask --

    def typed(self, path: Path) -> Any:
        """The typed answer at a path, None when unanswered or hidden."""
        if path in self._values:
            return self._values[path]
        self.read(path[0])
        return self._values.get(path)

    def value(self, name: str) -> Any:
        """A named value, worked out once; None where it would need itself, or its version has none."""
        if name not in self._named:
            self._named[name] = None
            if name in self.form.values:
                self._named[name] = self.form.values[name].get(Scope(self))
        return self._named[name]

    def condition(self, name: str) -> bool:
        """A named condition, worked out once."""
        if self._conditions is None:
            self._conditions = {}
        known = self._conditions
        if name not in known:
            known |= asked(self, name)
        held = known[name]
        if held is None:
            known[name] = False
            held = known[name] = self.form.conditions[name].holds(Scope(self))
        return held

    def collection(self, name: str) -> tuple[FormState, ...]:
        """The documents of a collection that pass its `where`; none where its version has it not."""
        if name not in self.form.form.collections:
            return ()
        found = self.context.collection(name)
        test = self.form.collections.get(name)
        return found if test is None else tuple(one for one in found if test.holds(Scope(self, one)))

    def stored(self, path: Path) -> Any:
        """The answer at a path as stored, defaults applied; None when unanswered or hidden."""
        self.read(path[0])
        return self._stored.get(path)

    def day(self, key: str) -> date | None:
        """A date of the document itself."""
        found = self.document.get(key)
        return date.fromisoformat(found[:10]) if found else None

    def source_row(self, prefix: Path) -> RowElement | None:
        """The row that a row made by `over` follows."""
        self.read(prefix[0])
        return self._sources.get(prefix)

    def row_titles(self, rows: str) -> dict[str, str]:
        """Row ids and their titles, for options made of rows."""
        return {row: self.row_title((rows,), row) for row in self.filled_rows(rows)}

    def rows_on_screen(self, item: Item) -> tuple[str, ...] | None:
        """The ids of the rows of a field, None when it does not show.

        No cell is read for that where the field always shows.
        """
        stored = self.document["answers"].get(item.id, MISSING)
        if stored is MISSING or item.spec.over is not None or not self._always_shows(item):
            return self.rows.get(item.path, ()) if item.path in self.visible else None
        return row_ids(stored)

    def _always_shows(self, item: Item) -> bool:
        around = (self.form.rules[name,] for name in (*item.chain[1:], item.id))
        free = item.parent is None and self.frozen(item.step) is None and self.shows_step(item.step)
        return free and all(rules.when is None for rules in around)

    def filled_rows(self, rows: str) -> tuple[str, ...]:
        """The ids of the rows that count: an empty one does not."""
        filled: Sequence[RowElement] = self.typed((rows,)) or ()
        return tuple(one.prefix[-1] for one in filled)

    def row_title(self, path: Path, row: str) -> str:
        """Name one row: its label, or its place."""
        item, n = self.form.skeleton.items[path], self.position((*path, row))
        template = self.form.rules[path].row_label
        if template is None:
            return f"{item.label} n°{n}"
        return template.render(Scope(self, RowElement(self, (*path, row))), n)

    def position(self, prefix: Path) -> int:
        """The place of a row among the others, from 1; a row that is not there yet comes last."""
        ids = self.rows.get(prefix[:-1], ())
        return ids.index(prefix[-1]) + 1 if prefix[-1] in ids else len(ids) + 1

    def author(self, prefix: Path) -> str | None:
        """Who wrote a row that only its author changes; None for the others."""
        if not getattr(self.form.skeleton.items[prefix[:1]].spec, "own", False):
            return None
        found = at(self.document["answers"], prefix)
        by = found.get("by") if isinstance(found, Mapping) else None
        return by if isinstance(by, str) else None

    def frozen(self, step: str) -> Mapping[str, Any] | None:
        """What was kept when a step closed."""
        kept_steps = self.document.get("frozen")
        found: Mapping[str, Any] | None = kept_steps.get(step) if kept_steps else None
        return found

    def scope(self, path: Path = ()) -> Scope:
        """The scope of what stands at a path: its row is the element at hand."""
        if len(path) == 3:
            return Scope(self, RowElement(self, path[:2]))
        return Scope(self, RowElement(self, path[:1]) if len(path) == 2 else None)

    def instances(self, item: Item) -> list[Path]:
        """Every path at which a static item stands."""
        if item.parent is None or item.parent.type == "group":
            return [item.path]
        return [(*item.parent.path, row, item.id) for row in self.rows.get(item.parent.path, ())]

    def static(self, path: Path) -> Path:
        """Drop row ids."""
        return static_path(path, self.form)

    def item(self, path: Path) -> Item | None:
        """The item at a path, None when there is none."""
        return self.form.skeleton.items.get(self.static(path))


def static_path(path: Path, form: CompiledForm) -> Path:
    """Drop the row ids of a path."""
    if len(path) > 1:
        head = form.skeleton.named.get(path[0])
        if head is not None and head.type == "rows":
            return (path[0], *path[2:])
    return path


def evaluate(form: CompiledForm, document: Mapping[str, Any], context: Context) -> FormState:
    """Read a document: each item when it is first asked for."""
    return FormState(form, document, context)


def _read_item(state: FormState, name: str) -> None:
    item = state.form.skeleton.named.get(name)
    if item is None:
        return
    if state.frozen(item.step) is not None:
        state._read.update(one.id for one in state.form.skeleton.step_items(item.step) if one.parent is None)
        _read_frozen(state, item.step)
        return
    state._read.add(name)
    _visit(state, item, (), _shown_around(state, item), Scope(state), state._answers)


def _shown_around(state: FormState, item: Item) -> bool:
    """Tell whether the step and the sections around a top item show."""
    if len(item.chain) == 1:
        return state.shows_step(item.step)
    state.read(item.chain[-1])
    return (item.chain[-1],) in state._visible


def _visit(
    state: FormState, item: Item, base: Path, visible: bool, scope: Scope, into: dict[str, Any]
) -> None:
    path = (*base, item.id)
    rules = state.form.rules[item.path]
    shown = visible and (rules.when is None or rules.when.holds(scope))
    if shown:
        state._visible[path] = None
    match item.type:
        case "section":
            for child in item.children if base else ():  # at the top, each child is read on its own
                _visit(state, child, base, shown, scope, into)
        case "group":
            _group(state, item, path, shown, into)
        case "rows":
            _rows(state, item, path, shown, scope, into)
        case "computed":
            state._values[path] = rules.value.get(scope) if shown and rules.value is not None else None
        case "note" | "recap" | "listing" | "tally":
            pass
        case _:
            _field(state, item, path, shown, scope, into)


def _group(state: FormState, item: Item, path: Path, shown: bool, into: dict[str, Any]) -> None:
    inner: dict[str, Any] = {}
    element = RowElement(state, path)
    for child in item.children:
        _visit(state, child, path, shown, Scope(state, element), inner)
    state._values[path] = (element,) if inner else None
    if inner:
        into[item.id] = inner
        state._stored[path] = inner


def _rows(state: FormState, item: Item, path: Path, shown: bool, scope: Scope, into: dict[str, Any]) -> None:
    ids = _row_ids(state, item, path, scope) if shown else ()
    state._rows[path] = ids
    kept_rows: list[dict[str, Any]] = []
    for row in ids:
        inner: dict[str, Any] = {}
        prefix = (*path, row)
        for child in item.children:
            _visit(state, child, prefix, shown, Scope(state, RowElement(state, prefix)), inner)
        by = state.author(prefix)
        kept_rows.append({"row": row, **({} if by is None else {"by": by}), **inner})
        state._stored[prefix] = kept_rows[-1]
    filled = [row for row in ids if item.spec.over is not None or _filled(state, item, path, row)]
    state._values[path] = tuple(RowElement(state, (*path, row)) for row in filled) or None
    if item.spec.over is not None:
        kept_rows = [row for row in kept_rows if set(row) - {"row", "by"}]
    kept_rows = [row for row in kept_rows if row["row"] in filled]
    if kept_rows:
        into[item.id] = kept_rows
    state._stored[path] = into.get(item.id)


def _filled(state: FormState, item: Item, path: Path, row: str) -> bool:
    """Tell whether somebody wrote in a row, here or where it was taken over from.

    A default of its fields alone does not count; nor does a signature that is void or can't be read.
    """
    places = [(*path, row, child.id) for child in item.children]
    written = [place for place in places if path in state._untouched or place not in state._untouched]
    signed = {child.id for child in item.children if child.type == "signature"}
    return any(
        (place in state._raws and place[-1] not in signed) or state._stored.get(place, False) is not False
        for place in written
    )


def _row_ids(state: FormState, item: Item, path: Path, scope: Scope) -> tuple[str, ...]:
    if item.spec.over is not None:
        return _followed(state, item, path)
    stored = at(state.document["answers"], path)
    if stored is MISSING:
        return _default_rows(state, item, path, scope)
    return row_ids(stored)


def _followed(state: FormState, item: Item, path: Path) -> tuple[str, ...]:
    head, _, field_id = item.spec.over.partition(".")
    source = state.context.subject if head == "subject" else state.context.link(head)
    if source is None:
        return ()
    ids = source.rows.get((field_id,), ())
    for row in ids:
        state._sources[(*path, row)] = RowElement(source, (field_id, row))
    return ids


def _default_rows(state: FormState, item: Item, path: Path, scope: Scope) -> tuple[str, ...]:
    """Rows that start as those of another document: untouched until somebody posts rows."""
    default = state.form.rules[item.path].default
    elements: Sequence[RowElement] = (default.get(scope) if default is not None else None) or ()
    known = {child.id for child in item.children if child.type != "signature"}
    for element in elements:
        row = element.prefix[-1]
        for name in known:
            inner = element.state.stored((*element.prefix, name))
            if not is_empty(inner) and not is_raw(inner):
                state._stored[(*path, row, name)] = inner
    state._untouched[path] = None
    return tuple(element.prefix[-1] for element in elements)


def _field(state: FormState, item: Item, path: Path, shown: bool, scope: Scope, into: dict[str, Any]) -> None:
    state._values[path] = None
    inherited = state._stored.pop(path, None)  # in a row that follows its default
    if not shown:
        return
    target, owner = _target(state, item)
    offer = _offer(state, item, target, owner, path, scope)
    stored = fitting(_given(state, item, path, scope, owner, target, inherited), target)
    if isinstance(offer, Offer) and isinstance(stored, list):
        offer.held = frozenset(all_codes(stored))
    if is_raw(stored):
        state._raws[path] = str(stored["raw"])
        if target.type in KEEPS_RAW:
            into[item.id] = stored
            state._stored[path] = stored
        return
    if is_empty(stored):
        return
    if target.type == "signature" and stored["digest"] != signatures.digest(state, item, path):
        state._void[path] = stored
        return
    if offer is not None:
        stored, lost = kept(stored, offer)
        if lost and path not in state._untouched:
            state._lost[path] = lost
        if not stored:
            return
    into[item.id] = stored
    state._stored[path] = stored
    set_typed(state, target, path, stored)


def _target(state: FormState, item: Item) -> tuple[Item, FormState | None]:
    if item.type != "bound":
        return item, state
    return state.form.target(item), state.context.subject


def _offer(
    state: FormState, item: Item, target: Item, owner: FormState | None, path: Path, scope: Scope
) -> Offer | RowOffer | None:
    if owner is None:
        return None
    rules, at_scope = state.form.rules[item.path], scope
    if item.type == "bound":
        rules, at_scope = owner.form.rules[target.path], Scope(owner)
    offer = offer_for(target, rules, at_scope)
    if offer is not None:
        state._offers[path] = offer
    return offer


def _given(
    state: FormState,
    item: Item,
    path: Path,
    scope: Scope,
    owner: FormState | None,
    target: Item,
    inherited: Any,
) -> Any:
    stored = at(state.document["answers"], path)
    if stored is not MISSING:
        return stored
    state._untouched[path] = None
    if inherited is not None:
        return inherited
    if item.type == "bound":
        theirs = None if owner is None else owner.stored(target.path)
        return None if is_raw(theirs) else theirs
    default = state.form.rules[item.path].default
    if default is None:
        return None
    if "user" in default.reads.sources:
        return None  # taken once, at creation
    value = default.get(scope)
    if target.type == "number" and value is not None:
        unit, decimals = target.spec.unit, target.spec.decimals
        value = to_smallest(round_half_up(from_smallest(value, unit), decimals), unit)
    return to_stored(value, default.type)


def to_stored(value: Any, typed: Type, labels: Mapping[str, str] | None = None) -> Any:
    """Write a typed value as an answer is stored."""
    if value is None:
        return None
    match typed.kind:
        case "number":
            return plain(from_smallest(value, typed.unit))
        case "date":
            return value.isoformat()
        case "time":
            return value.isoformat("minutes")
        case "attachment":
            return None  # a value knows their names alone
        case "signature":
            return None  # never copied: who signs, signs where they sign
        case "code":
            return [value]
        case "codes":
            return list(value)
        case "reference":
            return [{"id": value, "label": (labels or {}).get(value, value)}]
        case "references":
            return [{"id": one, "label": (labels or {}).get(one, one)} for one in value]
    return value


def set_typed(state: FormState, target: Item, path: Path, stored: Any) -> None:
    """Type a stored answer into the state."""
    match target.type:
        case "signature":
            state._values[path] = signatures.typed(stored)
        case "attachment":
            state._values[path] = tuple(one["name"] for one in stored)
        case kind if kind in SCALARS:
            state._values[path] = typed_scalar(kind, stored, getattr(target.spec, "unit", None))
        case "choice":
            codes = tuple(code_of(pick) for pick in stored)
            state._values[path] = codes if target.spec.many else codes[0]
        case "cascade":
            for level, picked in by_level(stored, [level.id for level in target.spec.levels]).items():
                state._levels[(*path, level)] = picked or None
            state._values[path] = tuple(all_codes(stored)) or None
        case "checklist":
            state._values[path] = tuple(code_of(pick) for pick in stored) or None
        case "reference":
            ids = tuple(one["id"] for one in stored)
            state._values[path] = ids if target.spec.many else ids[0]


# --- frozen steps -------------------------------------------------------------------------------


def _read_frozen(state: FormState, step: str) -> None:
    kept_step = state.frozen(step)
    assert kept_step is not None
    if not kept_step.get("shown", True):
        return
    hidden = set(kept_step.get("hidden", ()))
    for item in state.form.skeleton.parts[step].items:
        _frozen_item(state, item, (), kept_step, hidden, True)
    state._answers.update(kept_step["answers"])


def _frozen_item(
    state: FormState, item: Item, base: Path, kept_step: Mapping[str, Any], hidden: set[str], visible: bool
) -> None:
    path = (*base, item.id)
    shown = visible and dotted(path) not in hidden
    if shown:
        state._visible[path] = None
    stored = at(kept_step["answers"], path)
    if item.type == "section":
        for child in item.children:
            _frozen_item(state, child, base, kept_step, hidden, shown)
    elif item.type == "group":
        for child in item.children:
            _frozen_item(state, child, path, kept_step, hidden, shown)
        state._values[path] = None if stored is MISSING else (RowElement(state, path),)
        state._stored[path] = None if stored is MISSING else stored
    elif item.type == "rows":
        _frozen_rows(state, item, path, kept_step, hidden, shown)
    elif item.type == "computed":
        state._values[path] = _frozen_value(state, item, kept_step.get("computed", {}).get(dotted(path)))
    elif item.is_field:
        target = _target(state, item)[0]
        state._values[path] = None
        stored = None if stored is MISSING else fitting(stored, target)
        if not is_empty(stored) and not is_raw(stored):
            state._stored[path] = stored
            set_typed(state, target, path, stored)


def _frozen_rows(
    state: FormState, item: Item, path: Path, kept_step: Mapping[str, Any], hidden: set[str], shown: bool
) -> None:
    ids = tuple(kept_step.get("rows", {}).get(dotted(path), ()))
    state._rows[path] = ids
    if item.spec.over is not None:
        _followed(state, item, path)
    filled: list[RowElement] = []
    for row in ids:
        found = at(kept_step["answers"], (*path, row))
        state._stored[(*path, row)] = {"row": row} if found is MISSING else found
        if found is not MISSING or item.spec.over is not None:
            filled.append(RowElement(state, (*path, row)))
        for child in item.children:
            _frozen_item(state, child, (*path, row), kept_step, hidden, shown)
    state._stored[path] = kept_step["answers"].get(item.id)
    state._values[path] = tuple(filled) or None


def _frozen_value(state: FormState, item: Item, stored: Any) -> Any:
    if stored is None:
        return None
    typed = state.form.type(item)
    if typed.kind in {"number", "date", "time"}:
        return typed_scalar(typed.kind, stored, typed.unit)
    if not isinstance(stored, list):
        return stored
    found = tuple(one["id"] if isinstance(one, Mapping) else one for one in stored)
    return found if typed.kind in {"codes", "references"} else found[0]

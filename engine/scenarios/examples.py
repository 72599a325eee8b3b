"""Examples for what no scenario reaches: made out of those that exist, played, kept only if they reach it.

What they expect is what happens today: whoever keeps one has to read it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.answers import make_pick
from engine.compile import CompiledForm
from engine.evaluate import to_stored
from engine.faults import FaultyDefinition
from engine.reading import validate
from engine.scenarios.coverage import Reached, reached
from engine.scenarios.model import Forms, Scenario
from engine.scenarios.observing import observed
from engine.scenarios.playing import Played, Unplayable, play
from engine.scenarios.runner import run
from engine.scenarios.targets import Target, example
from engine.skeleton import Item
from engine.solver.terms import OTHER
from engine.types import plain

SOMEBODY = "p-exemple"
MOST_MOMENTS = 45
ROW = "x"
SOME_ROWS = 10
Raw = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Maker:
    """What examples are made of: the form, all forms, scenarios to start from."""

    form: CompiledForm
    forms: Forms
    seeds: tuple[Raw, ...]

    def moments(self, raw: Raw) -> list[Played]:
        """Play a scenario; [] when it cannot be."""
        try:
            return list(play(validate(raw, "exemple", Scenario), self.forms))
        except (FaultyDefinition, Unplayable):
            return []

    def reach(self, raw: Raw) -> Reached:
        """What a scenario reaches, nothing if it fails."""
        moments = self.moments(raw)
        return (
            reached(moments) if moments and not run(validate(raw, "exemple", Scenario), self.forms) else set()
        )


def examples(
    form: CompiledForm, forms: Forms, seeds: Sequence[Raw], holes: Sequence[Target]
) -> list[tuple[str, Raw]]:
    """Make scenarios that reach the holes, each with a file name; what cannot be reached is left out."""
    pinned = [{**copy.deepcopy(seed), "version": form.version} for seed in seeds]
    maker = Maker(form, forms, tuple(seed for seed in pinned if seed["form"] == form.id))
    left = {(one.kind, one.key) for one in holes}
    found: list[tuple[str, Raw]] = []
    for kind in MAKERS:
        wanted = [one for one in holes if one.kind == kind]
        for name, raw in MAKERS[kind](maker, wanted):
            got = maker.reach(raw) & left
            if got:
                left -= got
                found.append((f"exemple-{name}", raw))
                maker = Maker(form, forms, (*maker.seeds, raw))
    return found


def _bare(seed: Raw, **more: Any) -> Raw:
    """A scenario to start from, which expects nothing but its state."""
    kept = {key: value for key, value in seed.items() if key not in {"expect", "then"}}
    whole = {**copy.deepcopy(kept), **more}
    return {**whole, "expect": {"state": whole["state"]}}


# --- conditions ---------------------------------------------------------------------------------


def _conditions(maker: Maker, holes: list[Target]) -> Iterator[tuple[str, Raw]]:
    for index, hole in enumerate(holes, start=1):
        verdict = example(maker.form, hole)
        if verdict is None or verdict.example is None:
            continue
        values = {one.key: value for one, value in verdict.example.items()}
        for seed in maker.seeds:
            raw = _bare(seed, title=f"Exemple : {hole.words}"[:480])
            for key, value in values.items():
                _give(raw, key, value, maker.form)
            if ("condition", hole.key) in maker.reach(raw):
                yield f"condition-{index}", _looking(maker, raw)
                break


def _give(raw: Raw, key: str, value: Any, form: CompiledForm) -> None:
    """Write a value of the solver where a scenario has it."""
    parts = key.lstrip(".").split(".")
    if parts[0] == "subject" and len(parts) == 2:
        typed = form.reader(tuple(parts))
        _put(raw.setdefault("subject", {}), parts[1], value, None if typed is None else typed.type)
    elif key in form.form.values:
        constants = raw.setdefault("constants", {})
        constants[key] = _literal(value)
    else:
        _give_own(raw.setdefault("answers", {}), key.startswith("."), parts, value, form)


def _literal(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (bool, str)) or value is None else plain(value)


def _give_own(answers: Raw, inside: bool, parts: list[str], value: Any, form: CompiledForm) -> None:
    for path, item in form.skeleton.items.items():
        if not item.is_field or item.type == "bound":
            continue
        if inside and len(path) == 2 and path[1] == parts[0] and item.parent is not None:
            holder = _holder(answers, item.parent)
        elif not inside and list(path) == parts:
            holder = answers if len(path) == 1 else answers.setdefault(path[0], {})
        else:
            continue
        _put(holder, path[-1], value, form.type(item))


def _holder(answers: Raw, parent: Item) -> Raw:
    if parent.type == "group":
        group: Raw = answers.setdefault(parent.id, {})
        return group
    rows: list[Raw] = answers.setdefault(parent.id, [])
    if not rows:
        rows.append({"row": ROW})
    return rows[0]


def _put(holder: Raw, name: str, value: Any, typed: Any) -> None:
    if value is None or typed is None:
        holder.pop(name, None)
    else:
        known = tuple(one for one in value if one != OTHER) if isinstance(value, tuple) else value
        holder[name] = to_stored(known, typed)


def _looking(maker: Maker, raw: Raw) -> Raw:
    """Add what is seen at the first moment."""
    moments = maker.moments(raw)
    return {**raw, "expect": observed(moments[0].seen)} if moments else raw


# --- choices ------------------------------------------------------------------------------------


def _choices(maker: Maker, holes: list[Target]) -> Iterator[tuple[str, Raw]]:
    fields = dict.fromkeys(hole.key[0] for hole in holes)
    for name in fields:
        item = maker.form.skeleton.items[tuple(name.split("."))]
        codes = [hole.key[1] for hole in holes if hole.key[0] == name]
        left = set(codes)
        for seed in maker.seeds:
            there = maker.moments(_bare(seed))
            if not there:
                continue
            holder = there[0].seen.state.stored(item.path[:1]) if item.parent is not None else None
            wanted = [code for code in codes if code in left]
            moments = [_change(holder, item, some) for some in _batches(item, wanted)]
            raw = _bare(
                seed, title=f"Exemple : chaque choix de « {item.heading} »", then=moments[:MOST_MOMENTS]
            )
            played = maker.moments(raw)[1:]
            kept = [moment for moment, one in zip(moments, played, strict=False) if _shows(moment, one, item)]
            got = {key[1] for kind, key in reached(played) if kind == "choice" and key[0] == name}
            if kept and got & left:
                yield f"choix-{name.replace('.', '-').replace('_', '-')}", {**raw, "then": kept}
                left -= got
            if not left:
                break


def _batches(item: Item, codes: list[str]) -> list[list[str]]:
    """Part codes into those that can be picked at once: in one answer, or in as many rows."""
    rows = item.parent is not None and item.parent.type == "rows" and item.parent.spec.over is None
    if item.type != "choice" or item.spec.filter is not None:
        size = 1  # what is offered may differ from one code to another
    elif item.spec.many:
        size = item.spec.max if isinstance(item.spec.max, int) else len(codes)
    else:
        size = (item.parent.spec.max or SOME_ROWS) if rows and item.parent is not None else 1
    return [codes[start : start + size] for start in range(0, len(codes), size)]


def _change(stored: Any, item: Item, codes: list[str]) -> Raw:
    """Pick codes; `stored`: the rows or the group that the field is in, as they are."""
    picks = [_pick(item, code) for code in codes]
    if item.parent is None:
        return {"change": {item.id: picks}, "expect": {"offered": {item.id: codes}}}
    holder = copy.deepcopy(stored)
    if item.parent.type == "group":
        place, value = ".".join(item.path), {**(holder or {}), item.id: picks}
        return {"change": {item.parent.id: value}, "expect": {"offered": {place: codes}}}
    first = holder[0] if holder else {"row": ROW}
    shared = [picks] if getattr(item.spec, "many", True) else [[pick] for pick in picks]
    rows = [
        {**first, "row": first["row"] if n == 0 else f"{ROW}{n}", item.id: picked}
        for n, picked in enumerate(shared)
    ]
    place = f"{item.parent.id}[{first['row']}].{item.id}"
    return {"change": {item.parent.id: rows}, "expect": {"offered": {place: codes}}}


def _pick(item: Item, code: str) -> Any:
    """A pick with the precisions that it asks for; of a list's branch, its first entry."""
    listing = item.listing
    assert listing is not None
    asks = listing.asks(code)
    details = ["Précision"] * max(1, asks.min) if asks is not None else []
    if item.type != "cascade" and listing.children(code):
        return _pick(item, next(iter(listing.leaves(code))))
    return make_pick(code, details, [])


def _shows(moment: Raw, played: Played, item: Item) -> bool:
    """Tell whether the field was there to be answered, and what was picked was offered."""
    if not played.seen.unkept:
        place = next(iter(moment["expect"]["offered"]))
        head, _, rest = place.partition("[")
        path = (head, *rest.replace("]", "").split(".")) if rest else tuple(place.split("."))
        offer = played.seen.state.offers.get(path)
        return offer is not None and set(moment["expect"]["offered"][place]) <= offer.codes
    return False


# --- transitions and rights ---------------------------------------------------------------------


def _transitions(maker: Maker, holes: list[Target]) -> Iterator[tuple[str, Raw]]:
    for hole in holes:
        action, state = hole.key
        raw = next(filter(None, (_acting(maker, seed, action, state) for seed in maker.seeds)), None)
        if raw is not None:
            yield (
                f"transition-{action.replace('_', '-')}-{state.replace('_', '-')}",
                {**raw, "title": f"Exemple : {hole.words}"},
            )


def _acting(maker: Maker, seed: Raw, action: str, state: str) -> Raw | None:
    """A scenario up to where an action may happen, then that action."""
    roles = sorted(role for right in maker.form.rights if action in right.may for role in right.who)
    to = maker.form.actions[action].spec.to
    for index, moment in enumerate(maker.moments(seed)):
        if moment.seen.state.document["state"] != state:
            continue
        for role in dict.fromkeys(roles):
            act = {"user": {"person": SOMEBODY, "roles": [role]}, "do": action, "expect": {"state": to}}
            raw = _bare(seed, then=[*copy.deepcopy(seed.get("then", []))[:index], act])
            if ("transition", (action, state)) in maker.reach(raw):
                return raw
    return None


def _access(maker: Maker, holes: list[Target]) -> Iterator[tuple[str, Raw]]:
    for state in dict.fromkeys(hole.key[1] for hole in holes):
        roles = [hole.key[0] for hole in holes if hole.key[1] == state]
        label = maker.form.state(state).label
        for seed in maker.seeds[:1]:
            users: list[Raw] = [{"user": {"person": SOMEBODY, "roles": [role]}} for role in roles][
                :MOST_MOMENTS
            ]
            raw = _bare(
                seed, title=f"Exemple : qui peut quoi dans l'état « {label} »", state=state, then=users
            )
            played = maker.moments(raw)[1:]
            then = [
                {**one, "expect": observed(there.seen)} for one, there in zip(users, played, strict=False)
            ]
            yield f"droits-{state.replace('_', '-')}", {**raw, "then": then}


MAKERS: Mapping[str, Any] = {
    "condition": _conditions,
    "choice": _choices,
    "transition": _transitions,
    "access": _access,
}

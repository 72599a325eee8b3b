"""Edits of real definitions, one a row of the table of changes: both versions, and where the change is.

What is edited is found by a walk of its own through the JSON, so that the difference is held against
something else than itself. A `zz` name is one that no definition has.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Raw = dict[str, Any]
Way = tuple[Any, ...]
ANSWERS = {"text", "number", "date", "choice", "boolean"}
LISTED = {"choice", "cascade", "checklist"}
FIELDS = {*ANSWERS, *LISTED, "time", "reference", "attachment", "rows", "group"}
NEVER = {"ref": "document.state", "op": "is", "value": "zz"}


class Spot(NamedTuple):
    """A place of a definition: the way to it in the JSON, its dotted path of ids."""

    way: Way
    path: str


class Edit(NamedTuple):
    """Two versions, and the path of what changes from one to the other."""

    before: Raw
    after: Raw
    path: str


def at(data: Any, way: Way) -> Any:
    """What is at a place."""
    for key in way:
        data = data[key]
    return data


# --- the places of a form -----------------------------------------------------------------------


def items(raw: Raw) -> Iterator[Spot]:
    """Every item of a form, whatever holds it."""
    for number, step in enumerate(raw["steps"]):
        yield from _inside(step["items"], ("steps", number, "items"), "")


def _inside(found: Any, way: Way, prefix: str) -> Iterator[Spot]:
    for number, item in enumerate(found if isinstance(found, list) else ()):
        yield Spot((*way, number), prefix + item["id"])
        inner = f"{prefix}{item['id']}." if item["type"] in {"rows", "group"} else prefix
        yield from _inside(item.get("items"), (*way, number, "items"), inner)


def _of(*types: str) -> Callable[[Raw], list[Spot]]:
    return lambda raw: [one for one in items(raw) if at(raw, one.way)["type"] in types]


def _named(key: str, *way: str) -> Callable[[Raw], list[Spot]]:
    """The parts of a form that carry an id: in a list, or as the keys of a table."""

    def find(raw: Raw) -> list[Spot]:
        held = at(raw, way) if way[0] in raw else ()
        keys = held if isinstance(held, dict) else range(len(held))
        return [
            Spot((*way, one), f"{key}.{one if isinstance(held, dict) else held[one]['id']}") for one in keys
        ]

    return find


PLACES: Mapping[str, Callable[[Raw], list[Spot]]] = {
    "field": _of(*FIELDS),
    "answer": _of(*ANSWERS),
    "listed": _of(*LISTED),
    **{name: _of(name) for name in ("text", "number", "date", "choice", "rows", "reference", "computed")},
    "step": _named("steps", "steps"),
    "condition": _named("conditions", "conditions"),
    "value": _named("values", "values"),
    "collection": _named("collections", "collections"),
    "link": _named("links", "links"),
    "output": _named("outputs", "outputs"),
    "problem": _named("problems", "problems"),
    "state": _named("lifecycle.states", "lifecycle", "states"),
    "action": _named("lifecycle.actions", "lifecycle", "actions"),
}


def merged(raw: Raw, spot: Spot, kind: Mapping[str, Any]) -> Edit:
    """Both versions of an edit that only changes keys; None drops a key."""
    versions = []
    for side in ("before", "after"):
        one = copy.deepcopy(raw)
        for key, value in kind[side].items():
            at(one, spot.way).pop(key, None)
            if value is not None:
                at(one, spot.way)[key] = value
        versions.append(one)
    return Edit(versions[0], versions[1], spot.path)


# --- built edits --------------------------------------------------------------------------------

Build = Callable[[Raw, Sequence[Raw]], Iterator[Edit]]  # a form, the others -> every edit of a kind


def _new(id: str = "zz_nouveau", **keys: Any) -> Raw:
    return {"id": id, "type": "text", "label": "Nouveau", **keys}


def _edit(raw: Raw, path: str, change: Callable[[Raw], object]) -> Edit:
    after = copy.deepcopy(raw)
    change(after)
    return Edit(raw, after, path)


def _back(one: Edit) -> Edit:
    return Edit(one.after, one.before, one.path)


def add_field(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for number in range(len(raw["steps"])):
        yield _edit(raw, "zz_nouveau", lambda one, n=number: one["steps"][n]["items"].append(_new()))


def add_required_field(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for number in range(len(raw["steps"])):
        new = _new(required=True)
        yield _edit(raw, "zz_nouveau", lambda one, n=number, new=new: one["steps"][n]["items"].insert(0, new))


def _step(gate: bool) -> Raw:
    return {"id": "zz", "title": "Nouvelle", "gate": gate, "items": []}


def add_step(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for number in range(len(raw["steps"]) + 1):
        yield _edit(raw, "steps.zz", lambda one, n=number: one["steps"].insert(n, _step(False)))


def add_gate(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    yield _edit(raw, "steps.zz", lambda one: one["steps"].append(_step(True)))


def add_link(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    link = {"label": "Nouveau", "form": raw["form"]}
    yield _edit(raw, "links.zz", lambda one: one.setdefault("links", {}).update(zz=link))


def add_error(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    name = next(items(raw)).path
    problem = {"id": "zz", "level": "error", "on": [name], "when": NEVER, "message": "Non."}
    yield _edit(raw, "problems.zz", lambda one: one.setdefault("problems", []).append(problem))


def add_alert(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    alert = {"id": "zz", "when": NEVER, "text": "Nouvelle."}
    yield _edit(raw, "alerts.zz", lambda one: one.setdefault("alerts", []).append(alert))


def swap_fields(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for number, step in enumerate(raw["steps"]):
        if len(step["items"]) > 1:

            def swap(one: Raw, n: int = number) -> None:
                held = one["steps"][n]["items"]
                held[0], held[1] = held[1], held[0]

            yield _edit(raw, step["id"], swap)


def swap_steps(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    if len(raw["steps"]) > 1:
        yield _edit(raw, "steps", lambda one: one["steps"].reverse())


# --- choices written in the form ----------------------------------------------------------------


def _choices(raw: Raw) -> Iterator[tuple[Spot, Raw]]:
    for spot in items(raw):
        if len(at(raw, spot.way).get("options", ())) > 1:
            for option in at(raw, spot.way)["options"]:
                yield spot, option


def rename_choice(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for spot, option in _choices(raw):
        number = at(raw, spot.way)["options"].index(option)
        way = (*spot.way, "options", number)
        yield _edit(
            raw, f"{spot.path}.{option['code']}", lambda one, way=way: at(one, way).update(label="Zut")
        )


def add_choice(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for spot in dict.fromkeys(spot for spot, _ in _choices(raw)):
        new = {"code": "zz", "label": "Nouveau"}
        way = (*spot.way, "options")
        yield _edit(raw, f"{spot.path}.zz", lambda one, way=way, new=new: at(one, way).append(new))


def remove_choice(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for spot, option in _choices(raw):
        way = (*spot.way, "options")
        yield _edit(
            raw, f"{spot.path}.{option['code']}", lambda one, way=way, gone=option: at(one, way).remove(gone)
        )


# --- fields that go, move or change -------------------------------------------------------------


def _alone(raw: Raw, others: Sequence[Raw]) -> Iterator[Spot]:
    """Simple fields that nothing else names, here or elsewhere."""
    told = " ".join(json.dumps(one, ensure_ascii=False) for one in others)
    for spot in items(raw):
        item = at(raw, spot.way)
        if item["type"] in ANSWERS and not _told(item["id"], told):
            here = copy.deepcopy(raw)
            del at(here, spot.way[:-1])[spot.way[-1]]
            if not _told(item["id"], json.dumps(here, ensure_ascii=False)):
                yield spot


def _told(name: str, text: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None


def _without(spot: Spot) -> Callable[[Raw], Raw]:
    def drop(one: Raw) -> Raw:
        found: Raw = at(one, spot.way[:-1]).pop(spot.way[-1])
        return found

    return drop


def remove_field(raw: Raw, others: Sequence[Raw]) -> Iterator[Edit]:
    for spot in _alone(raw, others):
        yield _edit(raw, spot.path, _without(spot))


def remove_field_kept(raw: Raw, others: Sequence[Raw]) -> Iterator[Edit]:
    for found in remove_field(raw, others):
        kept = {"in": raw["version"], "type": "text", "label": "Ancien"}
        if "." not in found.path:
            found.after.setdefault("retired", {})[found.path] = kept
            yield found


def _with_retired(raw: Raw) -> Raw:
    kept = {"in": "1.0.0", "type": "text", "label": "Ancien"}
    return copy.deepcopy(raw) | {"retired": {**raw.get("retired", {}), "zz": kept}}


def forget_retired(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    yield _edit(_with_retired(raw), "zz", lambda one: one["retired"].pop("zz"))


def reuse_retired(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for number in range(len(raw["steps"])):
        new = _new("zz")
        yield _edit(
            _with_retired(raw), "zz", lambda one, n=number, new=new: one["steps"][n]["items"].append(new)
        )


def remove_read_field(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for spot in items(raw):
        item = at(raw, spot.way)
        if item["type"] in ANSWERS and "." not in spot.path:
            found = _edit(raw, spot.path, _without(spot))
            if f'"ref": "{item["id"]}"' in json.dumps(found.after):
                yield found


def retype(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for spot in items(raw):
        item = at(raw, spot.way)
        if item["type"] in ANSWERS:
            new = {"id": item["id"], "type": "time", "label": item.get("label", "Heure")}

            def put(one: Raw, spot: Spot = spot, new: Raw = new) -> None:
                at(one, spot.way[:-1])[spot.way[-1]] = new

            yield _edit(raw, spot.path, put)


def wrap(raw: Raw, others: Sequence[Raw]) -> Iterator[Edit]:
    rows = [one for one in items(raw) if isinstance(_rows_of(at(raw, one.way)), list)]
    for spot in _alone(raw, others):
        for holder in rows if "." not in spot.path else ():
            if holder.way[: len(spot.way) - 1] != spot.way[:-1]:  # its place does not change with the removal

                def put(one: Raw, spot: Spot = spot, holder: Spot = holder) -> None:
                    at(one, holder.way)["items"].append(_without(spot)(one))

                yield _edit(raw, f"{holder.path}.{spot.path}", put)


def unwrap(raw: Raw, others: Sequence[Raw]) -> Iterator[Edit]:
    for spot in _alone(raw, others):
        if "." in spot.path and len(at(raw, spot.way[:-1])) > 1:

            def put(one: Raw, spot: Spot = spot) -> None:
                one["steps"][spot.way[1]]["items"].append(_without(spot)(one))

            yield _edit(raw, spot.path.split(".")[-1], put)


def _rows_of(item: Raw) -> Any:
    return item.get("items") if item["type"] == "rows" else None


# --- life cycle ---------------------------------------------------------------------------------


def add_state(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    state = {"id": "zz", "label": "Nouveau", "phase": "closed"}
    yield _edit(raw, "lifecycle.states.zz", lambda one: one["lifecycle"]["states"].append(state))


def remove_state(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for number, state in list(enumerate(raw["lifecycle"]["states"]))[1:]:
        yield _edit(
            raw, f"lifecycle.states.{state['id']}", lambda one, n=number: one["lifecycle"]["states"].pop(n)
        )


def add_action(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    first = raw["lifecycle"]["states"][0]["id"]
    action = {"id": "zz", "label": "Nouvelle", "from": [first], "to": first}
    yield _edit(
        raw, "lifecycle.actions.zz", lambda one: one["lifecycle"].setdefault("actions", []).append(action)
    )


def _removed_actions(raw: Raw, others: Sequence[Raw], called: bool) -> Iterator[Edit]:
    callers = {(link, action) for one in others for link, action in _calls(one)}
    for number, action in enumerate(raw["lifecycle"].get("actions", ())):
        if ((raw["form"], action["id"]) in callers) is called:
            path = f"lifecycle.actions.{action['id']}"
            yield _edit(raw, path, lambda one, n=number: one["lifecycle"]["actions"].pop(n))


def _calls(raw: Raw) -> Iterator[tuple[str, str]]:
    for action in raw["lifecycle"].get("actions", ()):
        for effect in action.get("effects", ()):
            if effect["do"] == "act":
                yield raw["links"][effect["link"]]["form"], effect["action"]


def remove_action(raw: Raw, others: Sequence[Raw]) -> Iterator[Edit]:
    yield from _removed_actions(raw, others, False)


def remove_called_action(raw: Raw, others: Sequence[Raw]) -> Iterator[Edit]:
    yield from _removed_actions(raw, others, True)


def close_step(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for number, state in enumerate(raw["lifecycle"]["states"]):
        for step in state.get("open", ()):

            def shut(one: Raw, n: int = number, step: str = step) -> None:
                one["lifecycle"]["states"][n]["open"].remove(step)

            yield _edit(raw, f"lifecycle.states.{state['id']}", shut)


def open_step(raw: Raw, others: Sequence[Raw]) -> Iterator[Edit]:
    yield from map(_back, close_step(raw, others))


def uncall_used(raw: Raw, others: Sequence[Raw]) -> Iterator[Edit]:
    callers = {
        f"{one['form']}.{action['id']}"
        for one in others
        for action in one["lifecycle"].get("actions", ())
        if any(effect["do"] == "act" for effect in action.get("effects", ()))
    }
    for number, action in enumerate(raw["lifecycle"].get("actions", ())):
        for caller in callers.intersection(action.get("called_by", ())):

            def uncall(one: Raw, n: int = number, caller: str = caller) -> None:
                one["lifecycle"]["actions"][n]["called_by"].remove(caller)

            yield _edit(raw, f"lifecycle.actions.{action['id']}", uncall)


def unshare_used(raw: Raw, others: Sequence[Raw]) -> Iterator[Edit]:
    told = " ".join(json.dumps(one) for one in others if one.get("subject") == raw["form"])
    for spot in items(raw):
        item = at(raw, spot.way)
        if item.get("shared") and f'"subject.{item["id"]}"' in told:
            yield _edit(raw, spot.path, lambda one, way=spot.way: at(one, way).pop("shared"))


# --- access -------------------------------------------------------------------------------------


def _right(verb: str, **limits: Any) -> Raw:
    return {"who": ["zz"], "may": [verb], **limits}


def _with_rights(raw: Raw, verb: str, before: Sequence[Raw], after: Sequence[Raw]) -> Edit:
    versions = []
    for more in (before, after):
        one = copy.deepcopy(raw)
        one.setdefault("access", {}).setdefault("rights", []).extend(more)
        versions.append(one)
    return Edit(versions[0], versions[1], f"access.zz.{verb}")


def gain_reading(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for verb in ("read", "print"):
        yield _with_rights(raw, verb, [], [_right(verb)])
        yield _with_rights(raw, verb, [], [_right(verb, only=[raw["steps"][0]["id"]])])


def gain_writing(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for verb in ("write", "create"):
        yield _with_rights(raw, verb, [], [_right(verb)])


def gain_action(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for action in raw["lifecycle"].get("actions", ()):
        yield _with_rights(raw, action["id"], [], [_right(action["id"])])


def lose_right(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    for verb in ("read", "write", "print", "create", *(a["id"] for a in raw["lifecycle"].get("actions", ()))):
        yield _with_rights(raw, verb, [_right(verb)], [])


def lose_state(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    states = [one["id"] for one in raw["lifecycle"]["states"]]
    for state in states if len(states) > 1 else ():
        rest = [one for one in states if one != state]
        yield _with_rights(raw, "write", [_right("write")], [_right("write", **{"in": rest})])


def narrow_right(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    part = {"only": [raw["steps"][0]["id"]]}
    for verb in ("read", "write", "print"):
        for limits in (part, {"when": NEVER}):
            yield _with_rights(raw, verb, [_right(verb)], [_right(verb, **limits)])


def _widened(raw: Raw, verb: str) -> Iterator[Edit]:
    for limits in ({"only": [raw["steps"][0]["id"]]}, {"when": NEVER}):
        yield _with_rights(raw, verb, [_right(verb, **limits)], [_right(verb)])


def widen_reading(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    yield from _widened(raw, "read")


def widen_writing(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    yield from _widened(raw, "write")


def add_closing(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    closing = {"id": "zz", "when": NEVER, "message": "Fermé."}
    yield _edit(
        raw,
        "access.closed.zz",
        lambda one: one.setdefault("access", {}).setdefault("closed", []).append(closing),
    )


def remove_closing(raw: Raw, others: Sequence[Raw]) -> Iterator[Edit]:
    yield from map(_back, add_closing(raw, others))


def change_subject(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    yield _edit(raw, "subject", lambda one: one.update(subject="zz"))


def change_place(raw: Raw, _others: Sequence[Raw]) -> Iterator[Edit]:
    yield _edit(raw, "place", lambda one: one.update(place="zz.zz"))


BUILT: Mapping[str, Build] = {
    build.__name__: build
    for build in (
        swap_fields, swap_steps, rename_choice, add_field, add_choice, add_step, add_link, add_required_field,
        add_gate, add_error, remove_choice, remove_field, remove_field_kept, forget_retired, reuse_retired,
        remove_read_field, remove_called_action, retype, wrap, unwrap, remove_state, remove_action, add_state,
        add_action, close_step, open_step, unshare_used, uncall_used, gain_reading, gain_writing, gain_action,
        lose_right, lose_state, narrow_right, widen_reading, widen_writing, add_closing, remove_closing,
        add_alert, change_subject, change_place,
    )
}  # fmt: skip


# --- code lists ---------------------------------------------------------------------------------

ListBuild = Callable[[Raw], Iterator[Edit]]


def _entries(held: Sequence[Raw], way: Way = ("items",)) -> Iterator[Way]:
    for number, entry in enumerate(held):
        yield (*way, number)
        yield from _entries(entry.get("items", ()), (*way, number, "items"))


def _leaves(raw: Raw) -> list[Way]:
    """Entries still offered, with nothing below and no other that is replaced by them."""
    named = json.dumps([at(raw, way).get("replaced_by", []) for way in _entries(raw["items"])])
    return [
        way
        for way in _entries(raw["items"])
        if not at(raw, way).get("items")
        and not at(raw, way).get("retired")
        and f'"{at(raw, way)["code"]}"' not in named
    ]


def _spot(raw: Raw, way: Way) -> str:
    return f"lists.{raw['list']}.{at(raw, way)['code']}"


def _on_leaves(*patches: Mapping[str, Any]) -> ListBuild:
    """Give each leaf some keys: the first patch makes the version before, the last the version after."""

    def build(raw: Raw) -> Iterator[Edit]:
        for way in _leaves(raw):
            others = [at(raw, one)["code"] for one in _leaves(raw) if one != way]
            versions = []
            for patch in patches:
                one = copy.deepcopy(raw)
                keys = {
                    key: others[:value] if key == "replaced_by" else value for key, value in patch.items()
                }
                at(one, way).update(keys)
                versions.append(one)
            if len(others) > 1:
                yield Edit(versions[0], versions[-1], _spot(raw, way))

    return build


def entry_added(raw: Raw) -> Iterator[Edit]:
    new = {"code": "zz", "label": "Nouveau"}
    for way in {one[:-1] for one in _entries(raw["items"])}:
        yield _edit(raw, f"lists.{raw['list']}.zz", lambda one, way=way: at(one, way).append(new))


def entry_removed(raw: Raw) -> Iterator[Edit]:
    for way in _leaves(raw):
        yield _edit(raw, _spot(raw, way), lambda one, way=way: at(one, way[:-1]).pop(way[-1]))


def entries_merged(raw: Raw) -> Iterator[Edit]:
    leaves = _leaves(raw)
    for one, other, into in zip(leaves, leaves[1:], leaves[2:], strict=False):
        after = copy.deepcopy(raw)
        for way in (one, other):
            at(after, way).update(retired=True, replaced_by=[at(raw, into)["code"]])
        yield Edit(raw, after, _spot(raw, one))


def entry_moved(raw: Raw) -> Iterator[Edit]:
    """Under another parent of the same depth, which is last: no place changes with the removal. Each entry
    goes under one parent, in turn: to make all pairs takes longer than to compare those that are drawn.
    """
    for number, way in enumerate(_leaves(raw)):
        parents = [one for one in _entries(raw["items"]) if len(one) == len(way) - 2 and one != way[:-2]]
        if len(way) > 2 and parents:
            under = parents[number % len(parents)]

            def put(one: Raw, way: Way = way, parent: Way = under) -> None:
                held = at(one, parent).setdefault("items", [])
                held.append(at(one, way[:-1]).pop(way[-1]))

            yield _edit(raw, _spot(raw, way), put)


def _swapped(ordered: bool) -> ListBuild:
    def build(raw: Raw) -> Iterator[Edit]:
        before = {**raw, "ordered": ordered}
        for way in {one[:-1] for one in _entries(raw["items"])}:
            if len(at(raw, way)) > 1:
                yield _edit(before, f"lists.{raw['list']}", lambda one, way=way: at(one, way).reverse())

    return build


def attribute_changed(raw: Raw) -> Iterator[Edit]:
    attributes = {**raw.get("attributes", {}), "zz": {"type": "number"}}
    for way in _leaves(raw):
        versions = []
        for value in (1, 2):
            one = copy.deepcopy(raw) | {"attributes": attributes}
            at(one, way).setdefault("attributes", {})["zz"] = value
            versions.append(one)
        yield Edit(versions[0], versions[1], _spot(raw, way))


def order_dropped(raw: Raw) -> Iterator[Edit]:
    yield Edit({**raw, "ordered": True}, {**raw, "ordered": False}, f"lists.{raw['list']}")


LISTS: Mapping[str, ListBuild] = {
    "entry_added": entry_added,
    "entry_removed": entry_removed,
    "entry_retired": _on_leaves({}, {"retired": True}),
    "entry_replaced": _on_leaves({}, {"retired": True, "replaced_by": 1}),
    "entry_split": _on_leaves({}, {"retired": True, "replaced_by": 2}),
    "entries_merged": entries_merged,
    "entry_restored": _on_leaves({"retired": True}, {"retired": False}),
    "entry_renamed": _on_leaves({"label": "Rouge vif"}, {"label": "Quatorze"}),
    "entry_moved": entry_moved,
    "entries_swapped": _swapped(False),
    "ordered_swapped": _swapped(True),
    "attribute_changed": attribute_changed,
    "precision_asked": _on_leaves({"asks": None}, {"asks": {"min": 1, "max": 1}}),
    "precision_dropped": _on_leaves({"asks": {"min": 1, "max": 1}}, {"asks": None}),
    "order_dropped": order_dropped,
}

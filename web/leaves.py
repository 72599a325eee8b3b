"""Answers cut into leaves: the smallest things that merge, are proposed and are told of alone.

A scalar is one, one tick of a checklist, one cell of a row. No web framework here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from engine.access import Grant, decide, may_read_all
from engine.answers import MISSING, code_of
from engine.compile import CompiledForm
from engine.evaluate import FormState, static_path
from engine.intake import intake
from engine.paths import Path, dotted

T = TypeVar("T")
Leaf = tuple[str, ...]  # a path; a tick adds "#code", a row's presence adds "#row"
DEFAULT = "?"  # begins what stands for a default that a page shows

SEVERAL = frozenset({"group", "rows", "checklist"})  # fields of several leaves


def leaves(answers: Mapping[str, Any], form: CompiledForm, step: str) -> dict[Leaf, Any]:
    """Cut one step's answers into leaves."""
    found: dict[Leaf, Any] = {}
    for id, kind in intake(form, step).shapes.items():
        if id not in answers:
            continue
        if kind in SEVERAL:
            found |= cut(id, kind, answers[id])
        else:
            found[id,] = answers[id]
    return found


def cut(id: str, kind: str, value: Any) -> dict[Leaf, Any]:
    """Cut an answer of several leaves."""
    if kind == "group" and isinstance(value, dict):
        return {(id, key): inner for key, inner in value.items()}
    if kind == "checklist" and isinstance(value, list):
        return {(id, f"#{code_of(pick)}"): pick for pick in value}
    if kind != "rows" or not isinstance(value, list):
        return {} if value is MISSING else {(id,): value}
    found: dict[Leaf, Any] = {}
    for row in value:
        found[id, row["row"], "#row"] = True
        found |= {(id, row["row"], key): inner for key, inner in row.items() if key != "row"}
    return found


def open_to(grant: Grant, found: Mapping[Leaf, T], form: CompiledForm, step: str) -> dict[Leaf, T]:
    """Leave out of one step's leaves those that somebody may not read: their names alone would tell."""
    if may_read_all(grant, intake(form, step).paths):
        return dict(found)
    return {leaf: value for leaf, value in found.items() if readable(grant, leaf, form)}


def readable(grant: Grant, leaf: Leaf, form: CompiledForm) -> bool:
    """Tell whether somebody may read a leaf: its field, and the one that holds it."""
    item = form.skeleton.items.get(field_path(leaf, form))
    if item is None or not decide(grant, "read", item):
        return False
    return item.parent is None or bool(decide(grant, "read", item.parent))


def field_path(leaf: Leaf, form: CompiledForm) -> Path:
    """The static path of a leaf's field, or of the rows that it is one of."""
    return static_path(tuple(part for part in leaf if not part.startswith("#") and part != DEFAULT), form)


def put_leaf(answers: dict[str, Any], leaf: Leaf, value: Any, form: CompiledForm) -> None:
    """Write one leaf back; MISSING removes it."""
    if leaf[-1].startswith("#") and leaf[-1] != "#row":
        _put_tick(answers, leaf, value, form)
    elif len(leaf) == 1:
        _put(answers, leaf[0], value)
    elif len(leaf) == 2:
        group = answers.setdefault(leaf[0], {})
        _put(group, leaf[1], value)
    else:
        _put_cell(answers, leaf, value)


def _put(holder: dict[str, Any], key: str, value: Any) -> None:
    if value is MISSING:
        holder.pop(key, None)
    else:
        holder[key] = value


def _put_tick(answers: dict[str, Any], leaf: Leaf, value: Any, form: CompiledForm) -> None:
    code = leaf[-1][1:]
    picks = [pick for pick in answers.get(leaf[0]) or [] if code_of(pick) != code]
    if value is not MISSING:
        picks.append(value)
    listing = form.target(form.skeleton.named[leaf[0]]).listing
    if listing is not None:
        picks.sort(key=lambda pick: listing.rank(code_of(pick)))
    answers[leaf[0]] = picks


def _put_cell(answers: dict[str, Any], leaf: Leaf, value: Any) -> None:
    rows = answers.setdefault(leaf[0], [])
    row = next((one for one in rows if one["row"] == leaf[1]), None)
    if leaf[2] == "#row":
        if value is MISSING and row is not None:
            rows.remove(row)
        elif value is not MISSING and row is None:
            rows.append({"row": leaf[1]})
        return
    if row is None:
        if value is MISSING:
            return
        row = {"row": leaf[1]}
        rows.append(row)
    _put(row, leaf[2], value)


def leaf_label(leaf: Leaf, state: FormState) -> str:
    """Name a leaf: its row, its field, its option."""
    form = state.form
    path = tuple(part for part in leaf if not part.startswith("#"))
    item = form.skeleton.items.get(static_path(path, form))
    if item is None:
        return dotted(path)
    words = [item.heading]
    if len(path) == 3:
        words.insert(0, state.row_title(path[:1], path[1]))
    if leaf[-1].startswith("#") and leaf[-1] != "#row":
        listing = form.target(item).listing
        words.append(listing.label(leaf[-1][1:]) if listing is not None else leaf[-1][1:])
    return ", ".join(words)

"""Moves on stored answers, forward: each reads and writes nested JSON, in order. No form is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.answers import code_of, is_empty, is_raw
from engine.compile import CompiledForm
from engine.migrate import model
from engine.migrate.convert import CONVERTERS
from engine.migrate.picks import listed, picked, remap, sound, union
from engine.values import Computed

Answers = dict[str, Any]
Kept = tuple[str, Any]  # a dotted static path, and what was answered there


@dataclass(frozen=True, eq=False)
class Stage:
    """One leg of a route: its moves, and the forms on either side. `fills`: by the place of the move."""

    moves: tuple[Any, ...]
    source: CompiledForm
    target: CompiledForm
    fills: Mapping[int, Computed]
    why: str = ""


def apply(stage: Stage, answers: Answers) -> list[Kept]:
    """Make a stage's moves in place, but its fills; gives what was archived."""
    archived: list[Kept] = []
    for move in stage.moves:
        forward = FORWARD.get(type(move))
        if forward is not None:
            forward(move, answers, stage)
        elif isinstance(move, model.Archive):
            archived += take(answers, move.field)
    return archived


def holders(answers: Answers, path: str) -> list[tuple[Answers, str]]:
    """Where a static path may be stored: the answers, a group, or each row; and the last name.

    >>> holders({"a": [{"row": "x", "b": 1}]}, "a.b")
    [({'row': 'x', 'b': 1}, 'b')]
    """
    head, _, inner = path.partition(".")
    if not inner:
        return [(answers, head)]
    found = answers.get(head)
    rows = [found] if isinstance(found, dict) else found if isinstance(found, list) else []
    return [(row, inner) for row in rows if isinstance(row, dict) and not is_raw(row)]


def take(answers: Answers, path: str) -> list[Kept]:
    """Remove what is answered at a static path; gives it, by row where there are rows."""
    found = [(holder, key) for holder, key in holders(answers, path) if key in holder]
    taken = [(holder.get("row"), holder.pop(key)) for holder, key in found]
    kept = [(row, value) for row, value in taken if not is_empty(value)]
    if not kept:
        return []
    if "." in path and kept[0][0] is not None:
        return [(path, [{"row": row, "value": value} for row, value in kept])]
    return [(path, kept[0][1])]


def take_leftovers(answers: Answers, form: CompiledForm) -> list[Kept]:
    """Remove the answers that a form has no field for; gives them."""
    found: list[Kept] = []
    for name in list(answers):
        item = form.skeleton.named.get(name)
        if item is None or not item.is_field:
            found += take(answers, name)
        elif item.type in {"group", "rows"}:
            known = {"row", "by", *(child.id for child in item.children)}
            extra = _inner_keys(answers.get(name)) - known
            for key in sorted(extra):
                found += take(answers, f"{name}.{key}")
    return found


def _inner_keys(value: Any) -> set[str]:
    rows = [value] if isinstance(value, dict) and not is_raw(value) else listed(value)
    return {key for row in rows if isinstance(row, dict) for key in row}


# --- the moves ----------------------------------------------------------------------------------


def _rename(move: model.Rename, answers: Answers, _stage: Stage) -> None:
    rename(answers, move.field, move.to)


def rename(answers: Answers, field: str, to: str) -> None:
    """Give an answer another name, where it stands."""
    name = to.rpartition(".")[2]
    for holder, key in holders(answers, field):
        if key in holder:
            holder[name] = holder.pop(key)


def _map(move: model.MapCodes, answers: Answers, _stage: Stage) -> None:
    codes = {old: [new] if isinstance(new, str) else new for old, new in move.codes.items()}
    for holder, key in holders(answers, move.field):
        if sound(holder.get(key)):
            holder[key] = remap(holder[key], codes)


def _split(move: model.Split, answers: Answers, _stage: Stage) -> None:
    picks = picked(answers, move.field)
    dealt: set[str] = set()
    for name, codes in move.into.items():
        chosen = [pick for pick in picks if code_of(pick) in codes]
        dealt |= {code_of(pick) for pick in chosen}
        if chosen:
            answers[name] = union(iter([*picked(answers, name), *chosen]))
    rest = [pick for pick in picks if code_of(pick) not in dealt]
    if rest:
        answers[move.field] = union(iter([*picked(answers, move.field), *rest]))


def _merge(move: model.Merge, answers: Answers, _stage: Stage) -> None:
    gathered = union(pick for name in move.from_ for pick in picked(answers, name))
    if gathered:
        answers[move.into] = gathered


def _cut(move: model.Cut, answers: Answers, _stage: Stage) -> None:
    text = answers.get(move.field)
    if not isinstance(text, str):
        return
    del answers[move.field]
    for name, part in zip(move.into, text.split(move.at, len(move.into) - 1), strict=False):
        if part.strip():
            answers[name] = part.strip()


def _join(move: model.Join, answers: Answers, _stage: Stage) -> None:
    texts = [answers.pop(name) for name in move.from_ if isinstance(answers.get(name), str)]
    if texts:
        answers[move.into] = move.with_.join(texts)


def wrapped_row(move: model.Wrap) -> str:
    """The id of the row that a wrap makes: always the same, so that it can be found again."""
    return f"reprise-{next(iter(move.as_))}"[:40]


def _wrap(move: model.Wrap, answers: Answers, stage: Stage) -> None:
    inner = {new: answers.pop(old) for old, new in move.as_.items() if not is_empty(answers.get(old))}
    if not inner:
        return
    item = stage.target.skeleton.named[move.into]
    if item.type == "group":
        answers[move.into] = {**inner, **(answers.get(move.into) or {})}
    else:
        answers[move.into] = [{"row": wrapped_row(move), **inner}, *listed(answers.get(move.into))]


def _convert(move: model.Convert, answers: Answers, stage: Stage) -> None:
    value = answers.get(move.field)
    if is_empty(value):
        return
    made = CONVERTERS[move.by].forward(value, move, answers.get(move.to), stage.source)
    if made is not None:
        del answers[move.field]
        answers[move.to] = made


FORWARD: Mapping[type, Callable[[Any, Answers, Stage], None]] = {
    model.Rename: _rename,
    model.MapCodes: _map,
    model.Split: _split,
    model.Merge: _merge,
    model.Cut: _cut,
    model.Join: _join,
    model.Wrap: _wrap,
    model.Convert: _convert,
}

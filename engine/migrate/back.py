"""Moves on stored answers, backward, and the three-way merge that keeps what was answered since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.answers import MISSING, all_codes, code_of, is_empty, is_raw
from engine.compile import CompiledForm
from engine.lifecycle import merge_picks
from engine.migrate import model
from engine.migrate.apply import Answers, holders, rename, wrapped_row
from engine.migrate.convert import CONVERTERS
from engine.migrate.picks import listed, picked, remap, sound, union
from engine.skeleton import Item

Before = Mapping[str, Any]  # the answers before the move: they say what a merged answer came from
PICKS = frozenset({"checklist", "cascade"})


def reverse(moves: Sequence[Any], answers: Answers, before: Before, source: CompiledForm) -> None:
    """Undo moves in place, last first, as far as answers alone tell."""
    for move in reversed(moves):
        backward = BACKWARD.get(type(move))
        if backward is not None:
            backward(move, answers, before, source)


def _rename(move: model.Rename, answers: Answers, _before: Before, _source: CompiledForm) -> None:
    rename(answers, move.to, move.field)


def _map(move: model.MapCodes, answers: Answers, before: Before, source: CompiledForm) -> None:
    had = {
        code
        for holder, key in holders(dict(before), move.field)
        if sound(holder.get(key))
        for code in all_codes(holder[key])
    }
    item = source.skeleton.items.get(tuple(move.field.split(".")))
    offered = source.target(item).listing if item is not None else None
    codes: dict[str, list[str]] = {}
    for old, given in move.codes.items():
        for new in [given] if isinstance(given, str) else given:
            kept = new in had or (offered is not None and new in offered and old not in had)
            if not kept and (new not in codes or old in had):
                codes[new] = [old]
    for holder, key in holders(answers, move.field):
        if sound(holder.get(key)):
            holder[key] = remap(holder[key], codes)


def _split(move: model.Split, answers: Answers, _before: Before, _source: CompiledForm) -> None:
    picks = picked(answers, move.field)
    for name, codes in move.into.items():
        own = picked(answers, name)
        picks += [pick for pick in own if code_of(pick) in codes]
        _put(answers, name, [pick for pick in own if code_of(pick) not in codes])
    _put(answers, move.field, union(iter(picks)))


def _merge(move: model.Merge, answers: Answers, before: Before, _source: CompiledForm) -> None:
    dealt: dict[str, list[Any]] = {name: [] for name in move.from_}
    had = {name: set(map(code_of, before[name])) for name in move.from_ if sound(before.get(name))}
    for pick in picked(answers, move.into):
        homes = [name for name, codes in had.items() if code_of(pick) in codes]
        for name in homes or move.from_[:1]:
            dealt[name].append(pick)
    for name, picks in dealt.items():
        _put(answers, name, picks)


def _cut(move: model.Cut, answers: Answers, _before: Before, _source: CompiledForm) -> None:
    parts = [answers.pop(name) for name in move.into if isinstance(answers.get(name), str)]
    if parts:
        answers[move.field] = move.at.join(parts)


def _join(move: model.Join, answers: Answers, before: Before, _source: CompiledForm) -> None:
    text = answers.pop(move.into, None)
    if not isinstance(text, str):
        _put(answers, move.into, text)
        return
    names = [name for name in move.from_ if isinstance(before.get(name), str)]
    parts = text.split(move.with_)
    if len(parts) == len(names):
        answers.update(zip(names, parts, strict=True))
    else:
        answers[move.from_[0]] = text


def _wrap(move: model.Wrap, answers: Answers, _before: Before, _source: CompiledForm) -> None:
    holder = answers.get(move.into)
    if isinstance(holder, list):
        rows, wanted = holder, wrapped_row(move)
        holder = next((row for row in rows if _has(row) and row["row"] == wanted), rows[0] if rows else None)
    if not isinstance(holder, dict) or is_raw(holder):
        return
    for old, new in move.as_.items():
        if new in holder:
            answers[old] = holder.pop(new)
    if not set(holder) - {"row", "by"}:
        rest = [row for row in listed(answers[move.into]) if row is not holder]
        _put(answers, move.into, rest)


def _convert(move: model.Convert, answers: Answers, before: Before, _source: CompiledForm) -> None:
    if move.to not in answers:
        return
    former, rest = CONVERTERS[move.by].backward(answers.pop(move.to), move, before.get(move.to))
    _put(answers, move.field, former)
    _put(answers, move.to, rest)


def _put(answers: Answers, name: str, value: Any) -> None:
    if is_empty(value):
        answers.pop(name, None)
    else:
        answers[name] = value


BACKWARD: Mapping[type, Callable[[Any, Answers, Before, CompiledForm], None]] = {
    model.Rename: _rename,
    model.MapCodes: _map,
    model.Split: _split,
    model.Merge: _merge,
    model.Cut: _cut,
    model.Join: _join,
    model.Wrap: _wrap,
    model.Convert: _convert,
}


# --- three ways ---------------------------------------------------------------------------------


def merged(base: Before, mine: Before, theirs: Before, form: CompiledForm) -> Answers:
    """Take `theirs`, with what changed from `base` to `mine`; a clash goes to `mine`."""
    named = form.skeleton.named
    return _merged(base, mine, theirs, lambda name: named.get(name), form)


def _merged(
    base: Before, mine: Before, theirs: Before, item_of: Callable[[str], Item | None], form: CompiledForm
) -> Answers:
    found: Answers = {}
    for name in dict.fromkeys([*theirs, *mine]):
        value = _three(
            base.get(name, MISSING), mine.get(name, MISSING), theirs.get(name, MISSING), item_of(name), form
        )
        if value is not MISSING:
            found[name] = value
    return found


def _three(base: Any, mine: Any, theirs: Any, item: Item | None, form: CompiledForm) -> Any:
    if mine is base or mine == base:
        return theirs
    if theirs == base or item is None:
        return mine
    target = form.target(item)
    sides = [one for one in (base, mine, theirs) if one is not MISSING]
    many = target.type in PICKS or (target.type == "choice" and target.spec.many)
    if (many and all(map(sound, sides))) or (
        target.type == "reference" and target.spec.many and all(map(_people, sides))
    ):
        return merge_picks(_list(base), _list(mine), _list(theirs)) or MISSING
    if target.type == "rows" and all(isinstance(one, list) and all(map(_has, one)) for one in sides):
        return _rows(_list(base), _list(mine), _list(theirs), item, form) or MISSING
    if target.type == "group" and all(isinstance(one, dict) for one in (mine, theirs)):
        inner = {child.id: child for child in item.children}
        return _merged(base if isinstance(base, dict) else {}, mine, theirs, inner.get, form)
    return mine


def _list(value: Any) -> list[Any]:
    return [] if value is MISSING else value


def _rows(
    base: list[Any], mine: list[Any], theirs: list[Any], item: Item, form: CompiledForm
) -> list[dict[str, Any]]:
    inner = {child.id: child for child in item.children}
    old, other = _by_id(base), _by_id(theirs)
    found: list[dict[str, Any]] = []
    for row in mine:
        id = row["row"]
        if id in other:
            found.append(_merged(old.get(id, {}), row, other[id], inner.get, form))
        elif id not in old or row != old[id]:
            found.append(row)
    present = {row["row"] for row in mine} | set(old)
    return found + [row for id, row in other.items() if id not in present]


def _has(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("row"), str)


def _people(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and isinstance(one.get("id"), str) for one in value
    )


def _by_id(rows: list[Any]) -> dict[str, Any]:
    return {row["row"]: row for row in rows}

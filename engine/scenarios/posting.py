"""Answers in stored form -> what a form would post, by step; and what of it was not kept.

A change goes through the edit that a page goes through, with the person's rights. What it says of a
field, a group or rows replaces the whole: what a group or a row leaves out is emptied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.answers import KEEPS_RAW, MISSING, all_codes, at, code_of, details_of, is_empty, is_raw, picks_of
from engine.attachments import ALL, REMOVE, Received, kind_of
from engine.evaluate import FormState
from engine.fields import READERS, Entry
from engine.paths import Path
from engine.posting import Posted
from engine.problems import Problem
from engine.scenarios.model import Answers, words
from engine.signatures import WITHDRAW
from engine.skeleton import Item


@dataclass(frozen=True)
class Unkept:
    """A part of a change that was not stored, and why."""

    path: Path
    reason: str


def posted_by_step(state: FormState, answers: Answers) -> list[tuple[str, Posted]]:
    """What to post, a step at a time, in the order of the steps."""
    found: list[tuple[str, Posted]] = []
    named = state.form.skeleton.named
    for part in state.form.skeleton.steps:
        items = [named[name] for name in answers if named[name].step == part.id]
        if items:
            found.append((part.id, _posted(state, items, answers)))
    return found


def _posted(state: FormState, items: Sequence[Item], answers: Answers) -> Posted:
    entries: dict[Path, Entry] = {}
    rows: dict[Path, Sequence[str]] = {}
    for item in items:
        value = answers[item.id]
        if item.type == "rows" and item.spec.over is None:
            rows[item.path] = [row["row"] for row in value or ()]
        for path, inner, given in written(state, item, value):
            entries[path] = entry_of(given, state.form.target(inner))
    return Posted(entries, rows)


def written(state: FormState, item: Item, value: Any) -> Iterator[tuple[Path, Item, Any]]:
    """Walk what a change says, leaf by leaf; what a group or a row leaves out is nothing."""
    match item.type:
        case "group":
            yield from _inside(state, item, item.path, value or {})
        case "rows":
            given = {row["row"]: row for row in value or ()}
            kept = state.rows.get(item.path, ()) if item.spec.over is not None else ()
            for row in dict.fromkeys((*given, *kept)):
                yield from _inside(state, item, (*item.path, row), given.get(row, {}))
        case _:
            yield item.path, item, value


def _inside(
    state: FormState, item: Item, prefix: Path, given: Mapping[str, Any]
) -> Iterator[tuple[Path, Item, Any]]:
    for child in item.children:
        path = (*prefix, child.id)
        if child.is_field and (child.id in given or _answered(state, item, path)):
            yield path, child, given.get(child.id)


def _answered(state: FormState, item: Item, path: Path) -> bool:
    """Tell whether an answer stands there that is not the field's own default."""
    own_default = path in state.untouched and item.path not in state.untouched
    return state.stored(path) is not None and not own_default


def entry_of(value: Any, item: Item) -> Entry:
    """Write a stored answer as the controls of its field post it."""
    if is_raw(value):
        return Entry((value["raw"],))
    if item.type == "attachment":
        return Entry((f"{REMOVE}{ALL}",), files=[_received(one) for one in value or ()])
    if is_empty(value):
        return Entry()
    match item.type:
        case "boolean":
            return Entry(("oui" if value else "non",))
        case "reference":
            return Entry(tuple(one["id"] for one in value))
        case "choice" | "checklist":
            details = {(0, code_of(pick)): details_of(pick) for pick in value if details_of(pick)}
            return Entry(tuple(code_of(pick) for pick in value), details)
        case "cascade":
            return _slots(value)
    return Entry((str(value),))


def _received(stored: Any) -> Received:
    """A file of which only the answer is known: its name says what its bytes are."""
    one = Received(**stored, kind="")
    return one._replace(kind=kind_of(one.name))


def _slots(picks: Sequence[Any]) -> Entry:
    slots: list[tuple[str, Sequence[str]]] = []
    details: dict[tuple[int, str], Sequence[str]] = {}
    for n, pick in enumerate(picks, start=1):
        slots.append((code_of(pick), tuple(all_codes(picks_of(pick)))))
        details |= {(n, code): texts for code, texts in _details((pick,))}
    return Entry((), details, tuple(slots))


def _details(picks: Sequence[Any]) -> Iterator[tuple[str, Sequence[str]]]:
    for pick in picks:
        if details_of(pick):
            yield code_of(pick), details_of(pick)
        yield from _details(picks_of(pick))


# --- what was not kept --------------------------------------------------------------------------


def unkept(before: FormState, after: FormState, answers: Answers, refused: Sequence[Problem]) -> list[Unkept]:
    """Compare what a change says with what is stored after it."""
    found: list[Unkept] = []
    for name, value in answers.items():
        item = before.form.skeleton.named[name]
        if item.type == "rows" and item.spec.over is None:
            extra = set(after.rows.get(item.path, ())) - {row["row"] for row in value or ()}
            if extra:
                found.append(Unkept(item.path, _why(after, item.path, refused)))
                continue
        for path, inner, given in written(before, item, value):
            if not _kept(given, _stored(after, path), after.form.target(inner)):
                found.append(Unkept(path, _why(after, path, refused)))
    return found


def _stored(state: FormState, path: Path) -> Any:
    """What is kept at a path, hidden or not; the default where nothing is."""
    found = at(state.document["answers"], path)
    return state.stored(path) if found is MISSING else found


def _kept(given: Any, stored: Any, item: Item) -> bool:
    if item.type in KEEPS_RAW:
        read = READERS[item.type](entry_of(given, item), item, None)
        return bool(read == stored) or (is_empty(read) and is_empty(stored))
    if item.type == "boolean" and item.spec.display == "checkbox":
        return bool(given) == bool(stored)
    if item.type == "signature" and isinstance(given, str):
        return (stored is None) == (given == WITHDRAW)
    return bool(_plain(given, item) == _plain(stored, item))


def _plain(value: Any, item: Item) -> Any:
    """An answer without what storing it may rewrite: the order of ticks, the labels of people and places."""
    if is_empty(value):
        return None
    match item.type:
        case "choice" | "checklist":
            return {_pick(pick) for pick in value}
        case "cascade":
            return [_pick(pick) for pick in value]
        case "reference":
            return [one["id"] for one in value]
    return value


def _pick(pick: Any) -> tuple[str, tuple[str, ...], frozenset[Any]]:
    return code_of(pick), details_of(pick), frozenset(_pick(one) for one in picks_of(pick))


def _why(state: FormState, path: Path, refused: Sequence[Problem]) -> str:
    """Say why something was not stored, as the person is told."""
    told = [problem.text for problem in refused if problem.path and problem.path == path[: len(problem.path)]]
    if told:
        return told[0]
    if path not in state.visible:
        return "non enregistré : le champ est caché, ou ne s'ouvre pas à cette personne"
    return f"non enregistré ; la réponse reste {words(_stored(state, path))}"

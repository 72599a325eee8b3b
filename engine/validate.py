"""FormState -> problems: what judges answers. The only place that pairs a rule with a path.

Hidden answers are never judged; whatever is unanswered is never wrong, only missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engine import signatures
from engine.answers import TEXT_LIMIT, code_of, fitting, is_empty, is_raw, picks_of, typed_scalar
from engine.compile import CompiledProblem, Rules
from engine.evaluate import FormState
from engine.fields import explain_raw
from engine.french import fold
from engine.fused import doubts, fused
from engine.offers import Offer
from engine.paths import Path
from engine.plain import PlainRows, PlainTest
from engine.problems import ERROR, WARNING, Problem
from engine.scopes import RowElement, Scope
from engine.skeleton import Item
from engine.verdicts import (
    judge_count,
    judge_counts,
    judge_details,
    judge_pattern,
    judge_range,
    judge_references,
)
from engine.wording import label_of

REMEDIES = {
    "text": "Saisissez-la",
    "number": "Saisissez-la en chiffres",
    "date": "Saisissez-la",
    "time": "Saisissez-la",
    "reference": "Choisissez-la",
    "signature": "Signez",
    "attachment": "Joignez un fichier",
    "choice": "Choisissez-la",
    "checklist": "Cochez-en une",
    "cascade": "Choisissez-la",
    "boolean": "Choisissez oui ou non",
}


def judge(state: FormState, steps: frozenset[str] | None = None) -> list[Problem]:
    """Judge the open steps (or those named), in display order.

    Frozen steps were judged when they closed. Form problems come last.
    """
    parts = state.form.skeleton.parts
    wanted = parts if steps is None else [id for id in steps if id in parts]
    if len(wanted) > 1:
        wanted = sorted(wanted, key=lambda id: parts[id].order)
    found: list[Problem] = []
    for step in wanted:
        if state.frozen(step) is None and state.shows_step(step):
            _step(state, step, found)
    if state.form.problems:
        found.extend(_form_problems(state, steps))
    return found


def _step(state: FormState, step: str, found: list[Problem]) -> None:
    """Judge a step: only what `engine.fused` leaves in doubt is looked at any closer."""
    items, _, missing = fused(state.form, step)
    for doubt in doubts(state, step):
        item, how = items[doubt.at].item, items[doubt.at].how
        if doubt.cell < 0:
            found.extend(
                _plain(state, item, missing) if isinstance(how, PlainTest) else _item(state, item, ())
            )
        elif isinstance(how, PlainRows):
            child, row = how.fields[doubt.cell][0], f"{item.label} n°{doubt.place}"
            path = (item.id, doubt.row, child.id)
            if child.type not in ALONE:
                found.extend(_field(state, child, path, row))
            elif doubt.stored is None:
                found.append(_missing_cell(child, path, row, state, missing))  # else it would be in no doubt
            else:
                found.extend(_alone(state, child, path, row, doubt.stored))


ALONE = frozenset({"text", "number", "date", "boolean"})  # fields that need no offer to be judged


def _plain(state: FormState, item: Item, missing: dict[Path, tuple[Problem, ...]]) -> Iterable[Problem]:
    """Judge a plain item; what is said when its answer is missing is always the same."""
    stored = state.document["answers"].get(item.id)
    if stored is not None:
        return _alone(state, item, item.path, None, stored) if item.type in ALONE else _item(state, item, ())
    if item.path not in missing:
        missing[item.path] = tuple(_alone(state, item, item.path, None, None))
    return missing[item.path]


def _missing_cell(
    item: Item, path: Path, row: str, state: FormState, missing: dict[Path, tuple[Problem, ...]]
) -> Problem:
    """Say that a cell of plain rows is not answered: all but its row is always the same."""
    if item.path not in missing:
        missing[item.path] = (_missing(item, path, row, state),)
    known = missing[item.path][0]
    return Problem(path, known.code, {**known.params, "row": row})


def _alone(state: FormState, item: Item, path: Path, row: str | None, stored: Any) -> Iterable[Problem]:
    """Judge a plain field from its stored answer; what is most often wrong is told first."""
    rules = state.form.rules[item.path]
    if type(stored) is dict and "raw" in stored:
        code, params = explain_raw(str(stored["raw"]), item)
        return (Problem(path, code, {"label": _named(item, row, state, path), **params}),)
    if item.type == "text" and type(stored) is str and stored and not stored.isspace():
        label = _named(item, row, state, path)
        if len(stored) <= (item.spec.max or TEXT_LIMIT):
            return judge_pattern(item, path, label, stored, rules)
        code, params = explain_raw(stored, item)
        return (Problem(path, code, {"label": label, **params}),)
    return _fitted(state, item, path, row, fitting(stored, item), rules)


def _fitted(
    state: FormState, item: Item, path: Path, row: str | None, stored: Any, rules: Rules
) -> Iterator[Problem]:
    """Judge a plain field from an answer in the shape that its type has."""
    if is_empty(stored):
        counted = (
            []
            if item.type in ALONE
            else list(judge_counts(item, path, item.heading, [], rules, Scope(state)))
        )
        if rules.required is not None and not (item.type == "cascade" and counted):
            yield _missing(item, path, row, state)
        else:
            yield from counted
        return
    label = _named(item, row, state, path)
    if is_raw(stored):
        code, params = explain_raw(str(stored["raw"]), item)
        yield Problem(path, code, {"label": label, **params})
    elif item.type == "text":
        yield from judge_pattern(item, path, label, stored, rules)
    elif item.type != "boolean":
        typed = state.form.type(item)
        value = typed_scalar(item.type, stored, typed.unit)
        yield from judge_range(value, path, label, typed, rules, Scope(state))


def judge_steps(state: FormState, step: str) -> list[Problem]:
    """Judge one step."""
    return judge(state, frozenset({step}))


def _item(state: FormState, item: Item, base: Path) -> Iterator[Problem]:
    path = (*base, item.id)
    if path not in state.visible:
        return
    match item.type:
        case "section":
            for child in item.children:
                yield from _item(state, child, base)
        case "group":
            for child in item.children:
                yield from _item(state, child, path)
        case "rows":
            yield from _rows(state, item, path)
        case "computed" | "note" | "recap" | "listing" | "tally":
            return
        case _:
            yield from _field(state, item, path)


def _field(state: FormState, item: Item, path: Path, row: str | None = None) -> Iterator[Problem]:
    required, target = state.form.rules[item.path].required, state.form.target(item)
    label = _named(item, row, state, path)
    raw = state.raws.get(path)
    if raw is not None:
        code, params = explain_raw(raw, target)
        yield Problem(path, code, {"label": label, **params})
        return
    if path in state.void:
        yield _void(state, path, label, required is not None and required.holds(state.scope(path)))
        return
    rules, scope = _judging(state, item, target, path)
    stored = state.stored(path)
    if is_empty(stored):
        counted = list(judge_counts(target, path, label, [], rules, scope))
        if (
            required is not None
            and required.holds(state.scope(path))
            and not (target.type == "cascade" and counted)
        ):
            yield _missing(item, path, row, state)
        else:
            yield from counted
        return
    match target.type:
        case "number" | "date" | "time":
            yield from judge_range(state.typed(path), path, label, state.form.type(item), rules, scope)
        case "text":
            yield from judge_pattern(target, path, label, stored, rules)
        case "choice" | "checklist":
            yield from judge_counts(target, path, label, stored, rules, scope)
            yield from judge_details(target, path, stored, None)
        case "cascade":
            yield from _cascade(state, target, path, label, stored, rules, scope)
        case "reference":
            yield from judge_references(target, path, label, stored)


def _void(state: FormState, path: Path, label: str, required: bool) -> Problem:
    who = signatures.typed(state.void[path]).words()
    return Problem(path, "signature_void", {"label": label, "who": who}, ERROR if required else WARNING)


def _judging(state: FormState, item: Item, target: Item, path: Path) -> tuple[Rules, Scope]:
    """The rules that judge an answer: those of the record's own field behind a bound one."""
    subject = state.context.subject
    if item.type == "bound":
        return (
            (Rules(), state.scope(path))
            if subject is None
            else (subject.form.rules[target.path], Scope(subject))
        )
    return state.form.rules[item.path], state.scope(path)


def _named(item: Item, row: str | None, state: FormState, path: Path) -> str:
    """The label of an item; in a row, after the row's name."""
    label = label_of(state, item, path)
    return label if row is None else f"{row}, {label}"


def _missing(item: Item, path: Path, row: str | None, state: FormState) -> Problem:
    remedy = REMEDIES.get(state.form.target(item).type, "Complétez-la")
    if row is not None:
        follows = item.parent is not None and getattr(item.parent.spec, "over", None) is not None
        remedy += "." if follows else ", ou retirez la ligne."  # rows that follow others can't be taken away
        params = {"row": row, "label": label_of(state, item, path), "remedy": remedy}
        return Problem(path, "row_required", params)
    return Problem(path, "required", {"label": label_of(state, item, path), "remedy": f"{remedy}."})


# --- cascades -----------------------------------------------------------------------------------


def _cascade(
    state: FormState, item: Item, path: Path, label: str, stored: list[Any], rules: Rules, scope: Scope
) -> Iterator[Problem]:
    yield from judge_counts(item, path, label, stored, rules, scope)
    seen: dict[str, int] = {}
    for n, pick in enumerate(stored, start=1):
        code = code_of(pick)
        if code in seen:
            option = item.listing.label(code) if item.listing is not None else code
            params = {"place": slot_label(item, n), "option": option, "other": seen[code], "n": n}
            yield Problem(path, "same_pick", params, slot=n, target=code)
        seen.setdefault(code, n)
        yield from judge_details(item, path, [pick], n)
        yield from _levels(state, item, path, pick, 1, rules, scope, n)


def slot_label(item: Item, n: int) -> str:
    """Name the n-th first-level pick of a cascade."""
    label = item.spec.levels[0].label or item.label
    return str(label).replace("{n}", str(n))


def _levels(
    state: FormState,
    item: Item,
    path: Path,
    pick: Any,
    depth: int,
    rules: Rules,
    scope: Scope,
    slot: int,
) -> Iterator[Problem]:
    """Judge what is picked below a pick; a branch that ends there asks for nothing."""
    levels, offer = item.spec.levels, state.offers.get(path)
    if depth >= len(levels) or (
        isinstance(offer, Offer) and next(offer.children(code_of(pick)), None) is None
    ):
        return
    level, inner = levels[depth], picks_of(pick)
    low, high = rules.level_bounds.get(level.id, (None, None))
    label = item.listing.label(code_of(pick)) if item.listing is not None else item.label
    high = high if level.many else None
    for problem in judge_count(path, label, len(inner), low, high, scope, alone=not level.many):
        yield Problem(path, problem.code, problem.params, slot=slot, target=code_of(pick))
    for child in inner:
        yield from _levels(state, item, path, child, depth + 1, rules, scope, slot)


# --- rows ---------------------------------------------------------------------------------------


def _rows(state: FormState, item: Item, path: Path) -> Iterator[Problem]:
    filled: tuple[RowElement, ...] = state.typed(path) or ()
    ids, spec = [one.prefix[-1] for one in filled], item.spec  # an empty row is ignored
    rules = state.form.rules[item.path]
    required = rules.required is not None and rules.required.holds(state.scope(path))
    least = spec.min or (1 if required else None)
    if spec.over is None and least is not None and len(ids) < least:
        params = {"label": item.label, "min": "une" if least == 1 else least, "n": len(ids)}
        yield Problem(path, "no_rows" if not ids else "few_rows", params)
    if spec.max is not None and len(ids) > spec.max:
        yield Problem(
            path,
            "many_rows",
            {"label": item.label, "n": len(ids), "max": spec.max, "over": len(ids) - spec.max},
        )
    for row in ids:
        yield from _row(state, item, (*path, row))
    yield from _distinct(state, item, path, ids)


def _row(state: FormState, item: Item, prefix: Path) -> Iterator[Problem]:
    title = row_name(state, item, prefix)
    for child in item.children:
        path = (*prefix, child.id)
        if path not in state.visible or not child.is_field:
            continue
        if item.spec.whole and is_empty(state.stored(path)) and path not in state.raws:
            if child.type != "boolean":
                yield _missing(child, path, title, state)
            continue
        yield from _field(state, child, path, title)
    element = RowElement(state, prefix)
    for problem in state.form.rules[item.path].problems:
        if problem.test.holds(Scope(state, element)):
            yield from _told(problem, state, Scope(state, element), prefix)


def row_name(state: FormState, item: Item, prefix: Path) -> str:
    """Name a row in a message: its place, since its label may repeat an answer."""
    n = state.position(prefix)
    template = state.form.rules[item.path].row_label
    if template is not None and not template.reads.own:
        return template.render(Scope(state, RowElement(state, prefix)), n)
    return f"{item.label} n°{n}"


def _distinct(state: FormState, item: Item, path: Path, ids: list[str]) -> Iterator[Problem]:
    keys = item.spec.distinct
    if not keys:
        return
    seen: dict[tuple[Any, ...], str] = {}
    for row in ids:
        values = tuple(_comparable(state.typed((*path, row, key))) for key in keys)
        if any(value is None for value in values):
            continue
        name = row_name(state, item, (*path, row))
        if values in seen:
            yield Problem((*path, row, keys[0]), "distinct", {"row": name, "other": seen[values]})
        seen.setdefault(values, name)


def _comparable(value: Any) -> Any:
    return fold(value) if isinstance(value, str) else value


# --- the form's own problems --------------------------------------------------------------------


def _form_problems(state: FormState, steps: frozenset[str] | None) -> Iterator[Problem]:
    items = state.form.skeleton.items
    scope = Scope(state)
    of = state.form.problems_of
    several = state.form.problems if steps is None or len(steps) > 1 else of.get(next(iter(steps), ""), ())
    for problem in several:
        open_on = [path for path in problem.on if _open(state, items[path], steps)]
        if open_on and problem.test.holds(scope):
            yield from _told(problem, state, scope, (), open_on[0])


def _open(state: FormState, item: Item, steps: frozenset[str] | None) -> bool:
    if state.frozen(item.step) is not None or (steps is not None and item.step not in steps):
        return False
    if item.parent is not None and item.parent.type == "rows":
        return any(path in state.visible for path in state.instances(item))
    return item.path in state.visible


def _told(
    problem: CompiledProblem, state: FormState, scope: Scope, prefix: Path, on: Path | None = None
) -> Iterator[Problem]:
    where = on or problem.on[0]
    path = (*prefix, *where[1:]) if prefix else where
    guards = problem.test.reads.guards | problem.message.reads.guards
    params = {"message": problem.message.render(scope), "id": problem.id}
    yield Problem(path, "form", params, problem.level, guards)

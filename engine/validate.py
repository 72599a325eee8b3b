"""FormState -> problems: what judges answers. The only place that pairs a rule with a path.

Hidden answers are never judged; whatever is unanswered is never wrong, only missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import signatures
from engine.answers import code_of, details_of, is_empty, picks_of
from engine.compile import CompiledProblem, Rules
from engine.evaluate import FormState
from engine.fields import explain_raw
from engine.french import fold
from engine.offers import Offer
from engine.paths import Path
from engine.problems import ERROR, WARNING, Problem
from engine.scopes import RowElement, Scope
from engine.skeleton import Item
from engine.types import Type
from engine.wording import label_of, show_bound

REMEDIES = {
    "text": "Saisissez-la",
    "number": "Saisissez-la en chiffres",
    "date": "Saisissez-la",
    "time": "Saisissez-la",
    "reference": "Choisissez-la",
    "signature": "Signez",
    "choice": "Choisissez-la",
    "checklist": "Cochez-en une",
    "cascade": "Choisissez-la",
    "boolean": "Choisissez oui ou non",
}


def judge(state: FormState, steps: frozenset[str] | None = None) -> list[Problem]:
    """Judge the open steps (or those named), in display order.

    Frozen steps were judged when they closed. Form problems come last.
    """
    found: list[Problem] = []
    for step in state.form.skeleton.steps:
        if step.id not in state.steps or state.frozen(step.id) is not None:
            continue
        if steps is None or step.id in steps:
            for item in step.items:
                found.extend(_item(state, item, ()))
    found.extend(_form_problems(state, steps))
    return found


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
        case "computed" | "note" | "recap":
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
        counted = list(_counts(target, path, label, [], rules, scope))
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
            yield from _range(state.values[path], path, label, state.form.type(item), rules, scope)
        case "text":
            yield from _pattern(target, path, label, stored, rules)
        case "choice" | "checklist":
            yield from _counts(target, path, label, stored, rules, scope)
            yield from _details(target, path, stored, None)
        case "cascade":
            yield from _cascade(state, target, path, label, stored, rules, scope)
        case "reference":
            yield from _references(target, path, label, stored)


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
        params = {"row": row, "label": label_of(state, item, path), "remedy": remedy}
        return Problem(path, "row_required", params)
    return Problem(path, "required", {"label": label_of(state, item, path), "remedy": f"{remedy}."})


# --- scalars ------------------------------------------------------------------------------------


def _range(value: Any, path: Path, label: str, typed: Type, rules: Rules, scope: Scope) -> Iterator[Problem]:
    low = rules.min.get(scope) if rules.min is not None else None
    high = rules.max.get(scope) if rules.max is not None else None
    shown = _amount(value, typed)
    if low is not None and value < low:
        code = BELOW.get(typed.kind, "min")
        yield Problem(path, code, {"label": label, "value": shown, "bound": show_bound(low, typed)})
    if high is not None and value > high:
        params = {"label": label, "value": shown, "bound": show_bound(high, typed)}
        if typed.kind in ABOVE:
            yield Problem(path, ABOVE[typed.kind], params)
        elif low is None:
            yield Problem(path, "max_alone", params)
        else:
            yield Problem(path, "max", {**params, "low": show_bound(low, typed)})


BELOW = {"date": "before", "time": "earlier"}
ABOVE = {"date": "after", "time": "later"}


def _amount(value: Any, typed: Type) -> str:
    from engine.wording import show_value

    return show_bound(value, typed) if typed.kind == "date" else show_value(value, typed)


def _pattern(item: Item, path: Path, label: str, stored: str, rules: Rules) -> Iterator[Problem]:
    if rules.pattern is None or rules.pattern.fullmatch(stored):
        return
    code, params = explain_pattern(stored, item)
    yield Problem(path, code, {"label": label, **params})


def explain_pattern(value: str, item: Item) -> tuple[str, dict[str, Any]]:
    """Say what a text should look like."""
    from engine.formats import FORMATS

    known = FORMATS.get(item.spec.format)
    if known is None:
        return "pattern", {"value": value, "remedy": item.spec.help or "Vérifiez-la."}
    return "format", {"value": value, "words": known.words, "example": known.example}


# --- picks --------------------------------------------------------------------------------------


def _counts(
    item: Item, path: Path, label: str, stored: list[Any], rules: Rules, scope: Scope
) -> Iterator[Problem]:
    """Judge how many are picked; without `many` nor `max`, one at most."""
    if item.type == "cascade":
        first = item.spec.levels[0]
        low, high = rules.level_bounds.get(first.id, (None, None))
        yield from _count(path, label, len(stored), low, high, scope, alone=not first.many)
    elif item.type in {"choice", "checklist"}:
        alone = item.type == "choice" and not item.spec.many
        yield from _count(path, label, len(stored), rules.min, rules.max, scope, alone=alone)


def _count(
    path: Path, label: str, n: int, low: Any, high: Any, scope: Scope, *, alone: bool = False
) -> Iterator[Problem]:
    least = low.get(scope) if low is not None else None
    most = high.get(scope) if high is not None else 1 if alone else None
    if least is not None and n < least:
        code = "none_picked" if n == 0 else "few_picked"
        yield Problem(path, code, {"label": label, "min": _count_words(int(least), code), "n": n})
    if most is not None and n > most:
        yield Problem(path, "many_picked", {"label": label, "n": n, "max": int(most), "over": n - int(most)})


def _count_words(least: int, code: str) -> str:
    return "un" if least == 1 and code == "none_picked" else str(least)


def _details(item: Item, path: Path, stored: list[Any], slot: int | None) -> Iterator[Problem]:
    listing = item.listing
    limit = item.spec.details.max if item.spec.details is not None else 250
    for pick in stored:
        code = code_of(pick)
        asks = listing.asks(code) if listing is not None else None
        details = details_of(pick)
        if asks is not None and listing is not None:
            option = listing.label(code)
            if len(details) < asks.min:
                yield Problem(path, "detail", {"option": option}, slot=slot, target=code)
            if len(details) > asks.max:
                params = {
                    "option": option,
                    "n": len(details),
                    "max": asks.max,
                    "over": len(details) - asks.max,
                }
                yield Problem(path, "details_many", params, slot=slot, target=code)
            for detail in details:
                if len(detail) > limit:
                    params = {"option": option, "n": len(detail), "over": len(detail) - limit}
                    yield Problem(path, "detail_long", params, slot=slot, target=code)
        yield from _details(item, path, list(picks_of(pick)), slot)


def _cascade(
    state: FormState, item: Item, path: Path, label: str, stored: list[Any], rules: Rules, scope: Scope
) -> Iterator[Problem]:
    yield from _counts(item, path, label, stored, rules, scope)
    seen: dict[str, int] = {}
    for n, pick in enumerate(stored, start=1):
        code = code_of(pick)
        if code in seen:
            option = item.listing.label(code) if item.listing is not None else code
            params = {"place": slot_label(item, n), "option": option, "other": seen[code], "n": n}
            yield Problem(path, "same_pick", params, slot=n, target=code)
        seen.setdefault(code, n)
        yield from _details(item, path, [pick], n)
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
    for problem in _count(path, label, len(inner), low, high, scope, alone=not level.many):
        yield Problem(path, problem.code, problem.params, slot=slot, target=code_of(pick))
    for child in inner:
        yield from _levels(state, item, path, child, depth + 1, rules, scope, slot)


def _references(item: Item, path: Path, label: str, stored: list[Any]) -> Iterator[Problem]:
    least, n = item.spec.min, len(stored)
    if least is not None and n < least:
        yield Problem(path, "few_picked", {"label": label, "min": least, "n": n})
    if not item.spec.many and n > 1:
        yield Problem(path, "many_picked", {"label": label, "n": n, "max": 1, "over": n - 1})


# --- rows ---------------------------------------------------------------------------------------


def _rows(state: FormState, item: Item, path: Path) -> Iterator[Problem]:
    filled: tuple[RowElement, ...] = state.values.get(path) or ()
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
        return template.render(Scope(state), n)
    return f"{item.label} n°{n}"


def _distinct(state: FormState, item: Item, path: Path, ids: list[str]) -> Iterator[Problem]:
    keys = item.spec.distinct
    if not keys:
        return
    seen: dict[tuple[Any, ...], str] = {}
    for row in ids:
        values = tuple(_comparable(state.values.get((*path, row, key))) for key in keys)
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
    for problem in state.form.problems:
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

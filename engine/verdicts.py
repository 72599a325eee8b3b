"""What is wrong with one answer, from the answer alone: bounds, patterns, counts, precisions.

Nothing here reads a state: what depends on other answers is already worked out, or asked of the scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.answers import code_of, details_of, picks_of
from engine.compile import Rules
from engine.formats import FORMATS
from engine.paths import Path
from engine.problems import Problem
from engine.scopes import Scope
from engine.skeleton import Item
from engine.types import Type
from engine.wording import show_bound, show_value

# --- scalars ------------------------------------------------------------------------------------


def judge_range(
    value: Any, path: Path, label: str, typed: Type, rules: Rules, scope: Scope
) -> Iterator[Problem]:
    """Judge a number or a date against its bounds."""
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
    return show_bound(value, typed) if typed.kind == "date" else show_value(value, typed)


def judge_pattern(item: Item, path: Path, label: str, stored: str, rules: Rules) -> tuple[Problem, ...]:
    """Judge a text against its pattern."""
    if rules.pattern is None or rules.pattern.fullmatch(stored):
        return ()
    code, params = explain_pattern(stored, item)
    return (Problem(path, code, {"label": label, **params}),)


def explain_pattern(value: str, item: Item) -> tuple[str, dict[str, Any]]:
    """Say what a text should look like."""
    known = FORMATS.get(item.spec.format)
    if known is None:
        return "pattern", {"value": value, "remedy": item.spec.help or "Vérifiez-la."}
    return "format", {"value": value, "words": known.words, "example": known.example}


# --- picks --------------------------------------------------------------------------------------


def judge_counts(
    item: Item, path: Path, label: str, stored: list[Any], rules: Rules, scope: Scope
) -> Iterator[Problem]:
    """Judge how many are picked; without `many` nor `max`, one at most."""
    if item.type == "cascade":
        first = item.spec.levels[0]
        low, high = rules.level_bounds.get(first.id, (None, None))
        yield from judge_count(path, label, len(stored), low, high, scope, alone=not first.many)
    elif item.type in {"choice", "checklist"}:
        alone = item.type == "choice" and not item.spec.many
        yield from judge_count(path, label, len(stored), rules.min, rules.max, scope, alone=alone)


def judge_count(
    path: Path, label: str, n: int, low: Any, high: Any, scope: Scope, *, alone: bool = False
) -> Iterator[Problem]:
    """Judge how many are picked."""
    least = low.get(scope) if low is not None else None
    most = high.get(scope) if high is not None else 1 if alone else None
    if least is not None and n < least:
        code = "none_picked" if n == 0 else "few_picked"
        yield Problem(path, code, {"label": label, "min": _count_words(int(least), code), "n": n})
    if most is not None and n > most:
        yield Problem(path, "many_picked", {"label": label, "n": n, "max": int(most), "over": n - int(most)})


def _count_words(least: int, code: str) -> str:
    return "un" if least == 1 and code == "none_picked" else str(least)


def judge_details(item: Item, path: Path, stored: list[Any], slot: int | None) -> Iterator[Problem]:
    """Judge the precisions of picks, at every depth."""
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
        yield from judge_details(item, path, list(picks_of(pick)), slot)


def judge_references(item: Item, path: Path, label: str, stored: list[Any]) -> Iterator[Problem]:
    """Judge how many are referred to."""
    least, n = item.spec.min, len(stored)
    if least is not None and n < least:
        yield Problem(path, "few_picked", {"label": label, "min": least, "n": n})
    if not item.spec.many and n > 1:
        yield Problem(path, "many_picked", {"label": label, "n": n, "max": 1, "over": n - 1})

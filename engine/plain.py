"""Items whose stored answer alone decides: always shown, without default, judged by constants.

Most items of most forms are such, and most of their answers are right. For them a test says « nothing is
wrong here » straight from what is stored, without the bookkeeping of `engine.evaluate`; `engine.fused`
melts the tests of a step into one function. A test never explains: when it says no, `engine.validate`
judges the item as it does any other. So a form means the same with and without this module, which a
property test holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from engine.answers import NUMBER_LIMIT, TEXT_LIMIT
from engine.compile import CompiledForm, Rules
from engine.conditions import ALWAYS
from engine.formats import FORMATS
from engine.referentiels import Listing
from engine.skeleton import Item
from engine.types import UNITS, iso_day
from engine.values import Computed

FEW = 5_000  # options that are worth a set of their own, a field


@dataclass(frozen=True, eq=False)
class PlainTest:
    """Whether a stored answer `v` that is there is right: an expression, and the constants that it names.

    The expression is one of those written in this module; all that comes from a definition is constants.
    `free`: no answer at all is right too.
    """

    right: str
    free: bool
    constants: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class PlainRows:
    """Rows of plain fields. `needed`: how many of them a row that counts must answer; a right answer to one
    of them shows that somebody wrote in the row.
    """

    fields: tuple[tuple[Item, PlainTest], ...]
    least: int
    most: int
    needed: int


@dataclass(frozen=True, eq=False)
class Plain:
    """One item of a step as it is judged; `how` is None when it must be read."""

    item: Item
    how: PlainTest | PlainRows | None


def plain_items(form: CompiledForm, step: str) -> tuple[Plain, ...]:
    """Give the items of a step that are judged, in display order; sections always shown are opened."""
    part = form.skeleton.parts[step]
    return tuple(_plain_items(form, part.items, part.id not in form.step_when))


def _plain_items(form: CompiledForm, items: Sequence[Item], always: bool) -> list[Plain]:
    found: list[Plain] = []
    for item in items:
        shown = always and form.rules[item.path].when is None
        if item.type == "section" and shown:
            found += _plain_items(form, item.children, always)
        elif item.type == "rows" and shown:
            found.append(Plain(item, _rows(form, item)))
        elif item.type not in {"note", "recap", "listing", "tally", "computed"}:
            found.append(Plain(item, _field(item, form.rules[item.path]) if shown else None))
    return found


def _field(item: Item, rules: Rules) -> PlainTest | None:
    constant = all(bound is None or bound.fixed for bound in (rules.min, rules.max))
    certain = rules.required is None or rules.required is ALWAYS
    make = MAKERS.get(item.type)
    if make is None or not constant or not certain or rules.when is not None or rules.default is not None:
        return None
    return make(item, rules, rules.required is None)


def _bound(value: Computed | None) -> Any:
    return None if value is None else value.get(None)  # type: ignore[arg-type]  # a fixed value


# --- fields -------------------------------------------------------------------------------------


def _text(item: Item, rules: Rules, free: bool) -> PlainTest:
    limit = item.spec.max or TEXT_LIMIT
    right = "type(v) is str and 0 < len(v) <= limit and not v.isspace()"
    if rules.pattern is None:
        return PlainTest(right, free, {"limit": limit})
    known = FORMATS.get(item.spec.format)
    matches = (rules.pattern if known is None else _capturing_nothing(known.pattern)).fullmatch
    if known is not None:  # ours, and simple: Python's own engine answers sooner, and takes nothing blank
        right = "type(v) is str and len(v) <= limit"
    return PlainTest(f"{right} and matches(v) is not None", free, {"limit": limit, "matches": matches})


def _capturing_nothing(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of this program; capturing groups and counting turns takes a third longer."""
    bare = re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
    spelled = re.sub(r"(\(\?:[^()]*\))\{([2-9])\}", lambda found: found[1] * int(found[2]), bare)
    return re.compile(spelled, re.ASCII)


def _number(item: Item, rules: Rules, free: bool) -> PlainTest:
    size = UNITS[item.spec.unit][1] if item.spec.unit else 1
    low, high = _bound(rules.min), _bound(rules.max)
    least = -NUMBER_LIMIT + 1 if low is None else low / size
    most = NUMBER_LIMIT - 1 if high is None else high / size
    return PlainTest("type(v) is int and least <= v <= most", free, {"least": least, "most": most})


@lru_cache(maxsize=2048)  # the days of a year or two, which answers share: they tell nothing of anybody
def known_day(text: str) -> date | None:
    """Read a day as `iso_day` does."""
    return iso_day(text)


def _date(_item: Item, rules: Rules, free: bool) -> PlainTest:
    low, high = _bound(rules.min), _bound(rules.max)
    if low is None and high is None:
        return PlainTest("type(v) is str and day(v) is not None", free, {"day": known_day})

    def between(stored: Any) -> bool:
        day = iso_day(stored)
        return day is not None and (low is None or low <= day) and (high is None or day <= high)

    return PlainTest("between(v)", free, {"between": between})


BOOLEAN = "v is True or v is False"


def _boolean(_item: Item, _rules: Rules, free: bool) -> PlainTest:
    return PlainTest(BOOLEAN, free)


def _choice(item: Item, rules: Rules, free: bool) -> PlainTest | None:
    codes = _options(item, rules)
    if codes is None:
        return None
    if item.type == "choice" and not item.spec.many and rules.min is None and rules.max is None:
        one = "type(v) is list and len(v) == 1 and type(v[0]) is str and v[0] in codes"
        return PlainTest(one, free, {"codes": codes})
    low, high = _bound(rules.min), _bound(rules.max)
    least, most = max(low or 1, 1), len(codes) if high is None else high

    def several(stored: Any) -> bool:
        return (
            type(stored) is list
            and least <= len(stored) <= most
            and all(type(code) is str for code in stored)
            and len(known := frozenset(stored)) == len(stored)
            and known <= codes
        )

    return PlainTest("several(v)", free and not low, {"several": several})


def _options(item: Item, rules: Rules) -> frozenset[str] | None:
    """The options of a field that never change, without those that are special."""
    listing = item.listing
    if listing is None or rules.filter is not None or (rules.root is not None and not rules.root.fixed):
        return None
    root, level = _bound(rules.root), getattr(item.spec, "level", None)
    if len(listing) > FEW:
        return None
    offered = listing.leaves(root) if level is None else listing.at_level(level, root)
    return frozenset(code for code in offered if code != root and not _special(listing, code))


def _special(listing: Listing, code: str) -> bool:
    """Tell whether a code is retired or asks for a precision."""
    return listing.asks(code) is not None or listing.retired(code)


def _cascade(item: Item, rules: Rules, free: bool) -> PlainTest | None:
    listing = item.listing
    bounds = [rules.level_bounds.get(level.id, (None, None)) for level in item.spec.levels]
    moving = [bound for pair in bounds for bound in pair if bound is not None and not bound.fixed]
    if listing is None or rules.filter is not None or moving:
        return None
    if rules.root is not None and not rules.root.fixed:
        return None
    counts = [
        (_bound(low) or 0, (_bound(high) or len(listing)) if level.many else 1)
        for level, (low, high) in zip(item.spec.levels, bounds, strict=True)
    ]
    counts[0] = (counts[0][0], _bound(bounds[0][1]) or 1)  # the first level repeats by its bounds alone
    free, root = free and counts[0][0] == 0, _bound(rules.root)
    counts[0] = (max(counts[0][0], 1), counts[0][1])

    branches = _Branches(listing, counts, root)
    right = "type(v) is list and branches(v, root)"
    return PlainTest(right, free, {"branches": branches.right, "root": root, "picked": branches.picked})


class _Branches:
    """What judging nested picks looks up."""

    def __init__(self, listing: Listing, counts: Sequence[tuple[int, int]], root: str | None) -> None:
        self.parents, self.counts, self.root = listing.parents, counts, root
        self.children = listing.children
        self.childless = listing.childless
        self.special = frozenset(code for code in listing if _special(listing, code))
        self.alone = tuple(least <= 1 <= most for least, most in counts)  # one pick is enough, and allowed

    def right(self, picks: Sequence[Any], parent: str | None, depth: int = 0) -> bool:
        """Judge the picks of one level, all below `parent`, and what is picked below them."""
        while len(picks) == 1:  # mostly so, all the way down
            code: Any = picks[0]
            inner: Any = ()
            if type(code) is dict:
                if "details" in code:
                    return False
                code, inner = code.get("code"), code.get("picks", ())
            if not self.alone[depth] or type(code) is not str or self.parents.get(code, "") != parent:
                return False
            depth += 1
            if code in self.special or depth == len(self.counts) or code in self.childless:
                return code not in self.special and not inner
            if type(inner) not in (list, tuple):
                return False
            picks, parent = inner, code
        least, most = self.counts[depth]
        if not least <= len(picks) <= most:
            return False
        seen: set[str] = set()
        for pick in picks:
            code = pick
            inner = ()
            if type(pick) is dict:
                code, inner = pick.get("code"), pick.get("picks", ())
                if "details" in pick:
                    return False
            if type(code) is not str or code in seen or self.parents.get(code, "") != parent:
                return False
            seen.add(code)
            if code in self.special:
                return False
            last = depth + 1 == len(self.counts) or code in self.childless
            if inner if last else type(inner) not in (list, tuple) or not self.right(inner, code, depth + 1):
                return False
        return True

    def picked(self, slots: Sequence[tuple[str, Sequence[str]]]) -> list[Any] | None:
        """Nest what was ticked below first picks, as `engine.fields` does; None unless all is right."""
        found: list[Any] = []
        for code, ticked in slots:
            fits = self.parents.get(code, "") == self.root
            one = self._branch(code, frozenset(ticked), 1) if fits else None
            if one is None:
                return None
            found.append(one)
        least, most = self.counts[0]
        apart = len(found) == 1 or len({code for code, _ in slots}) == len(found)
        return found if apart and least <= len(found) <= most else None

    def _branch(self, code: str, ticked: frozenset[str], depth: int) -> Any:
        if code in self.special:
            return None
        if depth == len(self.counts) or code in self.childless:
            return code
        below = [child for child in self.children(code) if child in ticked]
        least, most = self.counts[depth]
        if not least <= len(below) <= most:
            return None
        inner = [self._branch(child, ticked, depth + 1) for child in below]
        if None in inner:
            return None
        return {"code": code, "picks": inner} if inner else code


def _reference(item: Item, _rules: Rules, free: bool) -> PlainTest | None:
    if item.spec.min is not None:
        return None
    right = (
        "type(v) is list and len(v) == 1 and type(v[0]) is dict and type(v[0].get('id')) is str "
        "and v[0]['id'] != ''"
    )
    return PlainTest(right, free)


MAKERS: Mapping[str, Callable[[Item, Rules, bool], PlainTest | None]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
    "checklist": _choice,
    "cascade": _cascade,
    "reference": _reference,
}


def _rows(form: CompiledForm, item: Item) -> PlainRows | None:
    """Rows of plain fields; None when rows follow others, or are judged together."""
    spec, rules = item.spec, form.rules[item.path]
    bare = rules.default is None and rules.row_label is None and not rules.problems
    if spec.over is not None or spec.whole or spec.distinct or not bare:
        return None
    if rules.required is not None and rules.required is not ALWAYS:
        return None
    fields: list[tuple[Item, PlainTest]] = []
    for child in item.children:
        test = _field(child, form.rules[child.path])
        if test is None or "{n}" in child.label:
            return None
        fields.append((child, test))
    needed = sum(not test.free and child.type != "boolean" for child, test in fields)
    least = spec.min or (1 if rules.required is not None else 0)
    return PlainRows(tuple(fields), least, spec.max or 50, needed)

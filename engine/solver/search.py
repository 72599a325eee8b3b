"""Can a formula hold? Tries the values that make a difference, and gives up rather than guess."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction
from itertools import combinations
from typing import Any

from engine.scopes import attribute_value
from engine.solver.terms import (
    OTHER,
    And,
    Attr,
    Choice,
    Const,
    Formula,
    Holds,
    Known,
    Not,
    Or,
    Term,
    Truth,
    Var,
    truth_of,
)

BUDGET = 3000  # evaluations of one formula
MANY_CODES = 60
SETS = 6  # codes named of one answer with several
RANKS = frozenset({operator.lt, operator.le, operator.gt, operator.ge})
UNANSWERED: tuple[Any, ...] = (None,)
KINDS = {"number": Fraction, "date": date, "time": time}
MINUTES = 24 * 60
MIDDLES = {"time": Fraction(MINUTES // 2)}  # where to begin when nothing is compared with


@dataclass(frozen=True)
class Verdict:
    """What a search found: values under which a formula holds, or the proof that there are none."""

    example: Known | None
    proved: bool  # every value that makes a difference was tried


class Question:
    """A formula to ask about: can it hold, can it fail?"""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self._gathered = _Gathered(formula)

    def search(self, wanted: bool = True) -> Verdict:
        """Find values under which the formula holds, or fails."""
        names, budget = list(self._gathered.vars), [BUDGET]
        found = self._try(wanted, names, {}, budget)
        return Verdict(found, found is None and budget[0] > 0)

    def _try(self, wanted: bool, names: list[Var], known: dict[Var, Any], budget: list[int]) -> Known | None:
        budget[0] -= 1
        if budget[0] <= 0:
            return None
        truth = truth_of(self.formula, known)
        if truth is not None:
            return dict(known) if truth is wanted else None
        name = names[len(known)]
        values = self._gathered.domain(name)
        if values is None:
            budget[0] = 0  # too many to try: no telling
            return None
        for value in values:
            known[name] = value
            found = self._try(wanted, names, known, budget)
            if found is not None:
                return found
            del known[name]
            if budget[0] <= 0:
                return None
        return None


def never(formula: Formula) -> bool:
    """Tell whether a formula can be proved never to hold."""
    return Question(formula).search().proved


# --- the values that make a difference ----------------------------------------------------------


class _Gathered:
    """The unknowns of a formula, what they are compared with, and whether two are compared."""

    def __init__(self, formula: Formula) -> None:
        self.vars: dict[Var, None] = {}
        self.named: dict[Var, set[str]] = {}
        self.attributes: dict[Var, dict[str, Attr]] = {}
        self.constants: set[Any] = set()
        self.whole: set[Var] = set()  # every code counts: compared with another, or by rank
        self._domains: dict[Var, tuple[Any, ...] | None] = {}
        self.mixed = False  # two numbers or dates are compared
        self._formula(formula)

    def _formula(self, formula: Formula) -> None:
        match formula:
            case And() | Or():
                for part in formula.parts:
                    self._formula(part)
            case Not():
                self._formula(formula.inner)
            case Holds():
                self._holds(formula)
            case Truth():
                pass

    def _holds(self, test: Holds) -> None:
        left = self._term(test.left)
        right = [] if test.right is None else self._term(test.right)
        if test.free is not None:
            self.vars.setdefault(test.free)
        constants = [*_constants(test.left), *(_constants(test.right) if test.right is not None else ())]
        for value in constants:
            codes = value if isinstance(value, tuple) else (value,)
            for one in (*left, *right):
                self.named.setdefault(one, set()).update(code for code in codes if isinstance(code, str))
            self.constants.update(code for code in codes if not isinstance(code, (str, bool)))
        if test.right is not None and not isinstance(test.right, Const):
            self.whole.update((*left, *right))
            self.mixed = self.mixed or bool(left and right)
        if test.apply in RANKS:
            self.whole.update(left)

    def _term(self, term: Term) -> list[Var]:
        match term:
            case Var():
                self.vars.setdefault(term)
                return [term]
            case Attr():
                found = self._term(term.of)
                for one in found:
                    self.attributes.setdefault(one, {})[term.name] = term
                raw = {
                    repr(one): one
                    for code in _codes(found)
                    if (one := term.listing.attribute(code, term.name))
                }
                typed = (attribute_value(one, term.type) for one in raw.values())
                self.constants |= {one for one in typed if isinstance(one, (Fraction, date))}
                return found
            case Choice():
                inside: list[Var] = []
                for formula, branch in term.branches:
                    self._formula(formula)
                    inside += self._term(branch)
                return inside + self._term(term.rest)
        return []

    def domain(self, one: Var) -> tuple[Any, ...] | None:
        """Give the values to try for an unknown, worked out once; None when there are too many."""
        if one not in self._domains:
            values = self._domain(one)
            self._domains[one] = values if one.certain or values is None else UNANSWERED + values
        return self._domains[one]

    def _domain(self, one: Var) -> tuple[Any, ...] | None:
        match one.kind:
            case "boolean":
                return (True, False)
            case "code":
                return self._single(one)
            case "codes":
                return self._several(one)
            case "number" | "date" | "time":
                return tuple(self._points(one))
            case "reference":
                others = sum(other.kind == "reference" for other in self.vars)
                return (*sorted(self.named.get(one, ())), *(f"\0{n}" for n in range(others)))
        return ("\0",)

    def _single(self, one: Var) -> tuple[Any, ...] | None:
        if not one.codes:
            return (*sorted(self._all_named()), OTHER, *(f"{OTHER}{n}" for n in range(len(self.vars))))
        if one in self.whole:
            return one.codes if len(one.codes) <= MANY_CODES else None
        named, attributes = self.named.get(one, set()), self.attributes.get(one, {})
        kinds: dict[Any, str] = {}
        for code in one.codes:
            looks = tuple(repr(attr.listing.attribute(code, name)) for name, attr in attributes.items())
            kinds.setdefault((code if code in named else None, looks), code)
        return tuple(kinds.values())

    def _all_named(self) -> set[str]:
        return set().union(*self.named.values()) if self.named else set()

    def _several(self, one: Var) -> tuple[Any, ...] | None:
        named = sorted(code for code in self.named.get(one, ()) if not one.codes or code in one.codes)
        if len(named) > SETS:
            return None
        others = (OTHER,) if not one.codes or len(one.codes) > len(named) else ()
        every = (*named, *others)
        return tuple(some for size in range(1, len(every) + 1) for some in combinations(every, size))

    def _points(self, one: Var) -> Iterator[Any]:
        """Each value compared with, and as many values between two of them as there are unknowns."""
        kind = KINDS[one.kind]
        marks = sorted(_number(value) for value in self.constants if isinstance(value, kind))
        count = sum(other.kind == one.kind for other in self.vars) if self.mixed else 1
        steps = {other.step for other in self.vars if other.kind == one.kind}
        step = one.step if not self.mixed or len(steps) == 1 else None
        for value in _spread(marks or [MIDDLES.get(one.kind, Fraction(730000))], count, step):
            found = _back(value, one.kind)
            if found is not None:
                yield found


def _spread(marks: list[Fraction], count: int, step: Fraction | None) -> Iterator[Fraction]:
    size = step or Fraction(1)
    yield from (marks[0] // size * size - size * n for n in range(count + 1, 0, -1))
    for place, mark in enumerate(marks):
        if step is None or mark % step == 0:
            yield mark
        after = marks[place + 1] if place + 1 < len(marks) else None
        for n in range(1, count + 1):
            if step is not None:
                value = (mark // step + n) * step
            else:
                value = mark + n if after is None else mark + (after - mark) * n / (count + 1)
            if after is None or value < after:
                yield value
    if step is not None:
        yield (marks[-1] // step + count + 1) * step


def _number(value: Any) -> Fraction:
    if isinstance(value, time):
        return Fraction(value.hour * 60 + value.minute)
    return Fraction(value.toordinal()) if isinstance(value, date) else Fraction(value)


def _back(value: Fraction, kind: str) -> Any:
    if kind == "number":
        return value
    if kind == "time":
        whole = value.denominator == 1 and 0 <= value < MINUTES
        return time(*divmod(int(value), 60)) if whole else None
    inside = value.denominator == 1 and 1 <= value <= date.max.toordinal()
    return date.fromordinal(int(value)) if inside else None


def _constants(term: Term) -> Iterator[Any]:
    match term:
        case Const():
            if term.value is not None:
                yield term.value
        case Choice():
            for _, branch in term.branches:
                yield from _constants(branch)
            yield from _constants(term.rest)


def _codes(found: list[Var]) -> Iterator[str]:
    for one in found:
        yield from one.codes

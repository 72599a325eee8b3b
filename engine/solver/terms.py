"""What the solver reasons on: terms and formulas over unknowns, and their value when only some are known.

The same truth as at run time: a comparison with anything unanswered is false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.referentiels import Listing
from engine.scopes import attribute_value
from engine.types import Type


class _Unknown:
    """Not known yet; unanswered, which is known, is None."""


UNKNOWN: Final = _Unknown()
OTHER = "\0other"  # any code that no formula names


@dataclass(frozen=True, eq=False)
class Var:
    """An unknown. `certain`: it is never unanswered; `codes`: what it may be, when that is finite."""

    key: str
    kind: str
    step: Any = None  # numbers and dates: the values are its multiples; None: any
    family: str = ""
    certain: bool = False
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Const:
    """A known value."""

    value: Any


@dataclass(frozen=True, eq=False)
class Attr:
    """The attribute of the entry that another term picks."""

    of: Term
    listing: Listing
    name: str
    type: Type


@dataclass(frozen=True, eq=False)
class Choice:
    """The first branch whose formula holds; `rest` also when that branch is unanswered."""

    branches: tuple[tuple[Formula, Term], ...]
    rest: Term


Term = Var | Const | Attr | Choice


@dataclass(frozen=True, eq=False)
class Holds:
    """A test of terms; `free` is the unknown that decides when the terms alone cannot."""

    left: Term
    right: Term | None
    apply: Callable[[Any, Any], bool] | None
    listing: Listing | None = None
    free: Var | None = None


@dataclass(frozen=True, eq=False)
class Not:
    """The inverse."""

    inner: Formula


@dataclass(frozen=True, eq=False)
class And:
    """All of them."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, eq=False)
class Or:
    """One of them."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Truth:
    """Always or never."""

    value: bool


Formula = Holds | Not | And | Or | Truth
Known = Mapping[Var, Any]


def value_of(term: Term, known: Known) -> Any:
    """Work out a term: UNKNOWN when it depends on what is not known."""
    match term:
        case Var():
            return known.get(term, UNKNOWN)
        case Const():
            return term.value
        case Attr():
            code = value_of(term.of, known)
            if code is None or code is UNKNOWN:
                return code
            return attribute_value(term.listing.attribute(code, term.name), term.type)
    for formula, branch in term.branches:
        holds = truth_of(formula, known)
        if holds is None:
            return UNKNOWN
        if holds:
            found = value_of(branch, known)
            return value_of(term.rest, known) if found is None else found
    return value_of(term.rest, known)


def truth_of(formula: Formula, known: Known) -> bool | None:
    """Tell whether a formula holds; None when that depends on what is not known."""
    match formula:
        case Holds():
            return _holds(formula, known)
        case Truth():
            return formula.value
        case Not():
            inner = truth_of(formula.inner, known)
            return None if inner is None else not inner
    stop = isinstance(formula, Or)
    sure = True
    for part in formula.parts:
        found = truth_of(part, known)
        if found is stop:
            return stop
        sure = sure and found is not None
    return not stop if sure else None


def _holds(test: Holds, known: Known) -> bool | None:
    left = value_of(test.left, known)
    if left is None:
        return False
    right = None if test.right is None else value_of(test.right, known)
    if test.right is not None and right is None:
        return False
    if isinstance(left, _Unknown) or isinstance(right, _Unknown):
        return None
    if test.free is not None:
        decided = known.get(test.free, UNKNOWN)
        return None if decided is UNKNOWN else decided is not None
    if test.apply is None:
        return True
    if test.listing is not None:
        return test.apply(test.listing.rank(left), test.listing.rank(str(right)))
    return test.apply(left, right)


def conjunction(parts: list[Formula]) -> Formula:
    """Join formulas that must all hold."""
    return parts[0] if len(parts) == 1 else And(tuple(parts))

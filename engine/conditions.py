"""Conditions: typed against the form, compiled to closures, said as French sentences.

Two truth values: a comparison with anything unanswered is false; `not` inverts it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import model
from engine.faults import Location, nearest
from engine.french import clock, enumerate_words, long_date, number
from engine.references import resolve
from engine.scopes import DocumentNames, Element, Names, Reference, RowNames, Scope, join
from engine.skeleton import Item
from engine.types import NOTHING, Reads, Type, exact, iso_day, iso_time, to_smallest


@dataclass(frozen=True, eq=False)
class Test:
    """A compiled condition: `holds` on a scope, what it `reads`, how it is said.

    `formula`: the same as a tree, when it only compares top fields of the form with constants.
    """

    holds: Callable[[Scope], bool]
    reads: Reads
    words: str
    formula: Formula | None = None


@dataclass(frozen=True, eq=False)
class Atom:
    """A field of a form against a constant, by the name of an operator."""

    item: Item
    op: str
    constant: Any


@dataclass(frozen=True, eq=False)
class Joined:
    """Formulas joined by "all" or "any", or one under "not"."""

    by: str
    formulas: tuple[Formula, ...]


@dataclass(frozen=True, eq=False)
class Called:
    """A named condition."""

    name: str


Formula = Atom | Joined | Called


@dataclass(frozen=True)
class Operator:
    """An operator: the kinds that it takes, its function on typed values, its words."""

    kinds: frozenset[str]
    apply: Callable[[Any, Any], bool]
    words: str
    value: str  # the shape of its right side: "", "one", "many"


def _has(picked: tuple[str, ...], code: str) -> bool:
    return code in picked


def _has_any(picked: tuple[str, ...], codes: tuple[str, ...]) -> bool:
    return not set(picked).isdisjoint(codes)


EVERY = frozenset(
    {
        "text",
        "number",
        "date",
        "time",
        "boolean",
        "code",
        "codes",
        "reference",
        "references",
        "rows",
        "signature",
        "attachment",
    }
)
SORTED = frozenset({"number", "date", "time", "code"})
OPERATORS: Mapping[str, Operator] = {
    "answered": Operator(EVERY, lambda _left, _right: True, "est renseigné", ""),
    "is": Operator(
        frozenset({"boolean", "reference", "code", "number", "date", "time"}), operator.eq, "est", "one"
    ),
    "in": Operator(frozenset({"code"}), lambda code, codes: code in codes, "est parmi", "many"),
    "lt": Operator(SORTED, operator.lt, "est avant ou inférieur à", "one"),
    "le": Operator(SORTED, operator.le, "est au plus", "one"),
    "gt": Operator(SORTED, operator.gt, "dépasse", "one"),
    "ge": Operator(SORTED, operator.ge, "est au moins", "one"),
    "has": Operator(frozenset({"codes", "references"}), _has, "comprend", "one"),
    "has_any": Operator(frozenset({"codes", "references"}), _has_any, "comprend l'un de", "many"),
}
SINGLE = {"codes": "code", "references": "reference"}
NEVER = Test(lambda _scope: False, NOTHING, "")


def compile_condition(node: Any, names: Names, location: Location) -> Test:
    """Compile a condition; faults are noted and give a test that never holds."""
    match node:
        case model.Compare():
            return _compare(node, names, location)
        case model.Named():
            return _named(node, names, location)
        case model.Some():
            return _some(node, names, location)
        case model.Not():
            inner = compile_condition(node.not_, names, (*location, "not"))
            holds = inner.holds
            formula = _joined("not", [inner])
            return Test(lambda scope: not holds(scope), inner.reads, f"sauf si {inner.words}", formula)
        case model.All():
            tests = [compile_condition(atom, names, (*location, "all", i)) for i, atom in enumerate(node.all)]
            checks = [test.holds for test in tests]
            words = enumerate_words([test.words for test in tests])
            formula = _joined("all", tests)
            return Test(lambda scope: all(check(scope) for check in checks), _reads(tests), words, formula)
        case model.AnyOf():
            tests = [compile_condition(atom, names, (*location, "any", i)) for i, atom in enumerate(node.any)]
            checks = [test.holds for test in tests]
            words = enumerate_words([test.words for test in tests], "ou")
            formula = _joined("any", tests)
            return Test(lambda scope: any(check(scope) for check in checks), _reads(tests), words, formula)
    raise TypeError(f"no condition: {node!r}")


def _joined(by: str, tests: list[Test]) -> Formula | None:
    formulas = [test.formula for test in tests if test.formula is not None]
    return Joined(by, tuple(formulas)) if len(formulas) == len(tests) else None


def _reads(tests: list[Test]) -> Reads:
    return join([test.reads for test in tests])


def _named(node: model.Named, names: Names, location: Location) -> Test:
    found = names.drafting.condition(node.condition)
    if found is None:
        known = nearest(node.condition, names.drafting.skeleton.form.conditions)
        names.fault((*location, "condition"), f"la condition « {node.condition} » n'existe pas.{known}")
        return NEVER
    if not names.drafting.allowed(found.reads, node.condition, names, location):
        return NEVER
    name = node.condition
    label = names.drafting.skeleton.form.conditions[name].label

    def called(scope: Scope) -> bool:
        # a right is the newest version's: on an older document, the condition may be unknown there
        if name in scope.state.form.conditions:
            return scope.state.condition(name)
        return found.holds(Scope(scope.state))

    return Test(called, found.reads, label, Called(name))


def _some(node: model.Some, names: Names, location: Location) -> Test:
    found = elements(node.some, node.where, names, location)
    if found is None:
        return NEVER
    many, where, label = found
    read, holds = many.read, where.holds

    def some(scope: Scope) -> bool:
        return any(holds(Scope(scope.state, element)) for element in read(scope) or ())

    words = f"au moins un élément de « {label} »" + (f" où {where.words}" if where.words else "")
    return Test(some, many.reads | where.reads, words)


ALWAYS = Test(lambda _scope: True, NOTHING, "")


def elements(path: str, where: Any, names: Names, location: Location) -> tuple[Reference, Test, str] | None:
    """Resolve rows or a collection to walk, with the test that its elements must pass."""
    many = resolve(path, names, location)
    if many is None:
        return None
    if many.type.kind not in {"rows", "collection"}:
        names.fault(location, f"« {path} » est {many.type.words()} : il faut des lignes ou une collection.")
        return None
    if where is None:
        return many, ALWAYS, many.label
    element = element_names(many, names)
    test = compile_condition(where, names.at(element), (*location, "where"))
    if many.type.kind == "collection" and "collection" in test.reads.sources:
        names.fault(
            location, "à travers une collection, on ne lit pas une valeur qui lit elle-même une collection."
        )
    return many, test, many.label


def element_names(many: Reference, names: Names) -> Element:
    """Say what the leading dot means inside rows or a collection."""
    if many.type.kind == "collection":
        return DocumentNames(names.drafting.library.newest_draftings(many.type.forms))
    assert many.type.rows is not None
    return RowNames(names.drafting.owner(many), many.type.rows)


def _compare(node: model.Compare, names: Names, location: Location) -> Test:
    left = resolve(node.ref, names, (*location, "ref"))
    op = OPERATORS[node.op]
    if left is None:
        return NEVER
    if left.type.kind not in op.kinds:
        fitting = [name for name, known in OPERATORS.items() if left.type.kind in known.kinds]
        names.fault(
            (*location, "op"),
            f"« {node.op} » ne s'applique pas à {left.type.words()}. "
            f"Opérateurs possibles : {', '.join(fitting)}.",
        )
        return NEVER
    ranked = node.op in {"lt", "le", "gt", "ge"} and left.type.kind == "code"
    if ranked and (left.type.listing is None or not left.type.listing.ordered):
        names.fault((*location, "op"), f"« {node.op} » demande une liste ordonnée.")
        return NEVER
    if op.value == "":
        if node.value is not None:
            names.fault((*location, "value"), f"« {node.op} » ne prend pas de valeur. Retirez « value ».")
        read, formula = left.read, _atom(node, left, names, None)
        return Test(
            lambda scope: read(scope) is not None, left.reads, f"« {left.label} » {op.words}", formula
        )
    if node.value is None:
        names.fault(location, f"« {node.op} » demande une valeur : ajoutez « value ».")
        return NEVER
    right = operand(node.value, left.type, op.value, names, (*location, "value"))
    if right is None:
        return NEVER
    words = f"« {left.label} » {op.words} {right.label}"
    constant = not isinstance(node.value, model.RefNode)
    formula = _atom(node, left, names, right) if constant and not ranked else None
    return Test(_comparison(left, op, right), left.reads | right.reads, words, formula)


def _atom(node: model.Compare, left: Reference, names: Names, right: Reference | None) -> Formula | None:
    """Say a comparison of a top field of this form as a formula."""
    item = names.drafting.skeleton.named.get(node.ref)
    if item is None or item is not left.item:
        return None
    return Atom(item, node.op, None if right is None else right.read(None))  # type: ignore[arg-type]  # a constant


def _comparison(left: Reference, op: Operator, right: Reference) -> Callable[[Scope], bool]:
    read_left, read_right, apply = left.read, right.read, op.apply
    listing = left.type.listing
    ranked = left.type.kind == "code" and op.apply in {operator.lt, operator.le, operator.gt, operator.ge}

    def holds(scope: Scope) -> bool:
        one = read_left(scope)
        if one is None:
            return False
        other = read_right(scope)
        if other is None:
            return False
        if ranked and listing is not None:
            return apply(listing.rank(one), listing.rank(other))
        return apply(one, other)

    return holds


def operand(value: Any, left: Type, shape: str, names: Names, location: Location) -> Reference | None:
    """Resolve the right side of a comparison against the type of the left."""
    if isinstance(value, model.RefNode):
        return _operand_reference(value, left, shape, names, location)
    single = Type(SINGLE.get(left.kind, left.kind), left.unit, left.listing, left.target, codes=left.codes)
    raw = value if isinstance(value, list) else [value]
    if shape == "one" and isinstance(value, list):
        names.fault(location, "une seule valeur est attendue ici, pas une liste.")
        return None
    typed = [literal(one, single, names, location) for one in raw]
    if any(one is None for one in typed):
        return None
    constant = tuple(typed) if shape == "many" else typed[0]
    words = enumerate_words([spoken(one, single) for one in typed], "ou")
    return Reference("", left, lambda _scope: constant, NOTHING, words)


def _operand_reference(
    value: model.RefNode, left: Type, shape: str, names: Names, location: Location
) -> Reference | None:
    right = resolve(value.ref, names, (*location, "ref"))
    if right is None:
        return None
    wanted = SINGLE.get(left.kind, left.kind)
    got = SINGLE.get(right.type.kind, right.type.kind)
    fits = wanted == got and left.family == right.type.family
    if shape == "one" and right.type.kind in SINGLE:
        fits = False
    if not fits:
        names.fault(
            location, f"« {value.ref} » est {right.type.words()}, il faut {left.words()} de même unité."
        )
        return None
    if shape == "many" and right.type.kind not in SINGLE:
        read = right.read

        def several(scope: Scope) -> Any:
            one = read(scope)
            return None if one is None else (one,)

        return Reference(right.text, right.type, several, right.reads, f"« {right.label} »")
    return Reference(right.text, right.type, right.read, right.reads, f"« {right.label} »")


def literal(value: Any, typed: Type, names: Names, location: Location) -> Any:
    """Type a literal; a wrong one is a fault and gives None."""
    kind = typed.kind
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind == "number" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return to_smallest(exact(value), typed.unit)
    if kind == "date" and isinstance(value, str):
        day = iso_day(value)
        if day is None:
            names.fault(location, f"« {value} » n'est pas une date : écrivez-la comme 2026-10-05.")
        return day
    if kind == "time" and isinstance(value, str):
        moment = iso_time(value)
        if moment is None:
            names.fault(location, f"« {value} » n'est pas une heure : écrivez-la comme 08:30.")
        return moment
    if kind == "code" and isinstance(value, str):
        known = typed.codes or (frozenset(typed.listing) if typed.listing is not None else None)
        if known is not None and value not in known:
            names.fault(location, f"le code « {value} » n'est pas dans la liste.{nearest(value, known)}")
            return None
        return value
    if kind in {"text", "reference"} and isinstance(value, str):
        return value
    names.fault(location, f"« {value} » ne convient pas : il faut {typed.words()}.")
    return None


def spoken(value: Any, typed: Type) -> str:
    """Say a typed literal."""
    if typed.kind == "code":
        return f"« {typed.listing.label(value) if typed.listing is not None else value} »"
    if typed.kind == "boolean":
        return "oui" if value else "non"
    if typed.kind == "date":
        return long_date(value)
    if typed.kind == "time":
        return clock(value)
    return number(value) if typed.kind == "number" else str(value)


__all__ = ["ALWAYS", "OPERATORS", "Test", "compile_condition", "elements", "literal", "spoken"]

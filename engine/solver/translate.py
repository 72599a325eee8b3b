"""Conditions of a form -> formulas. What is not modelled is a free unknown: a proof stays a proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from engine import model
from engine.compile import CompiledForm
from engine.conditions import OPERATORS, SINGLE, element_names, operand
from engine.faults import Location
from engine.references import resolve
from engine.referentiels import Listing
from engine.scopes import EntryNames, Names, Reference, Scope, attribute_value
from engine.skeleton import Item
from engine.solver.search import MANY_CODES, RANKS, never
from engine.solver.terms import And, Attr, Choice, Const, Formula, Holds, Not, Or, Term, Truth, Var
from engine.types import Type, exact, iso_day, iso_time, to_smallest

NOWHERE: Location = ()
ALWAYS_THERE = frozenset({"today", "document.state", "document.created_on"})


@dataclass(eq=False)
class Translator:
    """Translates the conditions of one form; `absent`: fields proved never to show."""

    form: CompiledForm
    absent: set[str] = field(default_factory=set)
    _vars: dict[Any, Var] = field(default_factory=dict)
    _done: dict[tuple[int, int], Formula] = field(default_factory=dict)
    _offered: dict[Item, tuple[str, ...]] = field(default_factory=dict)
    _underway: set[Item] = field(default_factory=set)

    def names(self, item: Item | None = None) -> Names:
        """What may be named in the row or group of an item."""
        return self.form.drafting.names(user=True, item=item)

    def formula(self, node: Any, names: Names, entry: str | None = None) -> Formula:
        """Translate a condition, once at each place; `entry`: the code that the leading dot stands for."""
        if entry is not None:
            return self._formula(node, names, entry)
        at = names.element
        key = (id(node), id(getattr(at, "item", None) or getattr(at, "listing", None)))
        if key not in self._done:
            self._done[key] = self._formula(node, names, None)
        return self._done[key]

    def _formula(self, node: Any, names: Names, entry: str | None) -> Formula:
        match node:
            case model.Compare():
                return self._compare(node, names, entry)
            case model.Named():
                return self._condition(node.condition)
            case model.Some():
                return self._some(node, names)
            case model.Not():
                return Not(self.formula(node.not_, names, entry))
            case model.All():
                return And(tuple(self.formula(one, names, entry) for one in node.all))
            case model.AnyOf():
                return Or(tuple(self.formula(one, names, entry) for one in node.any))
        raise TypeError(f"no condition: {node!r}")

    def _condition(self, name: str) -> Formula:
        return self.formula(self.form.form.conditions[name].when, self.names())

    def _some(self, node: model.Some, names: Names) -> Formula:
        many = resolve(node.some, names, NOWHERE)
        inside = None if many is None or node.where is None else names.at(element_names(many, names))
        if inside is not None and never(self.formula(node.where, inside)):
            return Truth(False)
        return Holds(self._free(node), None, None)

    # -- comparisons --

    def _compare(self, node: model.Compare, names: Names, entry: str | None) -> Formula:
        left = resolve(node.ref, names, NOWHERE)
        assert left is not None  # the form compiled
        term = self.term(node.ref, left, names, entry)
        op = OPERATORS[node.op]
        if op.value == "":
            return Holds(term, None, None)
        free = self._undecided(node, left)
        ranked = left.type.listing if left.type.kind == "code" and op.apply in RANKS else None
        if not isinstance(node.value, model.RefNode):
            constant = operand(node.value, left.type, op.value, names, NOWHERE)
            assert constant is not None
            return Holds(term, Const(constant.read(Scope(None))), op.apply, ranked, free)  # type: ignore[arg-type]
        found = resolve(node.value.ref, names, NOWHERE)
        assert found is not None
        right = self.term(node.value.ref, found, names, entry)
        several = found.type.kind in SINGLE
        apply = op.apply if several or op.value != "many" else _with_one(op.apply)
        if free is None and self._wide(term, right):
            free = self._free(node)
        return Holds(term, right, apply, ranked, free)

    def _undecided(self, node: model.Compare, left: Reference) -> Var | None:
        """What terms do not model gets an unknown of its own."""
        return self._free(node) if left.type.kind in {"references", "text"} else None

    @staticmethod
    def _wide(left: Term, right: Term) -> bool:
        """Two unknowns whose codes are too many to be tried together."""
        unknowns = [*_vars(left), *_vars(right)]
        several = any(isinstance(one, Var) and one.kind in {"codes", "references"} for one in (left, right))
        return several or any(len(one.codes) > MANY_CODES for one in unknowns)

    # -- terms --

    def term(self, path: str, found: Reference, names: Names, entry: str | None = None) -> Term:
        """Translate a path."""
        head, _, name = path.rpartition(".")
        if path.startswith(".") and isinstance(names.element, EntryNames):
            return self._entry(path, found, names.element.listing, entry)
        if path in self.form.form.values:
            return self._value(path, found)
        if head and not head.startswith("document"):
            whole = resolve(head, names, NOWHERE) if _readable(head, names) else None
            listing = None if whole is None else whole.type.listing
            if (
                whole is not None
                and whole.type.kind == "code"
                and listing is not None
                and name in listing.attributes
            ):
                return Attr(self.term(head, whole, names, entry), listing, name, found.type)
        return self._var(path, found)

    def _entry(self, path: str, found: Reference, listing: Listing, entry: str | None) -> Term:
        if entry is None:
            return self._var(path, found)
        return Const(attribute_value(listing.attribute(entry, path[1:]), found.type))

    def _value(self, name: str, found: Reference) -> Term:
        node = self.form.form.values[name].value
        if isinstance(node, model.RefNode):
            inner = resolve(node.ref, self.names(), NOWHERE)
            if inner is not None:
                return self.term(node.ref, inner, self.names())
        if isinstance(node, (bool, int, float, str, model.Quantity, model.CodeNode)):
            return self._var(name, found, certain=True)  # a setting: others may be chosen
        if isinstance(node, model.Cases):
            return self._cases(node) or self._var(name, found)
        return self._var(name, found)

    def _cases(self, node: model.Cases) -> Term | None:
        """The branches of a value, when each is a plain one."""
        values = [self._plain(one.value) for one in node.cases]
        rest = Const(None) if node.else_ is None else self._plain(node.else_)
        if rest is None or any(value is None for value in values):
            return None
        whens = [self.formula(one.when, self.names()) for one in node.cases]
        pairs = zip(whens, values, strict=True)
        return Choice(tuple((when, value) for when, value in pairs if value is not None), rest)

    def _plain(self, node: Any) -> Term | None:
        match node:
            case model.RefNode():
                found = resolve(node.ref, self.names(), NOWHERE)
                return None if found is None else self.term(node.ref, found, self.names())
            case model.Quantity():
                return Const(to_smallest(exact(node.n), node.unit))
            case model.CodeNode():
                return Const(node.code)
            case bool():
                return Const(node)
            case int() | float():
                return Const(exact(node))
            case str():
                return Const(iso_time(node) or iso_day(node) or node)
        return None

    def _var(self, path: str, found: Reference, certain: bool = False) -> Term:
        item = found.item
        own = item is not None and self.form.skeleton.items.get(item.path) is item
        if item is not None and own and ".".join(item.path) in self.absent:
            return Const(None)
        typed = found.type
        codes: tuple[str, ...] = ()
        if typed.kind in {"code", "codes"}:
            codes = self._codes(item if own else None, path, typed)
        step = _step(typed)
        sure = certain or path in ALWAYS_THERE
        key = (path, typed.kind, None if item is None else item.path, sure)
        if key not in self._vars:
            self._vars[key] = Var(path, typed.kind, step, typed.family or "", sure, codes)
        return self._vars[key]

    def _free(self, node: Any) -> Var:
        """The unknown that decides what is not modelled: answered or not."""
        text = node.model_dump_json(by_alias=True)
        return self._vars.setdefault(text, Var(text, "text"))

    def _codes(self, item: Item | None, path: str, typed: Type) -> tuple[str, ...]:
        if item is not None and item.type == "choice" and item.listing is typed.listing:
            return self.offered(item)
        if typed.listing is not None:
            return tuple(typed.listing)
        return tuple(sorted(typed.codes))

    # -- what a choice may offer --

    def offered(self, item: Item) -> tuple[str, ...]:
        """The codes that a choice may ever offer, or keep once retired."""
        if item in self._offered or item.listing is None:
            return self._offered.get(item, ())
        codes = tuple(possible(item))
        test = item.spec.filter
        if test is not None and item not in self._underway:
            self._underway.add(item)
            codes = tuple(self._passing(item, codes, test))
            self._underway.discard(item)
        self._offered[item] = codes
        return codes

    def _passing(self, item: Item, codes: tuple[str, ...], test: Any) -> Iterator[str]:
        listing = item.listing
        assert listing is not None
        names = self.names(item.parent).at(EntryNames(listing))
        verdicts: dict[str, bool] = {}
        for code in codes:
            looks = repr([listing.attribute(code, name) for name in listing.attributes])
            if looks not in verdicts:
                verdicts[looks] = never(self.formula(test, names, code))
            if not verdicts[looks]:
                yield code


def possible(item: Item) -> Iterator[str]:
    """The codes of a choice below its fixed root, whatever its filter."""
    listing, root = item.listing, item.spec.root
    assert listing is not None
    under = root if isinstance(root, str) else None
    level = getattr(item.spec, "level", None)
    return iter(listing.leaves(under)) if level is None else iter(listing.at_level(level, under))


def _with_one(apply: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A single code where several are wanted is read as one of them."""
    return lambda left, right: apply(left, (right,))


def _readable(path: str, names: Names) -> bool:
    """Tell whether a prefix may be resolved without a fault."""
    bare = path.lstrip(".")
    return (
        bool(bare)
        and bare not in {"subject", "user", "document"}
        and bare not in names.drafting.skeleton.form.links
    )


def _vars(term: Term) -> Iterator[Var]:
    match term:
        case Var():
            yield term
        case Attr():
            yield from _vars(term.of)
        case Choice():
            for _, branch in term.branches:
                yield from _vars(branch)


def _step(typed: Type) -> Fraction | None:
    """Days and minutes are whole; a number may keep decimals that its field no longer takes."""
    return Fraction(1) if typed.kind in {"date", "time"} else None

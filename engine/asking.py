"""Named conditions: those that read the same answers are asked at once, by one function written for them.

Most conditions compare boxes and choices with constants. Read through `engine.evaluate`, each of these
fields costs as much as the whole function, and each closure several times its comparison (row 5 of
`docs/performance.md`). Only plain items (`engine.plain`) are read so, whose stored answer alone decides;
when one of them holds anything but a right answer or none, and for every other condition, the closures of
`engine.conditions` decide. So a condition means the same with and without this module, which a property
test holds. Conditions that share no answer are asked apart: what a change can't reach is not asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.compile import CompiledForm
from engine.conditions import Atom, Called, Formula, Joined
from engine.fused import Writer
from engine.plain import PlainTest, plain_items
from engine.skeleton import Item
from engine.types import UNITS

if TYPE_CHECKING:
    from engine.evaluate import FormState

FEW = 4  # conditions that a function of their own is worth writing for
# What is compared, `x`, as an expression of a right answer `v`; by the type of its field.
_VALUES: Mapping[str, str] = {"boolean": "v", "choice": "v[0]", "date": "v", "number": "v", "text": "v"}
_OPERATORS: Mapping[str, str] = {
    "answered": "{x} is not None",
    "is": "{x} == {c}",
    "in": "{x} in {c}",
    "lt": "{x} is not None and {x} < {c}",
    "le": "{x} is not None and {x} <= {c}",
    "gt": "{x} is not None and {x} > {c}",
    "ge": "{x} is not None and {x} >= {c}",
}


class Asking(NamedTuple):
    """What asks some conditions of answers, None when one of them is in doubt; the steps that it reads."""

    names: frozenset[str]
    ask: Callable[[Mapping[str, Any]], dict[str, bool] | None]
    steps: frozenset[str]


def asked(state: FormState, name: str) -> Mapping[str, bool | None]:
    """Ask a condition, and those that share answers with it; None for what closures are left to tell."""
    known: Mapping[str, Asking] | None = state.form.asking.get("")
    if known is None:
        known = state.form.asking[""] = _written(state.form)
    found = known.get(name)
    if found is None:
        return {name: None}
    frozen = state.document.get("frozen")
    if frozen and not found.steps.isdisjoint(frozen):
        return dict.fromkeys(found.names)
    return found.ask(state.document["answers"]) or dict.fromkeys(found.names)


def _written(form: CompiledForm) -> dict[str, Asking]:
    found: dict[str, Asking] = {}
    for names in _together(form):
        writer = _Asker(form)
        for name in names:
            writer.condition(name)
        told = frozenset(name for name, local in writer.locals.items() if local)
        if len(told) >= FEW:
            steps = frozenset(form.skeleton.named[id].step for id in writer.fields)
            found |= dict.fromkeys(told, Asking(told, writer.function(), steps))
    return found


def _together(form: CompiledForm) -> list[list[str]]:
    """Part conditions into groups that share no field; those that closures alone can ask are left out."""
    alone = _Asker(form)
    groups: list[tuple[set[str], list[str]]] = []
    for name in form.conditions:
        if not alone.plain(name):
            continue
        fields, names = set(_fields(form, Called(name))), [name]
        for group in [one for one in groups if not one[0].isdisjoint(fields)]:
            groups.remove(group)
            fields, names = fields | group[0], group[1] + names
        groups.append((fields, names))
    return [names for _, names in groups]


def _fields(form: CompiledForm, formula: Formula | None) -> Iterator[str]:
    """Walk the fields that a formula compares, through the conditions that it names."""
    match formula:
        case Atom(item, _, _):
            yield item.id
        case Called(name):
            yield from _fields(form, form.conditions[name].formula)
        case Joined(_, formulas):
            for one in formulas:
                yield from _fields(form, one)


def _readable(item: Item, test: PlainTest) -> bool:
    return item.type in _VALUES and (item.type != "choice" or "codes" in test.constants)


class _Asker(Writer):
    """Writes `ask(answers)`: each field that a condition reads once, then the conditions."""

    def __init__(self, form: CompiledForm) -> None:
        super().__init__("ask(answers)", {})
        self.form = form
        self.steps: dict[str, dict[str, PlainTest]] = {}  # the plain fields of the steps met so far
        self.fields: dict[str, str] = {}  # id -> the local name of what is compared
        self.locals: dict[str, str | None] = {}  # condition -> its local name; None while, or if, it has none
        self.add(0, "get = answers.get")

    def condition(self, name: str) -> str | None:
        """Work out a named condition; its local name, None when it takes the closures."""
        if name not in self.locals:
            local = f"c{len(self.locals)}"
            self.locals[name] = None
            formula = self.form.conditions[name].formula
            if formula is not None and self._plain(formula):
                said = self._spelled(formula)
                self.add(0, f"{local} = {said}")
                self.locals[name] = local
        return self.locals[name]

    def plain(self, name: str) -> bool:
        """Tell whether a condition can be asked of plain answers."""
        return self.condition(name) is not None

    def function(self) -> Callable[[Mapping[str, Any]], dict[str, bool] | None]:
        """Give the function."""
        pairs = [f"{self.constant(name)}: {local}" for name, local in self.locals.items() if local]
        self.add(0, f"return {{{', '.join(pairs)}}}")
        found: Callable[[Mapping[str, Any]], dict[str, bool] | None] = self.made("ask")
        return found

    def _test(self, item: Item) -> PlainTest | None:
        if item.step not in self.steps:
            self.steps[item.step] = {
                one.item.id: one.how
                for one in plain_items(self.form, item.step)
                if isinstance(one.how, PlainTest) and _readable(one.item, one.how)
            }
        return self.steps[item.step].get(item.id)

    def _plain(self, formula: Formula) -> bool:
        match formula:
            case Atom(item, op, _):
                return op in _OPERATORS and self._test(item) is not None
            case Called(name):
                return self.condition(name) is not None
            case Joined(_, formulas):
                return all(self._plain(one) for one in formulas)

    def _spelled(self, formula: Formula) -> str:
        match formula:
            case Atom(item, op, constant):
                return f"({_OPERATORS[op].format(x=self._field(item), c=self._constant(item, constant))})"
            case Called(name):
                return str(self.locals[name])
            case Joined("not", (one,)):
                return f"(not {self._spelled(one)})"
            case Joined(by, formulas):
                return "(" + {"all": " and ", "any": " or "}[by].join(map(self._spelled, formulas)) + ")"

    def _field(self, item: Item) -> str:
        """Read a field once; its local name."""
        if item.id not in self.fields:
            name, test = f"f{len(self.fields)}", self._test(item)
            assert test is not None
            self.fields[item.id] = name
            self.add(0, f"v = get({self.constant(item.id)})")
            self.add(0, f"if v is None: {name} = None")
            self.add(0, f"elif {self.said(test.right, test)}: {name} = {_VALUES[item.type]}")
            self.add(0, "else: return None")
        return self.fields[item.id]

    def _constant(self, item: Item, constant: Any) -> str:
        """Hand a constant over as it is stored, for what is compared is."""
        if constant is not None and item.type == "date":
            constant = constant.isoformat()
        if constant is not None and item.type == "number":
            constant = constant / (UNITS[item.spec.unit][1] if item.spec.unit else 1)
        return self.constant(constant)

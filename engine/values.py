"""Values: typed by inference, total, exact; compiled to closures."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from fractions import Fraction
from typing import Any

from engine import model
from engine.conditions import Test, compile_condition, element_names, elements, literal
from engine.faults import Location
from engine.french import round_half_up
from engine.references import resolve
from engine.scopes import Names, Reference, Scope, join
from engine.types import NOTHING, Reads, Type, exact, from_smallest, iso_day, iso_time, to_smallest


@dataclass(frozen=True, eq=False)
class Computed:
    """A compiled value; `fixed` when it is written in the definition: its scope is not looked at.

    `locate` gives where an answer is stored, when the value is that answer and nothing else.
    """

    type: Type
    get: Callable[[Scope], Any]
    reads: Reads
    fixed: bool = False
    locate: Callable[[Scope], Any] | None = None


WHOLE = frozenset({"choice", "checklist", "reference"})  # fields whose answers say more than their codes


def constant(value: Any, typed: Type) -> Computed:
    """A value that reads nothing."""
    return Computed(typed, lambda _scope: value, NOTHING, fixed=True)


def compile_value(node: Any, names: Names, location: Location) -> Computed | None:
    """Compile a value and infer its type; faults are noted and give None."""
    match node:
        case bool():
            return constant(node, Type("boolean"))
        case int() | float():
            return constant(exact(node), Type("number"))
        case str():
            return _text(node)
        case model.Quantity():
            return constant(to_smallest(exact(node.n), node.unit), Type("number", unit=node.unit))
        case model.CodeNode():
            return constant(node.code, Type("code", codes=frozenset({node.code})))
        case model.RefNode():
            found = resolve(node.ref, names, (*location, "ref"))
            if found is None:
                return None
            whole = found.item is not None and found.item.type in WHOLE
            return Computed(found.type, found.read, found.reads, locate=found.locate if whole else None)
        case model.Add():
            return _add(node, names, location)
        case model.Sub():
            return _sub(node, names, location)
        case model.Mul():
            return _mul(node, names, location)
        case model.Div():
            return _div(node, names, location)
        case model.Cases():
            return _cases(node, names, location)
        case model.Count():
            return _count(node, names, location)
        case model.Sum():
            return _sum(node, names, location)
    raise TypeError(f"no value: {node!r}")


SINGLE = {"codes": "code", "references": "reference"}  # one stands for several where several are wanted


def compile_as(node: Any, wanted: Type, names: Names, location: Location) -> Computed | None:
    """Compile a value that must have a type; bare literals take its unit."""
    if isinstance(node, (bool, int, float, str)):
        single = (
            Type("code", listing=wanted.listing, codes=wanted.codes) if wanted.kind == "codes" else wanted
        )
        typed = literal(node, single, names, location)
        if typed is None:
            return None
        return constant((typed,) if wanted.kind == "codes" else typed, wanted)
    found = compile_value(node, names, location)
    if found is None:
        return None
    if not _fits(found.type, wanted):
        names.fault(location, f"cette valeur est {found.type.words()}, il faut {wanted.words()}.")
        return None
    unknown = sorted(
        code for code in found.type.codes if wanted.listing is not None and code not in wanted.listing
    )
    if found.type.listing is None and unknown:
        names.fault(location, f"le code « {unknown[0]} » n'est pas dans la liste.")
        return None
    if found.type.kind == SINGLE.get(wanted.kind):
        get = found.get

        def many(scope: Scope) -> Any:
            return None if (one := get(scope)) is None else (one,)

        return Computed(wanted, many, found.reads, locate=found.locate)
    return Computed(wanted, found.get, found.reads, found.fixed, found.locate)


def _fits(found: Type, wanted: Type) -> bool:
    if {found.kind, wanted.kind} <= {"code", "codes"}:
        return found.kind == wanted.kind or wanted.kind == "codes"
    if {found.kind, wanted.kind} <= {"reference", "references"}:
        return found.target == wanted.target and (found.kind == wanted.kind or wanted.kind == "references")
    if found.kind == "number" and wanted.kind == "number":
        return found.family == wanted.family
    return found.kind == wanted.kind


def _text(node: str) -> Computed:
    day, moment = iso_day(node), iso_time(node)
    if moment is not None:
        return constant(moment, Type("time"))
    return constant(node, Type("text")) if day is None else constant(day, Type("date"))


def _operands(nodes: list[Any], key: str, names: Names, location: Location) -> list[Computed] | None:
    found = [compile_value(node, names, (*location, key, index)) for index, node in enumerate(nodes)]
    return None if any(one is None for one in found) else [one for one in found if one is not None]


def _lift(parts: list[Computed], combine: Callable[[list[Any]], Any]) -> Callable[[Scope], Any]:
    gets = [part.get for part in parts]

    def get(scope: Scope) -> Any:
        values = [one(scope) for one in gets]
        return None if any(value is None for value in values) else combine(values)

    return get


def _all_reads(parts: list[Computed]) -> Reads:
    return join([part.reads for part in parts])


def add_duration(day: date, amount: Fraction, family: str | None) -> date | None:
    """Add days, or months clamped to the month's end; None beyond the calendar.

    >>> add_duration(date(2027, 1, 31), Fraction(1), "months")
    datetime.date(2027, 2, 28)
    """
    try:
        if family == "months":
            months = day.year * 12 + day.month - 1 + int(amount)
            year, month = divmod(months, 12)
            return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        return day + timedelta(days=int(amount))
    except (ValueError, OverflowError):
        return None


def _add(node: model.Add, names: Names, location: Location) -> Computed | None:
    parts = _operands(node.add, "add", names, location)
    if parts is None:
        return None
    dates = [part for part in parts if part.type.kind == "date"]
    others = [part for part in parts if part.type.kind != "date"]
    if len(dates) == 1 and all(part.type.family in {"calendar", "months"} for part in others):
        return _shift(dates[0], others, parts, 1)
    return _same_numbers(
        parts,
        sum,
        names,
        location,
        "on n'additionne que des nombres de même unité, ou des durées à une date.",
    )


def _shift(base: Computed, durations: list[Computed], parts: list[Computed], sign: int) -> Computed:
    families = [duration.type.family for duration in durations]

    def shift(values: list[Any]) -> date | None:
        day: date | None = values[0]
        for amount, family in zip(values[1:], families, strict=True):
            day = None if day is None else add_duration(day, sign * amount, family)
        return day

    return Computed(Type("date"), _lift([base, *durations], shift), _all_reads(parts))


def _same_numbers(
    parts: list[Computed], combine: Callable[[list[Any]], Any], names: Names, location: Location, why: str
) -> Computed | None:
    first = parts[0].type
    if any(part.type.kind != "number" or part.type.family != first.family for part in parts):
        names.fault(location, why)
        return None
    return Computed(Type("number", unit=first.unit), _lift(parts, combine), _all_reads(parts))


def _sub(node: model.Sub, names: Names, location: Location) -> Computed | None:
    parts = _operands(node.sub, "sub", names, location)
    if parts is None:
        return None
    left, right = parts
    if left.type.kind == right.type.kind == "date":
        days = Type("number", unit="days")
        return Computed(days, _lift(parts, lambda v: Fraction((v[0] - v[1]).days)), _all_reads(parts))
    if left.type.kind == right.type.kind == "time":
        minutes = Type("number", unit="minutes")
        return Computed(
            minutes, _lift(parts, lambda v: _since_midnight(v[0]) - _since_midnight(v[1])), _all_reads(parts)
        )
    if left.type.kind == "date" and right.type.family in {"calendar", "months"}:
        return _shift(left, [right], parts, -1)
    return _same_numbers(
        parts,
        lambda v: v[0] - v[1],
        names,
        location,
        "on ne soustrait que des nombres de même unité, des dates ou des heures.",
    )


def _since_midnight(moment: time) -> Fraction:
    return Fraction(moment.hour * 60 + moment.minute)


def _mul(node: model.Mul, names: Names, location: Location) -> Computed | None:
    parts = _operands(node.mul, "mul", names, location)
    if parts is None:
        return None
    units = [part.type.unit for part in parts if part.type.unit]
    if any(part.type.kind != "number" for part in parts) or len(units) > 1:
        names.fault(location, "on ne multiplie que des nombres, dont un seul a une unité.")
        return None

    def product(values: list[Any]) -> Fraction:
        result = Fraction(1)
        for value in values:
            result *= value
        return result

    return Computed(
        Type("number", unit=units[0] if units else None), _lift(parts, product), _all_reads(parts)
    )


def _div(node: model.Div, names: Names, location: Location) -> Computed | None:
    parts = _operands(node.div, "div", names, location)
    if parts is None:
        return None
    left, right = parts
    if left.type.kind != "number" or right.type.kind != "number":
        names.fault(location, "on ne divise que des nombres.")
        return None
    if right.type.family not in {None, left.type.family}:
        names.fault(location, "on divise par un nombre sans unité, ou de même unité.")
        return None
    unit = left.type.unit if right.type.family is None else None
    decimals = node.decimals

    def quotient(values: list[Any]) -> Fraction | None:
        if values[1] == 0:
            return None
        result: Fraction = values[0] / values[1]
        if decimals is None:
            return result
        return to_smallest(round_half_up(from_smallest(result, unit), decimals), unit)

    return Computed(Type("number", unit=unit), _lift(parts, quotient), _all_reads(parts))


def _cases(node: model.Cases, names: Names, location: Location) -> Computed | None:
    whens = [
        compile_condition(case.when, names, (*location, "cases", i, "when"))
        for i, case in enumerate(node.cases)
    ]
    values = [
        compile_value(case.value, names, (*location, "cases", i, "value"))
        for i, case in enumerate(node.cases)
    ]
    otherwise = None
    if node.else_ is not None:
        otherwise = compile_value(node.else_, names, (*location, "else"))
        values.append(otherwise)
    if any(value is None for value in values):
        return None
    found = [value for value in values if value is not None]
    typed = _one_type(found, names, location)
    if typed is None:
        return None
    reads = join([test.reads for test in whens]) | _all_reads(found)
    return Computed(typed, _first_true(whens, found, otherwise), reads)


def _one_type(found: list[Computed], names: Names, location: Location) -> Type | None:
    first = found[0].type
    if any(not other.type.same(first) for other in found[1:]):
        kinds = ", ".join(sorted({value.type.words() for value in found}))
        names.fault(location, f"toutes les branches doivent avoir le même type ; ici : {kinds}.")
        return None
    if first.kind != "code":
        return first
    listing = next((value.type.listing for value in found if value.type.listing is not None), None)
    codes = frozenset().union(*(value.type.codes for value in found))
    return Type("code", listing=listing, codes=frozenset() if listing is not None else codes)


def _first_true(
    whens: list[Test], values: list[Computed], otherwise: Computed | None
) -> Callable[[Scope], Any]:
    branches = [(test.holds, value.get) for test, value in zip(whens, values, strict=False)]
    rest = otherwise.get if otherwise is not None else None

    def get(scope: Scope) -> Any:
        for holds, value in branches:
            if holds(scope):
                found = value(scope)
                if found is not None or rest is None:
                    return found
                break
        return rest(scope) if rest is not None else None

    return get


def _count(node: model.Count, names: Names, location: Location) -> Computed | None:
    found = elements(node.count, node.where, names, (*location, "count"))
    if found is None:
        return None
    many, where, _ = found
    read, holds, reads = many.read, where.holds, many.reads | where.reads
    if node.distinct is None:

        def count(scope: Scope) -> Fraction:
            return Fraction(sum(holds(Scope(scope.state, one)) for one in read(scope) or ()))

        return Computed(Type("number"), count, reads)
    key = resolve(node.distinct, names.at(element_names(many, names)), (*location, "distinct"))
    if key is None or not _single_look(many, key, names, (*location, "distinct")):
        return None
    get = key.read

    def distinct(scope: Scope) -> Fraction:
        scopes = (Scope(scope.state, one) for one in read(scope) or ())
        seen = {get(inner) for inner in scopes if holds(inner)}
        return Fraction(len(seen - {None}))

    return Computed(Type("number"), distinct, reads | key.reads)


def _single_look(many: Reference, key: Reference, names: Names, location: Location) -> bool:
    if many.type.kind == "collection" and "collection" in key.reads.sources:
        names.fault(
            location, "à travers une collection, on ne lit pas une valeur qui lit elle-même une collection."
        )
        return False
    return True


def _sum(node: model.Sum, names: Names, location: Location) -> Computed | None:
    found = elements(node.sum, node.where, names, (*location, "sum"))
    if found is None:
        return None
    many, where, _ = found
    amount = resolve(node.of, names.at(element_names(many, names)), (*location, "of"))
    if amount is None or not _single_look(many, amount, names, (*location, "of")):
        return None
    if amount.type.kind != "number":
        names.fault(
            (*location, "of"), f"on ne somme que des nombres, « {node.of} » est {amount.type.words()}."
        )
        return None
    read, holds, get = many.read, where.holds, amount.read

    def total(scope: Scope) -> Fraction:
        scopes = (Scope(scope.state, one) for one in read(scope) or ())
        return sum((get(inner) or Fraction(0) for inner in scopes if holds(inner)), Fraction(0))

    return Computed(Type("number", unit=amount.type.unit), total, many.reads | where.reads | amount.reads)

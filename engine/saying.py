"""Conditions, values and bounds of a definition as French words, out of the definition alone.

Labels come from whoever calls: compiling is not needed, so what is faulty can be said too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from engine import model
from engine.french import UNITS, clock, enumerate_words, fold, long_date, number
from engine.types import exact, iso_day, iso_time

# operator -> (holds, does not hold)
VERBS = {
    "answered": ("est renseigné", "n'est pas renseigné"),
    "is": ("est", "n'est pas"),
    "in": ("est", "n'est pas"),
    "lt": ("est inférieur à", "n'est pas inférieur à"),
    "le": ("est au plus", "dépasse"),
    "gt": ("dépasse", "ne dépasse pas"),
    "ge": ("est au moins", "n'atteint pas"),
    "has": ("comprend", "ne comprend pas"),
    "has_any": ("comprend", "ne comprend pas"),
}
DAY_VERBS = {
    "lt": ("est avant le", "n'est pas avant le"),
    "le": ("est au plus tard le", "est après le"),
    "gt": ("est après le", "n'est pas après le"),
    "ge": ("est à partir du", "est avant le"),
}

TIME_VERBS = {
    "lt": ("est avant", "n'est pas avant"),
    "le": ("n'est pas après", "est après"),
    "gt": ("est après", "n'est pas après"),
    "ge": ("n'est pas avant", "est avant"),
}


@dataclass(frozen=True)
class Labels:
    """How paths, codes and named conditions are called."""

    path: Callable[[str], str]
    code: Callable[[str], str]
    condition: Callable[[str], str]


def that(clause: str) -> str:
    """Begin a clause with « que ».

    >>> that("elle est exigée"), that("le lien est fait")
    ("qu'elle est exigée", 'que le lien est fait')
    """
    return f"qu'{clause}" if fold(clause[:1]) in "aeiouy" else f"que {clause}"


def provided(clause: str) -> str:
    """Begin a clause with « si ».

    >>> provided("il est faux que tout va bien")
    "s'il est faux que tout va bien"
    """
    return f"s'{clause}" if clause.startswith(("il ", "ils ")) else f"si {clause}"


def amount(value: Fraction | int, unit: str | None) -> str:
    """Say a number with its unit.

    >>> amount(1, "weeks"), amount(16, "weeks"), amount(3, None)
    ('1 semaine', '16 semaines', '3')
    """
    words = f"{number(value)} {UNITS[unit]}" if unit else number(value)
    return words.replace("(s)", "s" if abs(Fraction(value)) >= 2 else "")


def say_condition(node: Any, labels: Labels, holds: bool = True) -> str:
    """Say a condition, or that it does not hold."""
    match node:
        case model.Compare():
            return _compare(node, labels, holds)
        case model.Named():
            label = labels.condition(node.condition)
            return label if holds else f"il est faux {that(label)}"
        case model.Some():
            where = "" if node.where is None else f" où {say_condition(node.where, labels)}"
            return f"{'au moins un' if holds else 'aucun'} élément dans {labels.path(node.some)}{where}"
        case model.Not():
            return say_condition(node.not_, labels, not holds)
        case model.All():
            return enumerate_words([say_condition(one, labels, holds) for one in node.all], _last(holds))
        case model.AnyOf():
            return enumerate_words([say_condition(one, labels, holds) for one in node.any], _last(not holds))
    raise TypeError(f"no condition: {node!r}")


def _last(both: bool) -> str:
    return "et" if both else "ou"


def _compare(node: model.Compare, labels: Labels, holds: bool) -> str:
    verbs = VERBS[node.op]
    if isinstance(node.value, str) and iso_day(node.value) is not None:
        verbs = DAY_VERBS.get(node.op, verbs)
    if isinstance(node.value, str) and iso_time(node.value) is not None:
        verbs = TIME_VERBS.get(node.op, verbs)
    words = f"{labels.path(node.ref)} {verbs[0 if holds else 1]}"
    return words if node.value is None else f"{words} {say_operand(node.value, labels)}"


def say_operand(value: Any, labels: Labels) -> str:
    """Say the right side of a comparison."""
    if isinstance(value, model.RefNode):
        return labels.path(value.ref)
    if isinstance(value, list):
        return enumerate_words([say_operand(one, labels) for one in value], "ou")
    return say_literal(value, labels)


def say_literal(value: Any, labels: Labels) -> str:
    """Say a literal: a day, a number, yes or no, a code by its label."""
    if isinstance(value, bool):
        return "« oui »" if value else "« non »"
    if isinstance(value, (int, float)):
        return number(exact(value))
    day = iso_day(value)
    moment = iso_time(value)
    if moment is not None:
        return clock(moment)
    return f"« {labels.code(value)} »" if day is None else long_date(day)


def say_value(node: Any, labels: Labels) -> str:
    """Say a value: what it works out, not what it gives."""
    match node:
        case model.Quantity():
            return amount(exact(node.n), node.unit)
        case model.CodeNode():
            return f"« {labels.code(node.code)} »"
        case model.RefNode():
            return labels.path(node.ref)
        case model.Add():
            return " + ".join(say_value(one, labels) for one in node.add)
        case model.Sub():
            return " - ".join(say_value(one, labels) for one in node.sub)
        case model.Mul():
            return " × ".join(say_value(one, labels) for one in node.mul)
        case model.Div():
            return " ÷ ".join(say_value(one, labels) for one in node.div)
        case model.Count():
            return f"le nombre d'éléments dans {labels.path(node.count)}"
        case model.Sum():
            return f"la somme de {labels.path(node.of)} dans {labels.path(node.sum)}"
        case model.Cases():
            return _cases(node, labels)
    return say_literal(node, labels)


def _cases(node: model.Cases, labels: Labels) -> str:
    cases = [
        f"{say_value(one.value, labels)} {provided(say_condition(one.when, labels))}" for one in node.cases
    ]
    rest = [] if node.else_ is None else [f"sinon {say_value(node.else_, labels)}"]
    return ", ".join([*cases, *rest])

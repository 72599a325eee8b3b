"""Why something can never be: the fewest conditions that exclude one another, in French words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine import model
from engine.compile import CompiledForm
from engine.french import enumerate_words
from engine.references import resolve
from engine.saying import Labels, say_condition
from engine.scopes import Names
from engine.solver.search import never
from engine.solver.terms import Formula, Not, conjunction
from engine.solver.translate import NOWHERE, Translator


@dataclass(frozen=True, eq=False)
class Claim:
    """A formula with its words."""

    formula: Formula
    say: Callable[[], str]


def labels_at(form: CompiledForm, names: Names) -> Labels:
    """How a form calls what its conditions read, at a place."""

    def path(text: str) -> str:
        if text == "today":
            return "la date du jour"
        found = resolve(text, names, NOWHERE)
        return f"« {found.label if found is not None else text} »"

    def code(text: str) -> str:
        for item in form.skeleton.items.values():
            if item.listing is not None and text in item.listing:
                return item.listing.label(text)
        for versions in form.drafting.library.lists.values():
            for listing in versions.values():
                if text in listing:
                    return listing.label(text)
        states = form.drafting.states_listing
        return states.label(text)

    return Labels(path, code, lambda name: form.form.conditions[name].label)


def claims(node: Any, translator: Translator, names: Names, holds: bool = True) -> list[Claim]:
    """Part a condition into what must hold together."""
    match node:
        case model.Not():
            return claims(node.not_, translator, names, not holds)
        case model.Named():
            spec = translator.form.form.conditions[node.condition]
            inner = claims(spec.when, translator, translator.names(), holds)
            if len(inner) > 1:
                return inner
        case model.All() if holds:
            return [one for atom in node.all for one in claims(atom, translator, names)]
        case model.AnyOf() if not holds:
            return [one for atom in node.any for one in claims(atom, translator, names, False)]
    formula = translator.formula(node, names)
    return [
        Claim(
            formula if holds else Not(formula),
            lambda: say_condition(node, labels_at(translator.form, names), holds),
        )
    ]


def contradiction(found: list[Claim]) -> str | None:
    """Say why some claims can never hold together, with as few of them as will do; None: no telling."""
    if not found or not never(conjunction([one.formula for one in found])):
        return None
    core = list(found)
    for one in found:
        rest = [other for other in core if other is not one]
        if rest and never(conjunction([other.formula for other in rest])):
            core = rest
    words = list(dict.fromkeys(one.say() for one in core))
    if len(words) == 1:
        return f"il n'arrive jamais que {words[0]}"
    return f"{enumerate_words(words)} ne vont jamais ensemble"

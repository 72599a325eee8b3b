"""What never shows, conditions that never or always hold, choices that nobody may pick."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import model
from engine.checks.common import Found
from engine.compile import CompiledForm
from engine.faults import Location
from engine.french import enumerate_words
from engine.saying import say_condition
from engine.scopes import EntryNames, Names
from engine.skeleton import Item
from engine.solver.proofs import Claim, claims, contradiction, labels_at
from engine.solver.search import Question
from engine.solver.translate import Translator, possible
from engine.types import NOTHING

KINDS = {
    "section": "la section",
    "note": "la note",
    "computed": "le calcul",
    "recap": "le rappel",
    "listing": "le tableau",
    "tally": "le décompte",
}
SHOWN = 4


def shows(form: CompiledForm, translator: Translator) -> Iterator[Found]:
    """Find steps, sections and fields that can never appear; remembers them as absent."""
    for part in form.skeleton.steps:
        guards: list[Claim] = []
        if part.spec.when is not None:
            guards = claims(part.spec.when, translator, translator.names())
            why = contradiction(guards)
            if why is not None:
                translator.absent |= {".".join(item.path) for item in part.walk()}
                text = f"l'étape « {part.spec.title} » n'apparaît jamais : {why}. {REMEDY}"
                yield (*part.location, "when"), text
                continue
        for item in part.items:
            yield from _item(item, guards, translator)


REMEDY = "Changez une de ces conditions, ou retirez ce qui ne se montre pas."


def _item(item: Item, above: list[Claim], translator: Translator) -> Iterator[Found]:
    guards = above
    if item.spec.when is not None:
        guards = [*above, *claims(item.spec.when, translator, translator.names(item.parent))]
        why = contradiction(guards)
        if why is not None:
            translator.absent |= {".".join(one.path) for one in item.walk()}
            kind = KINDS.get(item.type, "le champ")
            yield (*item.location, "when"), f"{kind} « {item.heading} » n'apparaît jamais : {why}. {REMEDY}"
            return
    for child in item.children:
        yield from _item(child, guards, translator)


# --- conditions ---------------------------------------------------------------------------------


def conditions(form: CompiledForm, translator: Translator) -> Iterator[Found]:
    """Find conditions that never hold, or always do."""
    for name, spec in form.form.conditions.items():
        what = f"la condition « {spec.label} »"
        yield from verdict(spec.when, translator, translator.names(), ("conditions", name, "when"), what)
    for part in form.skeleton.steps:
        yield from _always(part.spec.when, translator, translator.names(), (*part.location, "when"))
        for item in part.walk():
            if ".".join(item.path) in translator.absent:
                continue
            names = translator.names(item.parent)
            yield from _always(item.spec.when, translator, names, (*item.location, "when"))
            required = getattr(item.spec, "required", False)
            if not isinstance(required, bool):
                what = f"ce qui rend « {item.heading} » obligatoire"
                yield from verdict(required, translator, names, (*item.location, "required"), what)
            if item.type == "rows":
                inside = translator.names(item)
                yield from _problems(item.spec.problems, translator, inside, (*item.location, "problems"))
    yield from _problems(form.form.problems, translator, translator.names(), ("problems",))


def _problems(
    specs: list[model.Problem], translator: Translator, names: Names, location: Location
) -> Iterator[Found]:
    for index, spec in enumerate(specs):
        what = f"ce qui donne le message « {spec.message} »"
        yield from verdict(spec.when, translator, names, (*location, index, "when"), what)


def verdict(
    node: Any, translator: Translator, names: Names, location: Location, what: str
) -> Iterator[Found]:
    """Say that a condition never or always holds, if that can be proved."""
    if isinstance(node, model.Named):
        return  # said where the condition is named
    question = Question(translator.formula(node, names))
    if question.search().proved:
        why = contradiction(claims(node, translator, names))
        yield location, f"{what} n'arrive jamais : {why}. Changez cette condition, ou retirez-la."
    elif question.search(False).proved:
        why = contradiction(claims(node, translator, names, False))
        yield location, f"{what} est toujours vrai : {why}. Retirez cette condition, ou changez-la."


def _always(node: Any, translator: Translator, names: Names, location: Location) -> Iterator[Found]:
    if node is None or isinstance(node, model.Named):
        return
    if Question(translator.formula(node, names)).search(False).proved:
        why = contradiction(claims(node, translator, names, False))
        yield location, f"cette condition est toujours remplie : {why}. Retirez-la, ou changez-la."


# --- choices ------------------------------------------------------------------------------------


def choices(form: CompiledForm, translator: Translator) -> Iterator[Found]:
    """Find the options that are never offered, and fields that offer none."""
    for item in form.skeleton.items.values():
        if item.type != "choice" or item.listing is None or isinstance(item.spec.root, model.RefNode):
            continue
        yield from _choice(item, translator)


def _choice(item: Item, translator: Translator) -> Iterator[Found]:
    listing, names = item.listing, translator.names(item.parent)
    assert listing is not None
    wanted = [code for code in possible(item) if not listing.retired(code)]
    offered = set(translator.offered(item))
    gone = [f"« {listing.label(code)} »" for code in wanted if code not in offered]
    test = item.spec.filter
    compiled = translator.form.rules[item.path].filter
    alone = compiled is not None and compiled.reads == NOTHING
    if not gone or (alone and len(gone) < len(wanted)):
        return  # a filter that reads the entries alone chooses them on purpose
    words = (
        "" if test is None else say_condition(test, labels_at(translator.form, names.at(EntryNames(listing))))
    )
    if len(gone) == len(wanted):
        text = f"« {item.heading} » ne propose jamais rien : aucun choix ne remplit « {words} »."
    else:
        named = gone if len(gone) <= SHOWN else [*gone[:SHOWN], f"{len(gone) - SHOWN} autres"]
        verb = "n'est jamais proposé" if len(gone) == 1 else "ne sont jamais proposés"
        text = f"« {item.heading} » : {enumerate_words(named)} {verb}, faute de remplir « {words} »."
    yield (*item.location, "filter"), f"{text} Changez le filtre, ou l'attribut de ces choix."

"""The names that each kind of expectation uses: do they exist in the form, the lists, the scenario?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.faults import Location
from engine.lifecycle import IMPOSSIBLE, INCOMPLETE, READY
from engine.scenarios.cast import Cast, form_named
from engine.scenarios.given import check_codes, unknown
from engine.scenarios.model import ExpectedDocument, ExpectedProblem, Failure, failure
from engine.scenarios.spots import known_spots, spot

Found = Iterator[Failure]
TABLES = frozenset({"listing", "tally"})


def _spot(text: str, cast: Cast, where: Location, *, rowless: bool = False) -> Found:
    found = spot(text, cast.form)
    if found is None:
        yield unknown(
            where, f"un chemin de « {cast.form.id} » {cast.form.version}", text, known_spots(cast.form)
        )
    elif found.rowless and not rowless:
        example = f"{found.path[0]}[…].{found.path[1]}"
        yield failure(where, f"un champ d'une ligne, écrit « {example} »", f"« {text} »")


def shown_names(wanted: Sequence[str], cast: Cast, where: Location) -> Found:
    """Places, or whole steps."""
    for index, text in enumerate(wanted):
        if text not in cast.form.skeleton.parts:
            yield from _spot(text, cast, (*where, index))


def row_names(wanted: Sequence[str], cast: Cast, where: Location) -> Found:
    """Places; a field of rows with its row."""
    for index, text in enumerate(wanted):
        yield from _spot(text, cast, (*where, index))


def field_names(wanted: Sequence[str], cast: Cast, where: Location) -> Found:
    """Places, whatever the row."""
    for index, text in enumerate(wanted):
        yield from _spot(text, cast, (*where, index), rowless=True)


def problem_names(wanted: Sequence[ExpectedProblem], cast: Cast, where: Location) -> Found:
    """Where problems are; their codes are compared, not known beforehand."""
    for index, problem in enumerate(wanted):
        yield from _spot(problem.at, cast, (*where, index, "at"))


def value_names(wanted: Mapping[str, Any], cast: Cast, where: Location) -> Found:
    """Named values, fields, calculations and every other reference."""
    form = cast.form
    for text in wanted:
        found = spot(text, form)
        if text in form.form.values:
            continue
        if found is not None and (found.item.is_field or found.item.type == "computed"):
            yield from _spot(text, cast, (*where, text))
        elif found is not None or "[" in text or form.reader(tuple(text.split("."))) is None:
            known = [*form.form.values, *known_spots(form)]
            yield unknown((*where, text), f"une valeur, un champ ou un calcul de « {form.id} »", text, known)


def gate_names(wanted: Mapping[str, str], cast: Cast, where: Location) -> Found:
    """Steps."""
    for step in wanted:
        if step not in cast.form.skeleton.parts:
            yield unknown((*where, step), f"une étape de « {cast.form.id} »", step, cast.form.skeleton.parts)


def table_names(wanted: Mapping[str, Sequence[str]], cast: Cast, where: Location) -> Found:
    """Listings and tallies."""
    for text in wanted:
        found, place = spot(text, cast.form), (*where, text)
        if found is None or found.item.type not in TABLES:
            known = [name for name, item in cast.form.skeleton.named.items() if item.type in TABLES]
            yield unknown(place, f"un tableau ou un comptage de « {cast.form.id} »", text, known)


def offer_names(wanted: Mapping[str, Sequence[str]], cast: Cast, where: Location) -> Found:
    """Fields with options, and codes of their lists."""
    for text, codes in wanted.items():
        found, place = spot(text, cast.form), (*where, text)
        yield from _spot(text, cast, place)
        if found is None:
            continue
        target = cast.form.target(found.item) if found.item.is_field else found.item
        if target.type not in {"choice", "cascade", "checklist"}:
            yield failure(place, "un champ à choix", f"« {text} »")
        else:
            yield from check_codes(target, codes, place)


def action_names(wanted: Mapping[str, str], cast: Cast, where: Location) -> Found:
    """Actions, and what may become of each."""
    for name, status in wanted.items():
        action = cast.form.actions.get(name)
        if action is None:
            yield unknown((*where, name), f"une action de « {cast.form.id} »", name, cast.form.actions)
            continue
        statuses = [READY, INCOMPLETE, IMPOSSIBLE, *(refusal.id for refusal in action.refused)]
        if status not in statuses:
            yield unknown((*where, name), f"l'un de {', '.join(statuses)}", status, statuses)


def state_names(wanted: str, cast: Cast, where: Location) -> Found:
    """A state."""
    states = [state.id for state in cast.form.form.lifecycle.states]
    if wanted not in states:
        yield unknown(where, f"un état de « {cast.form.id} »", wanted, states)


def closing_names(wanted: Sequence[str], cast: Cast, where: Location) -> Found:
    """Closings of the form."""
    known = [one.id for one in cast.form.form.access.closed]
    for index, name in enumerate(wanted):
        if name not in known:
            yield unknown((*where, index), f"une fermeture de « {cast.form.id} »", name, known)


def subject_names(wanted: Mapping[str, Any], cast: Cast, where: Location) -> Found:
    """Fields of the record."""
    found = cast.form.drafting.subject_draftings()
    known = {name for one in found for name, item in one.skeleton.named.items() if item.is_field}
    for name in wanted:
        if name not in known:
            yield unknown((*where, name), "un champ de la fiche", name, known)


def link_names(wanted: Mapping[str, str], cast: Cast, where: Location) -> Found:
    """Links of the scenario, and states of what they point at."""
    for name, state in wanted.items():
        other = cast.scenario.links.get(name)
        if other is None:
            yield unknown((*where, name), "un lien du scénario", name, cast.scenario.links)
            continue
        form = form_named(cast.forms, other.form, other.version)
        states = [] if form is None else [one.id for one in form.form.lifecycle.states]
        if form is not None and state not in states:
            yield unknown((*where, name), f"un état de « {other.form} »", state, states)


def created_names(wanted: Sequence[ExpectedDocument], cast: Cast, where: Location) -> Found:
    """Forms, with the fields, links and states that they have."""
    for index, document in enumerate(wanted):
        place = (*where, index)
        form = form_named(cast.forms, document.form, document.version)
        if form is None:
            yield unknown((*place, "form"), "une forme", document.form, {name for name, _ in cast.forms})
            continue
        other = Cast(cast.scenario, form, cast.forms)
        if document.state is not None:
            yield from state_names(document.state, other, (*place, "state"))
        for name in document.links:
            if name not in form.form.links:
                yield unknown((*place, "links", name), f"un lien de « {form.id} »", name, form.form.links)
        fields = {name for name, item in form.skeleton.named.items() if item.is_field}
        for name in document.answers:
            if name not in fields:
                yield unknown((*place, "answers", name), f"un champ de « {form.id} »", name, fields)
        yield from row_names(document.unanswered, other, (*place, "unanswered"))

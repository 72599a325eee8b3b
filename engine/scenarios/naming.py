"""Does everything that a scenario names exist? Asked before it is played, and every fault at once.

A misspelt name is never found: it would pass for something hidden, unreadable or absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine import model
from engine.compile import CompiledForm
from engine.drafting import version_key
from engine.faults import Location
from engine.scenarios.cast import Cast, form_named, newest
from engine.scenarios.expecting import check_expect
from engine.scenarios.given import check_answers, unknown
from engine.scenarios.model import (
    Dates,
    Expect,
    Failure,
    Forms,
    Moment,
    Other,
    Person,
    Scenario,
    failure,
    words,
)
from engine.scopes import attribute_value
from engine.types import iso_day

Found = Iterator[Failure]


def check_names(scenario: Scenario, forms: Forms) -> list[Failure]:
    """Find what a scenario names that does not exist, all of it."""
    form = form_named(forms, scenario.form, scenario.version)
    if form is None:
        return [_no_form(forms, scenario.form, scenario.version, ())]
    cast = Cast(scenario, form, forms)
    found = [*_document(cast), *_surroundings(cast)]
    found += _moment(scenario.user, scenario.today, scenario.expect, cast, ())
    for index, moment in enumerate(scenario.then):
        found += _next(moment, cast, ("then", index))
    if not any([scenario.expect, *(moment.expect for moment in scenario.then)]):
        found.append(failure((), "au moins un « expect »", "rien"))
    return [_outlived(one, cast) for one in found]


def _outlived(one: Failure, cast: Cast) -> Failure:
    """Say of a name that came or went with a version which one it was, and what to do with the scenario."""
    name = one.name.partition(".")[0].partition("[")[0]
    form = cast.form
    if not name or f"« {form.id} »" not in one.wanted or _has(form, name):
        return one
    own = version_key(form.version)
    had = sorted(
        (version_key(version), version)
        for id, version in cast.forms
        if id == form.id and _has(cast.forms[id, version], name)
    )
    before, after = [text for key, text in had if key < own], [text for key, text in had if key > own]
    if not had:
        return one
    when = f"retiré après la version {before[-1]}" if before else f"ajouté à la version {after[0]}"
    key = f'« "until": "{before[-1]}" »' if before else f'« "since": "{after[0]}" »'
    said = f"« {one.name} », {when}. Écrivez {key} pour garder ce scénario aux versions qui l'ont, ou ôtez-le"
    return replace(one, found=f"{said} d'ici.")


def _has(form: CompiledForm, name: str) -> bool:
    return name in form.skeleton.named or name in form.skeleton.parts or name in form.actions


def contrary(scenario: Scenario) -> Found:
    """Find what a scenario says against itself of the versions that it guards."""
    since, until = scenario.since, scenario.until
    if scenario.version is not None and (since or until):
        yield failure(("version",), "« version » seule, ou « since » et « until »", "les deux")
    if since and until and version_key(since) > version_key(until):
        yield failure(("until",), f"une version qui ne précède pas {since} (« since »)", words(until))


def _no_form(forms: Forms, name: str, version: str | None, where: Location) -> Failure:
    versions = sorted((one for form, one in forms if form == name), key=version_key)
    if version is not None and versions:
        return unknown((*where, "version"), f"une version de « {name} »", version, versions)
    return unknown((*where, "form"), "une forme", name, {form for form, _ in forms})


# --- the document -------------------------------------------------------------------------------


def _document(cast: Cast) -> Found:
    scenario, form = cast.scenario, cast.form
    yield from _state(form, scenario.state, ("state",))
    yield from _dates(scenario.document, ("document",))
    yield from check_answers(form, scenario.answers, ("answers",), posted=False)
    for name in scenario.constants:
        if name not in form.form.values:
            yield unknown(("constants", name), f"un réglage de « {form.id} »", name, form.form.values)
    kinds = form.drafting.library.roles.places
    for name, place in scenario.places.items():
        where: Location = ("places", name)
        if place.kind not in kinds:
            yield unknown((*where, "kind"), "un genre de lieu", place.kind, kinds)
        else:
            known = kinds[place.kind].attributes
            yield from _attributes(form, place.attributes, known, (*where, "attributes"))


def _attributes(
    form: CompiledForm, given: Mapping[str, object], known: Mapping[str, model.Attribute], where: Location
) -> Found:
    for name, value in given.items():
        place = (*where, name)
        if name not in known:
            yield unknown(place, "un attribut", name, known)
            continue
        typed = form.drafting.library.attribute_type(known[name])
        if value is not None and attribute_value(value, typed) is None:
            yield failure(place, typed.words(), words(value))
        elif value is not None and typed.listing is not None:
            for code in value if isinstance(value, list) else [value]:
                if code not in typed.listing:
                    yield unknown(place, f"un code de « {typed.listing.name} »", str(code), typed.listing)


def _state(form: CompiledForm, name: str, where: Location) -> Found:
    states = [state.id for state in form.form.lifecycle.states]
    if name not in states:
        yield unknown(where, f"un état de « {form.id} » {form.version}", name, states)


def _dates(dates: Dates, where: Location) -> Found:
    yield from _day(dates.created_on, (*where, "created_on"))
    yield from _day(dates.frozen_on, (*where, "frozen_on"))


def _day(text: str | None, where: Location) -> Found:
    if text is not None and iso_day(text) is None:
        yield failure(where, "une date comme 2026-10-05", words(text))


# --- its surroundings ---------------------------------------------------------------------------


def _surroundings(cast: Cast) -> Found:
    yield from _subject(cast)
    links, collections = cast.form.form.links, cast.form.form.collections
    for name, other in cast.scenario.links.items():
        if name not in links:
            yield unknown(("links", name), f"un lien de « {cast.form.id} »", name, links)
        else:
            yield from _linked(links[name], other, cast.forms, ("links", name))
    for name, spec in links.items():
        if spec.required and name not in cast.scenario.links:
            yield failure(("links",), f"le lien « {name} », obligatoire", "rien")
    for name, others in cast.scenario.collections.items():
        if name not in collections:
            yield unknown(("collections", name), f"une collection de « {cast.form.id} »", name, collections)
            continue
        for index, other in enumerate(others):
            yield from _collected(collections[name], other, cast.forms, ("collections", name, index))


def _subject(cast: Cast) -> Found:
    given = cast.scenario.subject
    subject = None if cast.form.form.subject is None else newest(cast.forms, cast.form.form.subject)
    if subject is None:
        if given is not None:
            yield failure(("subject",), f"rien : « {cast.form.id} » n'a pas de sujet", words(given))
    elif given is None:
        yield failure(("subject",), f"les réponses de « {subject.id} » ({{}} s'il est vide)", "rien")
    else:
        yield from check_answers(subject, given, ("subject",), posted=False)


def _linked(spec: model.Link, other: Other, forms: Forms, where: Location) -> Found:
    if other.form != spec.form:
        yield failure((*where, "form"), words(spec.form), words(other.form))
        return
    form = form_named(forms, other.form, other.version)
    if form is not None and spec.versions is not None and form.version.split(".")[0] not in spec.versions:
        wanted = f"une version majeure que ce lien accepte ({', '.join(spec.versions)})"
        yield failure((*where, "version"), wanted, words(form.version))
    yield from _other(other, forms, where)


def _collected(spec: model.Collection, other: Other, forms: Forms, where: Location) -> Found:
    if other.form not in spec.forms:
        wanted = f"une forme de cette collection ({', '.join(spec.forms)})"
        yield failure((*where, "form"), wanted, words(other.form))
        return
    yield from _other(other, forms, where)
    form = form_named(forms, other.form, other.version)
    phases = {} if form is None else {state.id: state.phase for state in form.form.lifecycle.states}
    if other.state in phases:
        for among, given in ((spec.states, other.state), (spec.phases, phases[other.state])):
            if among is not None and given not in among:
                wanted = f"un document de cette collection ({', '.join(among)})"
                yield failure((*where, "state"), wanted, words(given))


def _other(other: Other, forms: Forms, where: Location) -> Found:
    form = form_named(forms, other.form, other.version)
    if form is None:
        yield _no_form(forms, other.form, other.version, where)
        return
    yield from _state(form, other.state, (*where, "state"))
    yield from _dates(other.document, (*where, "document"))
    yield from _own_subject(form, other, forms, where)
    yield from check_answers(form, other.answers, (*where, "answers"), posted=False)


def _own_subject(form: CompiledForm, other: Other, forms: Forms, where: Location) -> Found:
    """The record that another document is about, when it is not the one of the scenario."""
    if other.subject is None:
        return
    record = None if form.form.subject is None else newest(forms, form.form.subject)
    if record is None:
        yield failure((*where, "subject"), f"rien : « {form.id} » n'a pas de sujet", words(other.subject))
    else:
        yield from check_answers(record, other.subject, (*where, "subject"), posted=False)


# --- moments ------------------------------------------------------------------------------------


def _next(moment: Moment, cast: Cast, where: Location) -> Found:
    if not moment.model_fields_set:
        yield failure(where, "un changement, une action ou une attente", "rien")
    if moment.change is not None and moment.do is not None:
        yield failure(where, "« change » ou « do », l'un après l'autre", "les deux")
    if moment.change is not None:
        yield from check_answers(cast.form, moment.change, (*where, "change"), posted=True)
    if moment.do is not None and moment.do not in cast.form.actions:
        yield unknown((*where, "do"), f"une action de « {cast.form.id} »", moment.do, cast.form.actions)
    if moment.expect is not None and moment.expect.ignored and moment.change is None:
        yield failure((*where, "expect", "ignored"), "un « change » à ignorer", "rien")
    yield from _moment(moment.user, moment.today, moment.expect, cast, where)


def _moment(
    user: Person | None, today: str | None, expect: Expect | None, cast: Cast, where: Location
) -> Found:
    yield from _day(today, (*where, "today"))
    if user is not None:
        library = cast.form.drafting.library
        for index, role in enumerate(user.roles):
            if role not in library.role_ids:
                yield unknown((*where, "user", "roles", index), "un rôle", role, library.role_ids)
        known = library.roles.people.attributes
        yield from _attributes(cast.form, user.attributes, known, (*where, "user", "attributes"))
    if expect is not None:
        yield from check_expect(expect, cast, (*where, "expect"))

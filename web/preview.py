"""A form tried by its author, with invented answers: a scenario that only the page carries.

Nothing is stored. The page says what it carries (`Carried`); the documents around it come from one of the
form's scenarios, or are empty. The real engine reads, edits and explains, as in a scenario.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from engine.access import decide
from engine.compile import CompiledForm
from engine.edit import edit
from engine.faults import FaultyDefinition
from engine.posting import Posted
from engine.problems import Problem
from engine.reading import read
from engine.scenarios import Scenario
from engine.scenarios.cast import guarded, pinned
from engine.scenarios.model import Forms, Person
from engine.scenarios.naming import check_names
from engine.scenarios.stage import DOCUMENT, Stage, labels_in, set_stage
from engine.scopes import Scope
from engine.skeleton import Item
from web import trials
from web.shown import as_shown, read_digests
from web.world import PERSON

AUTHOR = "auteur"
SOMEBODY = (("x-1", "Personne inventée 1"), ("x-2", "Personne inventée 2"))
SOMEWHERE = (("x-lieu", "Lieu inventé"),)


@dataclass(frozen=True)
class Carried:
    """What the page says of the trial; `start`: the scenario that gives what is around, "" for nothing."""

    version: str
    start: str = ""
    roles: tuple[str, ...] = ()
    state: str = ""
    step: str = ""
    today: str = ""
    base: str = ""  # digests of what the page showed
    tabs: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Any] | None = None  # None: those of the start

    def text(self) -> str:
        """Write it for a page."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


def carried(text: str) -> Carried:
    """Read what `text` wrote: whoever calls has checked that it is ours."""
    found = json.loads(text)
    return Carried(**{**found, "roles": tuple(found["roles"])})


@dataclass(frozen=True, eq=False)
class Trying:
    """A trial under way: what is carried, the documents laid out, what was refused of what was posted."""

    carried: Carried
    stage: Stage
    refused: tuple[Problem, ...] = ()

    @property
    def form(self) -> CompiledForm:
        """The form that is tried."""
        return self.stage.main.form


def starts(definitions: Path | None, form: str, version: str, forms: Forms) -> dict[str, Scenario]:
    """The scenarios of a form that give a trial of a version its surroundings, by name."""
    found: dict[str, Scenario] = {}
    for path in [] if definitions is None else trials.find([definitions / form]):
        try:
            scenario = read(path.read_bytes(), path.name, Scenario)
        except (OSError, FaultyDefinition):
            continue  # playing it says so
        if scenario.form == form and version in guarded(scenario, forms):
            found[path.stem] = pinned(scenario, version)
    return found


def blank(form: CompiledForm, today: date) -> Scenario:
    """A document of a form in its first state, nothing around it."""
    return Scenario(
        form=form.id,
        version=form.version,
        title="Essai",
        today=today.isoformat(),
        user=Person(person=AUTHOR, label="Personne qui essaie", roles=_writers(form)[:1]),
        state=form.form.lifecycle.states[0].id,
    )


def roles_of(form: CompiledForm) -> list[str]:
    """The roles to which a form gives a right, in the order of the deployment."""
    given = frozenset().union(*(right.who for right in form.rights), frozenset())
    return [role.id for role in form.drafting.library.roles.roles if role.id in given]


def _writers(form: CompiledForm) -> list[str]:
    """The roles that may write in the first state; any role where there are none."""
    first = form.form.lifecycle.states[0].id
    found = [
        right.who for right in form.rights if "write" in right.may and first in (right.states or {first})
    ]
    writing = frozenset().union(*found, frozenset())
    return [one for one in roles_of(form) if one in writing] or roles_of(form)


def attempt(form: CompiledForm, forms: Forms, wanted: Carried, start: Scenario | None, today: date) -> Trying:
    """Lay out a trial; what the form does not know (a state, a role, a field) is left out."""
    base = start if start is not None and not check_names(start, forms) else blank(form, today)
    roles = [one for one in wanted.roles if one in roles_of(form)] or list(base.user.roles)
    states = {state.id for state in form.form.lifecycle.states}
    steps = [part.id for part in form.skeleton.steps]
    given = base.answers if wanted.answers is None else wanted.answers
    settled = replace(
        wanted,
        start=wanted.start if base is start else "",
        roles=tuple(roles),
        state=wanted.state if wanted.state in states else base.state,
        step=wanted.step if wanted.step in steps else steps[0],
        today=wanted.today or base.today,
        answers={name: one for name, one in given.items() if _answers(form, name)},
    )
    scenario = base.model_copy(
        update={
            "today": settled.today,
            "user": base.user.model_copy(update={"roles": roles}),
            "state": settled.state,
            "answers": dict(settled.answers or {}),
        }
    )
    return Trying(settled, set_stage(scenario, forms))


def _answers(form: CompiledForm, name: str) -> bool:
    item = form.skeleton.named.get(name)
    return item is not None and item.is_field


def filled(trying: Trying, posted: Posted) -> Trying:
    """Apply what was posted to the step, as a save would, with the rights of the role that is tried."""
    stage, now = trying.stage, trying.carried
    edited = edit(
        stage.main,
        posted,
        stage.grant,
        lambda item, id: dict(candidates(stage, item)).get(id),
        now.step,
        partial(as_shown, read_digests(now.base)),
    )
    mine = {item.id for item in trying.form.skeleton.step_items(now.step)}
    kept = {name: one for name, one in (now.answers or {}).items() if name not in mine}
    fresh = {name: one for name, one in edited.document["answers"].items() if name in mine}
    return Trying(replace(now, answers={**kept, **fresh}), stage, (*edited.refused, *edited.hidden))


def candidates(stage: Stage, item: Item) -> Sequence[tuple[str, str]]:
    """Who or which place may be chosen: those that the trial names, and invented ones."""
    state = stage.main
    target = state.form.target(item).spec.to
    places = {id: id for id, place in stage.scenario.places.items() if place.kind == target}
    held = labels_in([stage.scenario.answers.get(item.path[0])])
    if target == PERSON:
        found = {stage.person.person: stage.user.label, **dict(SOMEBODY), **held}
    else:
        found = {**places, **held, **dict(SOMEWHERE)}
    test = state.form.rules[item.path].filter
    return [
        (id, label)
        for id, label in found.items()
        if test is None or test.holds(Scope(state, stage.attributes_of(target, id)))
    ]


def reread(trying: Trying, document: Mapping[str, Any]) -> Any:
    """Read the trial's document with some blank rows."""
    stage = trying.stage
    laid = Stage(stage.scenario, stage.forms, stage.today, stage.person, dict(stage.bodies))
    laid.put(DOCUMENT, dict(document))
    return laid.main


def opened(trying: Trying) -> str:
    """Why the document is closed to the role that is tried; "" when it may be read."""
    decision = decide(trying.stage.grant, "read")
    return "" if decision and not trying.stage.grant.closed else decision.reason

"""The documents of a scenario as a store would hold them, read by the real engine; changes and actions.

Keys: `document` for the one under test, `subject`, the name of each link, `<collection>.<n>`,
`new:<n>` for those that actions create. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from engine.access import Grant, decide, grant_for
from engine.automatic import due, noted
from engine.compile import CompiledForm
from engine.context import Context, User
from engine.edit import edit
from engine.evaluate import FormState, evaluate
from engine.lifecycle import (
    Act,
    Create,
    Plan,
    check_action,
    freeze,
    may_be_called,
    perform,
    start,
    take_user_defaults,
)
from engine.problems import Problem
from engine.scenarios.cast import form_named, newest
from engine.scenarios.model import Answers, Dates, Forms, Other, Person, Scenario
from engine.scenarios.posting import posted_by_step
from engine.scopes import Scope
from engine.skeleton import Item

DOCUMENT, SUBJECT, NEW = "document", "subject", "new:"
NOON = time(12, tzinfo=UTC)
NO_LINKS: Mapping[str, str] = {}


@dataclass(eq=False)
class Stage:
    """What a scenario has become at one moment."""

    scenario: Scenario
    forms: Forms
    today: date
    person: Person
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    _states: dict[str, FormState] = field(default_factory=dict)

    # -- reading --

    @property
    def now(self) -> datetime:
        """Noon of the scenario's day."""
        return datetime.combine(self.today, NOON)

    @property
    def user(self) -> User:
        """Who looks."""
        one = self.person
        return User(one.person, one.label or one.person, tuple(sorted(one.roles)), one.attributes)

    @property
    def main(self) -> FormState:
        """The document under test, as it now reads."""
        return self.state(DOCUMENT)

    @property
    def grant(self) -> Grant:
        """What the person may do on it: rights of the newest version, as everywhere."""
        form = self.main.form
        return grant_for(self.main, newest(self.forms, form.id) or form, frozenset(self.person.roles))

    def state(self, key: str) -> FormState:
        """One document, read once a moment."""
        if key not in self._states:
            self._states[key] = self._read(key, self.today)
        return self._states[key]

    def put(self, key: str, body: dict[str, Any]) -> None:
        """Write a document; whatever was read may change."""
        self.bodies[key] = body
        self._states.clear()

    def turn(self, today: date | None, person: Person | None) -> None:
        """Go on to another day, another person."""
        self.today = today or self.today
        self.person = person or self.person
        self._states.clear()

    def _read(self, key: str, today: date) -> FormState:
        body = self.bodies[key]
        return evaluate(self.forms[body["form"], body["version"]], body, self._context(key, today))

    def _context(self, key: str, today: date) -> Context:
        body = self.bodies[key]
        return Context(
            today=today,
            id=key,
            fetch_user=lambda: self.user,
            fetch_subject=lambda: self._known(body["subject"]),
            fetch_link=lambda name: self._known(body["links"].get(name)),
            fetch_collection=lambda name: self._collection(name) if key == DOCUMENT else (),
            attributes_of=self.attributes_of,
        )

    def _known(self, key: str | None) -> FormState | None:
        return self.state(key) if key in self.bodies else None

    def _collection(self, name: str) -> Sequence[FormState]:
        return [self.state(f"{name}.{n}") for n in range(len(self.scenario.collections.get(name, ())))]

    def attributes_of(self, kind: str, one: str) -> Mapping[str, Any]:
        """Attributes of the places that the scenario gives, and of the person who looks."""
        if kind == "person":
            return self.person.attributes if one == self.person.person else {}
        place = self.scenario.places.get(one)
        return place.attributes if place is not None and place.kind == kind else {}

    # -- setting up --

    def lay(
        self,
        key: str,
        form: CompiledForm,
        answers: Answers,
        *,
        subject: str | None = None,
        links: Mapping[str, str] = NO_LINKS,
        asked: Sequence[str] = (),
    ) -> None:
        """Lay out a document in its form's first state."""
        body = start(
            form,
            subject=subject,
            place=None,
            links=links,
            answers=answers,
            actor=self.user,
            now=self.now,
            asked=asked,
        )
        self.put(key, body)

    def give(self, key: str, answers: Answers) -> None:
        """Put the answers that an author gives as they are stored, signatures included: nobody signs here."""
        body = self.bodies[key]
        self.put(key, {**body, "answers": {**body["answers"], **answers}})

    def settle(self, key: str, state: str, dates: Dates) -> None:
        """Put a document in a state, with the steps that this state has closed frozen on their day."""
        body = {**self.bodies[key], "answers": dict(self.bodies[key]["answers"])}
        body["created_on"] = dates.created_on or dates.frozen_on or body["created_on"]
        self.put(key, body)
        closed = closed_steps(self.forms[body["form"], body["version"]], state)
        if closed:
            day = date.fromisoformat(dates.frozen_on) if dates.frozen_on else self.today
            freeze(self._read(key, day), closed, body, datetime.combine(day, NOON))
        if dates.frozen_on:
            body["frozen_on"] = dates.frozen_on
        self.put(key, {**body, "state": state})

    # -- changing --

    def change(self, answers: Answers) -> tuple[Problem, ...]:
        """Post answers, a step at a time, as the person would; gives what was refused."""
        labels = labels_in(answers.values())
        refused: list[Problem] = []
        for step, posted in posted_by_step(self.main, answers):
            before = self.main
            edited = edit(
                before, posted, self.grant, lambda item, one: self._candidate(item, one, labels), step
            )
            refused.extend(edited.refused)
            self.put(DOCUMENT, edited.document)
        self._call_for(DOCUMENT)
        return tuple(refused)

    def _candidate(self, item: Item, one: str, labels: Mapping[str, str]) -> str | None:
        """The label of somebody or some place that may be chosen: the filter of the field decides."""
        state = self.main
        target, test = state.form.target(item).spec.to, state.form.rules[item.path].filter
        place = self.scenario.places.get(one)
        if place is not None and place.kind != target:
            return None
        passes = test is None or test.holds(Scope(state, self.attributes_of(target, one)))
        return labels.get(one, one) if passes else None

    # -- acting --

    def do(self, name: str) -> str:
        """Carry out an action with all its effects; gives why it could not happen, "" when it did."""
        state, grant = self.main, self.grant
        action = state.form.actions[name]
        decision = decide(grant, name)
        if not decision:
            return decision.reason
        check = check_action(state, action)
        if not check.ready:
            return check.message or f"{check.status} : {' '.join(one.text for one in check.problems)}"
        kept = dict(self.bodies)
        refusal = self._carry_out(perform(state, action, self.user, self.now))
        if refusal:
            self.bodies = kept
            self._states.clear()
        return refusal

    def _carry_out(self, plan: Plan) -> str:
        if plan.sets and SUBJECT in self.bodies:
            body = self.bodies[SUBJECT]
            answers = {**body["answers"], **{one.field: one.value for one in plan.sets}}
            self.put(SUBJECT, {**body, "answers": {k: v for k, v in answers.items() if v is not None}})
            self._call_for(SUBJECT)
        self.put(DOCUMENT, plan.document)
        for act in plan.acts:
            refusal = self._act(act)
            if refusal:
                return refusal
        for one in plan.creates:
            self._create(one, DOCUMENT)
        self._call_for(DOCUMENT)
        return ""

    def _call_for(self, key: str) -> None:
        """Create what a document calls for by itself, now that it was written."""
        for one, made in due(self.state(key)):
            self.put(key, noted(self.bodies[key], {one.id: self._create(made, key)}))

    def _act(self, act: Act) -> str:
        state = self._known(act.document)
        if state is None:
            return f"Le document lié « {act.document} » n'est pas dans le scénario."
        check = may_be_called(state, act)
        if not check.ready:
            return check.message
        plan = perform(state, state.form.actions[act.action], self.user, self.now)
        self.put(act.document, plan.document)
        return ""

    def _create(self, one: Create, creator: str) -> str:
        form = newest(self.forms, one.form)
        assert form is not None  # compiling has checked the effect
        key, body = f"{NEW}{len(self.created())}", self.bodies[creator]
        about = {None: None, body["form"]: creator}
        subject = about.get(form.form.subject, body["subject"])
        self.lay(key, form, dict(one.answers), subject=subject, links=one.linked(creator), asked=one.asked)
        body = self.bodies[key]
        self.put(key, {**body, "answers": body["answers"] | take_user_defaults(self.state(key))})
        return key

    def created(self) -> list[str]:
        """The keys of the documents that actions have created, in order."""
        return [key for key in self.bodies if key.startswith(NEW)]


def set_stage(scenario: Scenario, forms: Forms) -> Stage:
    """Lay out every document of a scenario: those that are read before those that read them."""
    stage = Stage(scenario, forms, date.fromisoformat(scenario.today), scenario.user)
    form = form_named(forms, scenario.form, scenario.version)
    assert form is not None  # names are checked first
    if form.form.subject is not None:
        record = newest(forms, form.form.subject)
        assert record is not None
        stage.lay(SUBJECT, record, dict(scenario.subject or {}))
    subject = SUBJECT if SUBJECT in stage.bodies else None
    links = {name: name for name in scenario.links}
    stage.lay(DOCUMENT, form, scenario.answers, subject=subject, links=links)
    stage.give(DOCUMENT, scenario.answers)
    others = dict(scenario.links)
    vias: dict[str, dict[str, str]] = {}
    for name, documents in scenario.collections.items():
        via = form.form.collections[name].via
        for n, other in enumerate(documents):
            others[f"{name}.{n}"] = other
            vias[f"{name}.{n}"] = {} if via is None else {via: DOCUMENT}
    for key, other in others.items():
        _lay_other(stage, key, other, form, vias.get(key, {}))
    for key, other in others.items():
        stage.settle(key, other.state, other.document)
    stage.settle(DOCUMENT, scenario.state, scenario.document)
    return stage


def _lay_other(stage: Stage, key: str, other: Other, main: CompiledForm, links: Mapping[str, str]) -> None:
    form = form_named(stage.forms, other.form, other.version)
    assert form is not None
    about = {main.id: DOCUMENT, main.form.subject: SUBJECT}  # a record's own documents are about it
    record = None if form.form.subject is None else newest(stage.forms, form.form.subject)
    subject = None if record is None else about.get(record.id)
    if record is not None and other.subject is not None:
        subject = f"{key}.{SUBJECT}"
        stage.lay(subject, record, dict(other.subject))
    stage.lay(key, form, other.answers, subject=subject, links=links)
    stage.give(key, other.answers)


def closed_steps(form: CompiledForm, state: str) -> frozenset[str]:
    """The steps that are no longer open in a state: open in those that lead to it."""
    before, waiting = set[str](), [state]
    while waiting:
        reached = waiting.pop()
        for action in form.form.lifecycle.actions:
            if action.to == reached:
                waiting.extend(set(action.from_) - before)
                before |= set(action.from_)
    opened = frozenset(step for name in before for step in form.state(name).open)
    return opened - frozenset(form.state(state).open)


def labels_in(values: Iterable[Any]) -> dict[str, str]:
    """The labels of the people and places that answers name, wherever they stand."""
    found: dict[str, str] = {}
    for value in values:
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            found[value["id"]] = str(value.get("label", value["id"]))
        elif isinstance(value, dict):
            found |= labels_in(value.values())
        elif isinstance(value, list):
            found |= labels_in(value)
    return found

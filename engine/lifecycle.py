"""Transitions are data: is an action possible, and what does it write?

Nothing is written here: a `Plan` says what the new documents are, whoever holds the store writes
them all or none.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import model
from engine.answers import code_of, is_empty
from engine.compile import CompiledAction, CompiledEach, CompiledEffect, CompiledForm
from engine.context import User
from engine.evaluate import FormState, evaluate, to_stored
from engine.paths import dotted
from engine.present import read_step
from engine.problems import ERROR, Problem
from engine.scopes import Reference, RowElement, Scope
from engine.skeleton import Item
from engine.validate import judge
from engine.values import Computed
from engine.wording import show_value

READY, INCOMPLETE, IMPOSSIBLE = "ready", "incomplete", "impossible"


@dataclass(frozen=True)
class Check:
    """Whether an action may happen: ready, incomplete, impossible, or the id of a refusal."""

    status: str
    problems: tuple[Problem, ...] = ()
    message: str = ""

    @property
    def ready(self) -> bool:
        """True when nothing stands in the way."""
        return self.status == READY


@dataclass(frozen=True)
class Act:
    """An action to carry out on a linked document."""

    document: str
    action: str
    caller: str


@dataclass(frozen=True)
class SetShared:
    """A shared field of the subject to set; `merge` says how it came about."""

    field: str
    value: Any


@dataclass(frozen=True)
class Create:
    """A document to create, its answers given; `back`: its link to the document that creates it."""

    form: str
    links: Mapping[str, str]
    answers: Mapping[str, Any]
    asked: tuple[str, ...]
    back: str | None = None

    def linked(self, creator: str) -> dict[str, str]:
        """Its links, once its creator's id is known."""
        return dict(self.links) if self.back is None else {**self.links, self.back: creator}


@dataclass(frozen=True)
class Plan:
    """Everything that one action writes."""

    document: dict[str, Any]
    acts: tuple[Act, ...] = ()
    sets: tuple[SetShared, ...] = ()
    creates: tuple[Create, ...] = ()


def check_action(state: FormState, action: CompiledAction) -> Check:
    """Tell whether an action is possible now: state, guards, then completeness."""
    if state.document["state"] not in action.spec.from_:
        return Check(IMPOSSIBLE, message=f"« {action.spec.label} » n'est pas possible dans l'état actuel.")
    for refusal in action.refused:
        if refusal.test.holds(Scope(state)):
            return Check(refusal.id, message=refusal.message.render(Scope(state)))
    errors = [problem for problem in needed(state, action) if problem.level == ERROR]
    return Check(INCOMPLETE, tuple(errors)) if errors else Check(READY)


def needed(state: FormState, action: CompiledAction) -> list[Problem]:
    """Judge what an action demands: the steps that it closes, or its `needs`."""
    steps = _judged_steps(state, action)
    found = judge(state, steps)
    wanted = action.spec.needs
    if wanted is not None and not set(wanted) <= set(state.form.skeleton.parts):
        covered = frozenset().union(*(state.form.skeleton.covers(key) for key in wanted))
        found = [problem for problem in found if state.static(problem.path) in covered]
    found.extend(_changed_meanwhile(state, action))
    return found


def _judged_steps(state: FormState, action: CompiledAction) -> frozenset[str]:
    if action.spec.needs is None:
        return action.closes
    parts, named = state.form.skeleton.parts, state.form.skeleton.named
    return frozenset(
        key if key in parts else named[key].step for key in action.spec.needs if key in parts or key in named
    )


def completed(form: model.Form, state: str) -> bool:
    """Tell whether a document comes to a state by something that demands answers: then it is done.

    What is reached without any (given up, replaced, ended by another document) is another story.
    """
    return any(one.to == state and one.needs != [] for one in form.lifecycle.actions)


def perform(state: FormState, action: CompiledAction, actor: User, now: datetime) -> Plan:
    """Carry out an action whose check is ready."""
    document = copy.deepcopy(dict(state.document))
    sets = _merge_bound(state, action, document)
    if sets:
        state = evaluate(state.form, document, state.context)
    freeze(state, action.closes, document, now)
    document["state"] = action.spec.to
    document.setdefault("events", []).append(
        {
            "do": action.id,
            "label": action.spec.label,
            "by": {"id": actor.id, "label": actor.label},
            "at": now.isoformat(),
        }
    )
    acts: list[Act] = []
    creates: list[Create] = []
    for effect in action.effects:
        if not effect.test.holds(Scope(state)):
            continue
        match effect.spec:
            case model.ActEffect():
                target = state.document.get("links", {}).get(effect.spec.link)
                if target is not None:
                    acts.append(Act(target, effect.spec.action, f"{state.form.id}.{action.id}"))
            case model.SetEffect():
                sets.extend(_set_shared(state, effect))
            case model.CreateEffect():
                creates.append(creation(state, effect))
    return Plan(document, tuple(acts), tuple(sets), tuple(creates))


def may_be_called(state: FormState, act: Act) -> Check:
    """Tell whether a linked document accepts an action called by another's."""
    action = state.form.actions.get(act.action)
    if action is None or act.caller not in action.spec.called_by:
        return Check(IMPOSSIBLE, message=f"« {state.form.form.title} » n'accepte pas cette action.")
    if state.document["state"] not in action.spec.from_:
        label = state.form.state(state.document["state"]).label
        return Check(
            IMPOSSIBLE,
            message=f"« {action.spec.label} » n'est plus possible : le document lié est « {label} ».",
        )
    for refusal in action.refused:
        if refusal.test.holds(Scope(state)):
            return Check(refusal.id, message=refusal.message.render(Scope(state)))
    return Check(READY)


# --- freezing -----------------------------------------------------------------------------------


def freeze(state: FormState, steps: frozenset[str], document: dict[str, Any], now: datetime) -> None:
    """Keep answers, computed values, texts and the context that was read; drop what is hidden."""
    frozen = document.setdefault("frozen", {})
    for step in sorted(steps):
        if step not in frozen:
            frozen[step] = freeze_step(state, step, now)
            for item in state.form.skeleton.parts[step].items:
                for field_id in _stored_ids(item):
                    document["answers"].pop(field_id, None)
                    document.get("bases", {}).pop(field_id, None)
    if steps and not document.get("frozen_on"):
        document["frozen_on"] = now.date().isoformat()


def _stored_ids(item: Item) -> list[str]:
    if item.type == "section":
        return [name for child in item.children for name in _stored_ids(child)]
    return [item.id] if item.is_field else []


def freeze_step(state: FormState, step: str, now: datetime) -> dict[str, Any]:
    """Everything that shows a step as it was on its day."""
    items = list(state.form.skeleton.step_items(step))
    ids = {name for item in state.form.skeleton.parts[step].items for name in _stored_ids(item)}
    hidden: list[str] = []
    computed: dict[str, Any] = {}
    context: dict[str, Any] = {}
    rows: dict[str, list[str]] = {}
    for item in items:
        for path in state.instances(item):
            if path not in state.visible:
                hidden.append(dotted(path))
            elif item.type == "computed":
                typed = state.form.type(item)
                computed[dotted(path)] = to_stored(state.values.get(path), typed)
            if item.type == "rows":
                rows[dotted(path)] = list(state.rows.get(path, ()))
        context.update(_context_read(state, item))
    return {
        "at": now.isoformat(),
        "shown": step in state.steps,
        "answers": {key: copy.deepcopy(value) for key, value in state.answers.items() if key in ids},
        "hidden": hidden,
        "computed": {key: value for key, value in computed.items() if value is not None},
        "rows": {key: value for key, value in rows.items() if value},
        "context": context,
        "view": read_step(state, step),
    }


def _context_read(state: FormState, item: Item) -> dict[str, Any]:
    """The values read outside the form, as they were: kept as words, for whoever asks why."""
    rules = state.form.rules[item.path]
    texts: set[str] = set()
    for part in (
        rules.when,
        rules.required,
        rules.default,
        rules.min,
        rules.max,
        rules.root,
        rules.value,
        rules.text,
    ):
        if part is not None:
            texts |= part.reads.context
    found: dict[str, Any] = {}
    for text in texts:
        reader = None if text.startswith(".") else state.form.reader(tuple(text.split(".")))
        if reader is not None and reader.type.kind not in {"rows", "collection"}:
            value = reader.read(Scope(state))
            if value is not None:
                found[text] = show_value(value, reader.type)
    return found


# --- bound fields -------------------------------------------------------------------------------


def bound_items(state: FormState, steps: frozenset[str]) -> list[Item]:
    """The bound fields of some steps that somebody has touched."""
    named = state.form.skeleton.named.values()
    return [
        item
        for item in named
        if item.type == "bound"
        and item.step in steps
        and item.path in state.visible
        and item.path not in state.untouched
    ]


def _changed_meanwhile(state: FormState, action: CompiledAction) -> list[Problem]:
    """Scalars that the record changed since: somebody has to choose."""
    found: list[Problem] = []
    subject = state.context.subject
    for item in bound_items(state, action.closes):
        target = state.form.target(item)
        if subject is None or target.type in {"choice", "checklist", "cascade", "reference"}:
            continue
        theirs, mine = subject.stored(target.path), state.stored(item.path)
        if theirs != state.document.get("bases", {}).get(item.id) and theirs != mine:
            typed = subject.form.type(target)
            value = subject.values.get(target.path)
            words = show_value(value, typed) if value is not None else "rien"
            message = f"{item.label} : la fiche indique maintenant {words}. Saisissez la réponse à garder."
            found.append(Problem(item.path, "form", {"message": message}))
    return found


def _merge_bound(state: FormState, action: CompiledAction, document: dict[str, Any]) -> list[SetShared]:
    sets: list[SetShared] = []
    subject = state.context.subject
    for item in bound_items(state, action.closes):
        if subject is None:
            continue
        target = state.form.target(item)
        theirs, mine = subject.stored(target.path), state.stored(item.path)
        merged = mine
        if target.type in {"choice", "checklist", "cascade", "reference"}:
            merged = merge_picks(state.document.get("bases", {}).get(item.id) or [], mine or [], theirs or [])
        document["answers"][item.id] = merged or None
        sets.append(SetShared(target.id, None if is_empty(merged) else merged))
    return sets


def merge_picks(base: Sequence[Any], mine: Sequence[Any], theirs: Sequence[Any]) -> list[Any]:
    """Merge picks by additions and removals.

    >>> merge_picks(["a", "b"], ["a", "c"], ["a", "b", "d"])
    ['a', 'd', 'c']
    """
    old = {_key(pick): pick for pick in base}
    own = {_key(pick): pick for pick in mine}
    merged: list[Any] = []
    for pick in theirs:
        key = _key(pick)
        if key in old and key not in own:
            continue
        merged.append(own[key] if key in own and own[key] != old.get(key) else pick)
    present = {_key(pick) for pick in merged}
    merged.extend(pick for key, pick in own.items() if key not in present and key not in old)
    return merged


def _key(pick: Any) -> str:
    if isinstance(pick, Mapping) and "id" in pick:
        return str(pick["id"])
    return code_of(pick)


# --- effects ------------------------------------------------------------------------------------


def _set_shared(state: FormState, effect: CompiledEffect) -> list[SetShared]:
    return [SetShared(name, _carried(value, Scope(state))) for name, value in effect.values.items()]


def creation(state: FormState, effect: CompiledEffect) -> Create:
    """Lay out the document that an effect creates."""
    spec: model.CreateEffect = effect.spec
    source = None if spec.copy_ is None else state.context.link(spec.copy_)
    answers: dict[str, Any] = {}
    asked: list[str] = []
    if source is not None:
        answers, asked = renewed(source, spec.keep)
    for name, each in effect.rows.items():
        answers[name] = _rows_of(state, each)
    for name, value in effect.values.items():
        stored = _carried(value, Scope(state))
        if stored is not None:
            answers[name] = stored
    asked = [name for name in asked if name in answers]
    if spec.copy_ is None:
        return Create(spec.form, {}, answers, tuple(asked), back=spec.link)
    links = {} if spec.link is None else {spec.link: state.document["links"][spec.copy_]}
    return Create(spec.form, links, answers, tuple(asked))


PICKED = frozenset({"code", "codes", "reference", "references"})


def _carried(value: Computed, scope: Scope) -> Any:
    """A value as it is stored: an answer carried whole keeps its precisions and its labels."""
    typed = value.get(scope)
    place = None if value.locate is None or value.type.kind not in PICKED else value.locate(scope)
    stored = None if place is None or typed is None else place[0].stored(place[1])
    return to_stored(typed, value.type) if stored is None else copy.deepcopy(stored)


def renewed(source: FormState, keep: str) -> tuple[dict[str, Any], list[str]]:
    """Copy answers as each field's `renew` says; gives the answers and the fields to confirm."""
    answers: dict[str, Any] = {}
    asked: list[str] = []
    for name, value in source.answers.items():
        item = source.form.skeleton.named.get(name)
        if item is None or item.type in {"bound", "signature"}:
            continue
        renew = "keep" if keep == "all" else item.spec.renew
        if renew == "clear":
            continue
        answers[name] = copy.deepcopy(value)
        if renew == "ask":
            asked.append(name)
    return answers, asked


def _rows_of(state: FormState, each: CompiledEach) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for row in state.rows.get(each.source, ()):
        scope = Scope(state, RowElement(state, (*each.source, row)))
        if not each.where.holds(scope):
            continue
        made = {name: _given_value(given, scope) for name, given in each.give.items()}
        rows.append({"row": row, **{name: value for name, value in made.items() if not is_empty(value)}})
    return rows


def _given_value(given: Any, scope: Scope) -> Any:
    if isinstance(given, Reference):
        if given.locate is not None:
            place = given.locate(scope)
            return None if place is None else copy.deepcopy(place[0].stored(place[1]))
        return to_stored(given.read(scope), given.type)
    return to_stored(given.get(scope), given.type)


# --- starting -----------------------------------------------------------------------------------


def start(
    form: CompiledForm,
    *,
    subject: str | None,
    place: str | None,
    links: Mapping[str, str],
    answers: Mapping[str, Any],
    actor: User,
    now: datetime,
    asked: Sequence[str] = (),
    label: str = "Création",
) -> dict[str, Any]:
    """Lay out a new document in its first state; answers that the form has no field for are left out."""
    known = _known(form, answers)
    return {
        "form": form.id,
        "version": form.version,
        "subject": subject,
        "place": place,
        "links": dict(links),
        "state": form.form.lifecycle.states[0].id,
        "answers": known,
        "asked": [name for name in asked if name in known],
        "frozen": {},
        "bases": {},
        "created_on": now.date().isoformat(),
        "created_by": {"id": actor.id, "label": actor.label},
        "events": [
            {
                "do": "create",
                "label": label,
                "by": {"id": actor.id, "label": actor.label},
                "at": now.isoformat(),
            }
        ],
    }


def _known(form: CompiledForm, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What a form has fields for: an effect may be written for a newer version than this one."""
    known: dict[str, Any] = {}
    for name, value in answers.items():
        item = form.skeleton.named.get(name)
        if item is None or not item.is_field or item.type == "signature":
            continue
        inner = {"row", "by", *(child.id for child in item.children if child.type != "signature")}
        if item.type == "rows" and isinstance(value, list):
            value = [{key: one for key, one in row.items() if key in inner} for row in value]
        elif item.type == "group" and isinstance(value, Mapping):
            value = {key: one for key, one in value.items() if key in inner}
        known[name] = value
    return known


def take_user_defaults(state: FormState) -> dict[str, Any]:
    """Answers that come from who creates: a default that reads the user is taken once."""
    answers: Mapping[str, Any] = state.document["answers"]
    taken: dict[str, Any] = {}
    for item in state.form.skeleton.named.values():
        default = state.form.rules[item.path].default
        if default is None or "user" not in default.reads.sources or item.id in answers:
            continue
        user = state.context.user  # costs its roles: asked for where a default needs it
        labels = {} if user is None else {user.id: user.label}
        value = to_stored(default.get(Scope(state)), default.type, labels)
        if value is not None and item.path in state.visible:
            taken[item.id] = value
    return taken

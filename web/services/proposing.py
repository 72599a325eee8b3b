"""Proposals: answers that somebody may read but not write, put forward to those who may.

Kind "proposal", beside the documents: one a person and a step, which a later one replaces. Its answers are
cut into leaves (`web.leaves`), each with what stood there when it was made; a leaf is taken or left by
whoever may write it, through an ordinary write, and noted so. What somebody has not proposed themselves and
may not write, they never see.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine.access import decide
from engine.answers import MISSING
from engine.edit import edit
from engine.evaluate import FormState, static_path
from engine.posting import Posted
from engine.problems import ERROR, Problem
from engine.skeleton import Item
from engine.validate import judge
from storage.base import Reader, Stored, Transaction
from web import once
from web.failures import NotFound, Refused
from web.leaves import Leaf, leaves, put_leaf
from web.services.writing import Deps, desk, write
from web.shown import as_shown, read_digests
from web.world import Desk, Opened

PROPOSAL = "proposal"
MOST = 20  # proposals that wait on a document
COMMENT = 500  # characters
WAITING, DECIDED = "waiting", "decided"


Changed = tuple[Leaf, Any, Any]  # a leaf, what stands there, what somebody would have there


@dataclass(frozen=True)
class Proposing:
    """What a page of proposals posts; `carried`: what was typed on its other tabs, by leaf."""

    posted: Posted
    base: str  # digests of what the page showed
    comment: str = ""
    carried: Sequence[tuple[Leaf, Any]] = ()


@dataclass(frozen=True, eq=False)
class Filled:
    """A step as somebody would have it: what changes, and what is wrong with that."""

    opened: Opened
    state: FormState
    changed: Sequence[Changed]
    wrong: Sequence[Problem] = ()


@dataclass(frozen=True, eq=False)
class Proposed:
    """The outcome: the proposal's id, or the step as it was typed."""

    filled: Filled
    id: str = ""


@dataclass(frozen=True, eq=False)
class Proposal:
    """A proposal that somebody may see: the places of the leaves that they may, in `shown`."""

    stored: Stored
    opened: Opened
    mine: bool
    shown: tuple[int, ...] = field(default=())

    @property
    def body(self) -> Mapping[str, Any]:
        """What is stored of it."""
        return self.stored.body

    @property
    def left(self) -> tuple[int, ...]:
        """The leaves on which nobody has decided yet."""
        return tuple(n for n in self.shown if "taken" not in self.body["leaves"][n])


def suggestible(opened: Opened, step: str) -> bool:
    """Tell whether somebody may propose anything in a step."""
    part = opened.state.form.skeleton.parts.get(step)
    if part is None or not opened.state.shows_step(step):
        return False
    return any(decide(opened.grant, "suggest", item) for item in part.walk())


def started(here: Desk, id: str, step: str) -> tuple[Filled, str]:
    """A step to propose for, as this person's waiting proposal has it; and what they said of it."""
    opened = here.open(id)
    _check(opened, step)
    last = _last(here.reader, opened, here.person_id, step)
    if last is None or last.keys["state"] != WAITING:
        return Filled(opened, opened.state, ()), ""
    carried = [(tuple(one["leaf"]), one["mine"]) for one in last.body["leaves"]]
    return filled(here, opened, step, Proposing(Posted(), "", carried=carried)), str(last.body["comment"])


def typed(here: Desk, id: str, step: str, sent: Proposing) -> Filled:
    """A step as it is being typed; nothing is kept."""
    opened = here.open(id)
    _check(opened, step)
    return filled(here, opened, step, sent)


def filled(work: Desk, opened: Opened, step: str, sent: Proposing) -> Filled:
    """Fill a step as a save would, with what may be suggested open and nothing else."""
    state = opened.state
    if sent.carried:
        answers = _laid_out(state, copy.deepcopy(opened.stored.body["answers"]), step)
        for leaf, value in sent.carried:
            item = item_of(state, leaf)
            if item is not None and decide(opened.grant, "suggest", item) and applies(state, leaf):
                put_leaf(answers, leaf, MISSING if value is None else value, state.form)
        state = work.evaluate(opened.id, {**opened.stored.body, "answers": answers})
    edited = edit(
        state,
        _open_part(opened, state, sent.posted),
        opened.grant.as_if_writing(),
        lambda item, one: work.label_of(state, item, one),
        step,
        partial(as_shown, read_digests(sent.base)),
    )
    found = _changed(opened, edited.document["answers"], step)
    wrong = (*edited.refused, *_wrong(edited.state, step, found))
    return Filled(opened, edited.state, found, wrong)


def _open_part(opened: Opened, state: FormState, posted: Posted) -> Posted:
    """What is posted for answers that may be suggested; rows come and go by those who write only."""
    known = ((path, entry, state.item(path)) for path, entry in posted.entries.items())
    open_to = {path: one for path, one, item in known if item and decide(opened.grant, "suggest", item)}
    return Posted(open_to)


def propose(deps: Deps, person: str, id: str, step: str, sent: Proposing) -> Proposed:
    """Keep what somebody proposes for a step, if there is anything and nothing of it is wrong.

    Nothing of the document changes.
    """
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id)
        former = once.former(tx, deps.once)
        if former is not None:
            return Proposed(Filled(opened, opened.state, ()), str(former["proposal"]))
        _check(opened, step)
        found = filled(work, opened, step, sent)
        comment = sent.comment.strip()[:COMMENT]
        if found.wrong or not (found.changed or comment):
            return Proposed(found)
        kept = _put(deps, tx, work, opened, step, found.changed, comment)
        once.keep(tx, deps.once, {"proposal": kept}, work.now)
        return Proposed(found, kept)


def _check(opened: Opened, step: str) -> None:
    if step not in opened.state.form.skeleton.parts:
        raise NotFound
    if not suggestible(opened, step):
        reason = decide(opened.grant, "suggest").reason
        raise Refused(reason or "Cette étape ne reçoit pas de proposition de votre part.")


def _last(reader: Reader, opened: Opened, person: str, step: str) -> Stored | None:
    """This person's last proposal for a step."""
    own = {"document": opened.id, "person": person, "step": step}
    entry = next(iter(reader.find(PROPOSAL, own).entries), None)
    return None if entry is None else reader.get(PROPOSAL, entry.id)


def _changed(opened: Opened, answers: Mapping[str, Any], step: str) -> list[Changed]:
    """The leaves that somebody would have otherwise: what stands there, what they propose."""
    form, stored = opened.state.form, opened.stored.body["answers"]
    now, then = leaves(_laid_out(opened.state, stored, step), form, step), leaves(answers, form, step)
    found = []
    for leaf in dict.fromkeys([*now, *then]):
        was, mine = now.get(leaf, MISSING), then.get(leaf, MISSING)
        item = item_of(opened.state, leaf)
        same = type(was) is type(mine) and was == mine
        if not same and leaf[-1] != "#row" and item is not None and decide(opened.grant, "suggest", item):
            found.append((leaf, was, mine))
    return found


def _laid_out(state: FormState, answers: Mapping[str, Any], step: str) -> dict[str, Any]:
    """Answers with the rows that a page shows by default, as they become once somebody changes one."""
    found = dict(answers)
    for item in state.form.skeleton.step_items(step):
        if item.type == "rows" and item.id not in found and item.spec.over is None:
            rows = state.stored(item.path)
            found |= {item.id: copy.deepcopy(rows)} if rows else {}
    return found


def _wrong(state: FormState, step: str, found: Sequence[Changed]) -> Iterator[Problem]:
    """What is wrong with the answers proposed themselves; nothing is missing from a proposal."""
    paths = {path_of(leaf) for leaf, _, _ in found}
    for problem in judge(state, frozenset({step})):
        if problem.level == ERROR and not problem.missing and problem.path in paths:
            yield problem


def _put(
    deps: Deps,
    tx: Transaction,
    work: Desk,
    opened: Opened,
    step: str,
    found: Sequence[Changed],
    comment: str,
) -> str:
    """Put a proposal in the place of this person's last one for the step."""
    own = {"document": opened.id, "person": work.person_id, "step": step}
    last = _last(tx, opened, work.person_id, step)
    if last is None and tx.find(PROPOSAL, {"document": opened.id, "state": WAITING}).total >= MOST:
        raise Refused(
            f"{MOST} propositions attendent déjà sur ce document. Demandez à qui le remplit d'y répondre, "
            "puis recommencez."
        )
    id = deps.new_id() if last is None else last.id
    body: dict[str, Any] = {
        **own,
        "label": work.me.label,
        "at": work.now.isoformat(),
        "revision": opened.stored.revision,
        "comment": comment,
        "leaves": [
            {"leaf": list(leaf), "was": _stored(was), "mine": _stored(mine)} for leaf, was, mine in found
        ],
    }
    keys = {**own, "state": WAITING, "at": body["at"], "reach": opened.stored.keys.get("reach", ())}
    tx.put(PROPOSAL, id, body, _given(keys), expected_revision=0 if last is None else last.revision)
    return id


def _given(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Keys as a store takes them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in keys.items()}


def _stored(value: Any) -> Any:
    return None if value is MISSING else value


# --- seeing -------------------------------------------------------------------------------------


def path_of(leaf: Leaf) -> Leaf:
    """The path of a leaf's field, row ids included."""
    return tuple(part for part in leaf if not part.startswith("#"))


def item_of(state: FormState, leaf: Leaf) -> Item | None:
    """The field of a leaf, None when the form has it no more."""
    return state.form.skeleton.items.get(static_path(path_of(leaf), state.form))


def applies(state: FormState, leaf: Leaf) -> bool:
    """Tell whether a leaf still has a place in a document: its field shows, its row is there."""
    path = path_of(leaf)
    return item_of(state, leaf) is not None and path in state.visible


def seen(opened: Opened, person: str, stored: Stored) -> Proposal | None:
    """What somebody may see of a proposal: their own, or the answers that they may write; None if nothing."""
    mine = stored.body["person"] == person
    verb = "read" if mine else "write"
    shown = [
        n
        for n, one in enumerate(stored.body["leaves"])
        if (item := item_of(opened.state, tuple(one["leaf"]))) is not None
        and decide(opened.grant, "read", item)
        and decide(opened.grant, verb, item)
    ]
    worded = not stored.body["leaves"] and bool(mine or decide(opened.grant, "write"))
    return Proposal(stored, opened, mine, tuple(shown)) if mine or shown or worded else None


def proposals_on(here: Desk, opened: Opened) -> list[Proposal]:
    """The proposals on a document that somebody may see, oldest first."""
    entries = here.reader.find(PROPOSAL, {"document": opened.id}).entries
    kept = filter(None, (here.reader.get(PROPOSAL, entry.id) for entry in entries))
    found = filter(None, (seen(opened, here.person_id, stored) for stored in kept))
    return sorted(found, key=lambda one: str(one.body["at"]))


def open_proposal(deps: Deps, person: str, id: str, proposal: str) -> Proposal:
    """Open a proposal for whoever may answer it; nobody else learns that it exists."""
    return _answered(desk(deps, person), deps.store.get(PROPOSAL, proposal), id)


def _answered(here: Desk, stored: Stored | None, id: str) -> Proposal:
    opened = here.open(id)
    if stored is None or stored.body["document"] != id:
        raise NotFound
    found = seen(opened, here.person_id, stored)
    if found is None or found.mine or not _open(found):
        raise NotFound
    return found


def _open(found: Proposal) -> bool:
    return found.stored.keys["state"] == WAITING and bool(found.left or not found.body["leaves"])


# --- answering ----------------------------------------------------------------------------------


def standing(found: Proposal) -> dict[str, str]:
    """Sum up what stands and what is proposed, where nobody answered yet: the page hands it back.

    Nobody can make up another proposal with the same sum, to have it taken for the one that was read.
    """
    there = ((n, found.body["leaves"][n]) for n in found.left)
    return {
        str(n): _summed([one["leaf"], stands_at(found.opened, tuple(one["leaf"])), one["mine"]])
        for n, one in there
    }


def _summed(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def stands_at(opened: Opened, leaf: Leaf) -> Any:
    """The answer that stands at a leaf, None for none."""
    item = item_of(opened.state, leaf)
    if item is None:
        return None
    now = _laid_out(opened.state, opened.stored.body["answers"], item.step)
    return leaves(now, opened.state.form, item.step).get(leaf)


def answer_proposal(
    deps: Deps,
    person: str,
    id: str,
    proposal: str,
    choices: Mapping[int, tuple[str, str]],
    shown: Mapping[str, str],
) -> bool:
    """Take or leave what was proposed, « mine » or « theirs », or write a third text.

    False, and nothing written, when what stands there, or what is proposed, is no longer what was `shown`.
    """
    with deps.store.transaction(person, deps.now()) as tx:
        if once.former(tx, deps.once) is not None:
            return True
        work = Desk(tx, deps.catalogue, deps.now(), person)
        found = _answered(work, tx.get(PROPOSAL, proposal), id)
        now = standing(found)
        if any(now.get(str(n)) != shown.get(str(n)) for n in choices):
            return False
        body, kept = copy.deepcopy(found.opened.stored.body), copy.deepcopy(dict(found.body))
        if any(kept_as == "mine" or text.strip() for kept_as, text in choices.values()):
            body["answers"] = _laid_out(found.opened.state, body["answers"], kept["step"])
        for n in found.left:
            taken = _take(found.opened.state, body, kept["leaves"][n], choices.get(n, ("theirs", "")))
            kept["leaves"][n]["taken"] = taken
        if body != found.opened.stored.body:
            write(deps, tx, found.opened.stored, body, person, None, f"Proposition de {kept['label']}"[:200])
        _note(tx, work, found, kept)
        once.keep(tx, deps.once, {}, work.now)
        return True


def _take(state: FormState, body: dict[str, Any], one: Mapping[str, Any], choice: tuple[str, str]) -> bool:
    """Write one leaf as it was chosen; tells whether what was proposed was taken."""
    leaf, (kept, text) = tuple(one["leaf"]), choice
    item = item_of(state, leaf)
    if item is None or not applies(state, leaf):
        return False
    if text.strip() and item.type == "text":
        limit = item.spec.max
        fits = limit is None or len(text.strip()) <= limit
        put_leaf(body["answers"], leaf, text.strip() if fits else {"raw": text.strip()}, state.form)
        return True
    if kept == "mine":
        put_leaf(body["answers"], leaf, MISSING if one["mine"] is None else one["mine"], state.form)
    return kept == "mine"


def _note(tx: Transaction, work: Desk, found: Proposal, body: dict[str, Any]) -> None:
    """Note who answered; a proposal waits for as long as somebody else has to answer a part of it."""
    body["answered"] = {"by": work.me.label, "at": work.now.isoformat()}
    done = all("taken" in one for one in body["leaves"])
    keys = {**found.stored.keys, "state": DECIDED if done else WAITING}
    tx.put(PROPOSAL, found.stored.id, body, _given(keys), expected_revision=found.stored.revision)


def answered_already(deps: Deps) -> bool:
    """Tell whether an answer was written by this very press."""
    return once.former(deps.store, deps.once) is not None


def withdraw(deps: Deps, person: str, id: str, proposal: str) -> None:
    """Take one's own proposal back, answered or not."""
    with deps.store.transaction(person, deps.now()) as tx:
        if once.former(tx, deps.once) is not None:
            return
        Desk(tx, deps.catalogue, deps.now(), person).open(id)
        stored = tx.get(PROPOSAL, proposal)
        if stored is None or stored.body["document"] != id or stored.body["person"] != person:
            raise NotFound
        tx.delete(PROPOSAL, proposal, stored.revision)
        once.keep(tx, deps.once, {}, deps.now())

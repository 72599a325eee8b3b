"""Documents read in their surroundings: forms, people, places, rights. No web framework here.

A `Desk` serves one request: it reads through one store or transaction, as one person, at one moment,
and keeps what it has read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from weakref import WeakValueDictionary, ref

from engine.access import Grant, decide, grant_for, held_fields, holders_in, reach, roles_on
from engine.anchors import anchor_keys, wanted_keys
from engine.compile import CompiledForm
from engine.context import Context, User
from engine.drawn import with_drawn
from engine.evaluate import FormState, evaluate
from engine.scopes import Scope
from engine.search import beginnings, searched
from engine.skeleton import Item, Roles
from engine.wording import show, show_value
from storage.base import AnyOf, Busy, Entry, Keys, Reader, Stored
from web.catalogue import Catalogue
from web.failures import NotFound, Refused
from web.keeping import stamp

DOCUMENT, PERSON, PLACE = "document", "person", "place"
READ = "read"  # in the audit log: a consultation


@dataclass(frozen=True)
class Person:
    """Somebody, with the roles assigned at places."""

    id: str
    label: str
    roles: tuple[Mapping[str, str], ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Opened:
    """A document that this person may see, with what they may do on it."""

    stored: Stored
    state: FormState
    grant: Grant
    newest: CompiledForm

    @property
    def id(self) -> str:
        """The document's id."""
        return self.stored.id

    @property
    def name(self) -> str:
        """The document's title."""
        return self.state.form.name.render(Scope(self.state))


@dataclass(frozen=True, eq=False, repr=False)
class _Reading:
    """A document for its own surroundings, which do not hold it: no circle is left for the collector."""

    form: CompiledForm
    body: Mapping[str, Any]
    context: ref[Context]
    state: ref[FormState]

    def __call__(self) -> FormState:
        state, context = self.state(), self.context()
        assert context is not None  # it is what asks
        return evaluate(self.form, self.body, context) if state is None else state


@dataclass(eq=False, repr=False)
class Desk:
    """One request's view of the world; a document is known as long as somebody looks at it."""

    reader: Reader
    catalogue: Catalogue
    now: datetime
    person_id: str
    shown: dict[str, int] = field(default_factory=dict)  # what was opened, with its revision: a consultation
    _states: WeakValueDictionary[str, FormState] = field(default_factory=WeakValueDictionary)
    _people: dict[str, Person] = field(default_factory=dict)
    _places: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)  # ids made in this very transaction: nothing names them yet
    _related: dict[str, Stored | None] = field(default_factory=dict)
    _underway: set[str] = field(default_factory=set)
    _cuts: int = 0

    def afresh(self, written: str) -> Desk:
        """A desk for after a document was written: no answer is known, only what holds none of it."""
        related = {id: stored for id, stored in self._related.items() if id != written}
        return replace(
            self, shown={}, _states=WeakValueDictionary(), _related=related, _underway=set(), _cuts=0
        )

    # -- people and places --

    def person(self, id: str) -> Person:
        """Somebody; nobody known has no roles."""
        if id not in self._people:
            stored = self.reader.get(PERSON, id)
            body: Mapping[str, Any] = stored.body if stored is not None else {}
            self._people[id] = Person(id, body.get("label", id), self._held(body), body.get("attributes", {}))
        return self._people[id]

    def _held(self, body: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
        """The roles of somebody at places, with those that are drawn from them."""
        return with_drawn(
            self.catalogue.roles, body.get("roles", ()), body.get("attributes", {}), self._known
        )

    def _known(self, place: str) -> Mapping[str, Any]:
        attributes: Mapping[str, Any] = self.place(place).get("attributes", {})
        return attributes

    @property
    def me(self) -> Person:
        """Who asks."""
        return self.person(self.person_id)

    def place(self, id: str) -> Mapping[str, Any]:
        """A place: kind, label, within, attributes."""
        if id not in self._places:
            stored = self.reader.get(PLACE, id)
            self._places[id] = {} if stored is None else stored.body
        return self._places[id]

    def around(self, place: str | None) -> frozenset[str]:
        """A place and those that it lies within."""
        found: set[str] = set()
        waiting = [place] if place else []
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting.extend(self.place(one).get("within", ()))
        return frozenset(found)

    def user(self, roles: Roles) -> User:
        """Who asks, with their roles on a document."""
        return User(self.me.id, self.me.label, tuple(sorted(roles)), self.me.attributes)

    def _attributes_of(self, kind: str, id: str) -> Mapping[str, Any]:
        if kind == PERSON:
            return self.person(id).attributes
        return self._known(id)

    # -- documents --

    def form_of(self, body: Mapping[str, Any]) -> CompiledForm:
        """The form that a document is read with: its own version; a record's newest."""
        newest = self.catalogue.newest(body["form"])
        if newest is not None and newest.form.nature == "record":
            return newest
        found = self.catalogue.forms.get((body["form"], body["version"]))
        if found is None:
            self._published_meanwhile()
            raise NotFound
        return found

    def _published_meanwhile(self) -> None:
        """Have the request run again where a version was published, and documents moved, since it began."""
        if stamp(self.reader) != self.catalogue.stamp:
            raise Busy("a version was published since this catalogue was read")

    def state(self, stored: Stored) -> FormState:
        """Read a document, once.

        A record that reads documents that read it back finds itself unanswered there; what was read
        so is not kept for others.
        """
        known = self._states.get(stored.id)
        if known is not None:
            return known
        cuts = self._cuts
        self._underway.add(stored.id)
        state = self.evaluate(stored.id, stored.body)
        self._underway.discard(stored.id)
        if self._cuts == cuts or not self._underway:
            self._states[stored.id] = state
        return state

    def evaluate(self, id: str, body: Mapping[str, Any]) -> FormState:
        """Read a document's body as it stands now."""
        return self.evaluate_as(self.form_of(body), id, body)

    def evaluate_as(self, form: CompiledForm, id: str, body: Mapping[str, Any]) -> FormState:
        """Read a document's body with a form of one's choice: another version of its own."""
        context = Context(
            today=self.now.date(),
            id=id,
            fetch_subject=lambda: self._state_of(body.get("subject")),
            fetch_link=lambda name: self._state_of(body.get("links", {}).get(name)),
            attributes_of=self._attributes_of,
        )
        state = evaluate(form, body, context)
        read = _Reading(form, body, ref(context), ref(state))
        context.fetch_user = lambda: self.user(self.roles(read(), body))
        context.fetch_collection = lambda name: self._collection(read(), id, name)
        return state

    def _state_of(self, id: str | None) -> FormState | None:
        """A related document; None if it is gone, or if its form is not served for now."""
        if id in self._underway:
            self._cuts += 1
            return None
        stored = self._stored(id) if id else None
        if stored is None:
            return None
        try:
            return self.state(stored)
        except NotFound:
            return None

    def _stored(self, id: str) -> Stored | None:
        if id not in self._related:
            self._related[id] = self.reader.get(DOCUMENT, id)
        return self._related[id]

    def _collection(self, state: FormState, id: str, name: str) -> Sequence[FormState]:
        return [
            found
            for entry in self.collection_entries(state, id, name)
            if (found := self._state_of(entry.id)) is not None
        ]

    def collection_entries(self, state: FormState, id: str, name: str) -> list[Entry]:
        """The documents of a collection by their keys, never this one; its whole `where` is judged later."""
        form, body = state.form, state.document
        tied = wanted_keys(state, name, self.catalogue.tied)
        if tied is None:
            return []
        spec = form.form.collections[name]
        record = form.form.nature == "record"
        if id in self.fresh and (spec.via is not None or (spec.about is not None and record)):
            return []
        where: dict[str, Any] = {"form": AnyOf(list(spec.forms)), **tied}
        if spec.about is not None:
            where["subject"] = id if record else body.get("subject")
        if spec.via is not None:
            where[f"link.{spec.via}"] = id
        if spec.phases is not None:
            where["phase"] = AnyOf(list(spec.phases))
        if spec.states is not None:
            where["state"] = AnyOf(list(spec.states))
        found = self.reader.find(DOCUMENT, where, sort=("created",))
        return [entry for entry in found.entries if entry.id != id]

    # -- rights --

    def holders(self, state: FormState) -> dict[str, frozenset[str]]:
        """Who is held in a document's and its subject's person fields."""
        roles = self.catalogue.roles
        if all(role.held_in is None for role in roles.roles):
            return {}
        found = holders_in(state, roles)
        subject = state.context.subject
        return found if subject is None else found | holders_in(subject, roles)

    def place_of(self, state: FormState) -> str | None:
        """The place that owns a document now."""
        reference = state.form.place
        found = None if reference is None else reference.read(Scope(state))
        return found if isinstance(found, str) else state.document.get("place")

    def roles(self, state: FormState, body: Mapping[str, Any]) -> Roles:
        """This person's roles on a document."""
        places = self.around(self.place_of(state))
        return roles_on(self.catalogue.roles, self.me.id, self.me.roles, places, self.holders(state))

    def grant(self, state: FormState, roles: Roles | None = None) -> Grant:
        """What this person (or some roles) may do on a document."""
        newest = self.catalogue.newest(state.form.id) or state.form
        user = state.context.user
        own = frozenset(user.roles) if user is not None else frozenset()
        return grant_for(state, newest, own if roles is None else roles)

    def open(self, id: str, verb: str = "read") -> Opened:
        """Open a document to show what it holds; whoever may not read it learns nothing, not even that it
        exists."""
        opened = self._look(id, verb)
        if opened.grant.closed:
            raise Refused(decide(opened.grant, verb).reason)
        self.shown[id] = opened.stored.revision
        return opened

    def glance(self, id: str, verb: str = "read") -> Opened:
        """Open a document for a line of a list, or for the way back to it: its name, its state."""
        opened = self._look(id, verb)
        if opened.grant.closed:
            raise NotFound
        return opened

    def shut(self, id: str) -> str | None:
        """Say why a document is shut to somebody whom it would be open to: "" when it is open, None when
        it is not theirs."""
        try:
            closed = self._look(id, "read").grant.closed
        except NotFound:
            return None
        return next(iter(closed.values()), "")

    def supposing(self, id: str, field: str, value: Any) -> Opened | None:
        """A document as it would stand with another answer, to decide by; nothing of it is shown."""
        stored = self.reader.get(DOCUMENT, id)
        if stored is None:
            return None
        answers = {**stored.body["answers"], field: value}
        state = self.evaluate(id, {**stored.body, "answers": answers})
        return Opened(stored, state, self.grant(state), self.catalogue.newest(state.form.id) or state.form)

    def _look(self, id: str, verb: str) -> Opened:
        """Read a document for somebody who may; one that is shut comes with its reasons."""
        stored = self.reader.get(DOCUMENT, id)
        if stored is None:
            raise NotFound
        state = self.state(stored)
        grant = self.grant(state)
        if not grant.closed and not (decide(grant, "read") and decide(grant, verb)):
            raise NotFound
        return Opened(stored, state, grant, self.catalogue.newest(state.form.id) or state.form)

    # -- keys --

    def keys(self, id: str, state: FormState) -> Keys:
        """The keys by which lists find, group, sort and show a document."""
        body, form = state.document, state.form
        newest = self.catalogue.newest(form.id) or form
        place = self.place_of(state)
        holders = self.holders(state)
        keys: dict[str, Any] = {
            "form": form.id,
            "version": form.version,
            "state": body["state"],
            "phase": form.state(body["state"]).phase,
            "subject": body.get("subject"),
            "place": place,
            "created": body["events"][0]["at"],
            "by": body["events"][0]["by"]["id"],
            "reach": reach(state, newest, self.catalogue.roles, self._kinds(place), holders),
        }
        if any(one.states is None or body["state"] in one.states for one in form.alerts):
            keys["watched"] = True
        keys |= {f"link.{name}": target for name, target in body.get("links", {}).items()}
        keys |= anchor_keys(state, self.catalogue.tied)
        if form.form.index is not None:
            keys |= self._index_keys(id, state, holders)
        return keys

    def _kinds(self, place: str | None) -> list[tuple[str, str]]:
        return [(str(self.place(one).get("kind", "")), one) for one in self.around(place)]

    def tokens(self) -> list[str]:
        """What reaches this person: their roles at places, and themselves."""
        return [f"{one['role']}@{one['at']}" for one in self.me.roles] + [f"person:{self.me.id}"]

    def _index_keys(self, id: str, state: FormState, holders: Mapping[str, frozenset[str]]) -> dict[str, Any]:
        index = state.form.form.index
        assert index is not None
        keys: dict[str, Any] = {}
        for column in dict.fromkeys([*index.columns, *index.sort, *index.search]):
            keys[f"col.{column}"] = self.column(id, state, column)
            day = state.values.get((column,))
            if isinstance(day, date):
                keys[f"day.{column}"] = day.isoformat()
        keys["word"] = beginnings(str(keys.get(f"col.{name}") or "") for name in searched(state.form))
        for name, test in state.form.filters.items():
            if "user" not in test.reads.sources:
                keys[f"filter.{name}"] = test.holds(Scope(state))
        for name in held_fields(self.catalogue.roles, state.form.id):
            keys[f"held.{state.form.id}.{name}"] = sorted(holders.get(f"{state.form.id}.{name}", ()))
        return keys

    def column(self, id: str, state: FormState, column: str) -> Any:
        """What a list shows of a record in a column."""
        if column in state.form.form.collections:
            entries = self.collection_entries(state, id, column)
            return [f"{one.keys['form']}|{one.keys['version']}|{one.keys['state']}" for one in entries]
        reference = state.form.reader((column,))
        return "" if reference is None else show(reference, Scope(state))

    # -- who and where may be chosen --

    def candidates(self, state: FormState, item: Item) -> list[tuple[str, str]]:
        """Who or which place a reference field offers here."""
        target = state.form.target(item).spec.to
        if target == PERSON:
            place = self.place_of(state)
            found = self.reader.find(PERSON, {"at": place}, sort=("label",)).entries
        else:
            mine = sorted({role["at"] for role in self.me.roles})
            found = self.reader.find(PLACE, {"kind": target, "around": AnyOf(mine)}, sort=("label",)).entries
        test = state.form.rules[item.path].filter
        return [
            (entry.id, str(entry.keys["label"]))
            for entry in found
            if test is None or test.holds(Scope(state, self._attributes_of(target, entry.id)))
        ]

    def label_of(self, state: FormState, item: Item, id: str) -> str | None:
        """The label of a candidate, None for whoever may not be chosen."""
        return dict(self.candidates(state, item)).get(id)


__all__ = ["DOCUMENT", "PERSON", "PLACE", "READ", "Desk", "Opened", "Person", "show_value"]

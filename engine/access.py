"""Who may do what on a document: one function decides, everything else is refused.

Rights only add up; `readers` and `writers` on a part only subtract; states freeze. Rights always come
from the newest version of the form; restrictions from the document's version and the newest, both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.compile import CompiledClosing, CompiledForm, CompiledRight
from engine.drawn import place_kind
from engine.evaluate import FormState
from engine.model import Roles as RolesFile
from engine.paths import Path
from engine.scopes import Scope
from engine.skeleton import Item, Roles

BUILT_IN = frozenset({"create", "read", "write", "print", "suggest"})
UNSUGGESTED = frozenset({"attachment", "bound", "rows", "signature"})  # nobody signs or joins for another


@dataclass(frozen=True)
class Decision:
    """Yes or no, and why not."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Decision(True)


@dataclass(frozen=True, eq=False)
class Grant:
    """What somebody may do on one document, worked out once a request.

    `roles` are the person's roles on it; `reads`, `writes` and `suggests` are static paths. What one may
    write is never suggested.
    """

    roles: Roles
    verbs: frozenset[str]
    reads: frozenset[Path]
    writes: frozenset[Path]
    person: str = ""
    closed: Mapping[str, str] = field(default_factory=dict)  # why the document is shut: id -> reason
    suggests: frozenset[Path] = frozenset()

    def may_read(self, item: Item) -> bool:
        """Tell whether an item's answer may be shown."""
        return item.path in self.reads

    def may_write(self, item: Item) -> bool:
        """Tell whether an item's answer may be changed."""
        return item.path in self.writes

    def may_suggest(self, item: Item) -> bool:
        """Tell whether another answer may be proposed for an item's."""
        return item.path in self.suggests

    def as_if_writing(self) -> Grant:
        """What a proposal is filled with: what may be suggested is open, nothing else."""
        return replace(self, writes=self.suggests)

    def meets(self, guards: Iterable[Roles]) -> bool:
        """Tell whether the person is within every set of roles."""
        return all(self.roles & guard for guard in guards)


def decide(grant: Grant, verb: str, item: Item | None = None, author: str | None = None) -> Decision:
    """Decide one thing: the only way to a yes.

    `verb` is create, read, write, print, suggest, or an action of the life cycle; with an item, read,
    write and suggest are about that item; `author`: who alone writes in its row (`FormState.author`).
    """
    if grant.closed:
        return Decision(False, next(iter(grant.closed.values())))
    if verb == "write" and author is not None and author != grant.person:
        return Decision(False, "Cette ligne ne se modifie que par la personne qui l'a écrite.")
    if item is not None and verb == "read":
        return YES if grant.may_read(item) else Decision(False, "Cette réponse ne vous est pas ouverte.")
    if item is not None and verb == "write":
        return YES if grant.may_write(item) else Decision(False, "Vous ne pouvez pas modifier cette réponse.")
    if item is not None and verb == "suggest":
        return YES if grant.may_suggest(item) else Decision(False, "Cette réponse ne se propose pas.")
    if verb in grant.verbs:
        return YES
    return Decision(False, REASONS.get(verb, "Vous n'avez pas le droit de faire cette action."))


def may_write_all(grant: Grant, paths: Collection[Path]) -> bool:
    """Tell whether `decide` says yes to writing at each of some static paths, rows of an author aside."""
    return not grant.closed and grant.writes.issuperset(paths)


def may_read_all(grant: Grant, paths: Collection[Path]) -> bool:
    """Tell whether `decide` says yes to reading at each of some static paths."""
    return not grant.closed and grant.reads.issuperset(paths)


REASONS: Mapping[str, str] = {
    "create": "Vous n'avez pas le droit de créer ce document.",
    "read": "Ce document ne vous est pas ouvert.",
    "write": "Vous pouvez lire ce document, pas le modifier.",
    "print": "Vous n'avez pas le droit de télécharger ce document.",
    "suggest": "Vous n'avez pas le droit de proposer des réponses dans ce document.",
}


def grant_for(state: FormState, newest: CompiledForm, roles: Roles) -> Grant:
    """Add up the rights of some roles on a document in its state."""
    name = state.document["state"]
    rights = [right for right in newest.rights if _holds(right, state, roles, name)]
    person = "" if state.context.user is None else state.context.user.id
    shut = {one.id: one.message for one in newest.closed if _shuts(one, state, roles)}
    if shut:  # the reason is for those whom the document would be open to, the others learn nothing
        told = shut if any("read" in right.may for right in rights) else {}
        return Grant(roles, frozenset(), frozenset(), frozenset(), person, told)
    key = (newest, roles, name, tuple(rights))
    found = state.form.opened.get(key)
    if found is None:
        if len(state.form.opened) >= MANY:
            state.form.opened.clear()
        found = state.form.opened[key] = _open(state.form, newest, roles, name, rights)
    verbs, reads, writes, suggests = found
    return Grant(roles, verbs, reads, writes, person, suggests=suggests)


MANY = 256  # different rights, roles and states that a form remembers


def _open(
    form: CompiledForm, newest: CompiledForm, roles: Roles, name: str, rights: list[CompiledRight]
) -> tuple[frozenset[str], frozenset[Path], frozenset[Path], frozenset[Path]]:
    """Work out the verbs and static paths that rights open to some roles in a state; no answer matters."""
    verbs = frozenset().union(*(right.may for right in rights)) - {"create"}
    opened = frozenset(form.state(name).open)
    reads: set[Path] = set()
    writes: set[Path] = set()
    suggests: set[Path] = set()
    for item in form.skeleton.items.values():
        if not _within(item, form, newest, roles, "guards"):
            continue
        if _given(rights, "read", item.path):
            reads.add(item.path)
            inside = _within(item, form, newest, roles, "writers")
            made = bool(getattr(item.spec, "generate", None))  # nobody writes what is generated
            if item.step not in opened or made:
                continue
            if inside and _given(rights, "write", item.path):
                writes.add(item.path)
            elif _suggestible(item) and _given(rights, "suggest", item.path):
                suggests.add(item.path)
    return verbs, frozenset(reads), frozenset(writes), frozenset(suggests)


def _suggestible(item: Item) -> bool:
    """Tell whether somebody else may take over what is proposed for a field."""
    alone = item.parent is not None and getattr(item.parent.spec, "own", False)
    return item.is_field and item.type not in UNSUGGESTED and not alone


def author_at(state: FormState, path: Path) -> str | None:
    """Give who alone may write at a path with row ids; None when no row keeps others out."""
    return state.author(path[:2]) if len(path) == 3 else None


def may_create(newest: CompiledForm, roles: Roles) -> Decision:
    """Decide whether some roles may create documents of a form."""
    if any("create" in right.may and right.who & roles for right in newest.rights):
        return YES
    return Decision(False, REASONS["create"])


def shut_to(state: FormState, newest: CompiledForm, roles: Roles) -> str:
    """Say why a document is shut to somebody, whatever they may do; "" when it is not."""
    return next((one.message for one in newest.closed if _shuts(one, state, roles)), "")


def decided_by_keys(newest: CompiledForm, roles: Roles) -> bool:
    """Tell whether the keys of documents say by themselves which of them some roles may read.

    They do not when something may shut them, nor when a right reads who looks, the day or other documents.
    """
    rights = [right for right in newest.rights if "read" in right.may and right.who & roles]
    tests = [right.test for right in rights if right.test is not None]
    return not newest.closed and all(test.reads.sources <= KEPT for test in tests)


KEPT = frozenset({"document", "subject"})  # what keys follow


def may_read_in(newest: CompiledForm, roles: Roles, state: str) -> bool:
    """Tell whether some roles may read documents of a form in a state, conditions met."""
    return any(
        "read" in right.may and right.who & roles and (right.states is None or state in right.states)
        for right in newest.rights
    )


def may_open(roles: RolesFile, newest: CompiledForm, assigned: Iterable[Mapping[str, str]]) -> bool:
    """Tell whether a form's list may hold anything for somebody: by a role of theirs, or one of fields."""
    anybody = {role.id for role in roles.roles if role.held_in is not None}
    mine = anybody | {one["role"] for one in assigned}
    return any({"create", "read"} & right.may and right.who & mine for right in newest.rights)


def _holds(right: CompiledRight, state: FormState, roles: Roles, name: str) -> bool:
    if not right.who & roles:
        return False
    if right.states is not None and name not in right.states:
        return False
    return right.test is None or right.test.holds(Scope(state))


def _shuts(closing: CompiledClosing, state: FormState, roles: Roles) -> bool:
    """Tell whether a closing bears on somebody; with several roles, one of them is enough."""
    concerned = closing.who is None or bool(closing.who & roles)
    return concerned and closing.test.holds(Scope(state))


def _given(rights: list[CompiledRight], verb: str, path: Path) -> bool:
    return any(verb in right.may and (right.only is None or path in right.only) for right in rights)


def _within(item: Item, form: CompiledForm, newest: CompiledForm, roles: Roles, kind: str) -> bool:
    sets: tuple[Roles, ...] = getattr(item, kind)
    if newest is not form:
        today = newest.skeleton.items.get(item.path)
        retired = newest.form.retired.get(item.id)
        if today is not None:
            sets = (*sets, *getattr(today, kind))
        elif kind == "guards" and retired is not None and retired.readers is not None:
            expand = newest.drafting.library.expand
            sets = (*sets, frozenset().union(*(expand[name] for name in retired.readers)))
    return all(roles & one for one in sets)


# --- roles of a person on a document ------------------------------------------------------------


def roles_on(
    roles: RolesFile,
    person: str,
    assigned: Iterable[Mapping[str, str]],
    places: frozenset[str],
    holders: Mapping[str, frozenset[str]],
) -> Roles:
    """Work out a person's roles on a document.

    `assigned`: the person's `{"role", "at"}`, drawn ones among them (`engine.drawn`); `places`: the
    document's place and those around it; `holders`: `form.field` -> people held there, of the document
    itself and of its subject.
    """
    at = {role.id for role in roles.roles if place_kind(roles, role) is not None}
    found = {one["role"] for one in assigned if one["role"] in at and one["at"] in places}
    for role in roles.roles:
        if role.held_in is not None and person in holders.get(role.held_in, frozenset()):
            found.add(role.id)
    return frozenset(found)


def held_fields(roles: RolesFile, form: str) -> dict[str, str]:
    """The person fields of a form in which roles are held: field -> role."""
    prefix = f"{form}."
    return {
        role.held_in.removeprefix(prefix): role.id
        for role in roles.roles
        if role.held_in is not None and role.held_in.startswith(prefix)
    }


def holders_in(state: FormState, roles: RolesFile) -> dict[str, frozenset[str]]:
    """The people held in a document's person fields, by `form.field`."""
    found: dict[str, frozenset[str]] = {}
    for name in held_fields(roles, state.form.id):
        value: Any = state.values.get((name,))
        people = value if isinstance(value, tuple) else (value,) if value else ()
        found[f"{state.form.id}.{name}"] = frozenset(people)
    return found


def reach(
    state: FormState,
    newest: CompiledForm,
    roles: RolesFile,
    places: Iterable[tuple[str, str]],
    holders: Mapping[str, frozenset[str]],
) -> list[str]:
    """Tell who may read a document, as tokens kept beside it for lists: `role@place`, `person:id`.

    `places`: kind and id of the document's place and of those around it. Conditions that read
    the user count as met here: the document itself is judged when opened.
    """
    name = state.document["state"]
    tokens: set[str] = set()
    places = tuple(places)
    by_role = {role.id: role for role in roles.roles}
    for right in newest.rights:
        if "read" not in right.may or (right.states is not None and name not in right.states):
            continue
        personal = right.test is not None and "user" in right.test.reads.sources
        if right.test is not None and not personal and not right.test.holds(Scope(state)):
            continue
        for role_id in right.who:
            role = by_role[role_id]
            if role.held_in is not None:
                tokens.update(f"person:{one}" for one in holders.get(role.held_in, ()))
            else:
                tokens.update(
                    f"{role_id}@{place}" for kind, place in places if kind == place_kind(roles, role)
                )
    return sorted(tokens)

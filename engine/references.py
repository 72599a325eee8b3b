"""Dotted paths: what each reads, its type, and a closure that reads it at run time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.faults import Location, nearest
from engine.paths import Path, dotted
from engine.referentiels import Listing
from engine.skeleton import Item
from engine.types import NOTHING, Reads, Type, exact, iso_day, to_smallest

if TYPE_CHECKING:
    from engine.drafting import Drafting
    from engine.evaluate import FormState
    from engine.model import Attribute

RESERVED = frozenset({"subject", "user", "document", "today"})


class RowElement(NamedTuple):
    """A row (or a group) at hand: the state that holds it and its path."""

    state: FormState
    prefix: Path


class Scope(NamedTuple):
    """What a closure runs on: a form's state and the element at hand."""

    state: FormState
    element: Any = None


@dataclass(frozen=True, eq=False)
class Reference:
    """A resolved path. `locate` gives where an answer is stored, when it is one."""

    text: str
    type: Type
    read: Callable[[Scope], Any]
    reads: Reads
    label: str
    item: Item | None = None
    locate: Callable[[Scope], tuple[FormState, Path] | None] | None = None


# --- what the leading dot means -----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class RowNames:
    """The dot is a row or a group of this form."""

    drafting: Drafting
    item: Item


@dataclass(frozen=True, eq=False)
class EntryNames:
    """The dot is an entry of a code list."""

    listing: Listing


@dataclass(frozen=True, eq=False)
class DocumentNames:
    """The dot is a document of one of these forms."""

    draftings: tuple[Drafting, ...]


@dataclass(frozen=True, eq=False)
class TargetNames:
    """The dot is somebody or some place that a reference may point at: its attributes."""

    kind: str


Element = RowNames | EntryNames | DocumentNames | TargetNames


@dataclass(frozen=True, eq=False)
class Names:
    """What a piece of a definition may name, and where faults go.

    `before`: only items earlier than this order may be read (what shapes answers reads backwards).
    `user`: whether the user may be read.
    """

    drafting: Drafting
    element: Element | None = None
    before: int | None = None
    user: bool = False

    def fault(self, location: Location, text: str) -> None:
        """Note a fault."""
        self.drafting.faults.add(location, text)

    def at(self, element: Element) -> Names:
        """The same names with another element at hand."""
        return Names(self.drafting, element, self.before, self.user)


def resolve(path: str, names: Names, location: Location) -> Reference | None:
    """Resolve a path; faults are noted and give None."""
    parts = tuple(path.lstrip(".").split("."))
    if path.startswith("."):
        found = _element(parts, names, location)
    else:
        found = own(parts, names.drafting, lambda text: names.fault(location, text))
    if found is None:
        return None
    return found if _allowed(found, names, location) else None


def _allowed(found: Reference, names: Names, location: Location) -> bool:
    if "user" in found.reads.sources and not names.user:
        names.fault(
            location,
            f"« {found.text} » dépend de qui regarde : ce n'est pas permis ici, sinon une réponse "
            "disparaîtrait selon la personne. Lisez le sujet ou le document, ou limitez par « readers ».",
        )
        return False
    if names.before is not None:
        items = names.drafting.skeleton.items
        for read in sorted(found.reads.own):
            item = items.get(tuple(read.split(".")))
            if item is not None and item.order >= names.before:
                names.fault(
                    location, f"« {read} » vient après : on ne lit ici que ce qui précède. Déplacez-le avant."
                )
                return False
    return True


def _element(parts: tuple[str, ...], names: Names, location: Location) -> Reference | None:
    match names.element:
        case None:
            names.fault(
                location, f"« .{'.'.join(parts)} » : il n'y a pas d'élément courant ici. Retirez le point."
            )
            return None
        case RowNames() as row:
            return _row(parts, row, names, location)
        case EntryNames(listing):
            return _entry(parts, listing, names, location)
        case TargetNames(kind):
            return _candidate(parts, kind, names, location)
        case DocumentNames(draftings):
            return across(
                parts, draftings, lambda scope: scope.element, names, location, "." + ".".join(parts)
            )


def _row(parts: tuple[str, ...], row: RowNames, names: Names, location: Location) -> Reference | None:
    text = "." + ".".join(parts)
    if parts[0] == "over":
        return _over(parts[1:], row, names, location, text)
    inside = {child.id: child for child in row.item.children}
    item = inside.get(parts[0])
    if item is None:
        names.fault(
            location, f"« {text} » n'existe pas dans « {row.item.label} ».{nearest(parts[0], inside)}"
        )
        return None
    return _field(
        item,
        parts[1:],
        row.drafting,
        lambda scope: (scope.element.state, (*scope.element.prefix, item.id)),
        lambda fault: names.fault(location, fault),
        text,
    )


def _over(
    rest: tuple[str, ...], row: RowNames, names: Names, location: Location, text: str
) -> Reference | None:
    source = row.drafting.over_source(row.item)
    if source is None and getattr(row.item.spec, "over", None) is not None:
        return None  # the checks say what is wrong with « over »
    if source is None or not rest:
        names.fault(
            location, f"« {text} » : ces lignes ne suivent pas celles d'un autre document. Ajoutez « over »."
        )
        return None
    found: list[Reference] = []
    for drafting, item in source:
        inner = {child.id: child for child in item.children}.get(rest[0])
        if inner is None:
            continue
        reference = _field(
            inner,
            rest[1:],
            drafting,
            lambda scope, name=rest[0]: _over_place(scope, name),  # type: ignore[misc]
            lambda fault: names.fault(location, fault),
            text,
        )
        if reference is not None:
            found.append(reference)
    if not found:
        known = {child.id for _, item in source for child in item.children}
        names.fault(location, f"« {text} » n'existe pas dans les lignes suivies.{nearest(rest[0], known)}")
        return None
    first = found[0]
    read = first.read
    guards = frozenset().union(*(reference.reads.guards for reference in found))
    reads = Reads(sources=frozenset({"link"}), context=frozenset({text}), guards=guards)
    return Reference(
        text,
        first.type,
        lambda scope: _safely_over(read, scope),
        reads,
        first.label,
        first.item,
        first.locate,
    )


def _over_place(scope: Scope, name: str) -> tuple[FormState, Path] | None:
    source = scope.element.state.source_row(scope.element.prefix)
    return None if source is None else (source.state, (*source.prefix, name))


def _safely_over(read: Callable[[Scope], Any], scope: Scope) -> Any:
    return None if scope.element.state.source_row(scope.element.prefix) is None else read(scope)


def _entry(parts: tuple[str, ...], listing: Listing, names: Names, location: Location) -> Reference | None:
    attribute = listing.attributes.get(parts[0])
    if attribute is None or len(parts) > 1:
        known = nearest(parts[0], listing.attributes)
        names.fault(
            location, f"« .{'.'.join(parts)} » n'est pas un attribut de la liste « {listing.name} ».{known}"
        )
        return None
    typed = names.drafting.library.attribute_type(attribute)
    name = parts[0]
    return Reference(
        "." + name,
        typed,
        lambda scope: attribute_value(listing.attribute(scope.element, name), typed),
        NOTHING,
        name,
    )


def _candidate(parts: tuple[str, ...], kind: str, names: Names, location: Location) -> Reference | None:
    attributes = target_attributes(names.drafting, kind)
    attribute = attributes.get(parts[0])
    if attribute is None or len(parts) > 1:
        known = nearest(parts[0], attributes)
        names.fault(location, f"« .{'.'.join(parts)} » n'est pas un attribut de « {kind} ».{known}")
        return None
    typed = names.drafting.library.attribute_type(attribute)
    name = parts[0]
    return Reference(
        "." + name, typed, lambda scope: attribute_value(scope.element.get(name), typed), NOTHING, name
    )


def target_attributes(drafting: Drafting, kind: str) -> Mapping[str, Attribute]:
    """The declared attributes of people or of a kind of place."""
    roles = drafting.library.roles
    if kind == "person":
        return roles.people.attributes
    return roles.places[kind].attributes if kind in roles.places else {}


def attribute_value(raw: Any, typed: Type) -> Any:
    """Type the raw attribute of a list's entry, a place or a person."""
    if raw is None or raw == []:
        return None
    match typed.kind:
        case "number":
            fits = isinstance(raw, (int, float)) and not isinstance(raw, bool) and isfinite(raw)
            return to_smallest(exact(raw), typed.unit) if fits else None
        case "date":
            return iso_day(raw)
        case "codes":
            return (
                tuple(one for one in raw if isinstance(one, str)) or None if isinstance(raw, list) else None
            )
        case "boolean":
            return raw if isinstance(raw, bool) else None
    return raw if isinstance(raw, str) else None


# --- absolute paths -----------------------------------------------------------------------------


def own(parts: tuple[str, ...], drafting: Drafting, fault: Callable[[str], None]) -> Reference | None:
    """Resolve an absolute path of a form."""
    head, rest = parts[0], parts[1:]
    text = ".".join(parts)
    skeleton = drafting.skeleton
    if head in RESERVED:
        return RESERVED_HEADS[head](rest, drafting, fault, text)
    if head in skeleton.named:
        item = skeleton.named[head]
        return _field(item, rest, drafting, lambda scope: (scope.state, item.path), fault, text)
    if head in skeleton.form.values:
        if rest:
            fault(f"« {text} » : une valeur n'a pas de partie. Retirez « .{'.'.join(rest)} ».")
            return None
        return drafting.value_reference(head)
    if head in skeleton.form.links:
        return _link(head, rest, drafting, fault, text)
    if head in skeleton.form.collections:
        return _collection(head, rest, drafting, fault, text)
    known = [
        *skeleton.named,
        *skeleton.form.values,
        *skeleton.form.links,
        *skeleton.form.collections,
        *RESERVED,
    ]
    fault(f"« {head} » n'existe pas dans « {skeleton.id} ».{nearest(head, known)}")
    return None


def across(
    parts: tuple[str, ...],
    draftings: Sequence[Drafting],
    state_of: Callable[[Scope], FormState | None],
    names: Names | None,
    location: Location,
    text: str,
    fault: Callable[[str], None] | None = None,
) -> Reference | None:
    """Resolve a path in other forms: absent from one is unanswered there, another type is a fault."""
    say = fault or (lambda message: names.fault(location, message) if names else None)
    messages: list[str] = []
    found = [own(parts, drafting, messages.append) for drafting in draftings]
    known = [reference for reference in found if reference is not None]
    if not known:
        say(messages[0] if messages else f"« {text} » n'existe dans aucune des formes lues.")
        return None
    first = known[0]
    for other in known[1:]:
        if not first.type.same(other.type):
            say(
                f"« {text} » n'a pas le même type dans toutes les versions lues : "
                f"{first.type.words()} et {other.type.words()}."
            )
            return None
    sources = (
        frozenset({"collection"}) if any("collection" in ref.reads.sources for ref in known) else frozenset()
    )
    reads = Reads(
        sources=sources,
        context=frozenset({text}),
        guards=frozenset().union(*(reference.reads.guards for reference in known)),
    )

    def read(scope: Scope) -> Any:
        state = state_of(scope)
        if state is None:
            return None
        reader = state.form.reader(parts)
        return None if reader is None else reader.read(Scope(state))

    def locate(scope: Scope) -> tuple[FormState, Path] | None:
        state = state_of(scope)
        reader = state.form.reader(parts) if state is not None else None
        if state is None or reader is None or reader.locate is None:
            return None
        return reader.locate(Scope(state))

    return Reference(text, first.type, read, reads, first.label, first.item, locate)


def _with_source(reference: Reference | None, source: str) -> Reference | None:
    if reference is None:
        return None
    reads = reference.reads | Reads(sources=frozenset({source}))
    return Reference(
        reference.text,
        reference.type,
        reference.read,
        reads,
        reference.label,
        reference.item,
        reference.locate,
    )


def _subject(
    rest: tuple[str, ...], drafting: Drafting, fault: Callable[[str], None], text: str
) -> Reference | None:
    subjects = drafting.subject_draftings()
    if drafting.skeleton.form.subject is None:
        fault(f"« {text} » : cette forme n'a pas de sujet. Déclarez « subject ».")
        return None
    if not subjects:
        return None  # the checks say that the subject is unknown
    if not rest:
        fault("« subject » seul ne se lit pas : ajoutez le champ, par exemple « subject.nom ».")
        return None
    found = across(rest, subjects, lambda scope: scope.state.context.subject, None, (), text, fault)
    return _with_source(found, "subject")


def _link(
    head: str, rest: tuple[str, ...], drafting: Drafting, fault: Callable[[str], None], text: str
) -> Reference | None:
    link = drafting.skeleton.form.links[head]
    if not rest:
        return Reference(
            text,
            Type("reference", target=link.form),
            lambda scope: scope.state.document.get("links", {}).get(head),
            Reads(sources=frozenset({"link"}), context=frozenset({text})),
            link.label,
        )
    draftings = drafting.link_draftings(head)
    if not draftings:
        return None  # the checks say that the linked form or its versions are unknown
    found = across(rest, draftings, lambda scope: scope.state.context.link(head), None, (), text, fault)
    return _with_source(found, "link")


def _collection(
    head: str, rest: tuple[str, ...], drafting: Drafting, fault: Callable[[str], None], text: str
) -> Reference | None:
    collection = drafting.skeleton.form.collections[head]
    if rest:
        fault(f"« {text} » : une collection se lit par « some », « count » ou « sum ».")
        return None
    return Reference(
        text,
        Type("collection", forms=tuple(collection.forms)),
        lambda scope: scope.state.collection(head) or None,
        Reads(sources=frozenset({"collection"}), context=frozenset({text})) | drafting.collection_reads(head),
        collection.label,
    )


def _today(
    rest: tuple[str, ...], drafting: Drafting, fault: Callable[[str], None], text: str
) -> Reference | None:
    if rest:
        fault(f"« {text} » : « today » est une date, sans partie.")
        return None
    reads = Reads(sources=frozenset({"today"}), context=frozenset({"today"}))
    return Reference(text, Type("date"), lambda scope: scope.state.context.today, reads, "Aujourd'hui")


DOCUMENT: Mapping[str, tuple[Type, Callable[[Scope], Any], str]] = {
    "state": (Type("code"), lambda scope: scope.state.document["state"], "État"),
    "created_on": (Type("date"), lambda scope: scope.state.day("created_on"), "Date de création"),
    "frozen_on": (Type("date"), lambda scope: scope.state.day("frozen_on"), "Date de finalisation"),
}


def _document(
    rest: tuple[str, ...], drafting: Drafting, fault: Callable[[str], None], text: str
) -> Reference | None:
    if len(rest) != 1 or rest[0] not in DOCUMENT:
        fault(f"« {text} » n'existe pas.{nearest(rest[0] if rest else '', DOCUMENT)}")
        return None
    kind, read, label = DOCUMENT[rest[0]]
    if rest[0] == "state":
        states = drafting.skeleton.form.lifecycle.states
        kind = Type("code", listing=drafting.states_listing, codes=frozenset(state.id for state in states))
    return Reference(text, kind, read, Reads(sources=frozenset({"document"})), label)


def _user(
    rest: tuple[str, ...], drafting: Drafting, fault: Callable[[str], None], text: str
) -> Reference | None:
    reads = Reads(sources=frozenset({"user"}))
    if rest == ("person",):
        person = Type("reference", target="person")
        return Reference(text, person, lambda scope: _of_user(scope, "id"), reads, "Vous")
    if rest == ("roles",):
        roles = Type("codes", codes=drafting.library.role_ids)
        return Reference(text, roles, lambda scope: _of_user(scope, "roles") or None, reads, "Vos rôles")
    attributes = drafting.library.roles.people.attributes
    if len(rest) != 1 or rest[0] not in attributes:
        known = nearest(rest[0] if rest else "", [*attributes, "person", "roles"])
        fault(f"« {text} » n'existe pas.{known}")
        return None
    typed = drafting.library.attribute_type(attributes[rest[0]])
    name = rest[0]
    return Reference(text, typed, lambda scope: _user_attribute(scope, name, typed), reads, name)


def _of_user(scope: Scope, key: str) -> Any:
    user = scope.state.context.user
    return None if user is None else getattr(user, key)


def _user_attribute(scope: Scope, name: str, typed: Type) -> Any:
    user = scope.state.context.user
    return None if user is None else attribute_value(user.attributes.get(name), typed)


RESERVED_HEADS = {"subject": _subject, "today": _today, "document": _document, "user": _user}


# --- fields -------------------------------------------------------------------------------------


def _field(
    item: Item,
    rest: tuple[str, ...],
    drafting: Drafting,
    locate: Callable[[Scope], tuple[FormState, Path] | None],
    fault: Callable[[str], None],
    text: str,
) -> Reference | None:
    if item.type in {"section", "note", "recap"}:
        fault(f"« {text} » n'est pas un champ : il n'y a rien à y lire.")
        return None
    reads = Reads(own=frozenset({dotted(item.path)}), guards=frozenset(item.guards))

    def read(scope: Scope) -> Any:
        place = locate(scope)
        return None if place is None else place[0].values.get(place[1])

    if item.type == "group" and rest:
        inner = {child.id: child for child in item.children}.get(rest[0])
        if inner is None:
            fault(f"« {text} » n'existe pas.{nearest(rest[0], [child.id for child in item.children])}")
            return None
        return _field(inner, rest[1:], drafting, _inside(locate, rest[0]), fault, text)
    typed = drafting.item_type(item)
    if typed is None:
        fault(f"« {text} » ne peut pas être lu : corrigez d'abord son champ.")
        return None
    whole = Reference(text, typed, read, reads, item.heading, item, locate)
    if not rest:
        return whole
    return _part(whole, rest, drafting, fault)


def _inside(
    locate: Callable[[Scope], tuple[FormState, Path] | None], name: str
) -> Callable[[Scope], tuple[FormState, Path] | None]:
    def inner(scope: Scope) -> tuple[FormState, Path] | None:
        place = locate(scope)
        return None if place is None else (place[0], (*place[1], name))

    return inner


def _part(
    whole: Reference, rest: tuple[str, ...], drafting: Drafting, fault: Callable[[str], None]
) -> Reference | None:
    item = whole.item
    assert item is not None
    target = drafting.target(item)
    if target.type == "cascade":
        levels = {level.id: index for index, level in enumerate(target.spec.levels)}
        if rest[0] not in levels:
            fault(f"« {whole.text} » : « {rest[0]} » n'est pas un niveau.{nearest(rest[0], levels)}")
            return None
        return _attribute(_level(whole, rest[0]), rest[1:], drafting, fault)
    return _attribute(whole, rest, drafting, fault)


def _level(whole: Reference, level: str) -> Reference:
    locate = whole.locate
    assert locate is not None

    def read(scope: Scope) -> Any:
        place = locate(scope)
        return None if place is None else place[0].levels.get((*place[1], level))

    typed = Type("codes", listing=whole.type.listing)
    return Reference(whole.text, typed, read, whole.reads, whole.label, whole.item, locate)


def _attribute(
    whole: Reference, rest: tuple[str, ...], drafting: Drafting, fault: Callable[[str], None]
) -> Reference | None:
    if not rest:
        return whole
    name = rest[0]
    if whole.type.kind in {"code", "codes"} and whole.type.listing is not None:
        return _list_attribute(whole, name, drafting, fault)
    if whole.type.kind == "reference":
        return _place_attribute(whole, name, drafting, fault)
    fault(f"« {whole.text} » n'a pas de partie « {name} ».")
    return None


def _list_attribute(
    whole: Reference, name: str, drafting: Drafting, fault: Callable[[str], None]
) -> Reference | None:
    listing = whole.type.listing
    assert listing is not None
    attribute = listing.attributes.get(name)
    if attribute is None:
        fault(
            f"« {name} » n'est pas un attribut de la liste « {listing.name} »."
            f"{nearest(name, listing.attributes)}"
        )
        return None
    typed = drafting.library.attribute_type(attribute)
    text, read_whole = f"{whole.text}.{name}", whole.read
    if whole.type.kind == "code":

        def read_one(scope: Scope) -> Any:
            code = read_whole(scope)
            return None if code is None else attribute_value(listing.attribute(code, name), typed)

        return Reference(text, typed, read_one, whole.reads, f"{whole.label} ({name})")
    if typed.kind not in {"code", "codes"}:
        fault(f"« {text} » : plusieurs choix sont possibles, seul un attribut de type code se lit alors.")
        return None

    def read_many(scope: Scope) -> Any:
        found: dict[str, None] = {}
        for code in read_whole(scope) or ():
            value = attribute_value(listing.attribute(code, name), typed)
            found.update(dict.fromkeys(value if isinstance(value, tuple) else [value] if value else []))
        return tuple(found) or None

    return Reference(
        text, Type("codes", listing=typed.listing), read_many, whole.reads, f"{whole.label} ({name})"
    )


def _place_attribute(
    whole: Reference, name: str, drafting: Drafting, fault: Callable[[str], None]
) -> Reference | None:
    target = whole.type.target or ""
    attributes = target_attributes(drafting, target)
    if name not in attributes:
        fault(f"« {whole.text} » n'a pas d'attribut « {name} ».{nearest(name, attributes)}")
        return None
    typed = drafting.library.attribute_type(attributes[name])
    read_whole = whole.read

    def read(scope: Scope) -> Any:
        found = read_whole(scope)
        if found is None:
            return None
        return attribute_value(scope.state.context.attributes_of(target, found).get(name), typed)

    return Reference(f"{whole.text}.{name}", typed, read, whole.reads, f"{whole.label} ({name})")


def join(reads: Sequence[Reads]) -> Reads:
    """Unite what several pieces read."""
    return reduce(lambda left, right: left | right, reads, NOTHING)

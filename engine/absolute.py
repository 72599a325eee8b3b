"""Absolute paths: a form's fields, values, links and collections, the subject, the user, the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.faults import Location, nearest
from engine.paths import Path, dotted
from engine.skeleton import Item
from engine.types import Reads, Type

if TYPE_CHECKING:
    from engine.drafting import Drafting
    from engine.evaluate import FormState

from engine.scopes import Names, Reference, Scope, attribute_value, target_attributes

RESERVED = frozenset({"subject", "user", "document", "today"})


def own(parts: tuple[str, ...], drafting: Drafting, fault: Callable[[str], None]) -> Reference | None:
    """Resolve an absolute path of a form."""
    head, rest = parts[0], parts[1:]
    text = ".".join(parts)
    skeleton = drafting.skeleton
    if head in RESERVED:
        return RESERVED_HEADS[head](rest, drafting, fault, text)
    if head in skeleton.named:
        item = skeleton.named[head]
        return field_reference(item, rest, drafting, lambda scope: (scope.state, item.path), fault, text)
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


def field_reference(
    item: Item,
    rest: tuple[str, ...],
    drafting: Drafting,
    locate: Callable[[Scope], tuple[FormState, Path] | None],
    fault: Callable[[str], None],
    text: str,
) -> Reference | None:
    if item.type in {"section", "note", "recap", "listing", "tally"}:
        fault(f"« {text} » n'est pas un champ : il n'y a rien à y lire.")
        return None
    reads = Reads(own=frozenset({dotted(item.path)}), guards=frozenset(item.guards))

    def read(scope: Scope) -> Any:
        place = locate(scope)
        return None if place is None else place[0].typed(place[1])

    if item.type == "group" and rest:
        inner = {child.id: child for child in item.children}.get(rest[0])
        if inner is None:
            fault(f"« {text} » n'existe pas.{nearest(rest[0], [child.id for child in item.children])}")
            return None
        return field_reference(inner, rest[1:], drafting, _inside(locate, rest[0]), fault, text)
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

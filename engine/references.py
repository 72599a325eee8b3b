"""Dotted paths: what each reads, its type, and a closure that reads it at run time.

A leading dot is the element at hand; anything else is absolute (`engine.absolute`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.faults import Location, nearest
from engine.paths import Path
from engine.referentiels import Listing
from engine.types import NOTHING, Reads

if TYPE_CHECKING:
    from engine.evaluate import FormState

from engine.absolute import across, field_reference, own
from engine.scopes import (
    DocumentNames,
    EntryNames,
    Names,
    Reference,
    RowNames,
    Scope,
    TargetNames,
    attribute_value,
    target_attributes,
)


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
    return field_reference(
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
        reference = field_reference(
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

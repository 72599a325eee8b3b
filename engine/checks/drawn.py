"""Roles drawn from others: from a role held at a place, by what is known of people or of that place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import model
from engine.checks.common import Found, unknown
from engine.drafting import Library
from engine.drawn import comparisons, place_kind
from engine.faults import Location, nearest
from engine.types import Type

Known = Mapping[str, Mapping[str, model.Attribute]]  # "user", "place" -> their attributes
OPERATORS = {
    "code": ("answered", "is", "in"),
    "codes": ("answered", "has", "has_any"),
    "boolean": ("answered", "is"),
    "number": ("answered", "is"),
}


def check_drawn(
    role: model.Role, roles: model.Roles, library: Library, location: Location
) -> Iterator[Found]:
    """Find what is wrong with `among` and `when`."""
    if role.among is None:
        if role.when is not None:
            yield (*location, "when"), "une condition choisit parmi un autre rôle : ajoutez « among »."
        return
    placed = [one.id for one in roles.roles if one.at is not None]
    if role.among not in placed:
        yield (*location, "among"), unknown("le rôle confié dans un lieu", role.among, placed)
    if role.when is None:
        yield location, f"rien ne distingue « {role.id} » de « {role.among} » : ajoutez « when »."
        return
    kind = roles.places.get(place_kind(roles, role) or "")
    known = {"user": roles.people.attributes, "place": kind.attributes if kind is not None else {}}
    for atom in comparisons(role.when):
        yield from _atom(atom, known, library, (*location, "when"))


def _atom(atom: Any, known: Known, library: Library, location: Location) -> Iterator[Found]:
    of, _, name = atom.ref.partition(".") if isinstance(atom, model.Compare) else ("", "", "")
    if of not in known:
        yield (
            location,
            "on ne lit ici que ce que l'on sait de la personne (« user. ») ou du lieu où le rôle est confié "
            "(« place. »), suivi d'un attribut.",
        )
        return
    attributes = known[of]
    if name not in attributes:
        yield location, unknown("l'attribut", name, attributes)
        return
    typed = library.attribute_type(attributes[name])
    allowed = OPERATORS.get(typed.kind, ("answered",))
    if atom.op not in allowed:
        yield (
            location,
            f"« {atom.op} » ne s'applique pas à {typed.words()} ici. Possibles : {', '.join(allowed)}.",
        )
    elif atom.op != "answered":
        yield from _value(atom, typed, location)


def _value(atom: model.Compare, typed: Type, location: Location) -> Iterator[Found]:
    several = atom.op in {"in", "has_any"}
    if several is not isinstance(atom.value, list) or isinstance(atom.value, model.RefNode):
        yield location, f"« {atom.op} » demande {'une liste' if several else 'une seule valeur'}, écrite ici."
        return
    if typed.kind == "boolean":
        if not isinstance(atom.value, bool):
            yield location, "il faut true ou false."
        return
    if typed.kind == "number":
        if isinstance(atom.value, bool) or not isinstance(atom.value, (int, float)):
            yield location, "il faut un nombre."
        return
    for code in atom.value if isinstance(atom.value, list) else [atom.value]:
        if typed.listing is not None and code not in typed.listing:
            known = nearest(str(code), typed.listing)
            yield location, f"le code « {code} » n'est pas dans la liste.{known}"

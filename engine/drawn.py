"""Roles drawn from another by what a person or a place is: « among the team, those who are nurses »."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from engine import model

# operator -> does an attribute (None when unknown) meet a literal
MEETS: Mapping[str, Callable[[Any, Any], bool]] = {
    "answered": lambda found, _value: True,
    "is": lambda found, value: type(found) is type(value) and bool(found == value),
    "in": lambda found, values: isinstance(values, list) and found in values,
    "has": lambda found, value: isinstance(found, list) and value in found,
    "has_any": lambda found, values: isinstance(found, list) and any(one in found for one in values),
}


def with_drawn(
    roles: model.Roles,
    assigned: Iterable[Mapping[str, str]],
    attributes: Mapping[str, Any],
    place: Callable[[str], Mapping[str, Any]],
) -> tuple[Mapping[str, str], ...]:
    """Add to the roles assigned at places (`{"role", "at"}`) those drawn from them.

    `attributes` are the person's; `place` gives those of a place by its id. A drawn role is never assigned
    by hand: such an entry counts for nothing.
    """
    drawn = [role for role in roles.roles if role.among is not None]
    names = {role.id for role in drawn}
    kept = [one for one in assigned if one["role"] not in names]
    more = [
        {"role": role.id, "at": one["at"]}
        for role in drawn
        for one in kept
        if one["role"] == role.among
        and role.when is not None
        and holds(role.when, {"user": attributes, "place": place(one["at"])})
    ]
    return (*kept, *more)


def holds(node: Any, known: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether attributes (of `user`, of `place`) meet a condition; anything else does not hold."""
    match node:
        case model.Compare():
            of, _, name = node.ref.partition(".")
            found = known.get(of, {}).get(name)
            there = found is not None and found != []
            return there and node.op in MEETS and MEETS[node.op](found, node.value)
        case model.Not():
            return not holds(node.not_, known)
        case model.All():
            return all(holds(one, known) for one in node.all)
        case model.AnyOf():
            return any(holds(one, known) for one in node.any)
    return False


def comparisons(node: Any) -> Iterator[Any]:
    """Walk the atoms of a condition; what is no comparison comes as it is."""
    match node:
        case model.Not():
            yield from comparisons(node.not_)
        case model.All():
            for one in node.all:
                yield from comparisons(one)
        case model.AnyOf():
            for one in node.any:
                yield from comparisons(one)
        case _:
            yield node


def place_kind(roles: model.Roles, role: model.Role) -> str | None:
    """Give the kind of place at which a role is held, its own or that of the role it is drawn from."""
    if role.among is None:
        return role.at
    return next((one.at for one in roles.roles if one.id == role.among), None)

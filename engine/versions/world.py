"""Two versions side by side: their items, lists, roles and labels, and who else reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine import model
from engine.drafting import Library, version_key
from engine.faults import Faults
from engine.referentiels import Listing
from engine.saying import Labels
from engine.skeleton import Item, Roles, Skeleton, Surroundings, build
from engine.versions.changes import Thing
from engine.versions.readers import namers, readers


@dataclass(frozen=True)
class Around:
    """What surrounds two versions of a form; everything may be missing.

    `forms`: the other forms, to find who refers to what goes away; lists by id, as each version has them.
    """

    lists_old: Mapping[str, Listing] = field(default_factory=dict)
    lists_new: Mapping[str, Listing] = field(default_factory=dict)
    roles: model.Roles | None = None
    forms: Sequence[model.Form] = ()
    blocks_old: Mapping[str, model.Block] = field(default_factory=dict)
    blocks_new: Mapping[str, model.Block] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class Side:
    """One of the two versions."""

    form: model.Form
    lists: Mapping[str, Listing]
    blocks: Mapping[str, model.Block]
    around: Around

    @cached_property
    def skeleton(self) -> Skeleton:
        """The version laid out; its faults are somebody else's business."""
        return build(self.form, Surroundings(self.blocks, self.lists, self.expand, Faults("")))

    @cached_property
    def reading(self) -> Mapping[str, Mapping[int, Thing]]:
        """What reads each name, under its rank."""
        items = ((thing_of(item), item.spec) for item in self.skeleton.items.values())
        return readers(self.form, items, self.role)

    @cached_property
    def naming(self) -> Mapping[str, frozenset[str]]:
        """The named values, conditions and collections that read each name."""
        return namers(self.form)

    @cached_property
    def expand(self) -> Mapping[str, Roles]:
        """Role and group names -> roles."""
        roles = self.around.roles
        if roles is None:
            return {name: frozenset({name}) for name in _role_names(self.form.model_dump(by_alias=True))}
        known = {role.id: frozenset({role.id}) for role in roles.roles}
        return known | {group: frozenset(names) for group, names in roles.groups.items()}

    @cached_property
    def labels(self) -> Labels:
        """How this version calls things."""
        return Labels(self._path, self._code, self._condition)

    def _condition(self, name: str) -> str:
        spec = self.form.conditions.get(name)
        return spec.label if spec is not None else f"la condition « {name} »"

    def _path(self, path: str) -> str:
        return f"« {self._words(path)} »" if path != "today" else "la date du jour"

    def _words(self, path: str) -> str:
        parts = tuple(path.lstrip(".").split("."))
        form = self.form
        if path.startswith("."):
            return self._inner(parts)
        if parts[0] in form.values:
            return form.values[parts[0]].label
        if parts[0] in form.collections:
            return form.collections[parts[0]].label
        if parts[0] in form.links and len(parts) == 1:
            return form.links[parts[0]].label
        if parts[:1] == ("document",) and len(parts) == 2:
            return DOCUMENT_WORDS.get(parts[1], parts[1])
        return self._elsewhere(parts) or self._field(self.skeleton, parts) or path

    def _inner(self, parts: tuple[str, ...]) -> str:
        found = {item.heading for path, item in self.skeleton.items.items() if path[-1] == parts[0]}
        return found.pop() if len(found) == 1 else parts[-1]

    def _elsewhere(self, parts: tuple[str, ...]) -> str | None:
        link = self.form.links.get(parts[0])
        other = self.form.subject if parts[0] == "subject" else None if link is None else link.form
        return None if other is None else self._foreign.get(other, {}).get(parts[1])

    @cached_property
    def _foreign(self) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for form in self.around.forms:
            names = found.setdefault(form.form, {})
            names |= {name: value.label for name, value in form.values.items()}
            names |= dict(labelled(form.model_dump(by_alias=True)["steps"]))
        return found

    @staticmethod
    def _field(skeleton: Skeleton, parts: tuple[str, ...]) -> str | None:
        for length in range(len(parts), 0, -1):
            item = skeleton.items.get(parts[:length])
            if item is not None:
                rest = parts[length:]
                return item.heading + (f" ({'.'.join(rest)})" if rest else "")
        return None

    def _code(self, code: str) -> str:
        return self._codes.get(code, code)

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        found = {state.id: state.label for state in self.form.lifecycle.states}
        listings = [item.listing for item in self.skeleton.items.values() if item.listing is not None]
        for listing in [*self.lists.values(), *listings]:
            found |= {code: listing.label(code) for code in listing}
        return found

    def role(self, name: str) -> str:
        """The label of a role."""
        roles = () if self.around.roles is None else self.around.roles.roles
        return next((role.label for role in roles if role.id == name), name)


DOCUMENT_WORDS = {
    "state": "État du document",
    "created_on": "Date de création",
    "frozen_on": "Date de finalisation",
}


def labelled(node: Any) -> Iterator[tuple[str, str]]:
    """Walk the ids and labels of dumped items."""
    if isinstance(node, dict):
        if "id" in node and isinstance(node.get("label"), str):
            yield node["id"], node["label"]
        for one in node.values():
            yield from labelled(one)
    elif isinstance(node, list):
        for one in node:
            yield from labelled(one)


def _role_names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"who", "readers", "writers"} and isinstance(value, list):
                yield from value
            else:
                yield from _role_names(value)
    elif isinstance(node, list):
        for one in node:
            yield from _role_names(one)


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """Both versions."""

    old: Side
    new: Side

    def thing(self, path: tuple[str, ...]) -> Thing:
        """Name an item, as the new version calls it."""
        item = self.new.skeleton.items.get(path) or self.old.skeleton.items[path]
        return thing_of(item)


ITEM_WORDS = {
    "section": ("la section", True),
    "note": ("la note", True),
    "computed": ("le calcul", False),
    "recap": ("le rappel", False),
    "listing": ("le tableau", False),
    "tally": ("le décompte", False),
}


def thing_of(item: Item) -> Thing:
    """Name an item with its article, and the rows or group that hold it."""
    words, feminine = ITEM_WORDS.get(item.type, ("le champ", False))
    if item.spec.label is None and item.type in {"section", "note"}:
        return Thing(".".join(item.path), f"une {item.type}", True)
    inside = "" if item.parent is None else f" de « {item.parent.heading} »"
    path = ".".join(item.path)
    return Thing(path, f"{words} « {item.heading} »{inside}", feminine, (path,) if item.is_field else ())


def two_sides(old: model.Form, new: model.Form, around: Around) -> World:
    """Lay two versions side by side."""
    return World(
        Side(old, around.lists_old, around.blocks_old, around),
        Side(new, around.lists_new, around.blocks_new, around),
    )


def around(library: Library, old: model.Form, new: model.Form, before: Library | None = None) -> Around:
    """Surround two versions with what a library holds: lists as each has pinned them, the other forms.

    `before`: where the old version comes from, when it is another library.
    """
    others = [
        form
        for name, versions in library.forms.items()
        if name != new.form
        for _, (_, form) in sorted(versions.items(), key=lambda one: version_key(one[0]))
    ]
    return Around(
        _pinned(before or library, old),
        _pinned(library, new),
        library.roles,
        others,
        (before or library).blocks,
        library.blocks,
    )


def _pinned(library: Library, form: model.Form) -> dict[str, Listing]:
    found: dict[str, Listing] = {}
    for name, versions in library.lists.items():
        wanted = form.pins.get(name, max(versions, key=version_key))
        if wanted in versions:
            found[name] = versions[wanted]
    return found

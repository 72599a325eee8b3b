"""Roles, code lists and blocks: what each must hold by itself and against the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from engine import model
from engine.checks.common import Found, all_known, once, unknown
from engine.checks.drawn import check_drawn
from engine.checks.limits import MAX_LISTED
from engine.drafting import Library, version_key
from engine.faults import Fault, Faults, Location, nearest
from engine.referentiels import Listing
from engine.skeleton import Item

Lists = Mapping[str, Mapping[str, Listing]]


def _noted(found: Iterator[Found], file: str) -> tuple[Fault, ...]:
    faults = Faults(file)
    for location, text in found:
        faults.add(location, text)
    return tuple(faults.found)


# --- roles --------------------------------------------------------------------------------------


def check_roles(roles: model.Roles, library: Library, file: str) -> tuple[Fault, ...]:
    """Find what is wrong with places, people, roles and groups."""
    return _noted(_roles(roles, library), file)


def _roles(roles: model.Roles, library: Library) -> Iterator[Found]:
    for name, place in roles.places.items():
        if name == "person" or name in library.forms:
            yield ("places", name), f"« {name} » désigne déjà autre chose. Choisissez un autre identifiant."
        yield from all_known("le lieu", place.within, roles.places, ("places", name, "within"))
        yield from _attributes(place.attributes, library.lists, ("places", name, "attributes"))
    yield from _circles(roles)
    for key in sorted({"person", "roles"} & set(roles.people.attributes)):
        yield ("people", "attributes", key), f"« {key} » est un mot réservé. Choisissez un autre identifiant."
    yield from _attributes(roles.people.attributes, library.lists, ("people", "attributes"))
    yield from once("le rôle", (role.id for role in roles.roles), ("roles",))
    for index, role in enumerate(roles.roles):
        yield from _role(role, roles, library, ("roles", index))
    yield from _groups(roles)


def _circles(roles: model.Roles) -> Iterator[Found]:
    for name in roles.places:
        above, todo = set[str](), list(roles.places[name].within)
        while todo:
            current = todo.pop()
            if current not in above and current in roles.places:
                above.add(current)
                todo += roles.places[current].within
        if name in above:
            yield ("places", name, "within"), f"« {name} » serait dans lui-même. Rompez la chaîne."


def _role(role: model.Role, roles: model.Roles, library: Library, location: Location) -> Iterator[Found]:
    if sum(one is not None for one in (role.at, role.held_in, role.among)) != 1:
        yield (
            location,
            f"le rôle « {role.id} » est « at » un lieu, « held_in » un champ ou « among » un autre rôle : "
            "écrivez l'un des trois.",
        )
    if role.at is not None and role.at not in roles.places:
        yield (*location, "at"), unknown("le lieu", role.at, roles.places)
    yield from check_drawn(role, roles, library, location)
    if role.held_in is not None:
        yield from _held(role.held_in, library, (*location, "held_in"))


def _held(held_in: str, library: Library, location: Location) -> Iterator[Found]:
    form, _, name = held_in.partition(".")
    newest = library.newest(form)
    if newest is None or form in library.absent:
        if form not in library.absent:
            yield location, unknown("la forme", form, library.forms)
        return
    named = newest.skeleton.named
    people = [item.id for item in named.values() if _holds_people(item)]
    if name not in named:
        yield location, f"« {held_in} » n'existe pas.{nearest(name, people)}"
    elif name not in people:
        yield location, f"« {held_in} » n'est pas une référence à des personnes.{nearest(name, people)}"


def _holds_people(item: Item) -> bool:
    return item.type == "reference" and item.spec.to == "person"


def _groups(roles: model.Roles) -> Iterator[Found]:
    ids = [role.id for role in roles.roles]
    for name, members in roles.groups.items():
        if name in ids:
            yield ("groups", name), f"« {name} » est déjà un rôle. Choisissez un autre identifiant."
        if not members:
            yield ("groups", name), f"le groupe « {name} » est vide. Nommez-y des rôles, ou retirez-le."
        yield from all_known("le rôle", members, ids, ("groups", name))
    for index, right in enumerate(roles.rights):
        yield from all_known("le rôle ou groupe", right.who, [*ids, *roles.groups], ("rights", index, "who"))


def _attributes(
    attributes: Mapping[str, model.Attribute], lists: Lists, location: Location
) -> Iterator[Found]:
    for name, attribute in attributes.items():
        where = (*location, name)
        coded = attribute.type in {"code", "codes"}
        if coded and attribute.list is None:
            yield where, f"« {name} » est fait de codes : ajoutez « list »."
        elif attribute.list is not None and not coded:
            yield (*where, "list"), f"« {name} » n'est pas fait de codes. Retirez « list »."
        elif attribute.list is not None and attribute.list not in lists:
            yield (*where, "list"), unknown("la liste", attribute.list, lists)
        if attribute.unit is not None and attribute.type != "number":
            yield (*where, "unit"), f"« {name} » n'est pas un nombre. Retirez « unit »."


# --- code lists ---------------------------------------------------------------------------------


def check_list(code_list: model.CodeList, lists: Lists, file: str) -> tuple[Fault, ...]:
    """Find what is wrong with a code list; `lists` are those that its attributes may name."""
    return _noted(_list(code_list, lists), file)


def _list(code_list: model.CodeList, lists: Lists) -> Iterator[Found]:
    levels = code_list.levels
    for index, level in enumerate(levels):
        if level in levels[:index]:
            yield ("levels", index), f"le niveau « {level} » existe déjà. Choisissez un autre identifiant."
    yield from _attributes(code_list.attributes, lists, ("attributes",))
    if not code_list.items:
        yield ("items",), "la liste est vide. Ajoutez-y une entrée."
    seen: dict[str, Location] = {}
    living = {one.code for _, one, _ in _entries(code_list.items, ("items",), 1) if not one.retired}
    for location, item, depth in _entries(code_list.items, ("items",), 1):
        if item.code in seen:
            yield (*location, "code"), f"le code « {item.code} » existe déjà. Choisissez-en un autre."
        seen[item.code] = location
        if item.items and depth == len(levels):
            yield (
                (*location, "items"),
                f"la liste n'a que {len(levels)} niveaux. Ajoutez un niveau, ou remontez ces entrées.",
            )
        yield from _asks(item.asks, location)
        yield from _successors(item, living, location)
        yield from _entry(item, code_list, lists, (*location, "attributes"))
    if len(seen) > MAX_LISTED:
        yield ("items",), f"{len(seen)} entrées, la limite est de {MAX_LISTED}. Coupez la liste."


def _entries(
    items: list[model.ListItem], location: Location, depth: int
) -> Iterator[tuple[Location, model.ListItem, int]]:
    for index, item in enumerate(items):
        yield (*location, index), item, depth
        yield from _entries(item.items, (*location, index, "items"), depth + 1)


def _successors(item: model.ListItem, living: set[str], location: Location) -> Iterator[Found]:
    if item.replaced_by and not item.retired:
        yield (
            (*location, "replaced_by"),
            f"« {item.code} » est encore proposé : ajoutez « retired », ou retirez « replaced_by ».",
        )
    for index, code in enumerate(item.replaced_by):
        if code not in living:
            known = nearest(code, living)
            yield (
                (*location, "replaced_by", index),
                f"« {code} » n'est pas une entrée proposée de cette liste.{known}",
            )


def _asks(asks: model.Asks | None, location: Location) -> Iterator[Found]:
    if asks is not None and asks.min > asks.max:
        yield (
            (*location, "asks"),
            f"« min » ({asks.min}) dépasse « max » ({asks.max}). Corrigez l'un des deux.",
        )


def _entry(
    item: model.ListItem, code_list: model.CodeList, lists: Lists, location: Location
) -> Iterator[Found]:
    for name, value in item.attributes.items():
        attribute = code_list.attributes.get(name)
        if attribute is None:
            yield (*location, name), unknown("l'attribut", name, code_list.attributes)
        elif not _is(value, attribute.type):
            yield (
                (*location, name),
                f"cette valeur ne convient pas : il faut {ATTRIBUTE_WORDS[attribute.type]}.",
            )
        elif attribute.type in {"code", "codes"}:
            yield from _codes(value, attribute, code_list, lists, (*location, name))


def _codes(
    value: Any, attribute: model.Attribute, code_list: model.CodeList, lists: Lists, location: Location
) -> Iterator[Found]:
    versions = lists.get(attribute.list or "")
    if not versions:
        return
    listing = versions[max(versions, key=version_key)]
    for code in value if isinstance(value, list) else [value]:
        if code not in listing:
            yield (
                location,
                f"le code « {code} » n'est pas dans la liste « {attribute.list} ».{nearest(code, listing)}",
            )


ATTRIBUTE_WORDS = {
    "text": "un texte",
    "number": "un nombre",
    "boolean": "true ou false",
    "date": "une date comme 2026-10-05",
    "code": "un code",
    "codes": "une liste de codes",
}


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "codes":
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        case "date":
            return isinstance(value, str) and _is_date(value)
    return isinstance(value, str)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


# --- blocks -------------------------------------------------------------------------------------


def check_block(block: model.Block, library: Library, file: str) -> tuple[Fault, ...]:
    """Find what is wrong with a block alone: it reads its own fields, today, and what it expects."""
    from engine.compile import compile_form  # compiling checks, checking a block compiles

    faults = Faults(file)
    for location, text in _reads(block, ()):
        faults.add(location, text)
    alone = Library({block.block: {"0.0.0": (file, _around(block))}}, {}, library.lists, library.roles)
    drafting = alone.draftings[block.block, "0.0.0"]
    compile_form(drafting)
    prefix = "$.steps[0].items[0].items["
    known = set(faults.found)
    for fault in drafting.faults.found:
        if fault.path.startswith(prefix):
            known.add(Fault(file, "$.items[" + fault.path.removeprefix(prefix), fault.text))
    return tuple(sorted(known))


def _around(block: model.Block) -> model.Form:
    """The smallest form that holds a block, its expected conditions all declared."""
    never = model.Compare(ref="attendu", op="is", value=True)
    group = model.GroupField(id="bloc", type="group", label=block.title, items=list(block.items))
    return model.Form(
        canevas=1,
        form=block.block,
        version="0.0.0",
        nature="document",
        title=block.title,
        name=block.title,
        values={"attendu": model.NamedValue(label="attendu", value=False)},
        conditions={
            name: model.NamedCondition(label=words, when=never) for name, words in block.expects.items()
        },
        steps=[model.Step(id="etape", title=block.title, items=[group])],
        lifecycle=model.Lifecycle(
            states=[model.State(id="debut", label="Début", phase="draft", open=["etape"])]
        ),
    )


def _reads(value: Any, location: Location) -> Iterator[Found]:
    """Find the absolute paths of a block."""
    if isinstance(value, (model.RefNode, model.Compare, model.Some, model.Count, model.Sum)):
        for key in ("ref", "some", "count", "sum"):
            path = getattr(value, key, None)
            if path is not None and not path.startswith(".") and path != "today":
                yield (
                    (*location, key),
                    f"« {path} » : un bloc ne lit que ses champs (avec un point) et « today ».",
                )
    if isinstance(value, model.Part):
        for key, field in type(value).model_fields.items():
            yield from _reads(getattr(value, key), (*location, field.alias or key))
    elif isinstance(value, (list, dict)):
        pairs: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _reads(inner, (*location, key))

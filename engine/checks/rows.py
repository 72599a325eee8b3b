"""Rows: bounds, rows that follow another document's, rows that start as another document's."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.common import Found, all_known, fits, ordered
from engine.compile import CompiledForm
from engine.drafting import Drafting
from engine.faults import Location, nearest
from engine.scopes import Reference
from engine.skeleton import Item


def check_rows(form: CompiledForm, item: Item) -> Iterator[Found]:
    """Find what is wrong with rows as a whole."""
    spec, location = item.spec, item.location
    yield from ordered(spec.min, spec.max, location)
    fields = [child.id for child in item.children if child.is_field]
    yield from all_known("le champ", spec.distinct or (), fields, (*location, "distinct"))
    if spec.own and spec.over is not None:
        yield (
            (*location, "own"),
            "ces lignes suivent celles d'un autre document : personne ne les écrit. Retirez « own ».",
        )
    if spec.over is not None:
        yield from _over(form, item)
    elif spec.default is not None:
        yield from _default_rows(form, item)


def _over(form: CompiledForm, item: Item) -> Iterator[Found]:
    spec, location = item.spec, item.location
    for key in ("min", "max", "required", "default", "add"):
        if getattr(spec, key) not in (None, False):
            yield (
                (*location, key),
                f"ces lignes suivent celles de « {spec.over} » : on n'en ajoute pas. Retirez « {key} ».",
            )
    head, _, name = spec.over.partition(".")
    drafting = form.drafting
    if head == "subject":
        sources = drafting.subject_draftings()
        missing = form.form.subject is None
    else:
        sources = drafting.link_draftings(head) if head in form.form.links else ()
        missing = head not in form.form.links
    where = (*location, "over")
    if missing or not name or "." in name:
        yield where, f"« {spec.over} » : écrivez un lien (ou « subject »), un point, puis son champ à lignes."
    elif sources:
        yield from _over_field(spec.over, name, sources, where)


def _over_field(over: str, name: str, sources: tuple[Drafting, ...], location: Location) -> Iterator[Found]:
    found = [one.skeleton.named[name] for one in sources if name in one.skeleton.named]
    if not found:
        rows = [item.id for one in sources for item in one.skeleton.named.values() if item.type == "rows"]
        yield location, f"« {over} » n'existe pas.{nearest(name, rows)}"
    elif any(item.type != "rows" for item in found):
        yield location, f"« {over} » n'est pas un champ à lignes."


def _default_rows(form: CompiledForm, item: Item) -> Iterator[Found]:
    location = (*item.location, "default", "ref")
    pairs = list(copied_pairs(form, item))
    if form.rules[item.path].default is not None and not pairs:
        yield location, "ces lignes n'ont aucun champ de même nom : rien ne serait repris."
    for child, source, drafting in pairs:
        wanted, found = form.drafting.item_type(child), drafting.item_type(source)
        if wanted is not None and found is not None and not fits(found, wanted):
            yield (
                location,
                f"« {child.id} » est repris d'un autre type : {found.words()}, il faut {wanted.words()}.",
            )


def copied_pairs(form: CompiledForm, item: Item) -> Iterator[tuple[Item, Item, Drafting]]:
    """Walk the fields of rows that a default fills, with the field each comes from and its form."""
    source = _rows_read(form, item)
    if source is None or source.type.rows is None:
        return
    inner = {child.id: child for child in source.type.rows.children}
    owner = form.drafting.owner(source)
    for child in item.children:
        if child.is_field and child.id in inner and inner[child.id].is_field:
            yield child, inner[child.id], owner


def _rows_read(form: CompiledForm, item: Item) -> Reference | None:
    default = item.spec.default
    if default is None or default.ref.startswith("."):
        return None
    return form.drafting.reader(tuple(default.ref.split(".")))

"""Items: keys that mean something for their type, bounds that agree, targets that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.checks.common import Found, displayed, ordered, unknown
from engine.checks.options import check_cascade, check_choice, check_count, check_details, check_root
from engine.checks.rows import check_rows
from engine.checks.signatures import check_signature
from engine.checks.tally import check_tally
from engine.compile import CompiledForm
from engine.drafting import Drafting
from engine.skeleton import Item

Check = Callable[[CompiledForm, Item], Iterator[Found]]

SHAREABLE = frozenset(
    {"text", "number", "date", "time", "boolean", "choice", "cascade", "checklist", "reference"}
)


def check_items(form: CompiledForm) -> Iterator[Found]:
    """Find what is wrong with each item, and with each step as a page."""
    yield from _steps(form)
    for item in form.skeleton.items.values():
        yield from _labelled(item)
        yield from _shown_as(item)
        yield from _renewed(item)
        yield from _shared(form, item)
        for check in CHECKS.get(item.type, ()):
            yield from check(form, item)


def _steps(form: CompiledForm) -> Iterator[Found]:
    for part in form.skeleton.steps:
        if not part.items:
            yield (
                (*part.location, "items"),
                f"l'étape « {part.id} » est vide. Ajoutez-y un élément, ou retirez-la.",
            )
        if part.spec.gate and part.spec.apart:
            yield (
                (*part.location, "gate"),
                "une étape à part n'a pas de « Suivant » : retirez « gate » ou « apart ».",
            )
    if all(part.spec.apart for part in form.skeleton.steps):
        yield (
            ("steps",),
            "toutes les étapes sont à part : il en faut une dans le parcours. Retirez un « apart ».",
        )


def _labelled(item: Item) -> Iterator[Found]:
    if item.spec.label is None and (item.is_field or item.type == "computed"):
        yield (
            item.location,
            f"« {item.id} » n'a pas de « label » : un champ sans nom ne se lit pas. Ajoutez-le.",
        )


def _renewed(item: Item) -> Iterator[Found]:
    if item.parent is not None and "renew" in item.spec.model_fields_set:
        yield (
            (*item.location, "renew"),
            f"« {item.parent.id} » se renouvelle d'un bloc : mettez-y « renew » et retirez celui-ci.",
        )


def _shown_as(item: Item) -> Iterator[Found]:
    display = getattr(item.spec, "display", None)
    if display is not None:
        yield from displayed(
            display, (item.type, getattr(item.spec, "many", False)), (*item.location, "display")
        )


def _shared(form: CompiledForm, item: Item) -> Iterator[Found]:
    if not getattr(item.spec, "shared", False):
        return
    location = (*item.location, "shared")
    if form.form.nature != "record":
        yield location, "seule une fiche (« record ») partage ses champs. Retirez « shared »."
    elif item.parent is not None or item.type not in SHAREABLE:
        yield (
            location,
            f"« {item.type} » ne se partage pas ici : seulement un champ simple, hors de tout groupe.",
        )


# --- one type ----------------------------------------------------------------------------------


def _bounded(_form: CompiledForm, item: Item) -> Iterator[Found]:
    spec = item.spec
    yield from ordered(spec.min, spec.max, item.location)
    if isinstance(spec.default, (int, float, str)) and not isinstance(spec.default, bool):
        for low, high in ((spec.min, spec.default), (spec.default, spec.max)):
            if any(ordered(low, high, ())):
                yield (*item.location, "default"), "cette valeur par défaut est hors des bornes. Corrigez-la."


def _text(_form: CompiledForm, item: Item) -> Iterator[Found]:
    spec, location = item.spec, item.location
    if isinstance(spec.default, str) and spec.max is not None and len(spec.default) > spec.max:
        yield (*location, "default"), f"ce texte dépasse « max » ({spec.max}). Raccourcissez-le."
    if spec.generate is None:
        return
    if spec.lines > 1 or item.parent is not None:
        yield (
            (*location, "generate"),
            "un numéro s'engendre dans un texte court, hors de tout groupe et de toutes lignes.",
        )
    if spec.default is not None:
        yield (
            (*location, "default"),
            "un texte engendré n'a pas de valeur par défaut. Retirez « default » ou « generate ».",
        )
    if spec.max is not None and spec.generate > spec.max:
        yield (
            (*location, "generate"),
            f"{spec.generate} caractères dépassent « max » ({spec.max}). Corrigez l'un des deux.",
        )


def _reference(form: CompiledForm, item: Item) -> Iterator[Found]:
    library = form.drafting.library
    records = [name for name in library.forms if _is_record(library.newest(name))]
    known = ["person", *library.roles.places, *records, *library.absent]
    if item.spec.to not in known:
        yield (*item.location, "to"), unknown("la personne, le lieu ou la fiche", item.spec.to, known)


def _is_record(drafting: Drafting | None) -> bool:
    return drafting is not None and drafting.skeleton.form.nature == "record"


def _bound(form: CompiledForm, item: Item) -> Iterator[Found]:
    target = form.target(item)
    if target is not item and target.type not in SHAREABLE:
        yield (
            (*item.location, "to"),
            f"« {item.spec.to} » ({target.type}) ne se partage pas. Visez un champ simple.",
        )
    others = (one for one in form.skeleton.items.values() if one.type == "bound" and one.order < item.order)
    if any(one.spec.to == item.spec.to for one in others):
        yield (*item.location, "to"), f"« {item.spec.to} » est déjà repris par un autre champ. Gardez-en un."
    if "renew" in item.spec.model_fields_set:
        yield (
            (*item.location, "renew"),
            "un champ lié suit la fiche : il ne se renouvelle pas. Retirez « renew ».",
        )


def _recap(form: CompiledForm, item: Item) -> Iterator[Found]:
    links = form.form.links
    if item.spec.of not in links:
        yield (*item.location, "of"), unknown("le lien", item.spec.of, links)
        return
    linked = form.drafting.library.newest(links[item.spec.of].form)
    if linked is not None and linked.skeleton.form.access.closed:
        yield (
            (*item.location, "of"),
            f"« {linked.skeleton.id} » se ferme à certains : le rappeler ici l'ouvrirait à tous. "
            "Retirez ce rappel.",
        )


def _suggesting(form: CompiledForm, item: Item) -> Iterator[Found]:
    if item.spec.suggest is not None and form.target(item).type != "checklist":
        yield (
            (*item.location, "suggest"),
            "seules des cases à cocher (« checklist ») reçoivent des suggestions. Retirez « suggest ».",
        )


def _listing(form: CompiledForm, item: Item) -> Iterator[Found]:
    if item.spec.of not in form.form.collections:
        yield (*item.location, "of"), unknown("la collection", item.spec.of, form.form.collections)
        return
    for index, path in enumerate(item.spec.columns):
        if not path.startswith("."):
            yield (
                (*item.location, "columns", index),
                f"« {path} » se lit dans chaque document : écrivez « .{path} ».",
            )
        if path in item.spec.columns[:index]:
            yield (
                (*item.location, "columns", index),
                f"« {path} » est déjà une colonne. Retirez l'une des deux.",
            )
    for column in form.rules[item.path].columns:
        if column.type.kind in {"rows", "collection"}:
            yield (
                (*item.location, "columns", item.spec.columns.index(column.text)),
                f"« {column.text} » est {column.type.words()} : une case n'en montre pas. Prenez un champ.",
            )


def _section(_form: CompiledForm, item: Item) -> Iterator[Found]:
    spec = item.spec
    if not spec.items:
        yield (*item.location, "items"), f"« {item.id} » est vide. Ajoutez-y un élément, ou retirez-le."
    if spec.layout == "stack":
        return
    for child in item.children:
        if child.type != "section":
            yield (
                child.location,
                f"« {spec.layout} » ne tient que des sections. Mettez « {child.id} » dans l'une d'elles.",
            )
        elif child.spec.label is None:
            yield child.location, f"« {child.id} » n'a pas de « label » : son titre manquerait. Ajoutez-le."


def _namespace(_form: CompiledForm, item: Item) -> Iterator[Found]:
    if not item.children and not isinstance(item.spec.items, str):
        yield (*item.location, "items"), f"« {item.id} » est vide. Ajoutez-y un champ, ou retirez-le."


CHECKS: Mapping[str, tuple[Check, ...]] = {
    "text": (_text,),
    "number": (_bounded,),
    "date": (_bounded,),
    "time": (_bounded,),
    "choice": (check_choice, check_count, check_root, check_details),
    "cascade": (check_cascade, check_root, check_details),
    "checklist": (check_root, check_details),
    "reference": (_reference, check_count),
    "signature": (check_signature,),
    "bound": (_bound, _suggesting),
    "recap": (_recap,),
    "listing": (_listing,),
    "tally": (check_tally,),
    "section": (_section,),
    "group": (_namespace,),
    "rows": (_namespace, check_rows),
}

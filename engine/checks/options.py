"""Options: levels that follow the list, sources that come before, bounds and details that mean something."""

from __future__ import annotations

from collections.abc import Iterator

from engine import model
from engine.checks.common import Found, displayed, ordered, unknown
from engine.compile import CompiledForm
from engine.faults import Location, nearest
from engine.skeleton import Item


def check_choice(form: CompiledForm, item: Item) -> Iterator[Found]:
    """Find what is wrong with where options come from."""
    spec, location = item.spec, item.location
    for key in ("root", "level"):
        if getattr(spec, key) is not None and spec.list is None:
            yield (*location, key), f"« {key} » demande « list ». Retirez-le."
    if spec.level is not None and spec.list is not None and item.listing is not None:
        levels = item.listing.levels
        if spec.level not in levels:
            yield (*location, "level"), unknown("le niveau", spec.level, levels)
    if spec.from_rows is not None:
        yield from _from_rows(form, item)


def _from_rows(form: CompiledForm, item: Item) -> Iterator[Found]:
    name, location = item.spec.from_rows, (*item.location, "from_rows")
    source = form.skeleton.named.get(name)
    if source is None or source.type != "rows":
        rows = [one.id for one in form.skeleton.named.values() if one.type == "rows"]
        yield location, f"« {name} » n'est pas un champ à lignes de cette forme.{nearest(name, rows)}"
    elif source.order >= item.order:
        yield (
            location,
            f"« {name} » vient après : on ne choisit que parmi des lignes déjà remplies. Déplacez-le avant.",
        )


def check_root(_form: CompiledForm, item: Item) -> Iterator[Found]:
    """Find a subtree that holds nothing."""
    root = item.spec.root
    if (
        isinstance(root, str)
        and item.listing is not None
        and root in item.listing
        and not item.listing.children(root)
    ):
        yield (
            (*item.location, "root"),
            f"« {root} » n'a rien sous lui : rien ne serait proposé. Choisissez un code plus haut.",
        )


def check_details(_form: CompiledForm, item: Item) -> Iterator[Found]:
    """Find details that no option asks for."""
    if item.spec.details is None:
        return
    listing = item.listing
    if listing is not None and not any(listing.asks(code) for code in listing):
        yield (
            (*item.location, "details"),
            "aucune option ne demande de précision (« asks »). Retirez « details ».",
        )
    elif getattr(item.spec, "from_rows", None) is not None:
        yield (*item.location, "details"), "des lignes ne demandent pas de précision. Retirez « details »."


def check_cascade(_form: CompiledForm, item: Item) -> Iterator[Found]:
    """Find levels that do not follow those of the list."""
    spec, location = item.spec, item.location
    levels = tuple(level.id for level in spec.levels)
    listing = item.listing
    if listing is not None:
        starts = range(1, len(listing.levels)) if spec.root is not None else range(1)
        if isinstance(spec.root, str) and spec.root in listing:
            depth = len(listing.ancestors(spec.root)) + 1
            starts = range(depth, depth + 1)
        if not any(levels == listing.levels[start : start + len(levels)] for start in starts):
            known = ", ".join(listing.levels)
            yield (
                (*location, "levels"),
                f"les niveaux doivent suivre ceux de la liste « {listing.name} », dans l'ordre : {known}.",
            )
    if spec.required is not False:
        yield (
            (*location, "required"),
            "une cascade se rend obligatoire par « min » à son premier niveau. Retirez « required ».",
        )
    for index, level in enumerate(spec.levels):
        yield from _level(level, index, (*location, "levels", index))


def _level(level: model.CascadeLevel, index: int, location: Location) -> Iterator[Found]:
    yield from ordered(level.min, level.max, location)
    if index == 0 and level.many:
        yield (
            (*location, "many"),
            "le premier niveau se répète de lui-même, de « min » à « max ». Retirez « many ».",
        )
    if index > 0 and not level.many and level.max is not None:
        yield (*location, "max"), "« max » compte des choix multiples : ajoutez « many », ou retirez-le."
    if index > 0 and not level.many and isinstance(level.min, int) and level.min > 1:
        yield (*location, "min"), "un seul choix est possible à ce niveau : ajoutez « many », ou écrivez 1."
    if level.display is not None:
        yield from displayed(level.display, ("choice", index > 0 and level.many), (*location, "display"))


def check_count(_form: CompiledForm, item: Item) -> Iterator[Found]:
    """Find bounds on how many are chosen that cannot be met."""
    spec = item.spec
    if not spec.many:
        for key in ("min", "max"):
            if getattr(spec, key, None) is not None:
                yield (
                    (*item.location, key),
                    f"« {key} » compte des choix multiples : ajoutez « many », ou retirez-le.",
                )
    else:
        yield from ordered(spec.min, getattr(spec, "max", None), item.location)

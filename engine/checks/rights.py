"""Rights: known words, known states, and nothing that would be ignored in silence."""

from __future__ import annotations

from collections.abc import Iterator

from engine import model
from engine.access import BUILT_IN
from engine.checks.common import Found, all_known, all_versions, once, state_ids
from engine.compile import CompiledForm
from engine.drafting import Library
from engine.faults import Location, nearest
from engine.skeleton import Item, StepPart


def check_rights(form: CompiledForm) -> Iterator[Found]:
    """Find what is wrong with the rights and the restrictions of parts.

    Rights come from the newest version: they may name the states and actions of older ones.
    """
    versions = all_versions(form.drafting, form.id)
    states = state_ids(versions)
    actions = {action.id for version in versions for action in version.lifecycle.actions}
    for index, right in enumerate(form.form.access.rights):
        location: Location = ("access", "rights", index)
        if form.id not in form.drafting.library.absent:
            yield from _may(right, actions, (*location, "may"))
            yield from all_known("l'état", right.in_ or (), states, (*location, "in"))
        if "create" in right.may:
            yield from _create(form, right, location)
        if "suggest" in right.may:
            yield from _suggest(form, right, location)
    yield from _closings(form)
    yield from _like_its_record(form)
    yield from _nobody(form)


def _closings(form: CompiledForm) -> Iterator[Found]:
    known = form.drafting.library.expand
    closings = form.form.access.closed
    yield from once("la fermeture", (one.id for one in closings), ("access", "closed"))
    for index, closing in enumerate(closings):
        location: Location = ("access", "closed", index)
        yield from all_known("le rôle ou groupe", closing.who or (), known, (*location, "who"))
        if "{" in closing.message:
            yield (
                (*location, "message"),
                "ce message se montre à qui ne peut pas lire le document : il ne cite aucune réponse.",
            )


def _like_its_record(form: CompiledForm) -> Iterator[Found]:
    """What is about a record names it: it is shut whenever the record is, and to the same people."""
    library, versions = form.drafting.library, all_versions(form.drafting, form.id)
    record = None if form.form.subject is None else library.newest(form.form.subject)
    if record is None or not versions or versions[-1].version != form.version:
        return  # rights are those of the newest version
    own = {one.id: one.who for one in form.form.access.closed}
    for one in record.skeleton.form.access.closed:
        if one.id not in own or not _whom(own[one.id], library) >= _whom(one.who, library):
            text = (
                f"« {record.skeleton.form.form} » se ferme par « {one.id} » : ce qui porte sur cette fiche "
                "se ferme avec elle, aux mêmes rôles. Ajoutez cette fermeture ici."
            )
            yield ("access", "closed"), text


def _whom(who: list[str] | None, library: Library) -> frozenset[str]:
    """The roles that a closing bears on, every role when it names none."""
    names = library.expand if who is None else who
    return frozenset().union(*(library.expand.get(name, frozenset()) for name in names))


def _may(right: model.Right, actions: set[str], location: Location) -> Iterator[Found]:
    for index, word in enumerate(right.may):
        if word not in BUILT_IN | actions:
            known = nearest(word, BUILT_IN | actions)
            yield (
                (*location, index),
                f"« {word} » n'est ni un droit (create, read, write, print, suggest) ni une action.{known}",
            )


def _create(form: CompiledForm, right: model.Right, location: Location) -> Iterator[Found]:
    for key, given in (("in", right.in_), ("only", right.only), ("when", right.when)):
        if given is not None:
            yield (
                (*location, key),
                f"« create » ne dépend pas de « {key} » : le document n'existe pas encore. Faites-en deux.",
            )
    library = form.drafting.library
    held = {role.id for role in library.roles.roles if (role.held_in or "").split(".")[0] == form.id}
    for index, name in enumerate(right.who):
        if library.expand.get(name) and library.expand[name] <= held:
            yield (
                (*location, "who", index),
                f"« {name} » est tenu dans ce document même : il ne peut pas le créer. Retirez-le.",
            )


def _suggest(form: CompiledForm, right: model.Right, location: Location) -> Iterator[Found]:
    """Nobody proposes an answer to what they cannot read; somebody must be there to take it."""
    library, rights = form.drafting.library, form.form.access.rights
    readers, writers = (
        frozenset().union(*(_whom(one.who, library) for one in rights if verb in one.may), frozenset())
        for verb in ("read", "write")
    )
    for index, name in enumerate(right.who):
        if not library.expand.get(name, frozenset()) <= readers:
            yield (
                (*location, "who", index),
                f"« {name} » ne peut pas lire ce document : il n'a rien à proposer. Ajoutez-lui « read ».",
            )
    if not writers:
        yield (
            (*location, "may"),
            "personne ne peut modifier ce document : aucune proposition n'y serait reprise. Donnez « write » "
            "à un rôle, ou retirez « suggest ».",
        )


def _nobody(form: CompiledForm) -> Iterator[Found]:
    parts: list[StepPart | Item] = [*form.skeleton.steps, *form.skeleton.items.values()]
    for part in parts:
        for key in ("readers", "writers"):
            if getattr(part.spec, key) == []:
                yield (
                    (*part.location, key),
                    f"« {key} » est vide : ce ne serait permis à personne. Nommez des rôles, ou retirez-le.",
                )

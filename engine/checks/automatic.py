"""Documents created by themselves: what they are made of, and that none calls for the next without end."""

from __future__ import annotations

from collections.abc import Iterator

from engine import model
from engine.checks.common import Found, all_known, once
from engine.checks.moves import check_create, check_rows
from engine.compile import CompiledForm
from engine.drafting import Library
from engine.faults import Location


def check_automatic(form: CompiledForm) -> Iterator[Found]:
    """Find what is wrong with what a form creates by itself; what it would reveal is among the leaks."""
    states = [state.id for state in form.form.lifecycle.states]
    yield from once("la création automatique", (one.id for one in form.form.automatic), ("automatic",))
    for index, (one, compiled) in enumerate(zip(form.form.automatic, form.automatic, strict=True)):
        location: Location = ("automatic", index, "effect")
        yield from all_known("l'état", one.in_ or (), states, ("automatic", index, "in"))
        yield from check_create(form, one.effect, one.in_ or states, location)
        yield from check_rows(form, compiled.effect, location)
        if one.effect.copy_ is not None:
            yield (*location, "copy"), "ce qui se crée de soi-même ne copie rien. Remplissez-le par « set »."
        yield from _endless(form, one.effect, (*location, "form"))


def _endless(form: CompiledForm, effect: model.CreateEffect, location: Location) -> Iterator[Found]:
    """A chain that comes back to its first form would create documents for ever."""
    way = _way(form.drafting.library, effect.form, form.id, (form.id,))
    if way:
        names = " → ".join(f"« {name} »" for name in way)
        yield location, f"{names} : chacun créerait le suivant, sans fin. Retirez l'une de ces créations."


def _way(library: Library, start: str, end: str, way: tuple[str, ...]) -> tuple[str, ...]:
    """The forms that lead from one to another, each creating the next; nothing when there is no way."""
    if start == end:
        return (*way, end)
    found = library.newest(start)
    if start in way or found is None:
        return ()
    created = (one.effect.form for one in found.skeleton.form.automatic)
    return next(filter(None, (_way(library, one, end, (*way, start)) for one in created)), ())

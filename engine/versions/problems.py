"""The problems that a form states, side by side: a new error is a bound that is tightened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine import model
from engine.saying import provided, say_condition
from engine.versions.changes import DRAFTS, MAJOR, MINOR, PATCH, Change, Thing, cut
from engine.versions.uses import touched
from engine.versions.world import World, thing_of

LEVELS = {"error": "une erreur, qui bloque", "warning": "un avertissement", "info": "une information"}
RANK = {"info": 0, "warning": 1, "error": 2}


def compare_problems(
    world: World, old: Sequence[model.Problem], new: Sequence[model.Problem], rows: Thing | None = None
) -> Iterator[Change]:
    """Compare the problems of a form, or of some rows."""
    before, after = {one.id: one for one in old}, {one.id: one for one in new}
    for name, one in after.items():
        thing = _thing(one, rows)
        if name in before:
            yield from _both(world, thing, before[name], one)
        else:
            blocks = one.level == "error"
            words = f"s'ajoute : {LEVELS[one.level]} {provided(say_condition(one.when, world.new.labels))}"
            yield thing.does("added", MAJOR if blocks else MINOR, words, *((DRAFTS,) if blocks else ()))
    for name, one in before.items():
        if name not in after:
            yield _thing(one, rows).does("removed", MINOR, "n'est plus donné")
    if [name for name in before if name in after] != [name for name in after if name in before]:
        path = "problems" if rows is None else f"{rows.path}.problems"
        yield Thing(path, "l'ordre des messages").does("order", PATCH, "change")


def _thing(one: model.Problem, rows: Thing | None) -> Thing:
    path = f"problems.{one.id}" if rows is None else f"{rows.path}.problems.{one.id}"
    holder = "" if rows is None else f"{rows.path}."
    fields = tuple(f"{holder}{on[1:]}" if on.startswith(".") else on for on in one.on)
    return Thing(path, f"le message {cut(one.message, 60)}", False, fields)


def _both(world: World, thing: Thing, was: model.Problem, now: model.Problem) -> Iterator[Change]:
    if was.level != now.level:
        blocks = now.level == "error"
        words = f"est maintenant {LEVELS[now.level]}"
        yield thing.does("level", MAJOR if blocks else MINOR, words, *((DRAFTS,) if blocks else ()))
    if was.when != now.when:
        blocks = now.level == "error"
        items = world.new.skeleton.items
        on = [items[path] for one in thing.affects if (path := tuple(one.split("."))) in items]
        clause = provided(say_condition(now.when, world.new.labels))
        words = f"est maintenant donné {clause}{touched([thing_of(item) for item in on])}"
        yield thing.does("when", MAJOR if blocks else MINOR, words, *((DRAFTS,) if blocks else ()))
    if was.message != now.message:
        yield thing.says("message", PATCH, f"un message est écrit autrement : {cut(now.message)}")
    if was.on != now.on:
        yield thing.does("on", PATCH, "se montre sur d'autres champs")

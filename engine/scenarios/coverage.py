"""What scenarios reach of a form, moment by moment, with the tests that run for real."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.answers import all_codes
from engine.compile import CompiledForm
from engine.evaluate import FormState
from engine.model import Slug
from engine.paths import Path, dotted
from engine.scenarios.model import Expect
from engine.scenarios.playing import Played
from engine.scenarios.targets import Watched, watched
from engine.scopes import RowElement, Scope

Key = tuple[str, ...]
Reached = set[tuple[str, Key]]


def reached(moments: Iterable[Played]) -> Reached:
    """Gather what the moments of one scenario reach, as (kind, key) of targets."""
    found: Reached = set()
    before: Slug | None = None
    for moment in moments:
        state = moment.seen.state
        if moment.done and before is not None:
            found.add(("transition", (moment.done, before)))
        before = state.document["state"]
        found |= {("condition", key) for key in _conditions(state)}
        found |= {("choice", key) for key in _choices(state)}
        if _looks(moment.expect) and len(moment.roles) == 1:
            found.add(("access", (moment.roles[0], before)))
    return found


def _looks(expect: Expect | None) -> bool:
    """Tell whether something is expected of rights."""
    if expect is None:
        return False
    parts = (expect.readable, expect.unreadable, expect.writable, expect.suggestible, expect.actions)
    return any(part is not None for part in parts)


def _conditions(state: FormState) -> Iterator[Key]:
    for one in watched(state.form):
        for scope in _scopes(one, state):
            yield one.where, "vrai" if one.test.holds(scope) else "faux"


def _scopes(one: Watched, state: FormState) -> Iterator[Scope]:
    """Where a condition is asked: once, or in each row; never where its step no longer changes."""
    if one.item is None:
        yield Scope(state)
        return
    if state.frozen(one.item.step) is not None or one.item.step not in state.steps:
        return
    if one.inside:
        for row in state.rows.get(one.item.path, ()):
            yield Scope(state, RowElement(state, (*one.item.path, row)))
        return
    for path in state.instances(one.item):
        yield state.scope(path)


def _choices(state: FormState) -> Iterator[Key]:
    for item in state.form.skeleton.items.values():
        if item.listing is None:
            continue
        for path in state.instances(item):
            for code in _picked(state, path):
                yield dotted(item.path), code
                for above in item.listing.ancestors(code):
                    yield dotted(item.path), above


def _picked(state: FormState, path: Path) -> Iterator[str]:
    stored = state.stored(path)
    return all_codes(stored) if isinstance(stored, list) else iter(())


def same_form(moment: Played, form: CompiledForm) -> bool:
    """Tell whether a moment is of a form's very version."""
    played = moment.seen.state.form
    return (played.id, played.version) == (form.id, form.version)

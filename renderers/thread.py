"""The thread of a wizard's steps: those around the current one in sight, the others folded.

It is drawn link by link: what all the steps of a form are in, together, is too much to be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from markupsafe import escape

from renderers.cut import MARKED, Marker, Pieces
from renderers.french import french
from renderers.templating import ENVIRONMENT, Stub, plural
from renderers.tree import StepLink

WHOLE = 9  # steps that stand side by side on a narrow screen
AROUND = 3  # before and after the current one, when there are more
PLAIN, MARKED_THREAD = (cast(Any, one.get_template("thread.html").module) for one in (ENVIRONMENT, MARKED))
_pieces = Pieces()


class Stretch(NamedTuple):
    """Steps that follow one another; with a title, they are folded under it."""

    title: str
    steps: Sequence[StepLink] | Stub


def stretches(steps: Sequence[StepLink]) -> tuple[Stretch, ...]:
    """Part a thread: what comes long before, what is in sight, what comes long after."""
    if len(steps) <= WHOLE:
        return (Stretch("", steps),)
    at = next((n for n, step in enumerate(steps) if step.current), 0)
    first = max(0, min(at - AROUND, len(steps) - 2 * AROUND - 1))
    last = first + 2 * AROUND + 1
    near = Stretch("", steps[first:last])
    return tuple(one for one in (_folded(steps[:first]), near, _folded(steps[last:])) if one.steps)


def _folded(steps: Sequence[StepLink]) -> Stretch:
    if not steps:
        return Stretch("", ())
    where = f"Étapes {steps[0].n} à {steps[-1].n}" if len(steps) > 1 else f"Étape {steps[0].n}"
    done = sum(step.done for step in steps)
    return Stretch(f"{where} : {plural(done, 'complète', 'complètes')}" if done else where, steps)


def thread(where: str, steps: Sequence[StepLink]) -> str:
    """Draw what the thread holds, as `thread` of `templates/thread.html` does."""
    parts = stretches(steps)
    links = ["".join([_link(step) for step in cast(Sequence[StepLink], part.steps)]) for part in parts]
    holes: list[str] = [escape(french(where))]
    for part, drawn in zip(parts, links, strict=True):
        holes += [escape(french(part.title)), drawn]
    key = tuple(bool(part.title) for part in parts)
    piece = _pieces.find(key)
    if piece is not None:
        return piece.fill(holes)
    marker = Marker()
    place = marker.words()
    marked = [Stretch(part.title and title, Stub(inside)) for part, title, inside in _marks(parts, marker)]
    return _pieces.learn(key, holes, PLAIN.thread(where, parts), MARKED_THREAD.thread(place, marked))


def _marks(parts: Sequence[Stretch], marker: Marker) -> list[tuple[Stretch, Any, Any]]:
    return [(part, marker.words(), marker.plain()) for part in parts]


def _link(step: StepLink) -> str:
    return cast(str, _pieces.once(step, lambda: str(PLAIN.link(step))))

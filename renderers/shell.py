"""What surrounds a step drawn already: its page, and the answer to an automatic save, as pieces.

See `renderers.cut`: `templates/wizard.html` and `templates/regions.html` are rendered once for each look that
they take (the thread, the buttons, the navigation) and cut where this person's and this moment's texts go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from markupsafe import Markup

from renderers.cut import MARKED, Marker, Piece, Pieces
from renderers.french import french
from renderers.live_step import LiveStep
from renderers.pages import Frame, WizardPage
from renderers.templating import ENVIRONMENT, Stub, printed
from renderers.thread import thread

_pieces = Pieces()
_PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_.-]*")


class Outline(NamedTuple):
    """A step whose items are drawn already."""

    title: str
    help: str
    has_required: bool
    nodes: Stub


def page(screen: WizardPage, step: LiveStep, frame: Frame) -> str:
    """Draw a step's page around the step."""
    look = ("page", frame.nav, frame.flash_level, frame.demo, screen.quit, step.title, step.help)
    buttons = (screen.back, screen.next, screen.save, screen.live, step.has_required)
    return _draw("wizard.html", (*look, *buttons), screen, frame, step.parts, screen.show_errors)


def regions(screen: WizardPage, frame: Frame, drawn: Sequence[str]) -> str:
    """Draw the answer to an automatic save around the items that it changed."""
    parts = ["\n".join(drawn)] if drawn else []
    return _draw("regions.html", ("regions", bool(parts)), screen, frame, parts, False)


def _draw(
    template: str, look: Hashable, screen: WizardPage, frame: Frame, parts: list[str], unusual: bool
) -> str:
    shape = (bool(screen.steps), bool(screen.saved), bool(frame.user), bool(frame.role))
    key = (look, shape, bool(frame.flash), bool(screen.over))
    unusual = unusual or bool(screen.notices or screen.proposals) or not _PLAIN_TOKEN.fullmatch(frame.csrf)
    piece = None if unusual else _pieces.find(key)
    if piece is not None:
        return _filled(piece, screen, frame, parts)
    inside = "".join(parts) if parts else None
    plain = _render(ENVIRONMENT, template, screen, frame, None if inside is None else Markup(inside))
    if unusual:
        return plain
    marker = Marker()
    marked = _marked(screen, frame, marker)
    last = None if inside is None else marker.plain()
    holes = [*_holes(screen, frame, range(len(HOLES))), inside or ""]
    return _pieces.learn(key, holes, plain, _render(MARKED, template, *marked, last))


def _filled(piece: Piece, screen: WizardPage, frame: Frame, inside: list[str]) -> str:
    """Fill a piece whose last hole is what the page is about: joined once, as it is long."""
    last = len(HOLES)
    parts = piece.parts([*_holes(screen, frame, piece.used - {last}), ""])
    if last in piece.used:
        at = 2 * piece.picks.index(last) + 1
        parts[at : at + 1] = inside
    return "".join(parts)


def _holes(screen: WizardPage, frame: Frame, used: Iterable[int]) -> list[str]:
    """What fills the holes that are used, in their places."""
    found = [""] * len(HOLES)
    for hole in used:
        found[hole] = HOLES[hole](screen, frame)
    return found


def _words(text: str) -> str:
    return printed(french(text))


HOLES: Sequence[Callable[[WizardPage, Frame], str]] = (  # in the order of the marks
    lambda screen, _: _words(screen.title),
    lambda screen, _: _words(screen.over),
    lambda screen, _: _words(screen.saved),
    lambda _, frame: _words(frame.role),
    lambda _, frame: _words(frame.flash),
    lambda screen, _: printed(screen.action),
    lambda screen, _: printed(screen.base),
    lambda screen, _: printed(screen.sitting),
    lambda _, frame: printed(frame.user),
    lambda _, frame: printed(frame.once),
    lambda _, frame: frame.csrf,
    lambda screen, _: str(screen.revision),
    lambda screen, _: thread(screen.where, screen.steps) if screen.steps else "",
)


def _marked(screen: WizardPage, frame: Frame, marker: Marker) -> tuple[WizardPage, Frame]:
    """Put marks in a screen and its frame, in the order of the holes; what is empty stays so."""
    title, over, saved, role, flash = (marker.words() for _ in range(5))
    action, base, sitting, user, once, csrf = (marker.plain() for _ in range(6))
    revision, links = marker.state(), cast(Any, Stub(marker.plain()))
    return (
        replace(
            screen,
            title=title,
            over=screen.over and over,
            saved=screen.saved and saved,
            action=action,
            base=base,
            sitting=sitting,
            revision=revision,
            steps=screen.steps and links,
        ),
        replace(
            frame,
            role=frame.role and role,
            flash=frame.flash and flash,
            user=frame.user and user,
            once=once,
            csrf=csrf,
        ),
    )


def _render(environment: Any, template: str, screen: WizardPage, frame: Frame, inside: str | None) -> str:
    nodes = () if inside is None else (Stub(inside),)
    if template == "wizard.html":
        step: Any = Outline(screen.step.title, screen.step.help, screen.step.has_required, Stub(inside or ""))
        screen = replace(screen, step=step)
    context = {
        "screen": screen,
        "frame": frame,
        "places": {},
        "nodes": nodes,
        "oob": template != "wizard.html",
    }
    return str(environment.get_template(template).render(context))

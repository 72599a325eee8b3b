"""What surrounds a step drawn already: its page, and the answer to an automatic save, as pieces.

See `renderers.cut`: `templates/wizard.html` and `templates/regions.html` are rendered once for each look that
they take (the thread, the buttons, the navigation) and cut where this person's and this moment's texts go.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from renderers.cut import MARKED, Marker, Pieces
from renderers.drawing import LiveStep
from renderers.french import french
from renderers.pages import Frame, WizardPage
from renderers.templating import ENVIRONMENT, Stub

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
    return _draw("wizard.html", (*look, *buttons), screen, frame, [step.html], screen.show_errors)


def regions(screen: WizardPage, frame: Frame, drawn: Sequence[str]) -> str:
    """Draw the answer to an automatic save around the items that it changed."""
    parts = ["\n".join(drawn)] if drawn else []
    return _draw("regions.html", ("regions", bool(parts)), screen, frame, parts, False)


def _draw(
    template: str, look: Hashable, screen: WizardPage, frame: Frame, parts: list[str], unusual: bool
) -> str:
    holes = [*_holes(screen, frame), *parts]
    shape = (screen.steps, screen.where, bool(screen.saved), bool(frame.user), bool(frame.role))
    key = (look, shape, bool(frame.flash), bool(screen.over))
    unusual = unusual or bool(screen.notices) or not _PLAIN_TOKEN.fullmatch(frame.csrf)
    piece = None if unusual else _pieces.find(key)
    if piece is not None:
        return piece.fill(holes)
    plain = _render(ENVIRONMENT, template, screen, frame, [Markup(part) for part in parts])
    if unusual:
        return plain
    marker = Marker()
    marked = _marked(screen, frame, marker)
    return _pieces.learn(
        key, holes, plain, _render(MARKED, template, *marked, [marker.plain() for _ in parts])
    )


def _holes(screen: WizardPage, frame: Frame) -> list[str]:
    words = (screen.title, screen.over, screen.saved, frame.role, frame.flash)
    plain = (screen.action, screen.base, screen.sitting, frame.user, frame.once)
    return [*map(escape, map(french, words)), *map(escape, plain), frame.csrf, str(screen.revision)]


def _marked(screen: WizardPage, frame: Frame, marker: Marker) -> tuple[WizardPage, Frame]:
    """Put marks in a screen and its frame, in the order of the holes; what is empty stays so."""
    title, over, saved, role, flash = (marker.words() for _ in range(5))
    action, base, sitting, user, once, csrf = (marker.plain() for _ in range(6))
    return (
        replace(
            screen,
            title=title,
            over=screen.over and over,
            saved=screen.saved and saved,
            action=action,
            base=base,
            sitting=sitting,
            revision=marker.state(),
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


def _render(environment: Any, template: str, screen: WizardPage, frame: Frame, parts: list[Any]) -> str:
    nodes = tuple(Stub(part) for part in parts)
    if template == "wizard.html":
        step: Any = Outline(screen.step.title, screen.step.help, screen.step.has_required, nodes[0])
        screen = replace(screen, step=step)
    context = {
        "screen": screen,
        "frame": frame,
        "places": {},
        "nodes": nodes,
        "oob": template != "wizard.html",
    }
    return str(environment.get_template(template).render(context))

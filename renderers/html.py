"""HTML of the screens: a page, a block of it, or the regions that a save changed.

Texts reach the templates as data and are escaped there; no user text is ever compiled as a template.
A step comes as a tree that the templates draw (`StepView`), or drawn already (`LiveStep`: see
`renderers.live_step`, and `renderers.cut` for why).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from jinja2_fragments import render_block
from markupsafe import Markup

from renderers import gestures, pages, shell
from renderers.live_step import LiveStep
from renderers.templating import ENVIRONMENT, Stub, outline, top
from renderers.tree import Node, StepView

Screen = pages.Screen | gestures.Gesture


def page(screen: Screen, frame: pages.Frame) -> str:
    """Draw a whole page."""
    if isinstance(screen, pages.WizardPage) and isinstance(screen.step, LiveStep):
        return shell.page(screen, screen.step, frame)
    return ENVIRONMENT.get_template(PAGES[type(screen)]).render(_context(screen, frame))


def fragment(screen: Screen, frame: pages.Frame, block: str) -> str:
    """Draw one block of a page, out of the same template."""
    return render_block(ENVIRONMENT, PAGES[type(screen)], block, _context(screen, frame))


def regions(screen: pages.WizardPage, frame: pages.Frame, parts: Iterable[Node | str]) -> str:
    """Draw what a save changed, to be put in place out of band: these items, the thread, the status.

    An item is a view, or drawn already.
    """
    parts = list(parts)
    drawn = [part for part in parts if isinstance(part, str)]
    if len(drawn) == len(parts):
        return shell.regions(screen, frame, drawn)
    nodes = [Stub(Markup(part)) if isinstance(part, str) else part for part in parts]
    context = _context(screen, frame) | {"nodes": nodes, "oob": True}
    views = [part for part in parts if not isinstance(part, str)]
    context["places"] = outline(views, top("")) | context["places"]
    return ENVIRONMENT.get_template("regions.html").render(context)


def difference(title: str, parts: Sequence[Any]) -> str:
    """Draw what changes between two definitions: for each, a heading and its changes by class."""
    return ENVIRONMENT.get_template("difference.html").render(title=title, parts=parts)


def _context(screen: Screen, frame: pages.Frame) -> dict[str, Any]:
    step = screen.step if isinstance(screen, STEPS) else None
    places = outline(step.nodes, top(step.title)) if isinstance(step, StepView) else {}
    return {"screen": screen, "frame": frame, "places": places, "oob": False}


STEPS = (pages.WizardPage, gestures.PreviewPage, gestures.ProposePage)  # pages of one step
PAGES: dict[type, str] = {
    pages.LoginPage: "login.html",
    pages.ListPage: "list.html",
    pages.PlaceChoice: "place.html",
    pages.RecordPage: "record.html",
    pages.WizardPage: "wizard.html",
    pages.DocumentPage: "document.html",
    pages.ConfirmPage: "confirm.html",
    pages.ConflictPage: "conflict.html",
    pages.HistoryPage: "history.html",
    pages.BesidePage: "beside.html",
    pages.RehearsalPage: "rehearsal.html",
    pages.LifePage: "life.html",
    pages.ErrorPage: "error.html",
    pages.FaultsPage: "faults.html",
    pages.TextPage: "text.html",
    pages.ResumePage: "resume.html",
    pages.UnsavedPage: "unsaved.html",
    pages.ImportChoice: "import_choice.html",
    pages.ImportPreview: "import_preview.html",
    gestures.SearchPage: "search.html",
    gestures.TasksPage: "tasks.html",
    gestures.OverviewPage: "overview.html",
    gestures.PlacesPage: "places.html",
    gestures.HandoverPage: "handover.html",
    gestures.HandedPage: "handed.html",
    gestures.PreviewPage: "preview.html",
    gestures.ProposePage: "propose.html",
}

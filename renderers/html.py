"""HTML of the screens: a page, a block of it, or the regions that a save changed.

Texts reach the templates as data and are escaped there; no user text is ever compiled as a template.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2_fragments import render_block

from renderers import marks, pages
from renderers.french import counter, french
from renderers.tree import FieldView, FoldView, LevelView, Message, Node, OptionView, SectionView, SlotView

STATIC = Path(__file__).parent.parent / "web" / "static"
SIMPLE = {"text", "number", "date", "boolean", "choice", "reference", "computed"}


class Place(NamedTuple):
    """Where an item stands in a step."""

    level: int  # of its heading
    fold: bool  # it is one of an accordion
    boxed: bool  # a card or a fold surrounds it already
    above: str = ""  # the heading above, not to be repeated


def page(screen: pages.Screen, frame: pages.Frame) -> str:
    """Draw a whole page."""
    return ENVIRONMENT.get_template(PAGES[type(screen)]).render(_context(screen, frame))


def fragment(screen: pages.Screen, frame: pages.Frame, block: str) -> str:
    """Draw one block of a page, out of the same template."""
    return render_block(ENVIRONMENT, PAGES[type(screen)], block, _context(screen, frame))


def regions(screen: pages.WizardPage, frame: pages.Frame, nodes: Iterable[Node]) -> str:
    """Draw what a save changed, to be put in place out of band: these items, the thread, the status."""
    nodes = tuple(nodes)
    context = _context(screen, frame) | {"nodes": nodes, "oob": True}
    context["places"] = outline(nodes, "") | context["places"]
    return ENVIRONMENT.get_template("regions.html").render(context)


def difference(title: str, parts: Sequence[Any]) -> str:
    """Draw what changes between two definitions: for each, a heading and its changes by class."""
    return ENVIRONMENT.get_template("difference.html").render(title=title, parts=parts)


def static(name: str) -> str:
    """Address of a file of web/static that changes with its content; a missing file keeps a plain one."""
    digest = _digest(name)
    return f"/static/{name}?v={digest}" if digest else f"/static/{name}"


def outline(nodes: Sequence[Node], title: str) -> dict[str, Place]:
    """Place every item of a step, by its region."""
    return dict(_places(nodes, Place(2, False, False, title)))


def clusters(nodes: Sequence[Node]) -> list[tuple[bool, list[Node]]]:
    """Cut items into runs: simple fields in a row (True) share one card."""
    runs: list[tuple[bool, list[Node]]] = []
    for node in nodes:
        simple = isinstance(node, FieldView) and node.type in SIMPLE
        if runs and (runs[-1][0] == simple or node.node == "absent"):
            runs[-1][1].append(node)
        else:
            runs.append((simple, [node]))
    return runs


def aimed(field: FieldView, target: str) -> tuple[Message, ...]:
    """The messages about one inner control of a field."""
    slots = field.data.get("slots", ())
    everything = [*field.messages, *(one for slot in slots for one in slot.messages)]
    return tuple(one for one in dict.fromkeys(everything) if one.target == target)


def own_messages(field: FieldView, slot: SlotView | None = None) -> tuple[Message, ...]:
    """The messages at the head of a field (or slot): those that no part of it shows beside its control."""
    if slot is not None:
        parts, messages = [slot.level], slot.messages
    else:
        parts, messages = [field.data.get(key, ()) for key in ("options", "slots", "folds")], field.messages
    targets, shown = set(_inner_targets(parts)), set(_inner_messages(parts))
    return tuple(one for one in messages if one.target not in targets and one not in shown)


def _context(screen: pages.Screen, frame: pages.Frame) -> dict[str, Any]:
    step = screen.step if isinstance(screen, pages.WizardPage) else None
    places = outline(step.nodes, step.title) if step else {}
    return {"screen": screen, "frame": frame, "places": places, "oob": False}


@cache
def _digest(name: str) -> str:
    path = STATIC / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8] if path.is_file() else ""


def _places(nodes: Sequence[Node], place: Place) -> Iterator[tuple[str, Place]]:
    for node in nodes:
        yield node.region, place
        for inner, below in _inside(node, place):
            yield from _places(inner, below)


def _inside(node: Node, place: Place) -> Iterator[tuple[Sequence[Node], Place]]:
    """What an item holds, and where that stands."""
    level = place.level
    if isinstance(node, SectionView):
        above = [node.label or place.above, *(tab.label for tab in node.tabs if tab.current)][-1]
        below = level if node.label in ("", place.above) else level + 1
        yield node.nodes, Place(below, node.layout == "accordion", place.boxed or place.fold, above)
    elif isinstance(node, FieldView) and node.type == "group":
        yield node.data["nodes"], Place(level, False, True)
    elif isinstance(node, FieldView) and node.type == "rows":
        for row in node.data["rows"]:
            yield row.nodes, Place(level + 2, False, True)


def _inner_targets(parts: Iterable[Any]) -> Iterator[str]:
    for part in _walk(parts):
        if isinstance(part, OptionView) and part.details:
            yield from (one.html_id for one in part.details.inputs)


def _inner_messages(parts: Iterable[Any]) -> Iterator[Message]:
    for part in _walk(parts):
        if isinstance(part, SlotView | LevelView):
            yield from part.messages


def _walk(parts: Iterable[Any]) -> Iterator[Any]:
    for part in parts:
        yield part
        match part:
            case tuple():
                yield from _walk(part)
            case SlotView():
                yield from _walk([part.level])
            case LevelView():
                yield from _walk(part.options)
            case FoldView():
                yield from _walk([*part.options, *part.groups])
            case OptionView():
                yield from _walk([part.children])


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
    pages.ErrorPage: "error.html",
    pages.FaultsPage: "faults.html",
    pages.TextPage: "text.html",
    pages.ResumePage: "resume.html",
}

ENVIRONMENT = Environment(
    loader=PackageLoader("renderers"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
ENVIRONMENT.filters |= {"french": french, "marks": marks.parse}
ENVIRONMENT.globals |= {
    "static": static,
    "counter": counter,
    "clusters": clusters,
    "aimed": aimed,
    "own_messages": own_messages,
}

"""The templates' environment: what a template may call, and the marks by which templates are cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from renderers import marks
from renderers.assets import static
from renderers.french import counter, french
from renderers.tree import FieldView, FoldView, LevelView, Message, Node, OptionView, SectionView, SlotView

SIMPLE = frozenset(
    {
        "text",
        "number",
        "date",
        "time",
        "boolean",
        "choice",
        "reference",
        "signature",
        "attachment",
        "computed",
    }
)


class Place(NamedTuple):
    """Where an item stands in a step."""

    level: int  # of its heading
    fold: bool  # it is one of an accordion
    boxed: bool  # a card or a fold surrounds it already
    above: str = ""  # the heading above, not to be repeated


class Mark(str):
    """Stands for a text, a number or a state while a template is cut (`renderers.cut`)."""


class Stub(NamedTuple):
    """Stands for a part of a page while what surrounds it is cut."""

    mark: str
    node: str = "field"
    type: str = ""
    id: str = ""


def printed(text: str) -> str:
    """Escape a text for a hole: what `escape` gives, without the object that it makes of each.

    >>> printed("Zoé & Léo"), printed("Zoé")
    ('Zoé &amp; Léo', 'Zoé')
    """
    if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
        return str(escape(text))
    return text


def outline(nodes: Iterable[Node], place: Place) -> dict[str, Place]:
    """Place items that stand side by side, and all that they hold, by their regions."""
    return dict(_places(nodes, place))


def top(title: str) -> Place:
    """The place of a step's items, below its title."""
    return Place(2, False, False, title)


def below(node: SectionView | FieldView, place: Place) -> Place:
    """Where what an item holds stands."""
    if isinstance(node, SectionView):
        above = [node.label or place.above, *(tab.label for tab in node.tabs if tab.current)][-1]
        level = place.level if node.label in ("", place.above) else place.level + 1
        return Place(level, node.layout == "accordion", place.boxed or place.fold, above)
    return Place(place.level + (2 if node.type == "rows" else 0), False, True)


def clusters(nodes: Sequence[Any]) -> list[tuple[bool, list[Any]]]:
    """Cut items into runs: simple fields in a row (True) share one card."""
    runs: list[tuple[bool, list[Any]]] = []
    for node in nodes:
        simple = node.node == "field" and node.type in SIMPLE
        if runs and (runs[-1][0] == simple or node.node == "absent"):
            runs[-1][1].append(node)
        else:
            runs.append((simple, [node]))
    return runs


def aimed(field: FieldView, target: str) -> tuple[Message, ...]:
    """The messages about one inner control of a field."""
    slots = [slot for slot in field.data.get("slots", ()) if isinstance(slot, SlotView)]
    everything = [*field.messages, *(one for slot in slots for one in slot.messages)]
    return tuple(one for one in dict.fromkeys(everything) if one.target == target)


def own_messages(field: FieldView, slot: SlotView | None = None) -> tuple[Message, ...]:
    """The messages at the head of a field (or slot): those that no part of it shows beside its control."""
    messages = field.messages if slot is None else slot.messages
    if not messages:
        return ()
    parts = [slot.level] if slot else [field.data.get(key, ()) for key in ("options", "slots", "folds")]
    targets, shown = set(_inner_targets(parts)), set(_inner_messages(parts))
    return tuple(one for one in messages if one.target not in targets and one not in shown)


def flag(state: Any, words: str) -> str:
    """An attribute or a class that stands there, after a space, when a state holds."""
    if isinstance(state, Mark):
        return Markup(state)
    return Markup(f" {words}") if state else Markup("")


def plural(count: int | Mark, one: str, many: str) -> str:
    """Say how many.

    >>> plural(2, "coché", "cochés")
    '2 cochés'
    """
    return count if isinstance(count, Mark) else f"{count} {one if count < 2 else many}"


def aside(note: str) -> str:
    """A note in brackets after a label, if there is one."""
    if isinstance(note, Mark):
        return Markup(note)
    return Markup(" (") + escape(french(note)) + Markup(")") if note else Markup("")


def _places(nodes: Iterable[Node], place: Place) -> Iterator[tuple[str, Place]]:
    for node in nodes:
        yield node.region, place
        if isinstance(node, SectionView):
            yield from _places(_inner(node.nodes), below(node, place))
        elif isinstance(node, FieldView) and node.type == "group":
            yield from _places(_inner(node.data["nodes"]), below(node, place))
        elif isinstance(node, FieldView) and node.type == "rows":
            for row in node.data["rows"]:
                yield from _places(_inner(row.nodes), below(node, place))


def _inner(nodes: Any) -> Iterator[Node]:
    return iter(()) if isinstance(nodes, Stub) else (node for node in nodes if not isinstance(node, Stub))


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
            case Stub():
                pass
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


ENVIRONMENT = Environment(
    loader=PackageLoader("renderers"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
ENVIRONMENT.filters |= {
    "french": french,
    "marks": marks.parse,
    "flag": flag,
    "plural": plural,
    "aside": aside,
}
ENVIRONMENT.tests["stub"] = lambda value: isinstance(value, Stub)
ENVIRONMENT.globals |= {
    "static": static,
    "counter": counter,
    "clusters": clusters,
    "aimed": aimed,
    "own_messages": own_messages,
}

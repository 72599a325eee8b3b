"""Marks in the views of `renderers.tree`: where a piece has holes, in the order in which they are filled.

See `renderers.cut`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from engine.paths import Path, dotted, html_id, region_id
from renderers.cut import Marker
from renderers.live import LIVE, mark_level
from renderers.templating import Stub
from renderers.tree import FieldView, Node, OptionView, RowView, SlotView


def stub(kind: str, mark: str) -> Stub:
    """What stands for an item that is drawn already; `kind`: how it joins its neighbours."""
    return Stub(mark, "absent" if kind == "a" else "field", "text" if kind == "s" else "group")


def marked_field(view: FieldView, path: Path, mark: Callable[[Any, Marker], Any]) -> FieldView:
    """Put marks in a field, in the order of its holes."""
    marker = Marker()
    if len(path) == 3:
        place = (path[0], marker.plain(), path[2])
        suffix = marker.after()
        view = replace(
            view,
            path=dotted(place),
            name=dotted(place),
            html_id=html_id(place),
            region=region_id(place),
            spoken=view.label + suffix if view.spoken != view.label else view.label,
        )
    messages = tuple(replace(one, text=marker.words()) for one in view.messages)
    why = cast(str, Stub(marker.plain())) if view.why else ""
    data = mark(view.data, marker)
    if len(path) == 3 and view.type == "choice":
        data = data | {"options": tuple(_moved(one, path, place) for one in data["options"])}
    return replace(view, messages=messages, data=data, why=why)


def _moved(option: OptionView, path: Path, place: Path) -> OptionView:
    """Put the mark of a row's id into the ids of a box."""
    details = option.details
    if details is not None:
        inputs = tuple(
            replace(
                one,
                html_id=one.html_id.replace(html_id(path), html_id(place), 1),
                name=one.name.replace(dotted(path), dotted(place), 1),
            )
            for one in details.inputs
        )
        details = replace(details, inputs=inputs)
    ident = option.html_id.replace(html_id(path), html_id(place), 1)
    return replace(option, html_id=ident, details=details)


def mark_group(_data: Any, marker: Marker) -> Any:
    """One hole for all that a group holds."""
    return {"nodes": Stub(marker.plain())}


def mark_rows(data: Any, marker: Marker) -> Any:
    """The holes of rows; what a row holds is one, or one a cell in a table."""
    table = data["display"] == "table"
    return data | {"rows": tuple(_marked_row(row, marker, table) for row in data["rows"])}


def _marked_row(row: RowView, marker: Marker, table: bool) -> RowView:
    id, title, spoken, tally = marker.plain(), marker.words(), marker.words(), marker.words()
    invalid, opened = marker.state(), marker.state()
    nodes: Any = Stub(marker.plain()) if not table else tuple(_cell(node, marker) for node in row.nodes)
    return replace(
        row, row=id, title=title, spoken=spoken, tally=tally, invalid=invalid, open=opened, nodes=nodes
    )


def _cell(node: Node, marker: Marker) -> Stub:
    return Stub(marker.plain(), node.node, node.type if isinstance(node, FieldView) else "", node.id)


def mark_options(data: Any, marker: Marker) -> Any:
    """One hole for all options."""
    return data | {"options": (Stub(marker.plain()),) if data["options"] else ()}


def mark_slots(data: Any, marker: Marker) -> Any:
    """One hole a slot."""
    return data | {"slots": tuple(Stub(marker.plain()) for _ in data["slots"])}


def marked_slot(slot: SlotView, marker: Marker) -> SlotView:
    """The holes of a cascade's slot."""
    opened, tally = marker.state(), marker.words()
    options = tuple(replace(one, checked=marker.state(), note=marker.plain()) for one in slot.options)
    level = None if slot.level is None else mark_level(slot.level, marker)
    return replace(slot, open=opened, tally=tally, options=options, level=level)


def mark_flat_rows(data: Any, marker: Marker) -> Any:
    """The holes of rows and of all their cells: a row's id, what it adds to speech, its tally, its cells'."""
    return data | {"rows": tuple(_flat_row(row, marker) for row in data["rows"])}


def _flat_row(row: RowView, marker: Marker) -> RowView:
    id, spoken, tally = marker.plain(), row.title + marker.after(), marker.words()
    nodes = tuple(_flat_cell(node, id, marker) for node in row.nodes if isinstance(node, FieldView))
    return replace(row, row=id, spoken=spoken, tally=tally, nodes=nodes)


def _flat_cell(view: FieldView, id: str, marker: Marker) -> FieldView:
    rows, _, name = view.path.split(".")
    place = (rows, id, name)
    data = LIVE[view.type][1](dict(view.data), marker)
    named = replace(view, path=dotted(place), name=dotted(place), html_id=html_id(place))
    return replace(named, region=region_id(place), data=data)

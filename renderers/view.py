"""FormState + problems -> View tree: names, ids, texts and messages; nothing of HTML.

Only what the reader may see enters the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from engine.access import decide
from engine.answers import is_empty
from engine.evaluate import FormState
from engine.paths import Path, dotted, html_id, region_id
from engine.present import for_reader, read_form, read_value
from engine.scopes import Scope
from engine.skeleton import Item
from engine.wording import label_of
from renderers.controls import CONTROLS
from renderers.marks import quote
from renderers.showing import Showing, message_of, messages_of
from renderers.tree import (
    AbsentView,
    FieldView,
    Node,
    NoteView,
    RecapView,
    RowView,
    SectionView,
    StepView,
    TabView,
)


def step_view(showing: Showing, step: str) -> StepView:
    """Build one step."""
    part = showing.state.form.skeleton.parts[step]
    nodes = tuple(_nodes(showing, part.items, ()))
    fields = list(_fields(nodes))
    return StepView(
        id=step,
        title=part.spec.title,
        help=part.spec.help or "",
        nodes=nodes,
        messages=tuple(messages_of(showing, step)),
        has_required=any(one.required for one in fields),
    )


def _fields(nodes: Iterable[Node]) -> Iterable[FieldView]:
    for node in nodes:
        if isinstance(node, FieldView):
            yield node
            yield from _fields(node.data.get("nodes", ()))
            for row in node.data.get("rows", ()):
                yield from _fields(row.nodes)
        elif isinstance(node, SectionView):
            yield from _fields(node.nodes)


def _nodes(showing: Showing, items: Sequence[Item], base: Path) -> Iterable[Node]:
    for item in items:
        node = _node(showing, item, (*base, item.id), base)
        if node is not None:
            yield node


def _node(showing: Showing, item: Item, path: Path, base: Path) -> Node | None:
    if item.type not in {"section", "note"} and not decide(showing.grant, "read", item):
        return None
    if item.type in {"section", "note"} and not showing.grant.meets(item.guards):
        return None
    if path not in showing.state.visible:
        return AbsentView(item.id, region_id(path))
    match item.type:
        case "section":
            return _section(showing, item, path, base)
        case "note":
            template = showing.state.form.rules[item.path].text
            text = "" if template is None else template.render(showing.state.scope(path), quote=quote)
            return NoteView(item.id, region_id(path), text)
        case "recap":
            return _recap(showing, item, path)
    return _field(showing, item, path)


def _recap(showing: Showing, item: Item, path: Path) -> Node | None:
    linked = showing.state.context.link(item.spec.of)
    if linked is None:
        return None
    nodes = for_reader(read_form(linked), showing.grant.roles, lambda _id: True)
    return RecapView(item.id, region_id(path), linked.form.name.render(Scope(linked)), tuple(nodes))


def _section(showing: Showing, item: Item, path: Path, base: Path) -> Node | None:
    state = showing.state
    shown = [
        child
        for child in item.children
        if (*base, child.id) in state.visible and showing.grant.meets(child.guards)
    ]
    if item.spec.layout != "tabs":
        nodes = tuple(_nodes(showing, item.children, base))
        return SectionView(
            item.id, region_id(path), item.spec.label or "", item.spec.help or "", item.spec.layout, nodes
        )
    if not shown:
        return AbsentView(item.id, region_id(path))
    wanted = showing.tabs.get(item.id)
    current = next((child for child in shown if child.id == wanted), shown[0])
    invalid = {child.id: _has_errors(showing, child) for child in shown}
    tabs = tuple(
        TabView(child.id, child.label, child is current, invalid=invalid[child.id]) for child in shown
    )
    nodes = tuple(_nodes(showing, current.children, base))
    return SectionView(
        item.id,
        region_id(path),
        item.spec.label or "",
        current.spec.help or "",
        "tabs",
        nodes,
        tabs=tabs,
        tab_name=item.id,
    )


def _folded(showing: Showing, item: Item, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Open the folds of an accordion that hold an answer or an error, and the first."""
    inner = {child.id: child for child in item.children}

    def wanted(child: Item) -> bool:
        return _answered(showing, child) or _has_errors(showing, child)

    return tuple(
        replace(node, open=n == 0 or wanted(inner[node.id])) if isinstance(node, SectionView) else node
        for n, node in enumerate(nodes)
    )


def _answered(showing: Showing, item: Item) -> bool:
    state = showing.state
    return any(
        path not in state.untouched and not is_empty(state.stored(path)) and path not in showing.blanks
        for one in item.walk()
        if one.is_field and one.parent is None
        for path in [one.path]
    )


def _has_errors(showing: Showing, item: Item) -> bool:
    inside = {one.path for one in item.walk()}
    return any(
        showing.state.static(problem.path) in inside and problem.level == "error"
        for problem in showing.problems
        if showing.missing or not problem.missing
    )


def tab_of(state: FormState, item: Item) -> dict[str, str]:
    """The tabs to open so that an item shows."""
    chain = [state.form.skeleton.named[name] for name in item.chain[1:]]
    tabs: dict[str, str] = {}
    for outer, inner in pairwise(chain):
        if outer.spec.layout == "tabs":
            tabs[outer.id] = inner.id
    return tabs


def _field(showing: Showing, item: Item, path: Path) -> FieldView:
    state = showing.state
    target = state.form.target(item)
    editable = item.is_field and bool(decide(showing.grant, "write", item))
    problems = showing.problems_at(path)
    data = (
        DATA[target.type](showing, target, path, editable)
        if editable or target.type in {"group", "rows", "computed"}
        else {}
    )
    rules = state.form.rules[item.path]
    required = rules.required is not None and rules.required.holds(state.scope(path))
    return FieldView(
        type=target.type,
        id=item.id,
        path=dotted(path),
        name=dotted(path),
        html_id=html_id(path),
        region=region_id(path),
        label=label_of(state, item, path),
        spoken=_spoken(state, item, path),
        help=item.spec.help or "",
        required=required,
        editable=editable,
        messages=tuple(message_of(showing, problem, item) for problem in problems if problem.slot is None),
        read=read_value(state, item, path) if target.type not in {"group", "rows"} else {},
        data=data,
        why=_why(state, item, path),
        drives=item.path in state.form.drivers,
    )


def _spoken(state: FormState, item: Item, path: Path) -> str:
    """The label as speech needs it: with its row, unless it tells it already."""
    label = label_of(state, item, path)
    if len(path) == 3 and label == item.label:
        return f"{label}, {state.row_title(path[:1], path[1])}"
    return label


def _why(state: FormState, item: Item, path: Path) -> str:
    test = state.form.rules[item.path].when
    if test is None or item.type in {"section", "note", "recap"} or not test.words:
        return ""
    return f"Parce que {test.words}."


def _group(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    return {"nodes": tuple(_nodes(showing, item.children, path))}


def _rows(showing: Showing, item: Item, path: Path, editable: bool) -> dict[str, Any]:
    state, spec = showing.state, item.spec
    ids = state.rows.get(path, ())
    can_change = editable and spec.over is None
    full = spec.max is not None and len(ids) >= spec.max
    rows = tuple(_row(showing, item, (*path, row), n, can_change) for n, row in enumerate(ids, start=1))
    readable = [child for child in item.children if decide(showing.grant, "read", child)]
    widest = next((child for child in readable if child.type in {"choice", "reference"}), None)
    columns = tuple((child.id, child.heading, "l" if child is widest else "m") for child in readable)
    add = None if not can_change or full else spec.add or "Ajouter une ligne"
    return {
        "rows": rows,
        "display": spec.display or "cards",
        "columns": columns,
        "add": add,
        "add_value": f"ajouter:{dotted(path)}",
        "item": (spec.row_label or item.label).split("{")[0].strip(" n°") or item.label,
        "fixed": spec.over is not None,
    }


def _row(showing: Showing, item: Item, prefix: Path, n: int, can_change: bool) -> RowView:
    state = showing.state
    blank = prefix in showing.blanks
    fields = [child for child in item.children if child.is_field]
    filled = sum(not is_empty(state.stored((*prefix, child.id))) for child in fields)
    shown = sum((*prefix, child.id) in state.visible for child in fields)
    title = state.row_title(prefix[:1], prefix[1])
    names = [
        str(state.stored((*prefix, child.id))) for child in fields[:2] if child.type == "text" and not blank
    ]
    spoken = " ".join(name for name in names if name and name != "None")[:80]
    invalid = any(
        problem.path[:2] == prefix and problem.level == "error" and (showing.missing or not problem.missing)
        for problem in showing.problems
    )
    tally = "Vide" if filled == 0 else "Complet" if filled == shown else f"{filled} champs sur {shown}"
    return RowView(
        row=prefix[1],
        n=n,
        title=title,
        spoken=f"{title}, {spoken}" if spoken else title,
        nodes=tuple(_nodes(showing, item.children, prefix)),
        blank=blank,
        removable=can_change,
        invalid=invalid,
        tally=tally,
        open=n == 1 or filled > 0 or invalid or not blank,
    )


DATA: Mapping[str, Callable[[Showing, Item, Path, bool], dict[str, Any]]] = {
    **CONTROLS,
    "group": _group,
    "rows": _rows,
}

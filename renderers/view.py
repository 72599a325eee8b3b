"""FormState + problems -> View tree: names, ids, texts and messages; nothing of HTML.

Only what the reader may see enters the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from engine.access import author_at, decide
from engine.answers import is_empty
from engine.evaluate import FormState
from engine.explain import Reader, briefly
from engine.listing import cut, listing_node
from engine.paths import Path, dotted, html_id, region_id
from engine.present import for_reader, read_form, read_value
from engine.scopes import Scope
from engine.skeleton import Item
from engine.tally import tally_node
from engine.wording import label_of
from renderers.controls import CONTROLS, row_tally
from renderers.marks import quote
from renderers.showing import Showing, message_of, messages_of
from renderers.tree import (
    AbsentView,
    FieldView,
    ListingView,
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
    fields = list(fields_in(nodes))
    return StepView(
        id=step,
        title=part.spec.title,
        help=part.spec.help or "",
        nodes=nodes,
        messages=tuple(messages_of(showing, step)),
        has_required=any(one.required for one in fields),
    )


def nodes_but(showing: Showing, step: str, settled: Collection[str]) -> tuple[Node, ...]:
    """Build the items of a step without some top items."""
    return tuple(_nodes(showing, showing.state.form.skeleton.parts[step].items, (), settled))


def fields_in(nodes: Iterable[Node]) -> Iterable[FieldView]:
    """Walk the fields of a tree."""
    for node in nodes:
        if isinstance(node, FieldView):
            yield node
            yield from fields_in(node.data.get("nodes", ()))
            for row in node.data.get("rows", ()):
                yield from fields_in(row.nodes)
        elif isinstance(node, SectionView):
            yield from fields_in(node.nodes)


def _nodes(showing: Showing, items: Sequence[Item], base: Path, but: Collection[str] = ()) -> Iterable[Node]:
    for item in items:
        if not base and item.id in but:
            continue
        node = node_view(showing, item, (*base, item.id), base, but)
        if node is not None:
            yield node


def is_open(showing: Showing, item: Item) -> bool:
    """Tell whether the reader may see an item; fields are answers, the rest only has its guards."""
    if item.type in {"section", "note"}:
        return showing.grant.meets(item.guards)
    return bool(decide(showing.grant, "read", item))


def node_view(showing: Showing, item: Item, path: Path, base: Path, but: Collection[str] = ()) -> Node | None:
    """Build one item at a path, with all that it holds; None if the reader may not see it.

    `but`: top items that a section holds and that are left out.
    """
    if not is_open(showing, item):
        return None
    if path not in showing.state.visible:
        return AbsentView(item.id, region_id(path))
    match item.type:
        case "section":
            head, inner = section_head(showing, item, path, base)
            if isinstance(head, AbsentView):
                return head
            return replace(head, nodes=tuple(_nodes(showing, inner, base, but)))
        case "note":
            template = showing.state.form.rules[item.path].text
            text = "" if template is None else template.render(showing.state.scope(path), quote=quote)
            return NoteView(item.id, region_id(path), text)
        case "recap":
            return _recap(showing, item, path)
        case "listing":
            nodes = (cut(listing_node(showing.state, item), showing.sees),)
            return ListingView(item.id, region_id(path), item.label, item.spec.help or "", nodes)
        case "tally":
            read = tally_node(showing.state, item)
            return ListingView(
                item.id, region_id(path), item.label, item.spec.help or "", tuple(read["nodes"])
            )
    return field_view(showing, item, path)


def _recap(showing: Showing, item: Item, path: Path) -> Node | None:
    linked = showing.state.context.link(item.spec.of)
    if linked is None:
        return None
    nodes = for_reader(read_form(linked), showing.grant.roles, lambda _id: True, showing.sees)
    return RecapView(item.id, region_id(path), linked.form.name.render(Scope(linked)), tuple(nodes))


def section_head(
    showing: Showing, item: Item, path: Path, base: Path
) -> tuple[SectionView | AbsentView, Sequence[Item]]:
    """Build a section that shows, without what it holds, and the items to put in it."""
    state, spec = showing.state, item.spec
    label, help = spec.label or "", spec.help or ""
    if spec.layout != "tabs":
        return SectionView(item.id, region_id(path), label, help, spec.layout, ()), item.children
    shown = [
        child
        for child in item.children
        if (*base, child.id) in state.visible and showing.grant.meets(child.guards)
    ]
    if not shown:
        return AbsentView(item.id, region_id(path)), ()
    wanted = showing.tabs.get(item.id)
    current = next((child for child in shown if child.id == wanted), shown[0])
    tabs = tuple(
        TabView(child.id, child.label, child is current, invalid=_has_errors(showing, child))
        for child in shown
    )
    head = SectionView(
        item.id, region_id(path), label, current.spec.help or "", "tabs", (), tabs=tabs, tab_name=item.id
    )
    return head, current.children


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


def field_view(showing: Showing, item: Item, path: Path) -> FieldView:
    """Build one field that shows."""
    state = showing.state
    target = state.form.target(item)
    editable = item.is_field and bool(decide(showing.grant, "write", item, author_at(state, path)))
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
        why=why_of(showing, item, path),
        drives=item.path in state.form.drivers,
    )


def why_of(showing: Showing, item: Item, path: Path) -> str:
    """Say why a field is asked or locked, as its reader may know; "" when there is nothing to say."""
    return briefly(showing.state, Reader(showing.grant, quote=quote), item, path)


def _spoken(state: FormState, item: Item, path: Path) -> str:
    """The label as speech needs it: with its row, unless it tells it already."""
    label = label_of(state, item, path)
    if len(path) == 3 and label == item.label:
        return f"{label}, {state.row_title(path[:1], path[1])}"
    return label


def _group(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    return {"nodes": tuple(_nodes(showing, item.children, path))}


def _rows(showing: Showing, item: Item, path: Path, editable: bool) -> dict[str, Any]:
    state, spec = showing.state, item.spec
    ids = state.rows.get(path, ())
    can_change = editable and spec.over is None
    rows = tuple(
        replace(
            row_head(showing, item, (*path, row), n, can_change),
            nodes=tuple(_nodes(showing, item.children, (*path, row))),
        )
        for n, row in enumerate(ids, start=1)
    )
    return rows_head(showing, item, path, editable) | {"rows": rows}


def rows_head(showing: Showing, item: Item, path: Path, editable: bool) -> dict[str, Any]:
    """What surrounds the rows of a field."""
    spec = item.spec
    can_change = editable and spec.over is None
    full = spec.max is not None and len(showing.state.rows.get(path, ())) >= spec.max
    readable = [child for child in item.children if decide(showing.grant, "read", child)]
    widest = next((child for child in readable if child.type in {"choice", "reference"}), None)
    columns = tuple((child.id, child.heading, "l" if child is widest else "m") for child in readable)
    add = None if not can_change or full else spec.add or "Ajouter une ligne"
    return {
        "display": spec.display or "cards",
        "columns": columns,
        "add": add,
        "add_value": f"ajouter:{dotted(path)}",
        "item": (spec.row_label or item.label).split("{")[0].strip(" n°") or item.label,
        "fixed": spec.over is not None,
    }


def row_head(showing: Showing, item: Item, prefix: Path, n: int, can_change: bool) -> RowView:
    """Build a row without what it holds."""
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
    return RowView(
        row=prefix[1],
        n=n,
        title=title,
        spoken=f"{title}, {spoken}" if spoken else title,
        nodes=(),
        blank=blank,
        removable=can_change and bool(decide(showing.grant, "write", item, state.author(prefix))),
        invalid=invalid,
        tally=row_tally(filled, shown),
        open=n == 1 or filled > 0 or invalid or not blank,
    )


DATA: Mapping[str, Callable[[Showing, Item, Path, bool], dict[str, Any]]] = {
    **CONTROLS,
    "group": _group,
    "rows": _rows,
}

"""FormState -> read nodes: what there is to read, as plain JSON; kept when a step closes.

Nodes: part, fact, rows, note, recap. Each carries `readers`, the sets of roles that must be met to
see it: the tree is made once for everybody and cut for each reader by `for_reader`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import time
from typing import Any

from engine import signatures
from engine.answers import code_of, details_of, is_empty, is_raw, picks_of
from engine.attachments import words
from engine.evaluate import FormState
from engine.french import UNITS, clock, enumerate_words, number, short_date
from engine.listing import Sees, cut, listing_node, nobody
from engine.paths import Path, dotted
from engine.referentiels import Listing
from engine.scopes import RowElement, Scope
from engine.skeleton import Item, Roles
from engine.tally import tally_node
from engine.types import exact
from engine.validate import slot_label
from engine.wording import label_of, show_value

Node = dict[str, Any]
EMPTY: Node = {"kind": "empty"}


def read_form(state: FormState) -> list[Node]:
    """The whole document, a part a step; frozen steps as they were kept."""
    nodes: list[Node] = []
    for step in state.form.skeleton.steps:
        if not state.shows_step(step.id):
            continue
        inner = shown_step(state, step.id)
        if inner:
            nodes.append(
                {"node": "part", "id": step.id, "title": step.spec.title, "nodes": inner, "readers": []}
            )
    return nodes


def shown_step(state: FormState, step: str) -> list[Node]:
    """One step to read: as it was kept if it is frozen."""
    frozen = state.frozen(step)
    if frozen is not None:
        kept: list[Node] = frozen["view"]
        return kept
    return read_step(state, step)


def read_step(state: FormState, step: str) -> list[Node]:
    """One step to read, from its answers."""
    if not state.shows_step(step):
        return []
    return _nodes(state, state.form.skeleton.parts[step].items, ())


def read_item(state: FormState, item: Item) -> list[Node]:
    """One field to read, wherever it stands; out of the kept step if that is frozen."""
    frozen = state.frozen(item.step)
    if frozen is not None:
        return find_nodes(frozen["view"], item.id)
    return _nodes(state, (item,), ())


def find_nodes(nodes: Iterable[Node], wanted: str) -> list[Node]:
    """Find the nodes of an id in a tree."""
    found: list[Node] = []
    for node in nodes:
        if node.get("id") == wanted:
            found.append(node)
        elif node["node"] in {"part", "recap"}:
            found.extend(find_nodes(node["nodes"], wanted))
    return found


def _nodes(state: FormState, items: Sequence[Item], base: Path) -> list[Node]:
    nodes: list[Node] = []
    for item in items:
        path = (*base, item.id)
        if path in state.visible:
            node = _node(state, item, path, base)
            if node is not None:
                nodes.append(node | {"readers": [sorted(guard) for guard in item.guards]})
    return nodes


def _node(state: FormState, item: Item, path: Path, base: Path) -> Node | None:
    match item.type:
        case "section":
            inner = _nodes(state, item.children, base)
            return (
                {"node": "part", "id": item.id, "title": item.spec.label or "", "nodes": inner}
                if inner
                else None
            )
        case "group":
            return {
                "node": "part",
                "id": item.id,
                "title": item.label,
                "nodes": _nodes(state, item.children, path),
            }
        case "rows":
            return _rows(state, item, path)
        case "note":
            template = state.form.rules[item.path].text
            text = "" if template is None else template.render(state.scope(path))
            return {"node": "note", "id": item.id, "text": text}
        case "recap":
            linked = state.context.link(item.spec.of)
            if linked is None:
                return None
            title = linked.form.name.render(Scope(linked))
            return {
                "node": "recap",
                "id": item.id,
                "document": linked.context.id,
                "title": title,
                "nodes": read_form(linked),
            }
        case "listing":
            return listing_node(state, item)
        case "tally":
            return tally_node(state, item)
    return {
        "node": "fact",
        "id": item.id,
        "path": dotted(path),
        "label": label_of(state, item, path),
        "value": read_value(state, item, path),
    }


def _rows(state: FormState, item: Item, path: Path) -> Node:
    ids = state.rows.get(path, ())
    columns = [
        {"id": child.id, "label": child.heading, "readers": [sorted(guard) for guard in child.guards]}
        for child in item.children
        if any((*path, row, child.id) in state.visible for row in ids)
    ]
    return {
        "node": "rows",
        "id": item.id,
        "label": item.label,
        "display": item.spec.display or "cards",
        "columns": columns,
        "rows": [
            {
                "row": row,
                "title": state.row_title(path, row),
                "nodes": _nodes(state, item.children, (*path, row)),
            }
            for row in ids
        ],
    }


# --- values -------------------------------------------------------------------------------------


def read_value(state: FormState, item: Item, path: Path) -> Node:
    """An answer as words: empty, text or list."""
    if item.type == "computed":
        return _computed(state, item, path)
    stored = state.stored(path)
    if is_empty(stored) or is_raw(stored):
        return EMPTY
    target = state.form.target(item)
    return VALUES[target.type](stored, target, state, path)


def _computed(state: FormState, item: Item, path: Path) -> Node:
    value, typed = state.values.get(path), state.form.type(item)
    if value is None:
        return EMPTY
    if typed.kind in {"reference", "references"}:
        return {"kind": "text", "text": _labels(state, item, path) or show_value(value, typed)}
    return {"kind": "text", "text": short_date(value) if typed.kind == "date" else show_value(value, typed)}


def _labels(state: FormState, item: Item, path: Path) -> str:
    """The labels under which what a computed item reads was chosen, "" when it reads no answer directly."""
    value = state.form.rules[item.path].value
    if value is None or value.locate is None:
        return ""
    scope = Scope(state, RowElement(state, path[:-1]) if len(path) == 3 else None)
    place = value.locate(scope)
    stored = None if place is None else place[0].stored(place[1])
    return enumerate_words([str(one["label"]) for one in stored or ()])


def _text(stored: Any, item: Item, _state: FormState, _path: Path) -> Node:
    return {"kind": "text", "text": str(stored), "long": item.spec.lines > 1}


def _number(stored: Any, item: Item, _state: FormState, _path: Path) -> Node:
    words = UNITS[item.spec.unit] if item.spec.unit else item.spec.suffix
    amount = number(exact(stored))
    return {"kind": "text", "text": f"{amount} {words}" if words else amount}


def _date(stored: Any, _item: Item, _state: FormState, _path: Path) -> Node:
    from datetime import date

    return {"kind": "text", "text": short_date(date.fromisoformat(stored))}


def _time(stored: Any, _item: Item, _state: FormState, _path: Path) -> Node:
    return {"kind": "text", "text": clock(time.fromisoformat(stored))}


def _boolean(stored: Any, _item: Item, _state: FormState, _path: Path) -> Node:
    return {"kind": "text", "text": "Oui" if stored else "Non"}


def _choice(stored: Any, item: Item, state: FormState, _path: Path) -> Node:
    if item.listing is None:  # rows of this form
        titles = state.row_titles(item.spec.from_rows)
        return {"kind": "list", "items": [{"text": titles.get(code_of(pick), "")} for pick in stored]}
    return {"kind": "list", "items": [_pick(pick, item.listing) for pick in stored]}


def _cascade(stored: Any, item: Item, _state: FormState, _path: Path) -> Node:
    listing = item.listing
    assert listing is not None
    items = [
        _pick(pick, listing) | {"caption": slot_label(item, n)} for n, pick in enumerate(stored, start=1)
    ]
    return {"kind": "list", "items": items}


def _pick(pick: Any, listing: Listing) -> Node:
    inner = [_pick(child, listing) for child in picks_of(pick)]
    node: Node = {"text": listing.label(code_of(pick))}
    if details_of(pick):
        node["details"] = list(details_of(pick))
    if inner:
        node["items"] = inner
    return node


def _checklist(stored: Any, item: Item, state: FormState, path: Path) -> Node:
    """Ticked entries under the headings that lead to them."""
    listing = item.listing
    assert listing is not None
    offer = state.offers.get(path)
    root = getattr(offer, "root", None)
    tree: list[Node] = []
    for pick in stored:
        code = code_of(pick)
        above = list(reversed(listing.ancestors(code)))
        if root in above:
            above = above[above.index(root) + 1 :]
        elif root is None and len(above) > 1 and state.form.rules[item.path].root is None:
            above = above[1:]
        level = tree
        for heading in above:
            level = _under(level, listing.label(heading))
        level.append(_pick(pick, listing))
    return {"kind": "list", "items": tree}


def _under(level: list[Node], heading: str) -> list[Node]:
    for node in level:
        if node["text"] == heading and "items" in node:
            inner: list[Node] = node["items"]
            return inner
    node = {"text": heading, "items": []}
    level.append(node)
    made: list[Node] = node["items"]
    return made


def _reference(stored: Any, _item: Item, _state: FormState, _path: Path) -> Node:
    return {"kind": "list", "items": [{"text": one["label"]} for one in stored]}


def _signature(stored: Any, _item: Item, _state: FormState, _path: Path) -> Node:
    return {"kind": "text", "text": signatures.typed(stored).words()}


def _attachment(stored: Any, _item: Item, _state: FormState, _path: Path) -> Node:
    return {"kind": "list", "items": [{"text": words(one), "file": dict(one)} for one in stored]}


VALUES: Mapping[str, Callable[[Any, Item, FormState, Path], Node]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "time": _time,
    "boolean": _boolean,
    "choice": _choice,
    "cascade": _cascade,
    "checklist": _checklist,
    "reference": _reference,
    "signature": _signature,
    "attachment": _attachment,
}


# --- for a reader -------------------------------------------------------------------------------


def for_reader(
    nodes: Iterable[Node], roles: Roles, allowed: Callable[[str], bool], sees: Sees = nobody
) -> list[Node]:
    """Cut a tree to what somebody may read.

    `allowed` judges a field id by today's rights: what was restricted since is restricted here too.
    `sees` judges what a listing shows of other documents. A recapitulated document is judged by its own
    readers alone. Notes speak to whoever fills: they are kept with the step, not shown to its readers.
    """
    kept: list[Node] = []
    for node in nodes:
        if node["node"] == "note":
            continue
        if not _met(node, roles) or (node["node"] in {"fact", "rows"} and not allowed(_field_id(node))):
            continue
        if node["node"] == "part":
            inner = for_reader(node["nodes"], roles, allowed, sees)
            if inner:
                kept.append(node | {"nodes": inner})
        elif node["node"] == "recap":
            kept.append(node | {"nodes": for_reader(node["nodes"], roles, lambda _id: True, sees)})
        elif node["node"] == "rows":
            kept.append(cut(node, sees) if "of" in node else _rows_for(node, roles))
        else:
            kept.append(node)
    return kept


def _field_id(node: Mapping[str, Any]) -> str:
    return str(node.get("path", node["id"])).split(".")[0]


def _met(node: Mapping[str, Any], roles: Roles) -> bool:
    return all(roles & set(guard) for guard in node.get("readers", ()))


def _rows_for(node: Node, roles: Roles) -> Node:
    rows = [row | {"nodes": [one for one in row["nodes"] if _met(one, roles)]} for row in node["rows"]]
    return node | {"columns": [one for one in node["columns"] if _met(one, roles)], "rows": rows}

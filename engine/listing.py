"""A listing: a table read out of the documents of a collection.

It is made once for everybody, with the system's eyes, and kept with a step that closes; `cut` leaves to each
reader the documents and the cells that they may read there, and says how many documents are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.evaluate import FormState
from engine.scopes import Scope
from engine.skeleton import Item
from engine.wording import show

Node = dict[str, Any]
Sees = Callable[[str, str], bool]  # (id of a document, path in it; "" for the document itself)
MOST_KEPT, MOST_SHOWN = 1_000, 200


def nobody(_document: str, _path: str) -> bool:
    """See nothing: what a reader is not known to read is left out."""
    return False


def listing_node(state: FormState, item: Item) -> Node:
    """Lay out a listing: rows of facts, each row named by the id of its document."""
    columns = state.form.rules[item.path].columns
    documents = state.collection(item.spec.of)
    kept = documents[:MOST_KEPT]
    return {
        "node": "rows",
        "id": item.id,
        "label": item.label,
        "display": "table",
        "of": item.spec.of,
        "empty": item.spec.empty or "Aucun document.",
        "more": len(documents) - len(kept),
        "columns": [{"id": one.text, "label": one.label, "readers": []} for one in columns],
        "rows": [
            {
                "row": document.context.id,
                "title": document.form.name.render(Scope(document)),
                "nodes": [_cell(one.text, one.label, show(one, Scope(state, document))) for one in columns],
            }
            for document in kept
        ],
    }


def _cell(path: str, label: str, text: str) -> Node:
    value = {"kind": "text", "text": text} if text else {"kind": "empty"}
    return {"node": "fact", "id": path, "label": label, "value": value, "readers": []}


def cut(node: Mapping[str, Any], sees: Sees) -> Node:
    """Leave to a reader what they may read of each document."""
    there = [row for row in node["rows"] if row["row"]]
    open_to = [row for row in there if sees(row["row"], "")]
    rows = [
        {**row, "nodes": [cell for cell in row["nodes"] if sees(row["row"], cell["id"])]}
        for row in open_to[:MOST_SHOWN]
    ]
    more = len(open_to) - len(rows) + node["more"]
    return {
        **node,
        "rows": rows,
        "after": _left(more, len(there) - len(open_to), len(node["rows"]) - len(there)),
    }


def _left(more: int, closed: int, erased: int) -> str:
    """Say how many documents the table does not show."""
    said = (
        _counted(more, "Un de plus n'est pas montré ici.", "de plus ne sont pas montrés ici."),
        _counted(closed, "Un autre ne vous est pas ouvert.", "autres ne vous sont pas ouverts."),
        _counted(erased, "Un autre a été effacé depuis.", "autres ont été effacés depuis."),
    )
    return " ".join(one for one in said if one)


def _counted(count: int, one: str, many: str) -> str:
    if not count:
        return ""
    return one if count == 1 else f"{count} {many}"

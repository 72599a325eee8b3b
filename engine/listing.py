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
    open_to = [row for row in node["rows"] if sees(row["row"], "")]
    rows = [
        {**row, "nodes": [cell for cell in row["nodes"] if sees(row["row"], cell["id"])]}
        for row in open_to[:MOST_SHOWN]
    ]
    closed = len(node["rows"]) - len(open_to)
    return {**node, "rows": rows, "after": _left(len(open_to) - len(rows) + node["more"], closed)}


def _left(more: int, closed: int) -> str:
    """Say how many documents the table does not show."""
    said = [f"{more} de plus ne sont pas montrés ici." if more > 1 else "Un de plus n'est pas montré ici."]
    if closed:
        words = (
            f"{closed} autres ne vous sont pas ouverts." if closed > 1 else "Un autre ne vous est pas ouvert."
        )
        said.append(words)
    return " ".join(said if more else said[1:])

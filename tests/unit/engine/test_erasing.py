"""What closed steps kept of documents that are erased: nothing is left of them, all else is the same."""

from __future__ import annotations

from typing import Any

from engine.erasing import OF_A_TABLE, erased
from engine.listing import cut


def fact(path: str, text: str) -> dict[str, Any]:
    return {"node": "fact", "id": path, "label": path, "value": {"kind": "text", "text": text}, "readers": []}


def table(*rows: str) -> dict[str, Any]:
    return {
        "node": "rows",
        "id": "t",
        "of": "many",
        OF_A_TABLE: 0,
        "rows": [
            {"row": row, "title": f"Fiche {row}", "nodes": [fact(".x", "x"), fact(".link.y", f"y {row}")]}
            for row in rows
        ],
    }


def recap(document: str, *nodes: Any) -> dict[str, Any]:
    return {"node": "recap", "id": "r", "document": document, "title": "Lié", "nodes": list(nodes)}


def body(*nodes: Any) -> dict[str, Any]:
    return {"answers": {"a": ["1", {"node": "p"}]}, "frozen": {"s": {"answers": {}, "view": list(nodes)}}}


def test_what_kept_nothing_is_the_same() -> None:
    kept = body(table("a", "b"), recap("c", {"node": "part", "id": "p", "title": "P", "nodes": []}))
    assert erased(kept, lambda _id, _path: False) == kept


def test_a_row_is_left_without_a_name_and_still_counts() -> None:
    part = {"node": "part", "id": "p", "title": "P", "nodes": [table("a", "b", "c")]}
    left = erased(body(part), lambda id, _path: id in {"a", "b"})
    (made,) = left["frozen"]["s"]["view"][0]["nodes"]
    assert "Fiche a" not in str(left) and "y a" not in str(left)
    shown = cut(made, lambda id, _path: id != "")
    assert [row["row"] for row in shown["rows"]] == ["c"]
    assert shown["after"] == "2 autres ont été effacés depuis."
    assert cut(made, lambda _id, _path: False)["after"] == (
        "Un autre ne vous est pas ouvert. 2 autres ont été effacés depuis."
    )
    assert erased(left, lambda id, _path: id in {"a", "b"}) == left


def test_a_cell_that_came_from_it_is_empty() -> None:
    left = erased(body(table("a")), lambda id, path: (id, path) == ("a", ".link.y"))
    cells = left["frozen"]["s"]["view"][0]["rows"][0]["nodes"]
    assert [cell["value"] for cell in cells] == [{"kind": "text", "text": "x"}, {"kind": "empty"}]


def test_a_recapitulation_is_emptied_inside_another_too() -> None:
    left = erased(
        body(recap("a", fact("f", "gardé"), recap("b", fact("f", "secret")))), lambda id, _: id == "b"
    )
    assert "secret" not in str(left) and "gardé" in str(left)
    assert "secret" not in str(erased(body(recap("b", fact("f", "secret"))), lambda id, _: id == "b"))

"""What a document kept of others that are to leave no trace: tables and recapitulations of closed steps.

What was kept stays as it was but for them: a row without a name, an empty cell, a recapitulation without
its content. The body is plain data, as it was stored; no form is needed to read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Gone = Callable[[str, str], bool]  # (id of a document, path in it): does this lead to what is erased

# A name that every kept table of documents holds: see `engine.listing`.
OF_A_TABLE = "more"
_ROW = {"row": "", "title": "", "nodes": []}
_EMPTY = {"kind": "empty"}


def erased(kept: Any, gone: Gone) -> Any:
    """Return stored data without what it kept of what is gone: equal to what was given if it kept nothing.

    `gone(id, "")` judges a document, `gone(id, ".link.field")` what is read from it through others.
    """
    if isinstance(kept, list):
        return [erased(one, gone) for one in kept]
    if not isinstance(kept, Mapping):
        return kept
    if kept.get("node") == "recap" and gone(str(kept.get("document", "")), ""):
        return {**kept, "title": "Document effacé", "nodes": []}
    if kept.get("node") == "rows" and "of" in kept:
        return {**kept, "rows": [_row(row, gone) for row in kept["rows"]]}
    return {name: erased(value, gone) for name, value in kept.items()}


def _row(row: Mapping[str, Any], gone: Gone) -> Mapping[str, Any]:
    if gone(row["row"], ""):
        return _ROW
    return {**row, "nodes": [_cell(cell, row["row"], gone) for cell in row["nodes"]]}


def _cell(cell: Mapping[str, Any], id: str, gone: Gone) -> Mapping[str, Any]:
    return {**cell, "value": _EMPTY} if gone(id, cell["id"]) else cell

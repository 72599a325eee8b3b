"""The files joined to a document, as its pages lead to them: what somebody may read is what they may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from web.screens.shared import file_url

Node = Mapping[str, Any]
Nodes = list[Node]


def file_of(nodes: Iterable[Node], file: str) -> Mapping[str, Any] | None:
    """Find a file among the nodes that somebody may read; None for any other."""
    return next((one for one in _files(nodes) if one["file"] == file), None)


def _files(nodes: Iterable[Node]) -> Iterator[Mapping[str, Any]]:
    """Walk the files of the document's own answers: those that it recalls or lists are another's."""
    for node in nodes:
        if node["node"] == "fact":
            yield from (one["file"] for one in node["value"].get("items", ()) if "file" in one)
        elif node["node"] == "part":
            yield from _files(node["nodes"])
        elif node["node"] == "rows" and "of" not in node:
            for row in node["rows"]:
                yield from _files(row["nodes"])


def leading(nodes: Iterable[Node], id: str) -> Nodes:
    """Make the names of a document's own files lead to them."""
    return [_leading(node, id) for node in nodes]


def _leading(node: Mapping[str, Any], id: str) -> Mapping[str, Any]:
    if node["node"] == "part":
        return {**node, "nodes": leading(node["nodes"], id)}
    if node["node"] == "rows" and "of" not in node:
        return {
            **node,
            "rows": [{**row, "nodes": leading(row["nodes"], id)} for row in node["rows"]],
        }
    items = node["value"].get("items", ()) if node["node"] == "fact" else ()
    if not any("file" in one for one in items):
        return node
    led = [{**one, "href": file_url(id, one["file"]["file"])} for one in items]
    return {**node, "value": {**node["value"], "items": led}}

"""Two trees of read nodes, fact by fact: the same document read with two versions of its form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SAME, CHANGED, RENAMED, BEFORE, NOW = "same", "changed", "renamed", "before", "now"
EMPTY: Mapping[str, Any] = {"kind": "empty"}


@dataclass(frozen=True)
class Line:
    """One fact in both trees; a side is None where it isn't asked. `former`: its label if that changed."""

    label: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    mark: str
    former: str = ""


@dataclass(frozen=True)
class Part:
    """The lines of one step, in the order of the later version, then what it no longer asks."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Fact:
    part: str
    label: str
    value: Mapping[str, Any]


def beside(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> tuple[Part, ...]:
    """Lay two trees side by side, fact by fact.

    >>> old = [{"node": "fact", "path": "a", "id": "a", "label": "A", "value": {"kind": "text", "text": "1"}}]
    >>> beside(old, old)[0].lines[0].mark, beside(old, [])[0].lines[0].mark
    ('same', 'before')
    """
    titles: dict[str, str] = {}
    old, new = (dict(_facts(nodes, "", "", titles)) for nodes in (before, after))
    lines: dict[str, list[Line]] = {part: [] for part in titles}
    for key in dict.fromkeys([*new, *old]):
        fact = new.get(key) or old[key]
        lines[fact.part].append(_line(old.get(key), new.get(key)))
    return tuple(Part(titles[part], tuple(found)) for part, found in lines.items() if found)


def _line(old: _Fact | None, new: _Fact | None) -> Line:
    if old is None or new is None:
        one = new or old
        assert one is not None
        sides = (None if old is None else old.value, None if new is None else new.value)
        return Line(one.label, *sides, NOW if old is None else BEFORE)
    mark = SAME if old.value == new.value else CHANGED
    if mark == SAME and old.label != new.label:
        mark = RENAMED
    return Line(new.label, old.value, new.value, mark, old.label if old.label != new.label else "")


def _facts(
    nodes: Iterable[Mapping[str, Any]], part: str, above: str, titles: dict[str, str]
) -> Iterator[tuple[str, _Fact]]:
    """Every fact by its path; `above`: the headings between the step and the fact."""
    for node in nodes:
        match node["node"]:
            case "part":
                if not part:
                    titles[node["id"]] = node["title"]
                yield from _facts(node["nodes"], part or node["id"], above, titles)
            case "fact":
                titles.setdefault(part, "")
                label = f"{above}, {node['label']}" if above else node["label"]
                yield str(node.get("path", node["id"])), _Fact(part, label, node["value"])
            case "rows":
                titles.setdefault(part, "")
                if not node["rows"]:
                    yield node["id"], _Fact(part, node["label"], EMPTY)
                for row in node["rows"]:
                    yield from _facts(row["nodes"], part or node["id"], row["title"], titles)

"""Two versions of an answer in words, and where they differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.answers import is_raw
from engine.evaluate import FormState, static_path
from engine.present import VALUES

MOST_WORDS = 2_000  # compared one by one; beyond, the rest is left out

Runs = tuple[tuple[str, bool], ...]


def words_of(state: FormState, leaf: tuple[str, ...], stored: Any) -> str:
    """Return a leaf's version as words, one line an entry of a list; "" when it is empty."""
    node = _node(state, leaf, stored)
    return _listed(node["items"]) if node["kind"] == "list" else str(node.get("text", ""))


def entries_of(state: FormState, leaf: tuple[str, ...], stored: Any) -> tuple[str, ...] | None:
    """Return the entries of a leaf that is a list, each with its branch; None for what isn't a list."""
    node = _node(state, leaf, stored)
    return tuple(_branches(node["items"], "")) if node["kind"] == "list" else None


def _node(state: FormState, leaf: tuple[str, ...], stored: Any) -> Mapping[str, Any]:
    if stored is None or stored == []:
        return {"kind": "empty"}
    path = tuple(part for part in leaf if not part.startswith("#"))
    item = state.form.skeleton.items.get(static_path(path, state.form))
    if is_raw(stored) or item is None:
        return {"kind": "text", "text": str(stored["raw"] if is_raw(stored) else stored)}
    target = state.form.target(item)
    picks = [stored] if leaf[-1].startswith("#") else stored
    return VALUES[target.type](picks, target, state, path)


def _branches(items: Iterable[Mapping[str, Any]], above: str) -> Iterator[str]:
    """The ends of a tree, each after the names of its branch."""
    for one in items:
        details = f"\u00a0: {', '.join(one['details'])}" if one.get("details") else ""
        text = f"{above}{one['text']}{details}"
        if one.get("items"):
            yield from _branches(one["items"], f"{text} › ")
        else:
            yield text


def _listed(items: list[Any], depth: int = 0) -> str:
    lines: list[str] = []
    for one in items:
        details = f" : {', '.join(one['details'])}" if one.get("details") else ""
        lines.append(f"{'– ' * depth}{one['text']}{details}")
        if one.get("items"):
            lines.append(_listed(one["items"], depth + 1))
    return "\n".join(lines)


def differing(one: str, other: str) -> tuple[Runs, Runs]:
    """Cut both texts into runs, True where they differ, word by word."""
    left, right = _pieces(one), _pieces(other)
    first: list[tuple[str, bool]] = []
    second: list[tuple[str, bool]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if a != b:
            first.append(("".join(left[a:b]), tag != "equal"))
        if c != d:
            second.append(("".join(right[c:d]), tag != "equal"))
    return tuple(first), tuple(second)


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for word in text.split(" "):
        pieces += [word, " "]
    return pieces[:-1][:MOST_WORDS]

"""Answers that have no field any more: kept beside the document, to read, never thrown away."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.compile import CompiledForm
from engine.evaluate import FormState
from engine.migrate.apply import Kept
from engine.present import Node, read_item, read_value

if TYPE_CHECKING:
    from engine.migrate.replay import Route


def kept_nodes(state: FormState, route: Route, kept: Sequence[Kept]) -> list[Node]:
    """One read node for each answer kept aside, as its own version said it."""
    return [_node(state, [stage.source for stage in route.stages], path, answer) for path, answer in kept]


def late_nodes(state: FormState, kept: Sequence[Kept]) -> list[Node]:
    """The same for answers given in the form that is left."""
    return [_node(state, [state.form], path, answer) for path, answer in kept]


def _node(state: FormState, forms: Sequence[CompiledForm], path: str, answer: Any) -> Node:
    static = tuple(path.split("."))
    form = next((one for one in reversed(forms) if static in one.skeleton.items), state.form)
    item = form.skeleton.items.get(static) or form.skeleton.named.get(static[0])
    node: Node = {
        "node": "fact",
        "id": static[0],
        "path": path,
        "label": path if item is None else item.heading,
        "version": form.version,
        "value": {"kind": "list", "items": [{"text": one} for one in words_of(answer)]},
        "readers": [] if item is None else [sorted(guard) for guard in item.guards],
        "answer": copy.deepcopy(answer),
    }
    own = state.form.skeleton.items.get(static)
    if form is not state.form or own is None:
        return node
    if len(static) > 1:
        paths = [one for one in state.instances(own) if one in state.visible]
        values = [read_value(state, own, one) for one in paths]
        return node | {"value": {"kind": "list", "items": [one for value in values for one in _items(value)]}}
    shown = read_item(state, own)
    return node | {"value": shown[0]["value"]} if shown and shown[0]["node"] == "fact" else node


def _items(value: Node) -> list[Node]:
    if value["kind"] == "text":
        return [{"text": value["text"]}]
    return list(value.get("items", ()))


def words_of(answer: Any) -> list[str]:
    """The texts of an answer whose field is not at hand.

    >>> words_of([{"row": "a", "value": "Lire"}, {"row": "b", "value": ["x"]}])
    ['Lire', 'x']
    """
    if isinstance(answer, str):
        return [answer]
    if isinstance(answer, bool):
        return ["Oui" if answer else "Non"]
    if isinstance(answer, (int, float)):
        return [str(answer)]
    if isinstance(answer, dict):
        if "code" in answer:
            return [str(answer["code"])]
        if "label" in answer:
            return [str(answer["label"])]
        return [word for key, one in answer.items() if key not in {"row", "by"} for word in words_of(one)]
    return [word for one in answer or () for word in words_of(one)]

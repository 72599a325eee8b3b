"""What a copy of a document starts from: the answers that say the same of another moment. Pure.

As in a renewal, each field's `renew` says whether its answer goes on. Besides, nobody's word is copied for
them: no signature, no row that belongs to who wrote it; nor what is of one day, nor what is worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.evaluate import FormState
from engine.lifecycle import renewed
from engine.skeleton import Item

NEVER = frozenset({"signature", "date", "computed", "bound"})


def carried(state: FormState, may: Callable[[Item], bool]) -> tuple[dict[str, Any], list[str]]:
    """Give the answers that a copy starts from, and the fields that it asks to check.

    `may`: whether somebody may read and write an item; the others are left out.
    """
    answers, asked = renewed(state, "renew")
    named = state.form.skeleton.named
    kept: dict[str, Any] = {}
    for name, value in answers.items():
        item = named[name]
        found = _carried(item, value, may)
        if found not in (None, [], {}):
            kept[name] = found
    return kept, [name for name in asked if name in kept]


def _carried(item: Item, value: Any, may: Callable[[Item], bool]) -> Any:
    if not _goes(item) or not may(item) or getattr(item.spec, "own", False):
        return None
    inner = {child.id for child in item.children if _goes(child) and may(child)}
    if item.type == "group" and isinstance(value, Mapping):
        return {key: one for key, one in value.items() if key in inner}
    if item.type == "rows" and isinstance(value, list):
        rows = [{key: one for key, one in row.items() if key in inner | {"row"}} for row in value]
        return [row for row in rows if row.keys() - {"row"}]
    return value


def _goes(item: Item) -> bool:
    return item.type not in NEVER and not getattr(item.spec, "generate", None)

"""What a page of an earlier version still sends: put where its fields went, so that no word is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.compile import CompiledForm
from engine.evaluate import static_path
from engine.paths import Path
from engine.posting import Posted


def forwarded(posted: Posted, moved: Sequence[Mapping[str, Any]], form: CompiledForm, step: str) -> Posted:
    """Lead entries of fields that a document's moves took elsewhere in a step to where these are now.

    Only names that the form no longer has are led anywhere; what went nowhere in this step stays as it is.
    """
    ways = [
        way
        for record in moved
        for stage in record["stages"]
        for move in stage["moves"]
        for way in _ways(move)
    ]
    if not ways or all(_known(path, form) for path in posted.entries):
        return posted
    entries = {_led(path, ways, form, step): entry for path, entry in posted.entries.items()}
    rows = {_led(path, ways, form, step): ids for path, ids in posted.rows.items()}
    return Posted(entries, rows)


def _ways(move: Mapping[str, Any]) -> list[tuple[Path, Path]]:
    """Where a move takes fields, as static paths."""
    if move["do"] != "rename":
        return []
    return [(tuple(move["field"].split(".")), tuple(move["to"].split(".")))]


def _known(path: Path, form: CompiledForm) -> bool:
    return static_path(path, form) in form.skeleton.items


def _led(path: Path, ways: Sequence[tuple[Path, Path]], form: CompiledForm, step: str) -> Path:
    led = path
    for old, new in ways:
        if _known(led, form):
            break
        if len(old) == 1 and led[0] == old[0]:
            led = (new[0], *led[1:])
        elif len(old) == 2 and (led[0], led[-1]) == old and len(led) > 1:
            led = (*led[:-1], new[1])
    item = form.skeleton.items.get(static_path(led, form))
    return led if item is not None and item.step == step else path

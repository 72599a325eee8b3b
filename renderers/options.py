"""One option of a field, and the precisions that it asks for. No HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.answers import details_of
from engine.paths import Path, dotted, html_id
from engine.skeleton import Item
from renderers.showing import detail_id
from renderers.tree import DetailView, InputView, LevelView, OptionView


def option_view(
    item: Item,
    path: Path,
    code: str,
    label: str,
    picked: Mapping[str, Any],
    slot: int | str,
    n: int | str,
    children: LevelView | None = None,
    prefix: str = "",
) -> OptionView:
    """Build an option; `n` ends its id."""
    return OptionView(
        code=code,
        label=label,
        html_id=f"{html_id(path)}{prefix}--{n}",
        checked=code in picked,
        details=_details(item, path, code, picked.get(code), slot),
        children=children,
    )


def _details(item: Item, path: Path, code: str, pick: Any, slot: int | str) -> DetailView | None:
    asks = item.listing.asks(code) if item.listing is not None else None
    if asks is None:
        return None
    label = item.spec.details.label if item.spec.details is not None else "Veuillez préciser"
    limit = item.spec.details.max if item.spec.details is not None else 250
    given = details_of(pick) if pick is not None else ()
    count = max(asks.max, len(given))
    inputs = tuple(
        InputView(
            name=f"{dotted(path)}~d~{slot}~{code}",
            html_id=detail_id(path, slot, code, n),
            value=given[n - 1] if n <= len(given) else "",
            label=label if count == 1 else f"{label} ({n} sur {count})",
            invalid=(n <= len(given) and len(given[n - 1]) > limit) or n > asks.max,
        )
        for n in range(1, count + 1)
    )
    return DetailView(label, inputs)

"""Limits that keep a form quick to show and to judge (definition language, 6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import model
from engine.checks.common import Found
from engine.compile import CompiledForm
from engine.faults import Location

MAX_ITEMS = 7_000
MAX_NODES = 30
MAX_LISTED = 100_000


def check_limits(form: CompiledForm) -> Iterator[Found]:
    """Find what is too large. The models and the skeleton hold the other limits."""
    count = sum(1 for step in form.skeleton.steps for _ in step.walk())
    if count > MAX_ITEMS:
        yield ("steps",), f"{count} éléments, la limite est de {MAX_ITEMS}. Coupez la forme en deux."
    for location, value in _values(form):
        nodes = _nodes(value)
        if nodes > MAX_NODES:
            yield (
                location,
                f"{nodes} nœuds dans une valeur, la limite est de {MAX_NODES}. Nommez-en une partie.",
            )


def _values(form: CompiledForm) -> Iterator[tuple[Location, Any]]:
    for name, named in form.form.values.items():
        yield ("values", name, "value"), named.value
    for item in form.skeleton.items.values():
        if item.type == "computed":
            yield (*item.location, "value"), item.spec.value
        elif getattr(item.spec, "default", None) is not None:
            yield (*item.location, "default"), item.spec.default


def _nodes(value: Any) -> int:
    """Count operators and operands; conditions have limits of their own."""
    match value:
        case model.Add() | model.Sub() | model.Mul() | model.Div():
            inner = next(getattr(value, key) for key in ("add", "sub", "mul", "div") if hasattr(value, key))
            return 1 + sum(_nodes(one) for one in inner)
        case model.Cases():
            branches = [case.value for case in value.cases] + ([] if value.else_ is None else [value.else_])
            return 1 + sum(_nodes(one) for one in branches)
    return 1

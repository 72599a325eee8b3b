"""Documents that are created by themselves: once each, by whoever writes a document while it calls for one.

Nothing is written here. What was created is noted on the document that called for it, by the id of the
rule: it is not created again, whatever becomes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.compile import CompiledAutomatic
from engine.evaluate import FormState
from engine.lifecycle import Create, creation
from engine.scopes import Scope

NOTED = "automatic"  # in a document: id of a rule -> id of what it created


def due(state: FormState) -> tuple[tuple[CompiledAutomatic, Create], ...]:
    """Give the documents that a document calls for as it is now, and has not had yet."""
    had, name = state.document.get(NOTED, {}), state.document["state"]
    return tuple(
        (one, creation(state, one.effect))
        for one in state.form.automatic
        if one.id not in had
        and (one.states is None or name in one.states)
        and one.effect.test.holds(Scope(state))
    )


def noted(document: Mapping[str, Any], made: Mapping[str, str]) -> dict[str, Any]:
    """Note what was created on the document that called for it: id of the rule -> id of the document."""
    return {**document, NOTED: {**document.get(NOTED, {}), **made}}


def label(one: CompiledAutomatic) -> str:
    """Say in a history where a document comes from."""
    return f"Création automatique : {one.text}"

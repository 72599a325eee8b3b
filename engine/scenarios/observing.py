"""What there is at a moment, as expectations: who reads and writes what, which actions are open."""

from __future__ import annotations

from typing import Any

from engine.access import decide
from engine.lifecycle import IMPOSSIBLE, check_action
from engine.scenarios.seen import Seen

SOME = 4


def observed(seen: Seen) -> dict[str, Any]:
    """Write down what a person may do, with a few fields of each sort."""
    fields = [item for item in seen.state.form.skeleton.named.values() if item.is_field]
    readable = [item.id for item in fields if decide(seen.grant, "read", item)]
    closed = [item.id for item in fields if not decide(seen.grant, "read", item)]
    writable = [item.id for item in fields if decide(seen.grant, "write", item)]
    found: dict[str, Any] = {"actions": _actions(seen), "writable": writable[:SOME]}
    if readable:
        found["readable"] = readable[:SOME]
    if closed:
        found["unreadable"] = closed[:SOME]
    return found


def _actions(seen: Seen) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, action in seen.state.form.actions.items():
        if decide(seen.grant, name):
            status = check_action(seen.state, action).status
            if status != IMPOSSIBLE:
                found[name] = status
    return found

"""Alerts: conditions read again whenever somebody looks, on the day; never timers."""

from __future__ import annotations

from engine.compile import CompiledAlert
from engine.evaluate import FormState
from engine.scopes import Scope
from engine.skeleton import Roles


def holding(state: FormState, roles: Roles) -> tuple[CompiledAlert, ...]:
    """Give the alerts of a document that hold now and are meant for some roles."""
    name, scope = state.document["state"], Scope(state)
    return tuple(
        one
        for one in state.form.alerts
        if (one.states is None or name in one.states)
        and (one.to is None or one.to & roles)
        and one.test.holds(scope)
    )


def alerts_for(state: FormState, roles: Roles) -> tuple[tuple[str, str], ...]:
    """Give the alerts of a document that are meant for some roles: id, text."""
    return tuple((one.id, one.text.render(Scope(state))) for one in holding(state, roles))

"""Alerts: conditions read again whenever somebody looks, on the day; never timers."""

from __future__ import annotations

from engine.evaluate import FormState
from engine.scopes import Scope
from engine.skeleton import Roles


def alerts_for(state: FormState, roles: Roles) -> tuple[tuple[str, str], ...]:
    """Give the alerts of a document that are meant for some roles: id, text."""
    name, scope = state.document["state"], Scope(state)
    return tuple(
        (one.id, one.text.render(scope))
        for one in state.form.alerts
        if (one.states is None or name in one.states)
        and (one.to is None or one.to & roles)
        and one.test.holds(scope)
    )

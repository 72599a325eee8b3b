"""Alerts: their states and roles exist."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.common import Found, all_known, once
from engine.compile import CompiledForm


def check_alerts(form: CompiledForm) -> Iterator[Found]:
    """Find what is wrong with alerts; what they would reveal is among the leaks."""
    alerts = form.form.alerts
    states = [state.id for state in form.form.lifecycle.states]
    known = form.drafting.library.expand
    yield from once("l'alerte", (one.id for one in alerts), ("alerts",))
    for index, one in enumerate(alerts):
        yield from all_known("l'état", one.in_ or (), states, ("alerts", index, "in"))
        yield from all_known("le rôle ou groupe", one.to or (), known, ("alerts", index, "to"))

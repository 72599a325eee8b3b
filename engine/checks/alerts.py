"""Alerts: their states and roles exist, and what they offer can be done."""

from __future__ import annotations

from collections.abc import Iterator

from engine import model
from engine.checks.common import Found, all_known, once, unknown, unknown_form
from engine.compile import CompiledForm
from engine.faults import Location


def check_alerts(form: CompiledForm) -> Iterator[Found]:
    """Find what is wrong with alerts; what they would reveal is among the leaks."""
    alerts = form.form.alerts
    states = [state.id for state in form.form.lifecycle.states]
    known = form.drafting.library.expand
    yield from once("l'alerte", (one.id for one in alerts), ("alerts",))
    for index, one in enumerate(alerts):
        yield from all_known("l'état", one.in_ or (), states, ("alerts", index, "in"))
        yield from all_known("le rôle ou groupe", one.to or (), known, ("alerts", index, "to"))
        if one.offer is not None:
            yield from _offer(form, one, one.offer, ("alerts", index, "offer"))


def _offer(form: CompiledForm, alert: model.Alert, offer: model.AlertOffer, at: Location) -> Iterator[Found]:
    if (offer.action is None) == (offer.create is None):
        yield at, "une alerte propose une action ou un document : écrivez « action » ou « create »."
    if offer.action is not None:
        yield from _action(form, alert, offer.action, (*at, "action"))
    if offer.create is not None:
        yield from _create(form, alert, offer, at)
    elif offer.link is not None:
        yield (*at, "link"), "« link » relie le document créé à celui-ci : ajoutez « create », ou retirez-le."


def _action(form: CompiledForm, alert: model.Alert, name: str, at: Location) -> Iterator[Found]:
    actions = {one.id: one for one in form.form.lifecycle.actions}
    if name not in actions:
        yield at, unknown("l'action", name, actions)
    elif alert.in_ is not None and not set(alert.in_) & set(actions[name].from_):
        yield at, f"« {name} » n'est possible dans aucun état de l'alerte. Changez « in », ou l'action."


def _create(form: CompiledForm, alert: model.Alert, offer: model.AlertOffer, at: Location) -> Iterator[Found]:
    library = form.drafting.library
    created = library.newest(str(offer.create))
    if created is None:
        yield (*at, "create"), unknown_form("la forme", str(offer.create), library.forms, library)
        return
    spec = created.skeleton.form
    if spec.nature == "record" or spec.subject not in {None, form.form.subject, form.id}:
        yield (
            (*at, "create"),
            f"« {spec.form} » n'est pas un document de la même fiche : il ne se crée pas d'ici.",
        )
    for name, link in spec.links.items():
        if link.required and name != offer.link:
            yield (*at, "link"), f"« {spec.form} » exige le lien « {name} » : écrivez-le dans « link »."
    if offer.link is not None:
        yield from _link(form, alert, spec, offer.link, (*at, "link"))


def _link(
    form: CompiledForm, alert: model.Alert, spec: model.Form, name: str, at: Location
) -> Iterator[Found]:
    link = spec.links.get(name)
    if link is None:
        yield at, unknown(f"le lien de « {spec.form} »", name, spec.links)
    elif link.form != form.id:
        yield (
            at,
            f"« {name} » de « {spec.form} » mène à « {link.form} », pas à cette forme. Prenez-en un autre.",
        )
    elif link.states is not None:
        shown = alert.in_ or [state.id for state in form.form.lifecycle.states]
        missing = [state for state in shown if state not in link.states]
        if missing:
            yield at, f"« {name} » n'accepte pas l'état « {missing[0]} ». Limitez l'alerte par « in »."

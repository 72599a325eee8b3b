"""A document to read, the question before an action, its printed outputs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import model
from engine.access import Grant, decide, grant_for
from engine.alerts import holding
from engine.compile import CompiledAction, CompiledAlert
from engine.explain import Reader, of_action
from engine.french import clock, long_date
from engine.lifecycle import Check, completed, needed
from engine.listing import nobody
from engine.present import find_nodes, for_reader, read_form, read_item, shown_step
from engine.problems import ERROR, Problem
from engine.scopes import Scope
from renderers.pages import AlertLine, Button, ConfirmPage, DocumentPage
from renderers.printed import Printed
from renderers.showing import Showing, message_of
from renderers.tree import Message
from renderers.view import tab_of
from web.failures import NotFound, Refused
from web.screens.joined import leading
from web.screens.proposing import propose_buttons, told
from web.screens.records import action_buttons, shown_nodes
from web.screens.seeing import seer
from web.screens.shared import (
    LEVELS,
    back_to,
    create_buttons,
    document_url,
    lines_of,
    linked_entries,
    output_buttons,
    over_line,
    printable,
    step_url,
)
from web.screens.steps import wizard_steps
from web.services import duplicable
from web.services.creating import proposed
from web.world import DOCUMENT, Desk, Opened

Nodes = list[Mapping[str, Any]]


def readable(here: Desk, opened: Opened, nodes: Any, grant: Grant | None = None) -> Nodes:
    """Cut read nodes to what this person (or another grant) may read.

    What another grant may read of other documents is not known here: their tables stay empty.
    """
    by = grant or opened.grant
    named = opened.state.form.skeleton.named
    allowed = {name for name, item in named.items() if decide(by, "read", item)}
    sees = seer(here) if by is opened.grant else nobody
    return list(for_reader(nodes, by.roles, allowed.__contains__, sees))


def document_page(here: Desk, opened: Opened) -> DocumentPage:
    """Build a document's reading page."""
    state = opened.state.form.state(opened.state.document["state"])
    related = lines_of(here, linked_entries(here, opened), inner=True)
    return DocumentPage(
        title=_title(opened),
        over=over_line(here, opened),
        back=back_to(here, opened),
        state=_state_words(opened, state),
        level=LEVELS[state.phase],
        notice=(opened.newest.form.texts.done or "") if completed(opened.newest.form, state.id) else "",
        nodes=(
            *leading(readable(here, opened, read_form(opened.state)), opened.id),
            *_kept_aside(here, opened),
        ),
        signs=tuple(_signs(opened)),
        aside_title="Et maintenant",
        buttons=(
            *output_buttons(opened),
            *create_buttons(here, opened),
            *action_buttons(opened),
            *propose_buttons(opened),
            *_copy(here, opened),
            *_history(opened),
            *_beside(opened),
        ),
        apart=tuple(_apart(opened)),
        related=tuple(related),
        related_title="Documents liés",
        alerts=(
            *(_alert(here, opened, one) for one in holding(opened.state, opened.grant.roles)),
            *told(here, opened),
        ),
    )


def _alert(here: Desk, opened: Opened, alert: CompiledAlert) -> AlertLine:
    """What is told, with what it proposes when this person may do it."""
    offer = alert.offer
    button = None if offer is None else _proposed(here, opened, offer)
    return AlertLine(alert.text.render(Scope(opened.state)), () if button is None else (button,))


def _proposed(here: Desk, opened: Opened, offer: model.AlertOffer) -> Button | None:
    action = opened.state.form.actions.get(offer.action or "")
    if action is not None:
        possible = opened.state.document["state"] in action.spec.from_ and decide(opened.grant, action.id)
        url = f"{document_url(opened.id)}/actions/{action.id}"
        return Button(offer.label or action.spec.label, url) if possible else None
    form = here.catalogue.start(offer.create or "")
    if form is None or proposed(here, opened, form) is None:
        return None
    label = offer.label or form.form.texts.create or f"Créer : {form.form.title}"
    return Button(label, f"{document_url(opened.id)}/creer/{form.id}", post=True)


def _copy(here: Desk, opened: Opened) -> list[Button]:
    """To begin another document from the answers of this one."""
    if duplicable(here, opened) is None:
        return []
    return [Button("Dupliquer", f"{document_url(opened.id)}/dupliquer", post=True)]


def _kept_aside(here: Desk, opened: Opened) -> Nodes:
    """The answers that a later version has no field for, to whoever could read them in their own."""
    body = opened.state.document
    grants: dict[str, frozenset[tuple[str, ...]]] = {}
    kept: Nodes = []
    for node in body.get("archived", ()):
        version = node["version"]
        if version not in grants:
            grants[version] = _read_in(here, opened, version)
        if tuple(node["path"].split(".")) in grants[version]:
            kept.append(node)
    title = "Réponses d'une version précédente du formulaire"
    return [{"node": "part", "id": "archived", "title": title, "nodes": kept}] if kept else []


def _read_in(here: Desk, opened: Opened, version: str) -> frozenset[tuple[str, ...]]:
    """What this person may read of the fields of another version; nothing if it says nothing of the state."""
    form = here.catalogue.forms.get((opened.state.form.id, version))
    body = opened.state.document
    if form is None or body["state"] not in {state.id for state in form.form.lifecycle.states}:
        return frozenset()
    state = here.evaluate_as(form, opened.id, body)
    return grant_for(state, opened.newest, opened.grant.roles).reads


def part_page(here: Desk, opened: Opened, step: str) -> DocumentPage:
    """One step of a document, to read."""
    part = opened.state.form.skeleton.parts.get(step)
    if part is None or step not in opened.state.steps:
        raise NotFound
    nodes = readable(here, opened, shown_step(opened.state, step))
    if not nodes:
        raise NotFound
    dated = {item.id: item for item in part.walk() if item.type == "date" and item.parent is None}
    nodes = [shown_nodes(opened, dated[node["id"]])[0] if node["id"] in dated else node for node in nodes]
    return DocumentPage(
        title=part.spec.title,
        over=opened.name,
        back=Button(opened.name, document_url(opened.id)),
        state="",
        level="",
        notice="",
        nodes=tuple(leading(nodes, opened.id)),
        signs=(),
        aside_title="",
        buttons=(),
        apart=(),
        related=(),
        related_title="",
    )


def _title(opened: Opened) -> str:
    subject = opened.state.context.subject
    return opened.name if subject is None else f"{opened.state.form.form.title} – {opened.name}"


def _state_words(opened: Opened, state: model.State) -> str:
    event = opened.state.document["events"][-1]
    if event["do"] == "create":
        return state.label
    return f"{state.label} le {long_date(datetime.fromisoformat(event['at']).date())}"


def _signs(opened: Opened) -> list[str]:
    return next((list(output.signs) for output in opened.newest.form.outputs if output.signs), [])


def _apart(opened: Opened) -> list[Button]:
    state, found = opened.state, []
    open_steps = state.form.state(state.document["state"]).open
    for part in state.form.skeleton.steps:
        writable = any(decide(opened.grant, "write", item) for item in part.walk() if item.is_field)
        if part.spec.apart and part.id in state.steps and part.id in open_steps and writable:
            found.append(Button(part.spec.title, step_url(opened.id, part.id)))
    return found


def _history(opened: Opened) -> list[Button]:
    if not decide(opened.grant, "write"):
        return []
    return [Button("Historique", f"{document_url(opened.id)}/historique", quiet=True)]


def _beside(opened: Opened) -> list[Button]:
    """The time machine, for a document that was finished on another version than today's."""
    state = opened.state
    if state.form.state(state.document["state"]).phase == "draft" or (
        state.form.version == opened.newest.version
    ):
        return []
    url = f"{document_url(opened.id)}/aujourdhui"
    return [Button("Comparer avec le formulaire d'aujourd'hui", url, quiet=True)]


# --- before an action ---------------------------------------------------------------------------


def confirm_page(here: Desk, opened: Opened, action: CompiledAction, check: Check) -> ConfirmPage:
    """Build the page that asks before an action, with what stands in the way."""
    spec, confirm = action.spec, action.spec.confirm
    problems = needed(opened.state, action)
    showing = Showing(opened.state, opened.grant, problems, lambda _item: (), missing=True)
    errors = [_linked(opened, showing, problem) for problem in problems if problem.level == ERROR]
    warnings = [
        message
        for problem in problems
        if problem.level != ERROR
        for message in _told(opened, showing, problem)
    ]
    texts = {key: template.render(Scope(opened.state)) for key, template in action.confirm.items()}
    closes = [part for part in wizard_steps(opened) if part.id in action.closes]
    nodes: Nodes = []
    for part in closes:
        inner = readable(here, opened, shown_step(opened.state, part.id))
        nodes.append({"node": "part", "id": part.id, "title": part.spec.title, "nodes": inner})
    return ConfirmPage(
        title=texts.get("title", spec.label),
        over=over_line(here, opened),
        question=texts.get("text", f"{spec.label} ?"),
        text="",
        yes=confirm.yes if confirm is not None else spec.label,
        no=Button(confirm.no if confirm is not None else "Annuler", document_url(opened.id)),
        action=f"{document_url(opened.id)}/actions/{action.id}",
        revision=opened.stored.revision,
        nodes=tuple(nodes),
        edits=tuple(
            Button("Modifier", step_url(opened.id, part.id), spoken=f" : {part.spec.title}")
            for part in closes
        ),
        warnings=tuple(dict.fromkeys(warnings)),
        errors=tuple(dict.fromkeys(errors)),
        refusal=check.message,
        why=_why_not(opened, action),
    )


def _why_not(opened: Opened, action: CompiledAction) -> str:
    """Say what stands in the way of an action besides missing answers, with the answers that decide it."""
    told = of_action(opened.state, Reader(opened.grant), action)
    return " ".join(one.sentence for one in told if one.about in {"state", "refused"})


def _told(opened: Opened, showing: Showing, problem: Problem) -> list[Message]:
    item = opened.state.item(problem.path)
    return [] if item is None else [message_of(showing, problem, item)]


def _linked(opened: Opened, showing: Showing, problem: Problem) -> tuple[str, str]:
    """An error's words and the address of the control to correct, its tab open."""
    item = opened.state.item(problem.path)
    if item is None:
        return problem.text, document_url(opened.id)
    message = message_of(showing, problem, item)
    tabs = "".join(f"&onglet={name}:{tab}" for name, tab in tab_of(opened.state, item).items())
    anchor = f"#{message.target}" if message.target else ""
    return message.text, f"{step_url(opened.id, item.step)}?erreurs=1{tabs}{anchor}"


# --- printed outputs ----------------------------------------------------------------------------


def printed(here: Desk, opened: Opened, output_id: str) -> Printed:
    """Lay out an output: the document, then the record's documents if it asks for them."""
    outputs = {output.id: output for output in opened.newest.form.outputs}
    output = outputs.get(output_id)
    if output is None or not decide(opened.grant, "print") or output not in printable(opened):
        raise NotFound
    grant = opened.grant
    if output.as_ is not None:
        grant = here.grant(opened.state, opened.newest.drafting.library.expand[output.as_])
    source = outputs[output.like] if output.like is not None else output
    documents = [one for form_id in output.documents for one in _documents(here, opened, form_id)]
    recapped = frozenset().union(*(_recapped(one) for one in documents))
    inner = [
        _laid_out(here, one, one.newest.form.outputs[0], one.grant, ())
        for one in documents
        if one.id not in recapped
    ]
    return _laid_out(here, opened, source, grant, tuple(inner), label=output.label)


def _documents(here: Desk, opened: Opened, form_id: str) -> list[Opened]:
    """The documents of a form about a record that are no drafts and that this person may print."""
    found: list[Opened] = []
    for entry in here.reader.find(
        DOCUMENT, {"form": form_id, "subject": opened.id}, sort=("created",)
    ).entries:
        if entry.keys["phase"] == "draft":
            continue
        try:
            one = here.open(entry.id, "print")
        except (NotFound, Refused):
            continue
        if one.newest.form.outputs:
            found.append(one)
    return found


def _recapped(opened: Opened) -> set[str]:
    """The documents that this one prints whole."""
    links = opened.state.document.get("links", {})
    items = opened.state.form.skeleton.named.values()
    return {links[item.spec.of] for item in items if item.type == "recap" and item.spec.of in links}


def _laid_out(
    here: Desk,
    opened: Opened,
    output: model.Output,
    grant: Grant,
    documents: tuple[Printed, ...],
    label: str = "",
) -> Printed:
    state = opened.state.form.state(opened.state.document["state"])
    parts: Nodes = []
    for part in output.parts:
        inner = [node for key in part.of for node in _part_nodes(opened, key)]
        kept = readable(here, opened, inner, grant)
        if kept:
            parts.append({"node": "part", "id": "", "title": part.title, "nodes": kept})
    now, title = here.now, opened.state.form.form.title
    return Printed(
        title=title if label in {"", output.label} else f"{title} – {label}",
        parts=tuple(parts),
        date=now.isoformat(),
        subtitle=tuple(line for line in (over_line(here, opened), opened.name) if line),
        state=_state_words(opened, state),
        draft=state.phase == "draft",
        signs=tuple(output.signs),
        printed_on=f"Imprimé le {long_date(now.date())} à {clock(now)} par {here.me.label}",
        footer=opened.name,
        documents=documents,
    )


def _part_nodes(opened: Opened, key: str) -> Nodes:
    state = opened.state
    if key in state.form.skeleton.parts:
        return list(shown_step(state, key)) if key in state.steps else []
    item = state.form.skeleton.named.get(key)
    if item is None or item.step not in state.steps:
        return []
    if item.type == "section":
        return list(find_nodes(shown_step(state, item.step), key))
    return list(read_item(state, item))

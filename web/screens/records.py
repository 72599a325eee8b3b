"""A record's page: its cards, its documents, what can be changed straight from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import model
from engine.access import decide
from engine.french import long_date
from engine.present import for_reader, read_item
from engine.scopes import Scope
from engine.skeleton import Item
from renderers.pages import Button, CardView, DocumentsBlock, RecordPage, ToggleForm
from web.screens.joined import leading
from web.screens.shared import back_to, document_url, lines_of, output_buttons, printable, step_url
from web.services import creatable, followers, transferable
from web.world import DOCUMENT, Desk, Opened

DOCUMENT_LABELS = {"document.created_on": ("Date de création", "created_on")}


def record_page(here: Desk, opened: Opened) -> RecordPage:
    """Build a record's page as this person may see it."""
    form = opened.state.form.form
    page = form.page or model.Page()
    state = opened.state.form.state(opened.state.document["state"])
    template = opened.state.form.subtitle
    documents = [
        block for card in page.cards for name in card.documents for block in _documents(here, opened, name)
    ]
    shown = next((card for card in page.cards if card.documents), None)
    cards = [card for card in page.cards if not card.documents]
    return RecordPage(
        title=opened.name,
        subtitle="" if template is None else template.render(Scope(opened.state)),
        state="" if state is form.lifecycle.states[0] else state.label,
        back=back_to(here, opened),
        buttons=tuple(_buttons(here, opened, page)),
        cards=tuple(_card(opened, card) for card in cards),
        documents_title=shown.title if shown is not None else "",
        documents_intro=(shown.intro or "") if shown is not None else "",
        documents=tuple(documents),
        toggles=tuple(_toggles(opened, page)),
    )


def _buttons(here: Desk, opened: Opened, page: model.Page) -> list[Button]:
    buttons: list[Button] = []
    if page.edit is not None:
        buttons.extend(_edit(opened, page.edit, ""))
    buttons.extend(
        Button(output.label, button.url, icon="down", spoken=" (PDF)")
        for output, button in zip(printable(opened), output_buttons(opened), strict=False)
    )
    buttons.extend(action_buttons(opened))
    if any(transferable(opened, item) for item in followers(here, opened.state.form)):
        url = f"/fiches/{opened.state.form.id}/transmettre?fiche={opened.id}"
        buttons.append(Button("Transmettre", url))
    return buttons


def action_buttons(opened: Opened) -> list[Button]:
    """The actions possible in this state that this person may do."""
    found: list[Button] = []
    for action in opened.state.form.actions.values():
        if opened.state.document["state"] in action.spec.from_ and decide(opened.grant, action.id):
            url = f"{document_url(opened.id)}/actions/{action.id}"
            found.append(Button(action.spec.label, url))
    return found


def _edit(opened: Opened, edit: model.Edit, spoken: str) -> list[Button]:
    part = opened.state.form.skeleton.parts.get(edit.step)
    if part is None:
        return []
    if any(decide(opened.grant, "write", item) for item in part.walk() if item.is_field):
        return [Button(edit.label, step_url(opened.id, edit.step), spoken=spoken)]
    return []


def _consult(opened: Opened, edit: model.Edit, title: str) -> list[Button]:
    part = opened.state.form.skeleton.parts.get(edit.step)
    if part is None or not any(decide(opened.grant, "read", item) for item in part.walk() if item.is_field):
        return []
    url = f"{document_url(opened.id)}/lecture/{edit.step}"
    if edit.read is not None:
        return [Button(edit.read, url, quiet=True)]
    return [Button("Consulter", url, quiet=True, spoken=f" : {title}")]


def _card_links(opened: Opened, edit: model.Edit, title: str, filled: bool) -> list[Button]:
    """To change what a card shows, and to read it whole."""
    named = edit if filled or edit.empty is None else edit.model_copy(update={"label": edit.empty})
    return _edit(opened, named, "") + _consult(opened, edit, title)


def _card(opened: Opened, card: model.Card) -> CardView:
    nodes: list[Mapping[str, Any]] = []
    left = 0
    for path in card.show:
        if path in DOCUMENT_LABELS:
            nodes.append(_document_fact(opened, path))
            continue
        item = opened.state.form.skeleton.named.get(path)
        if item is None or (item.type == "boolean" and item.spec.display == "checkbox"):
            continue
        for node in shown_nodes(opened, item):
            short, more = _first(node, card.first)
            nodes.append(_bare(short, len(card.show)))
            left += more
    filled = any(node.get("value", {}).get("kind") != "empty" for node in nodes)
    buttons = [] if card.edit is None else _card_links(opened, card.edit, card.title, filled)
    return CardView(
        id=card.id,
        title=card.title,
        intro=card.intro or "",
        nodes=tuple(nodes) if filled or card.empty is None else (),
        empty="" if filled or card.empty is None else card.empty,
        more=(card.more or "{n}").replace("{n}", str(left)) if left else "",
        buttons=tuple(buttons),
    )


def shown_nodes(opened: Opened, item: Item) -> list[Mapping[str, Any]]:
    """A field as this person may read it; dates in words."""
    read = for_reader(
        read_item(opened.state, item),
        opened.grant.roles,
        lambda _id: decide(opened.grant, "read", item).allowed,
    )
    nodes = leading(read, opened.id)
    day = opened.state.values.get(item.path)
    if item.type == "date" and day is not None:
        return [{**node, "value": {"kind": "text", "text": long_date(day)}} for node in nodes]
    return nodes


def _document_fact(opened: Opened, path: str) -> Mapping[str, Any]:
    label, key = DOCUMENT_LABELS[path]
    day = opened.state.day(key)
    value = {"kind": "empty"} if day is None else {"kind": "text", "text": long_date(day)}
    return {"node": "fact", "id": key, "path": path, "label": label, "value": value}


def _bare(node: Mapping[str, Any], count: int) -> Mapping[str, Any]:
    """A card that shows one thing has its title for label."""
    return {**node, "label": ""} if count == 1 and node["node"] == "fact" else node


def _first(node: Mapping[str, Any], most: int | None) -> tuple[Mapping[str, Any], int]:
    """Keep the first entries of a list, told how many are left out."""
    value = node.get("value", {})
    if most is None or value.get("kind") != "list":
        return node, 0
    leaves = list(_leaves(value["items"]))
    short = {"kind": "list", "items": leaves[:most]}
    return {**node, "value": short}, max(0, len(leaves) - most)


def _leaves(items: list[Any]) -> Any:
    for one in items:
        if one.get("items"):
            yield from _leaves(one["items"])
        else:
            yield one


def _documents(here: Desk, opened: Opened, form_id: str) -> list[DocumentsBlock]:
    form = here.catalogue.newest(form_id)
    start = here.catalogue.start(form_id)
    if form is None or start is None or any(link.required for link in form.form.links.values()):
        return []  # a document that needs a link is shown under the one that it is linked to
    entries = here.reader.find(DOCUMENT, {"form": form_id, "subject": opened.id}, sort=("-created",)).entries
    texts = form.form.texts
    create = None
    if creatable(here, opened, start) is not None:
        label = texts.create or f"Créer : {form.form.title}"
        create = Button(
            label, f"{document_url(opened.id)}/creer/{form_id}", post=True, main=True, icon="plus"
        )
    return [
        DocumentsBlock(
            id=form_id,
            title=form.form.title,
            about_title=texts.about_title or "À quoi sert ce document ?",
            about=texts.about or "",
            create=create,
            lines=tuple(lines_of(here, entries)),
            empty="Aucun document pour le moment.",
        )
    ]


def _toggles(opened: Opened, page: model.Page) -> list[ToggleForm]:
    found: list[ToggleForm] = []
    for card in page.cards:
        for path in card.show:
            item = opened.state.form.skeleton.named.get(path)
            if item is None or item.type != "boolean" or item.spec.display != "checkbox":
                continue
            if decide(opened.grant, "write", item):
                found.append(_toggle(opened, item))
    return found


def _toggle(opened: Opened, item: Item) -> ToggleForm:
    return ToggleForm(
        legend=opened.state.form.skeleton.parts[item.step].spec.title,
        action=f"{document_url(opened.id)}/bascule/{item.id}",
        name="valeur",
        html_id=f"bascule-{item.id}",
        label=item.label,
        help=item.spec.help or "Vous pouvez revenir sur ce choix ; chaque changement est daté et signé.",
        checked=opened.state.stored(item.path) is True,
        submit="Enregistrer ce choix",
        revision=opened.stored.revision,
    )

"""The HTML renderer: well-formed and accessible by construction, safe, and true to the form contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args

import html_samples as samples
import pytest
from reading_html import Document, read

from renderers import html
from renderers.assets import assets, static
from renderers.html import Screen
from renderers.pages import Frame, WizardPage
from renderers.tree import AbsentView, FieldView
from renderers.view import DATA

PAGES = {name: html.page(screen, samples.frame_of(screen)) for name, screen in samples.SCREENS.items()}
WIZARDS = [name for name, screen in samples.SCREENS.items() if isinstance(screen, WizardPage)]
CONTROLS = ("input", "select", "textarea")
every_page = pytest.mark.parametrize("name", samples.SCREENS)
every_step = pytest.mark.parametrize("name", WIZARDS)


def page(name: str) -> Document:
    return read(PAGES[name])


# --- registries ----------------------------------------------------------------------------------------


def test_every_screen_has_a_template_and_a_sample() -> None:
    assert set(html.PAGES) == set(get_args(Screen)) == {type(one) for one in samples.SCREENS.values()}


def test_every_field_type_has_a_template_and_a_sample() -> None:
    templates = {
        path.removeprefix("fields/").removesuffix(".html")
        for path in html.ENVIRONMENT.list_templates()
        if path.startswith("fields/")
    }
    shown = {
        node.type
        for screen in samples.SCREENS.values()
        if isinstance(screen, WizardPage)
        for node in walk(screen.step)
        if isinstance(node, FieldView)
    }
    assert templates == set(DATA) == shown


def walk(value: Any) -> list[Any]:
    """Every dataclass inside, itself first."""
    if is_dataclass(value):
        return [value, *(one for part in fields(value) for one in walk(getattr(value, part.name)))]
    if isinstance(value, Mapping):
        return [one for part in value.values() for one in walk(part)]
    return [one for part in value for one in walk(part)] if isinstance(value, tuple) else []


# --- form ------------------------------------------------------------------------------------------------


@every_page
def test_a_page_is_well_formed(name: str) -> None:
    document = page(name)
    assert document.faults == []
    assert PAGES[name].startswith("<!DOCTYPE html>")
    assert (
        len(list(document.all("h1")))
        == len(list(document.all("main")))
        == len(list(document.all("title")))
        == 1
    )


@every_page
def test_ids_are_unique_and_references_lead_somewhere(name: str) -> None:
    document = page(name)
    ids = [one["id"] for one in document.elements if one.get("id")]
    assert len(ids) == len(set(ids)), {one for one in ids if ids.count(one) > 1}
    for one in document.elements:
        for attribute in ("for", "aria-describedby", "aria-labelledby", "form"):
            assert set(one.get(attribute).split()) <= set(ids), (one.tag, attribute, one.get(attribute))
        if one.get("href").startswith("#"):
            assert one["href"][1:] in ids


@every_page
def test_nothing_is_inline(name: str) -> None:
    for one in page(name).elements:
        assert one.tag not in {"style", "iframe", "object", "embed", "base"}
        assert one.tag != "script" or (
            one["src"].startswith("/static/") and not one.text and "defer" in one.attributes
        )
        assert not [key for key in one.attributes if key.startswith("on") or key == "style"]
        assert not re.match(
            r"\s*(javascript|data):", one.get("href") + one.get("action") + one.get("src"), re.IGNORECASE
        )
        assert "maxlength" not in one.attributes


@every_page
def test_every_control_is_named_and_every_heading_follows(name: str) -> None:
    document = page(name)
    labels = {one["for"]: one.text.strip() for one in document.all("label")}
    for one in document.all(*CONTROLS):
        if one.get("type") != "hidden":
            assert labels.get(one["id"]), one.attributes
            assert one["name"]
    levels = [int(one.tag[1]) for one in document.all("h1", "h2", "h3", "h4", "h5", "h6")]
    summary = document.elements and any(one.get("id") == "erreurs" for one in document.elements)
    for before, after in zip(
        levels[1:] if summary else levels, levels[2:] if summary else levels[1:], strict=False
    ):
        assert after <= before + 1, levels


@every_page
def test_every_form_that_changes_something_carries_the_token(name: str) -> None:
    document = page(name)
    for form in document.all("form"):
        if form["method"] == "post":
            inside = [one for one in document.all("input") if form in one.parents]
            tokens = [one["value"] for one in inside if one.get("name") == "_csrf"]
            assert tokens == [samples.frame_of(samples.SCREENS[name]).csrf]


@every_page
def test_text_of_the_templates_is_set_in_french(name: str) -> None:
    typed = {"O'Connor", "Réunion d'octobre", "ce qu'elle a dessiné", "une étape par ligne"}
    for one in page(name).elements:
        leaf = one.tag in {"p", "h1", "h2", "h3", "legend", "label", "dt", "button", "a", "summary", "li"}
        if leaf and not any(word in one.text for word in typed):
            assert not re.search(r"[^\W\d]'[^\W\d]| [;!?](?=\s|$)| :(?=\s|$)|« | »", one.text), one.text


# --- safety ------------------------------------------------------------------------------------------------

KEYS = {"type", "node", "layout", "level", "display", "kind", "as", "icon", "flash_level"}
PAYLOADS = (
    '"><script>alert(1)</script>',
    "'\"><img src=x onerror=alert(1)>",
    "</textarea></select></title><svg/onload=alert(1)>",
    '" autofocus onfocus=alert(1) hx-get="/x" x="',
    "{{ 7*7 }}{% include 'base.html' %}{# #}",
    "javascript:alert(1)",
    "<!--<b>&lt;i&gt;-->",
)


def poisoned(value: Any, payload: str, key: str = "") -> Any:
    """The same tree with its texts, names, ids, addresses replaced; not what chooses a template."""
    if isinstance(value, str):
        return payload if value and key not in KEYS else value
    if is_dataclass(value) and not isinstance(value, type):
        changes = {one.name: poisoned(getattr(value, one.name), payload, one.name) for one in fields(value)}
        return replace(value, **changes)
    if isinstance(value, Mapping):
        return {name: poisoned(one, payload, name) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(poisoned(one, payload) for one in value)
    return value


@every_page
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_becomes_markup(name: str, payload: str) -> None:
    screen, frame = samples.SCREENS[name], samples.frame_of(samples.SCREENS[name])
    harmless = read(html.page(poisoned(screen, "mot"), poisoned(frame, "mot")))
    attacked = html.page(poisoned(screen, payload), poisoned(frame, payload))
    assert read(attacked).skeleton() == harmless.skeleton()


def test_a_stored_value_keeps_its_characters() -> None:
    document = page("tout")
    assert document.by_id("libre")["value"] == 'l\'élève "dit" <b>'
    assert document.by_id("nouveau").text.removeprefix("\n") == "\n deux sauts"
    assert "O'Connor" in PAGES["document"].replace("&#39;", "'")


# --- the form contract -----------------------------------------------------------------------------------


def posted(document: Document) -> list[tuple[str, str]]:
    """What a browser would send of the form, without a button."""
    form = document.by_id("saisie")
    pairs: list[tuple[str, str]] = []
    for one in document.elements:
        if form not in one.parents or "name" not in one.attributes or one.tag == "button":
            continue
        if one.tag == "select":
            chosen = [
                option["value"]
                for option in document.all("option")
                if one in option.parents and "selected" in option.attributes
            ]
            pairs.append((one["name"], chosen[0] if chosen else ""))
        elif one.tag == "textarea":
            pairs.append((one["name"], one.text.removeprefix("\n")))
        elif one.get("type") not in ("checkbox", "radio") or "checked" in one.attributes:
            pairs.append((one["name"], one.get("value")))
    return pairs


def test_what_step_one_posts() -> None:
    pairs = posted(page("etape-1"))
    assert pairs[:4] == [
        ("_csrf", "jeton-de-session"),
        ("_revision", "7"),
        ("_base", "a1b2c3"),
        ("_once", "page-1"),
    ]
    assert ("type~", "1") in pairs and ("type", "code.0") in pairs and ("duree", "6") in pairs
    assert [value for name, value in pairs if name == "participants~rows"] == ["a", "b", "c", "d"]
    assert ("participants.b.matiere", "") in pairs and "participants.a.matiere" not in dict(pairs)


def test_what_cascades_checklists_and_booleans_post() -> None:
    assert {
        ("appuis~", "1"),
        ("appuis.1", "code.0"),
        ("appuis.1.sd", "sd.1"),
        ("appuis.1.b.l", "code.2"),
        ("appuis.1.b.l~3.0", "Retient mieux ce qu'elle a dessiné"),
    } <= set(posted(page("etape-2")))
    pairs = posted(page("etape-4-amenagements"))
    assert ("am~", "f0") in pairs and ("am", "code.3") in pairs
    pairs = posted(page("tout"))
    assert {("present~", "1"), ("present", "oui"), ("avis~", "1"), ("avis", "non"), ("accord~", "1")} <= set(
        pairs
    )
    assert "accord" not in dict(pairs)
    assert {"reponse~", "equipe~"} <= set(dict(pairs)) and "referent~" not in dict(pairs)


def presses(document: Document) -> list[str]:
    return [one["value"] for one in document.all("button") if one.get("name") == "_do"]


@every_step
def test_the_first_button_saves_and_is_out_of_the_way(name: str) -> None:
    first = next(one for one in page(name).all("button") if one.get("form") == "saisie")
    assert (first["value"], first["tabindex"], first["aria-hidden"]) == ("enregistrer", "-1", "true")


def test_the_buttons_of_the_steps() -> None:
    assert presses(page("etape-1")) == [
        "enregistrer",
        "quitter",
        "aller:etape2",
        "retirer:participants:a",
        "retirer:participants:b",
        "retirer:participants:c",
        "retirer:participants:d",
        "ajouter:participants",
        "suivant",
        "enregistrer",
    ]
    assert presses(page("etape-2"))[-6:] == [
        "afficher",
        "afficher",
        "afficher",
        "suivant",
        "enregistrer",
        "retour",
    ]
    assert {"onglet:onglets:p0", "onglet:am:f2"} <= set(presses(page("etape-4-amenagements")))
    assert presses(page("apart")) == [
        "enregistrer",
        "quitter",
        "retirer:participants:a",
        "retirer:participants:b",
        "retirer:participants:c",
        "retirer:participants:d",
        "ajouter:participants",
        "enregistrer",
    ]


def test_a_wizard_saves_by_itself_only_if_asked() -> None:
    form = page("etape-1").by_id("saisie")
    assert (
        form["hx-post"] == form["action"]
        and form["hx-trigger"] == "canevas:save"
        and form["hx-swap"] == "none"
    )
    assert "hx-post" not in page("apart").by_id("saisie").attributes
    assert "htmx" not in PAGES["apart"]


@every_step
def test_messages_describe_their_control(name: str) -> None:
    document = page(name)
    for one in document.elements:
        if one.get("aria-invalid"):
            described = [document.by_id(id) for id in one.get("aria-describedby").split()]
            assert any("Erreur" in part.text for part in described), one.attributes


def test_a_message_is_told_once_and_beside_its_control() -> None:
    for name, id, text in (
        ("etape-4-erreurs", "pers-3-d0-err", "la précision manque"),
        ("etape-2-erreurs", "appuis-2-err", "aucun sous-domaine"),
        ("etape-1-erreurs", "duree-err", "20 semaines"),
    ):
        document = page(name)
        assert text in document.by_id(id).text
        assert len([one for one in document.all("p") if text in one.text]) == 1


# --- titles, fragments, regions ------------------------------------------------------------------------


def title(name: str) -> str:
    return next(page(name).all("title")).text


def test_titles() -> None:
    assert title("etape-1") == "Informations préliminaires – étape 1 sur 4 – PPRE de Lina Morel – Canevas"
    assert title("etape-1-erreurs").startswith("Erreur\u00a0: Informations")
    assert title("livret") == "Livret de Lina Morel – Canevas"
    assert title("connexion-erreur") == "Erreur\u00a0: Se connecter – Canevas"


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("etape-1", "form"),
        ("etape-2", "form"),
        ("etape-1-erreurs", "summary"),
        ("etape-2", "steps"),
        ("liste", "results"),
        ("document", "main"),
    ],
)
def test_a_fragment_is_the_block_of_the_page(name: str, block: str) -> None:
    screen = samples.SCREENS[name]
    part = html.fragment(screen, samples.frame_of(screen), block)
    assert part.strip() and part in PAGES[name]


@every_step
def test_regions_are_the_page_s_own(name: str) -> None:
    screen = samples.SCREENS[name]
    assert isinstance(screen, WizardPage)
    answer = html.regions(screen, samples.FRAME, screen.step.nodes)
    document = read(answer)
    assert document.faults == []
    outer = [one for one in document.elements if "hx-swap-oob" in one.attributes]
    assert all(not one.parents for one in outer)
    ids = {one["id"] for one in outer}
    assert {"x-csrf", "x-revision", "x-base", "etat"} | {node.region for node in screen.step.nodes} <= ids
    assert ("etapes" in ids) == bool(screen.steps)
    plain = re.sub(r' hx-swap-oob="outerHTML"', "", answer)
    for node in screen.step.nodes:
        start = plain.index(f'<div id="{node.region}"')
        assert plain[start : start + 400].split("\n<div id=")[0] in PAGES[name]


def test_a_region_alone_has_the_headings_of_the_page() -> None:
    screen = samples.SCREENS["etape-4-objectifs"]
    assert isinstance(screen, WizardPage)
    document = read(html.regions(screen, samples.FRAME, [samples.goals()]))
    assert [one.tag for one in document.all("h2", "h3")] == ["h2", "h3", "h3", "h3"]


def test_an_absent_item_keeps_its_place() -> None:
    screen = samples.SCREENS["etape-1"]
    assert isinstance(screen, WizardPage)
    document = read(html.regions(screen, samples.FRAME, [AbsentView("matiere", "r-participants-b-matiere")]))
    kept = document.by_id("r-participants-b-matiere")
    assert "hidden" in kept.attributes and kept.text.strip() == "" and kept["hx-swap-oob"] == "outerHTML"


def test_a_signed_out_page_has_no_navigation() -> None:
    assert "/deconnexion" not in PAGES["connexion"] and "Démonstration" in PAGES["connexion"]


@pytest.mark.parametrize("flash", ["Brouillon enregistré. Reprendre ?"])
def test_a_flash_is_a_status(flash: str) -> None:
    frame: Frame = replace(samples.FRAME, flash=flash)
    note = read(html.page(samples.SCREENS["livret"], frame)).by_id("x-flash")
    assert note["role"] == "status" and note.text == "Brouillon enregistré. Reprendre\u202f?"


def test_a_static_address_follows_the_content() -> None:
    assert re.fullmatch(r"/static/[0-9a-f]{12}/theme\.css", static("theme.css"))
    assert static("vendor/source-sans-3.woff2") in assets()["theme.css"].content.decode()
    assert static("absent.css") == "/static/absent.css"


def test_read_nodes_draw_every_value() -> None:
    document: Callable[[str], bool] = PAGES["document"].__contains__
    assert document("Autre(s)\u00a0: retient mieux") and document("\u202f; chante")
    assert document('<p class="long">') and document("Sans objet") and document("Non renseigné")
    assert document('<span class="caption">Domaine / discipline n°\u00a01</span>')

"""What a script gets for a press: in one answer, what a browser without it gets in two; how heavy that is."""

from __future__ import annotations

import re
from typing import Any

import pytest
from demo_site import DemoSite, make_site
from filling import Filled, open_step
from web_trial import Raw, without_token

from renderers.assets import assets
from web import services

TEACHER = "p-benali"
COLD, NEXT, REQUESTS = 45_000, 15_000, 6  # bytes, bytes, files
BY_LOT = re.compile(r"\b[0-9a-f]{8,}\b")  # ids of blank rows, names of shown forms


@pytest.fixture
def site() -> DemoSite:
    return make_site()


@pytest.fixture
def draft(site: DemoSite) -> str:
    return services.create_document(site.deps, TEACHER, "l-roussel", "ppre")


def press(page: Filled, do: str, **headers: str) -> Raw:
    """Press a button where the script runs."""
    pairs = [pair for pair in page.pairs if pair[0] != "_csrf"]
    return page.visitor.post(page.action, [*pairs, ("_do", do)], hx_request="true", **headers)


def main_of(answer: Raw) -> str:
    """What takes the place of the step in the page, without what is drawn by lot."""
    text = without_token(answer.body.decode())
    found = re.search(r"<main.*</main>", text, re.DOTALL)
    assert found is not None
    return BY_LOT.sub("", found[0])


@pytest.mark.parametrize("do", ["suivant", "enregistrer", "aller:etape_points_appui", "retour"])
def test_a_move_brings_the_page_that_the_redirect_leads_to(site: DemoSite, draft: str, do: str) -> None:
    visitor = site.visitor(TEACHER)
    answer = press(open_step(visitor, draft, "informations"), do)
    address = answer.headers["hx-push-url"]
    assert answer.status == 200 and "location" not in answer.headers
    assert address.startswith(f"/documents/{draft}/etapes/")
    other = main_of(visitor.get(address))
    assert re.sub(r'<p class="note[^>]*flash".*?</p>\n', "", main_of(answer)) == other
    assert ("Brouillon enregistré." in main_of(answer)) == (do == "enregistrer")


def test_an_added_row_comes_with_its_address(site: DemoSite, draft: str) -> None:
    answer = press(open_step(site.visitor(TEACHER), draft, "informations"), "ajouter:participants")
    row = re.search(r"ajout=participants:(\w+)#q-participants-(\w+)-", answer.headers["hx-push-url"])
    assert row is not None and row[1] == row[2]
    assert f'id="q-participants-{row[1]}-' in answer.body.decode()


def test_what_leads_elsewhere_is_told_to_the_script(site: DemoSite, draft: str) -> None:
    answer = press(open_step(site.visitor(TEACHER), draft, "informations"), "quitter")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["hx-redirect"] == "/documents/l-roussel" and "location" not in answer.headers


def test_a_gate_shows_what_is_to_correct(site: DemoSite, draft: str) -> None:
    page = open_step(site.visitor(TEACHER), draft, "informations").fill("duree", "90")
    answer = press(page, "suivant")
    assert "hx-push-url" not in answer.headers or answer.status == 200
    assert 'id="saisie"' in answer.body.decode()


def test_without_script_a_move_is_a_redirect(site: DemoSite, draft: str) -> None:
    assert open_step(site.visitor(TEACHER), draft, "informations").send("suivant").status == 303


# --- weight: guards that no clock has a part in -------------------------------------------------------


def weight(answer: Any) -> int:
    return len(answer.body)


def test_a_cold_first_step_is_light(site: DemoSite, draft: str) -> None:
    visitor = site.visitor(TEACHER)
    address = f"/documents/{draft}/etapes/informations"
    page = visitor.get(address, accept_encoding="br")
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', visitor.get(address).body.decode())
    fonts = re.findall(r'url\("(/static/[^"]+sans-3\.woff2)"\)', assets()["theme.css"].content.decode())
    files = dict.fromkeys([*named, *fonts])
    total = weight(page) + sum(weight(visitor.get(file, accept_encoding="br")) for file in files)
    assert total <= COLD and 1 + len(files) <= REQUESTS, (total, list(files))


@pytest.mark.parametrize(
    "step", ["informations", "etape_points_appui", "etape_difficultes", "mise_en_oeuvre"]
)
def test_a_next_step_is_light(site: DemoSite, draft: str, step: str) -> None:
    """Whatever its lists: the branches of small ones come with it."""
    page = open_step(site.visitor(TEACHER), draft, "informations")
    assert weight(press(page, f"aller:{step}", accept_encoding="br")) <= NEXT


def test_a_small_list_comes_with_its_branches(site: DemoSite, draft: str) -> None:
    """A choice in it asks the server for nothing: neither to show what it opens, nor at once to save it."""
    html = site.visitor(TEACHER).get(f"/documents/{draft}/etapes/etape_points_appui").body.decode()
    select = re.search(r'<select [^>]*name="points_appui~1"[^>]*>.*?</select>', html, re.DOTALL)
    assert select is not None and "data-drives" not in select[0]
    codes = set(re.findall(r'<option value="([^"]+)"', select[0]))
    assert codes and set(re.findall(r'<template data-branch="([^"]+)">', html)) == codes
    assert html.count('value="pa.') > 150

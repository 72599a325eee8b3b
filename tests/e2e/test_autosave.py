"""What the script adds: saves by themselves, failures that are told, parts that follow an answer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Enter
from tests.e2e.gestures import (
    box,
    button,
    choices,
    choose,
    fold,
    press,
    radio,
    row,
    saving,
    says,
    silent,
    starting,
    tick,
    titled,
)
from tests.e2e.served import Site
from tests.e2e.teaching import METHODS, REMEDIATION, SUBJECT, goal, pick_domain

STEPS = "**/etapes/**"
LOST = "Vos dernières modifications ne sont pas enregistrées"


@pytest.fixture
def page(enter: Enter) -> Page:
    """A new PPRE at its first step."""
    opened = enter("nferrand", "/documents/l-garnier")
    press(opened, "Créer un PPRE")
    return opened


def at(page: Page, step: str) -> None:
    """Go straight to a step."""
    page.goto(re.sub("etapes/.*", f"etapes/{step}", page.url))


def cut(route: Route) -> None:
    """Let nothing be saved."""
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


def test_a_text_saves_itself_and_the_page_says_when(page: Page, site: Site) -> None:
    at(page, "mise_en_oeuvre")
    expect(page.locator("#etat")).to_have_text(re.compile("Brouillon enregistré à 14.h.30"))
    site.clock.advance(minutes=3)
    box(goal(page, 1), starting("Intitulé")).press_sequentially("Lire")
    expect(page.locator("#etat")).to_have_text(re.compile("Brouillon enregistré à 14.h.33"))
    page.reload()
    expect(box(goal(page, 1), starting("Intitulé"))).to_have_value("Lire")


def test_a_save_that_fails_is_announced_and_succeeds_later(page: Page) -> None:
    page.route(STEPS, cut)
    box(row(page, "Participant n°1"), starting("Nom")).fill("Petit")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(LOST)
    says(alert, "Votre texte reste affiché sur cette page : ne la fermez pas.")
    expect(box(row(page, "Participant n°1"), starting("Nom"))).to_have_value("Petit")
    page.unroute(STEPS)
    button(alert, "Réessayer maintenant").click()
    expect(alert).to_have_count(0)
    expect(page.locator("#etat")).to_have_text(re.compile("Tout est enregistré"))
    page.reload()
    expect(box(row(page, "Participant n°1"), starting("Nom"))).to_have_value("Petit")


def test_a_network_that_comes_back_needs_no_press(page: Page) -> None:
    page.context.set_offline(True)
    box(page, "Durée envisagée").fill("7")
    expect(page.get_by_role("alert")).to_contain_text(LOST)
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.reload()
    expect(box(page, "Durée envisagée")).to_have_value("7")


def test_what_is_typed_last_leaves_with_the_page(page: Page, site: Site) -> None:
    step = page.url
    box(row(page, "Participant n°1"), starting("Nom")).fill("Petit")
    page.goto("/aide")
    site.journal.wait_for('"POST", "route": "/documents/{id}/etapes/{step}", "status": 200')
    page.goto(step)
    expect(box(row(page, "Participant n°1"), starting("Nom"))).to_have_value("Petit")


def test_a_part_that_depends_on_an_answer_follows_without_a_new_page(page: Page) -> None:
    page.evaluate("window.same = true")
    radio(page, REMEDIATION).check()
    expect(box(page, "Durée envisagée")).to_have_value("6")
    says(page, "03/01/2027")
    line = row(page, "Participant n°1")
    choose(line, starting("Fonction"), "Professeur")
    choose(line, starting(SUBJECT), "Anglais")
    choose(line, starting("Fonction"), "Élève")
    expect(choices(line, starting(SUBJECT))).to_have_count(0)
    choose(line, starting("Fonction"), "Professeur")
    expect(choices(line, starting(SUBJECT))).to_be_visible()
    assert page.evaluate("window.same") is True


def test_a_cascade_opens_level_after_level_without_a_new_page(page: Page) -> None:
    at(page, "etape_points_appui")
    page.evaluate("window.same = true")
    slot = pick_domain(page, True, METHODS)
    tick(slot, "Attention et mémoire").check()
    with saving(page):
        tick(slot, "Mémorise une poésie").check()
    expect(slot).to_contain_text("2 cochés")
    assert page.evaluate("window.same") is True
    page.reload()
    expect(tick(page, "Mémorise une poésie")).to_be_checked()


LOOK = """section => [
  ...[...section.querySelectorAll("input, select")].map((one) => [one.id, one.name, one.value, one.checked]),
  ...[...section.querySelectorAll("label, legend, option, .meta, .help")].map((one) => [
    one.htmlFor, one.textContent.replace(/\\s+/g, " ").trim(), one.hidden,
  ]),
]"""


def test_a_choice_in_a_small_list_asks_the_server_for_nothing(page: Page) -> None:
    """The page opens it, counts and tells the other lists; what it shows then is what the server would."""
    at(page, "etape_points_appui")
    page.route(STEPS, cut)
    slot = pick_domain(page, True, METHODS)
    tick(slot, "Attention et mémoire").check()
    tick(slot, "Mémorise une poésie").check()
    expect(slot).to_contain_text("2 cochés")
    tick(slot, "Attention et mémoire").uncheck()
    expect(slot).to_contain_text("Rien de coché")
    tick(slot, "Attention et mémoire").check()
    other = fold(page, "Domaine / discipline n°2")
    note = "(déjà choisi au n°\u00a01)"
    expect(choices(other, "Domaine / discipline n°2").locator("option", has_text=note)).to_have_count(1)
    pick_domain(page, True, "Activités artistiques", 2)
    expect(other).to_contain_text("Rien de coché")
    choose(other, "Domaine / discipline n°2", "Choisissez un élément")
    expect(other.locator(".in > fieldset")).to_have_count(0)
    pick_domain(page, True, "Mathématiques", 2)
    page.unroute(STEPS)
    with saving(page):
        tick(slot, "Mémorise une poésie").uncheck()
    section = page.locator(".cascade")
    drawn = section.evaluate(LOOK)
    page.reload()
    assert section.evaluate(LOOK) == drawn


def test_tallies_follow_what_is_ticked(page: Page) -> None:
    at(page, "mise_en_oeuvre")
    press(page, "Aménagements et adaptations")
    says(page, "1 choix coché en tout")
    fold(page, "Adaptations méthodologiques")
    tick(page, "Autoriser les abréviations").check()
    says(page, "2 choix cochés en tout")
    expect(tick(page, "Autoriser les abréviations")).to_be_focused()


@pytest.mark.parametrize("step", ["informations", "etape_points_appui", "mise_en_oeuvre"])
def test_the_enter_key_saves_and_never_moves(enter: Enter, script: bool, step: str) -> None:
    page = enter("nferrand", "/documents/l-vasseur", java_script_enabled=script)
    page.goto("/documents/l-garnier")
    press(page, "Créer un PPRE")
    at(page, step)
    title = page.get_by_role("heading", level=1).inner_text()
    control = page.locator("main form input:is([type=text], [type=checkbox]):visible").first
    posted: list[str] = []
    page.on("request", lambda one: posted.append(one.post_data or "") if one.method == "POST" else None)
    with page.expect_response(lambda one: one.request.method == "POST"):
        control.press("Enter")
    titled(page, title)
    assert [re.findall("_do=(\\w+)", body) for body in posted] == [["auto" if script else "enregistrer"]]
    says(page, "Brouillon enregistré")


def test_two_presses_are_one_submission(page: Page, site: Site) -> None:
    page.goto("/documents/l-garnier")
    with page.expect_navigation():
        button(page, "Créer un PPRE").dblclick(no_wait_after=True)
    titled(page, "Informations préliminaires")
    page.goto("/documents/l-garnier")
    expect(page.get_by_role("row").filter(has_text="Brouillon")).to_have_count(2)
    silent(page, LOST)

"""Signing in and out, and sessions that end while somebody writes: nothing typed is lost, nobody is shown."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.gestures import (
    box,
    button,
    press,
    row,
    says,
    sign_in,
    silent,
    starting,
    titled,
)
from tests.e2e.served import Site

ENDED = "Votre session a expiré"


@pytest.fixture
def page(enter: Enter, script: bool) -> Page:
    """A new PPRE at its first step."""
    return new_programme(enter, script)


def new_programme(enter: Enter, script: bool) -> Page:
    opened = enter("nferrand", "/documents/l-garnier", java_script_enabled=script)
    press(opened, "Créer un PPRE")
    return opened


def test_a_wrong_password_says_what_is_left(visitor: Enter, site: Site, script: bool) -> None:
    page = visitor(java_script_enabled=script)
    page.goto("/documents/l-morel")
    titled(page, "Se connecter")
    for left in (4, 3):
        sign_in(page, "nferrand", "faux")
        says(page, f"il reste {left} essais avant 15 minutes d'attente.")
        expect(box(page, "Identifiant")).to_have_value("nferrand")
    expect(page.locator("#erreurs")).to_be_focused()
    sign_in(page, "NFerrand", "demo-nferrand")
    titled(page, "Livret de Lina Morel")


def test_a_demonstration_account_enters_with_one_press(visitor: Enter, site: Site, script: bool) -> None:
    page = visitor(java_script_enabled=script)
    page.goto("/connexion")
    press(page, "Entrer avec le compte rkeller")
    says(page, "Weber Anton")


def test_after_signing_out_the_back_button_shows_nobody(enter: Enter, script: bool) -> None:
    page = enter("nferrand", "/documents/l-diallo", java_script_enabled=script)
    titled(page, "Livret de Amara Diallo")
    press(page, "Se déconnecter")
    says(page, "Vous êtes déconnecté.")
    page.go_back()
    titled(page, "Se connecter")
    silent(page, "Diallo")


@pytest.mark.parametrize("cause", ["time", "cookie"])
def test_what_is_typed_after_the_end_is_saved_after_a_new_sign_in(
    enter: Enter, site: Site, cause: str
) -> None:
    page = new_programme(enter, True)
    if cause == "time":
        site.clock.advance(minutes=61)
    else:
        page.context.clear_cookies()
    name = box(row(page, "Participant n°1"), starting("Nom"))
    name.fill("Petit")
    alert = page.get_by_role("alert")
    says(alert, ENDED)
    expect(name).to_have_value("Petit")
    with page.context.expect_page() as opened:
        button(alert, starting("Se reconnecter")).click()
    other = opened.value
    sign_in(other, "nferrand")
    other.close()
    page.bring_to_front()
    if alert.is_visible():
        button(alert, "Réessayer maintenant").click()
    expect(alert).to_have_count(0)
    page.reload()
    expect(name).to_have_value("Petit")


def test_another_account_does_not_take_over(enter: Enter, site: Site) -> None:
    page = new_programme(enter, True)
    page.context.clear_cookies()
    box(row(page, "Participant n°1"), starting("Nom")).fill("Petit")
    alert = page.get_by_role("alert")
    says(alert, ENDED)
    other = page.context.new_page()
    other.goto("/connexion")
    sign_in(other, "htournier")
    button(alert, "Réessayer maintenant").click()
    says(alert, "Un autre compte est connecté dans ce navigateur")
    expect(box(row(page, "Participant n°1"), starting("Nom"))).to_have_value("Petit")


def test_what_is_posted_after_the_end_waits_for_the_sign_in(page: Page, site: Site) -> None:
    step = page.url
    site.clock.advance(minutes=61)
    box(row(page, "Participant n°1"), starting("Nom")).fill("Petit")
    press(page, "Suivant")
    titled(page, "Se connecter")
    says(page, f"{ENDED}. Votre saisie est gardée une heure : connectez-vous pour la retrouver.")
    sign_in(page, "nferrand")
    says(page, "Votre saisie du 15 h 31 a été gardée")
    press(page, "Enregistrer cette saisie")
    titled(page, "Points d'appui")
    page.goto(step)
    expect(box(row(page, "Participant n°1"), starting("Nom"))).to_have_value("Petit")


def test_what_waits_is_for_its_author_only(page: Page, site: Site) -> None:
    site.clock.advance(minutes=61)
    box(row(page, "Participant n°1"), starting("Nom")).fill("Petit")
    press(page, "Suivant")
    sign_in(page, "htournier")
    titled(page, "Page introuvable")
    silent(page, "Petit")


def test_a_page_that_asks_for_a_sign_in_comes_back(visitor: Enter, site: Site, script: bool) -> None:
    page = visitor(java_script_enabled=script)
    page.goto("/documents/d-morel-1?lire=1")
    sign_in(page, "nferrand")
    expect(page).to_have_url(re.compile(r"/documents/d-morel-1\?lire=1$"))

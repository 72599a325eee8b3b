"""What is entered wrongly is kept as entered, said, and stops the end: with a script and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

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
    says,
    silent,
    starting,
    tick,
    titled,
    words,
)
from tests.e2e.teaching import METHODS, REMEDIATION, SCIENCE, goal, pick_domain

SIX = "Durée envisagée : « six » n'est pas un nombre. Saisissez-le en chiffres, par exemple 6."
LONG = "Objectif n°1, Compétences à travailler : 1 001 caractères. Retirez-en au moins 1."
TWICE = f"« {METHODS} » est déjà choisi au n° 1. Choisissez-en un autre, ou videz le n° 2."
HALF = "Participant n°1, Prénom : la réponse manque. Saisissez-la, ou retirez la ligne."


@pytest.fixture
def page(enter: Enter, script: bool) -> Page:
    """A new PPRE, at its first step."""
    opened = enter("nferrand", "/documents/l-garnier", java_script_enabled=script)
    press(opened, "Créer un PPRE")
    return opened


def at(page: Page, step: str) -> None:
    """Go straight to a step."""
    page.goto(re.sub("etapes/.*", f"etapes/{step}", page.url))


def summary(page: Page) -> Locator:
    """The list of what is to be corrected."""
    return page.locator("#erreurs")


def wrong(control: Locator, message: str) -> None:
    """Expect a control that is told wrong, and why."""
    expect(control).to_have_attribute("aria-invalid", "true")
    expect(control).to_have_accessible_description(words(message, whole=False))


def test_a_number_in_letters(page: Page) -> None:
    box(page, "Durée envisagée").fill("six")
    press(page, "Enregistrer")
    expect(box(page, "Durée envisagée")).to_have_value("six")
    wrong(box(page, "Durée envisagée"), SIX)
    press(page, "Suivant")
    titled(page, "Points d'appui")
    says(page, "Informations préliminaires : 1 réponse reste à corriger avant de terminer.")
    says(page.get_by_role("navigation", name="Avancement dans les étapes"), "1 réponse à corriger")
    press(page, "Retour")
    expect(box(page, "Durée envisagée")).to_have_value("six")
    wrong(box(page, "Durée envisagée"), SIX)
    box(page, "Durée envisagée").fill("6")
    press(page, "Enregistrer")
    silent(page, "n'est pas un nombre")
    expect(box(page, "Durée envisagée")).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(
    ("entered", "message"),
    [
        ("20", "20 semaine(s) dépasse la limite de 16. Saisissez un nombre de 1 à 16."),
        ("0", "0 semaine"),
        ("6,5", "6,5"),
    ],
)
def test_a_number_out_of_its_bounds(page: Page, entered: str, message: str) -> None:
    radio(page, REMEDIATION).check()
    box(page, "Durée envisagée").fill(entered)
    press(page, "Enregistrer")
    wrong(box(page, "Durée envisagée"), message)
    expect(box(page, "Durée envisagée")).to_have_value(entered)


def test_a_day_that_does_not_exist(page: Page) -> None:
    box(page, "Date de la réunion d'élaboration").fill("31/02/2026")
    press(page, "Enregistrer")
    wrong(box(page, "Date de la réunion d'élaboration"), "le 31 février n'existe pas.")
    expect(box(page, "Date de la réunion d'élaboration")).to_have_value("31/02/2026")


def test_one_character_too_many(page: Page) -> None:
    at(page, "mise_en_oeuvre")
    box(goal(page, 1), starting("Intitulé")).fill("Entrer dans la tâche")
    area = box(goal(page, 1), starting("Compétences à travailler"))
    area.fill("é" * 1001)
    press(page, "Enregistrer")
    expect(area).to_have_value("é" * 1001)
    wrong(area, LONG)
    says(page, "1 001 caractères : retirez-en 1")
    press(page, "Finaliser le PPRE")
    silent(page, "Souhaitez-vous finaliser")
    press(page, LONG)
    titled(page, "Mise en œuvre")
    expect(area).to_be_focused()
    wrong(area, LONG)


def test_the_same_domain_twice(page: Page, script: bool) -> None:
    at(page, "etape_points_appui")
    pick_domain(page, script, METHODS)
    second = fold(page, "Domaine / discipline n°2")
    expect(choices(second, "Domaine / discipline n°2").get_by_role("option", name=METHODS)).to_have_text(
        words(f"{METHODS} (déjà choisi au n° 1)")
    )
    pick_domain(page, script, METHODS, 2)
    press(page, "Suivant")
    titled(page, "Points d'appui")
    second = choices(page, "Domaine / discipline n°2")
    wrong(second, TWICE)
    summary(page).get_by_role("link", name=words(TWICE, whole=False)).click()
    expect(second).to_be_focused()
    choose(page, "Domaine / discipline n°2", SCIENCE)
    press(page, "Suivant")
    titled(page, "Difficultés")


def test_the_gate_says_what_it_asks_beforehand_and_again(page: Page) -> None:
    press(page, "Suivant")
    says(page, "Pour passer à l'étape suivante, veuillez renseigner au moins un domaine ou une discipline.")
    expect(button(page, re.compile("Étape 3"))).to_have_count(0)
    tick(page, "Motivation").check()
    press(page, "Suivant")
    titled(page, "Points d'appui")
    expect(page).to_have_title(re.compile("^Erreur"))
    expect(summary(page)).to_be_focused()
    says(summary(page), "Votre saisie est enregistrée dans le brouillon.")
    summary(page).get_by_role("link").click()
    expect(choices(page, "Domaine / discipline n°1")).to_be_focused()
    expect(tick(page, "Motivation")).to_be_checked()
    press(page, "Retour")
    titled(page, "Informations préliminaires")


def test_half_a_participant(page: Page) -> None:
    box(row(page, "Participant n°1"), starting("Nom")).fill("Petit")
    at_end = page.url
    press(page, "Enregistrer")
    expect(box(row(page, "Participant n°1"), starting("Nom"))).to_have_value("Petit")
    at(page, "mise_en_oeuvre")
    press(page, "Finaliser le PPRE")
    press(page, HALF)
    expect(page).to_have_url(re.compile(re.escape(at_end)))
    name = box(row(page, "Participant n°1"), starting("Prénom"))
    expect(name).to_be_focused()
    wrong(name, HALF)
    press(page, starting("Retirer Participant n°1"))
    says(page, "Participant n°1 : ligne retirée.")
    expect(box(row(page, "Participant n°1"), starting("Nom"))).to_have_value("")


def test_other_without_a_precision(page: Page, script: bool) -> None:
    at(page, "etape_points_appui")
    tick(pick_domain(page, script, METHODS), "Attention et mémoire").check()
    if not script:
        press(page, "Enregistrer")
    under = page.get_by_role("group", name=words("Veuillez sélectionner des libellés : Attention et mémoire"))
    tick(under, "Autre(s)").check()
    press(page, "Suivant")
    link = summary(page).get_by_role("link", name=words("la précision manque", whole=False))
    link.click()
    expect(box(under, re.compile("^Veuillez préciser")).first).to_be_focused()


def test_all_that_is_wrong_is_listed_and_nothing_is_lost(page: Page) -> None:
    box(page, "Durée envisagée").fill("six")
    box(row(page, "Participant n°1"), starting("Nom")).fill("Petit")
    press(page, "Suivant")
    at(page, "mise_en_oeuvre")
    tick(page, "Partenaires extérieurs").check()
    box(goal(page, 1), starting("Compétences à travailler")).fill("Lire")
    press(page, "Finaliser le PPRE")
    says(summary(page), "8 réponses sont à corriger")
    for link in summary(page).get_by_role("link").all():
        href = str(link.get_attribute("href"))
        assert re.search(r"/etapes/\w+\?erreurs=1.*#\S+", href), href
    says(page.locator("main"), "six")
    press(page, starting("Partenaires extérieurs : la précision manque."))
    expect(box(page, starting("Veuillez préciser"))).to_be_focused()
    expect(box(goal(page, 1), starting("Compétences à travailler"))).to_have_value("Lire")
    press(page, re.compile("Étape 1"))
    expect(box(row(page, "Participant n°1"), starting("Nom"))).to_have_value("Petit")
    expect(box(page, "Durée envisagée")).to_have_value("six")

"""Two people on one document: what can be joined is joined, what cannot is shown and chosen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.gestures import box, press, radio, saving, says, starting, tick, titled
from tests.e2e.teaching import goal

HOW = "Modes d'évaluation"
Pair = tuple[Page, Page]


@pytest.fixture
def pair(enter: Enter, script: bool) -> Pair:
    """The teacher and the head of the school on the last step of one PPRE."""
    teacher = enter("nferrand", "/documents/l-garnier", java_script_enabled=script)
    press(teacher, "Créer un PPRE")
    teacher.goto(re.sub("etapes/.*", "etapes/mise_en_oeuvre", teacher.url))
    return teacher, enter("htournier", teacher.url, java_script_enabled=script)


def test_different_answers_are_joined_and_it_is_said(pair: Pair) -> None:
    teacher, head = pair
    box(teacher, HOW).fill("À l'oral, en janvier.")
    press(teacher, "Enregistrer")
    tick(head, "Professeurs du RASED").check()
    press(head, "Enregistrer")
    says(head, f"Réuni avec ce qu'une autre personne a enregistré : {HOW}.")
    for page in pair:
        page.reload()
        expect(box(page, HOW)).to_have_value("À l'oral, en janvier.")
        expect(tick(page, "Professeurs du RASED")).to_be_checked()


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("Garder ma version", "Par écrit, en mars."),
        ("Garder l'autre version", "À l'oral, en janvier."),
        (None, "À l'oral en janvier, par écrit en mars."),
    ],
)
def test_the_same_answer_is_chosen(pair: Pair, choice: str | None, kept: str) -> None:
    teacher, head = pair
    box(teacher, HOW).fill("À l'oral, en janvier.")
    press(teacher, "Enregistrer")
    box(head, HOW).fill("Par écrit, en mars.")
    press(head, "Enregistrer")
    titled(head, "Vous avez modifié les mêmes réponses que Nadia Ferrand")
    says(head, "Par écrit, en mars.")
    says(head, "À l'oral, en janvier.")
    press(head, "Enregistrer mes choix")
    says(head, "Choisissez une version pour chaque réponse : il en reste 1.")
    if choice is None:
        head.get_by_text("Écrire un troisième texte à partir des deux").click()
        box(head, re.compile("^Texte réuni")).fill(kept)
    else:
        radio(head, starting(choice)).check()
    press(head, "Enregistrer mes choix")
    titled(head, "Mise en œuvre")
    expect(box(head, HOW)).to_have_value(kept)
    teacher.reload()
    expect(box(teacher, HOW)).to_have_value(kept)


def test_both_versions_wait_for_whoever_decides_later(pair: Pair) -> None:
    teacher, head = pair
    box(teacher, HOW).fill("À l'oral, en janvier.")
    press(teacher, "Enregistrer")
    box(head, HOW).fill("Par écrit, en mars.")
    press(head, "Enregistrer")
    waiting = head.url
    press(head, "Décider plus tard")
    titled(head, "Mise en œuvre")
    expect(box(head, HOW)).to_have_value("À l'oral, en janvier.")
    head.goto(waiting)
    says(head, "Par écrit, en mars.")
    got = teacher.goto(waiting)
    assert got is not None and got.status == 404


def test_a_draft_that_somebody_finalised_keeps_what_was_typed(enter: Enter, script: bool) -> None:
    teacher = enter("nferrand", "/documents/l-garnier", java_script_enabled=script)
    press(teacher, "Créer un PPRE")
    head = enter("htournier", teacher.url.split("/etapes")[0] + "/actions/abandonner")
    press(head, "Abandonner")
    box(teacher, "Durée envisagée").fill("9")
    if script:
        says(teacher.get_by_role("alert"), "ne se modifie plus")
        expect(box(teacher, "Durée envisagée")).to_have_value("9")
    else:
        press(teacher, "Enregistrer")
        says(teacher, "ne se modifie plus")


def test_an_automatic_save_joins_and_never_takes_back(enter: Enter) -> None:
    teacher = enter("nferrand", "/documents/l-garnier")
    press(teacher, "Créer un PPRE")
    teacher.goto(re.sub("etapes/.*", "etapes/mise_en_oeuvre", teacher.url))
    head = enter("htournier", teacher.url)
    box(teacher, HOW).fill("À l'oral, en janvier.")
    press(teacher, "Enregistrer")
    for helper in ("Professeurs du RASED", "Psychologue de l'éducation nationale"):
        with saving(head):
            tick(head, helper).check()
        says(head, f"Réuni avec ce qu'une autre personne a enregistré : {HOW}.")
        says(head, "Rechargez la page pour le voir ici.")
    box(goal(head, 1), starting("Intitulé")).fill("Lire seul")
    press(head, "Enregistrer")
    expect(box(head, HOW)).to_have_value("À l'oral, en janvier.")
    expect(tick(head, "Psychologue de l'éducation nationale")).to_be_checked()
    expect(box(goal(head, 1), starting("Intitulé"))).to_have_value("Lire seul")


def test_an_automatic_save_of_the_same_answer_goes_to_the_choice(enter: Enter) -> None:
    teacher = enter("nferrand", "/documents/l-garnier")
    press(teacher, "Créer un PPRE")
    teacher.goto(re.sub("etapes/.*", "etapes/mise_en_oeuvre", teacher.url))
    head = enter("htournier", teacher.url)
    box(teacher, HOW).fill("À l'oral, en janvier.")
    press(teacher, "Enregistrer")
    box(head, HOW).fill("Par écrit, en mars.")
    titled(head, "Vous avez modifié les mêmes réponses que Nadia Ferrand")
    says(head, "Par écrit, en mars.")


def test_an_answer_typed_over_one_that_is_not_seen_yet_is_chosen_too(enter: Enter) -> None:
    teacher = enter("nferrand", "/documents/l-garnier")
    press(teacher, "Créer un PPRE")
    teacher.goto(re.sub("etapes/.*", "etapes/mise_en_oeuvre", teacher.url))
    head = enter("htournier", teacher.url)
    box(teacher, HOW).fill("À l'oral, en janvier.")
    press(teacher, "Enregistrer")
    with saving(head):
        tick(head, "Professeurs du RASED").check()
    box(head, HOW).fill("Par écrit, en mars.")
    titled(head, "Vous avez modifié les mêmes réponses que Nadia Ferrand")

"""The whole journey in three kinds of school, with a script and without: from the record to the renewal."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.gestures import (
    box,
    button,
    download,
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
from tests.e2e.served import Site
from tests.e2e.teaching import (
    CITIZEN,
    METHODS,
    NURSERY,
    PRIMARY,
    REMEDIATION,
    SCIENCE,
    SECONDARY,
    School,
    create_record,
    fill_participant,
    goal,
    pick_domain,
)

QUESTION = (
    "Souhaitez-vous finaliser la création de ce document ? "
    "En confirmant, aucune modification ne pourra être apportée."
)
SEE = re.compile(r"^Voir\s*,")
STEPS = ("Informations préliminaires", "Points d'appui", "Difficultés", "Mise en œuvre")


@pytest.mark.parametrize("school", [NURSERY, PRIMARY, SECONDARY], ids=["nursery", "primary", "secondary"])
def test_a_programme_from_the_record_to_its_renewal(
    enter: Enter, site: Site, script: bool, school: School
) -> None:
    teacher = enter(school.teacher, java_script_enabled=script)
    record = create_record(teacher, school)
    write_programme(teacher, script, school)

    contributor = enter(school.contributor, record, java_script_enabled=script)
    read_only(contributor)
    says(contributor, "Aucun document pour le moment.")

    head = enter(school.head, record, java_script_enabled=script)
    end_programme(head)
    contributor.reload()
    read_only(contributor)
    paper = download(contributor, "Télécharger PPRE (PDF)").text
    for expected in (
        "Mila Bonnet",
        school.heard,
        school.adaptation,
        "Entrer seul dans la tâche",
        "Signature",
    ):
        assert expected.replace("'", "’") in paper
    press(contributor, SEE)
    says(contributor, "Entrer seul dans la tâche")
    silent(contributor, "Moyens de l'établissement")

    site.clock.advance(minutes=20)
    agree(teacher, record, script)
    review(teacher, script)
    renewed(teacher, record, script)
    whole = download(teacher, "Télécharger le livret (PDF)").text
    holds(whole, "Livret de Mila Bonnet", "Mila travaille seule dix minutes", school.adaptation)


def write_programme(page: Page, script: bool, school: School) -> None:
    """Fill the four steps, leaving once on the way."""
    press(page, "Créer un PPRE")
    thread = page.get_by_role("navigation", name="Avancement dans les étapes")
    for n, step in enumerate(STEPS, start=1):
        expect(thread.get_by_role("listitem").nth(n - 1)).to_contain_text(words(step, whole=False))
    expect(button(page, "Retour")).to_have_count(0)
    radio(page, REMEDIATION).check()
    box(page, "Durée envisagée").fill("8")
    fill_participant(page, script, 1, ("Petit", "Anne", "Professeur"), school.subject)
    press(page, "Ajouter un participant")
    fill_participant(page, script, 2, ("Bonnet", "Paul", "Responsables légaux"), "")
    press(page, "Suivant")
    strengths(page, script, school)
    press(page, "Suivant")
    titled(page, "Difficultés")

    press(page, "Quitter la création du PPRE")
    says(page, "Brouillon enregistré.")
    press(page, starting("Reprendre"))
    titled(page, "Difficultés")
    tick(pick_domain(page, script, METHODS), "Gestion de la tâche et autonomie dans le travail").check()
    if not script:
        press(page, "Enregistrer")
    tick(page, "Entre avec difficulté dans la tâche").check()
    press(page, "Suivant")
    goals(page, script)
    adaptations(page, school)
    press(page, "Quitter la création du PPRE")


def strengths(page: Page, script: bool, school: School) -> None:
    """Go down the cascade: domain, sub-domain, what is offered at this age, and other ones."""
    titled(page, "Points d'appui")
    press(page, "Suivant")
    says(page.get_by_role("region", name="1 réponse est à corriger"), "Choisissez-en au moins un.")
    slot = pick_domain(page, script, METHODS)
    tick(slot, "Attention et mémoire").check()
    expect(tick(slot, school.heard)).to_be_visible()
    expect(tick(slot, school.unheard)).to_have_count(0)
    tick(slot, school.heard).check()
    other = slot.get_by_role("group", name=words("Veuillez sélectionner des libellés : Attention et mémoire"))
    tick(other, "Autre(s)").check()
    details = box(other, re.compile("^Veuillez préciser"))
    expect(details).to_have_count(3)
    details.first.fill("Se souvient des visages")
    pick_domain(page, script, SCIENCE, 2)


def goals(page: Page, script: bool) -> None:
    """Name who helps, and two objectives."""
    titled(page, "Mise en œuvre")
    tick(page, "Partenaires extérieurs").check()
    box(page, starting("Veuillez préciser")).first.fill("Orthophoniste")
    box(goal(page, 1), starting("Intitulé de l'objectif n°1")).fill("Entrer seul dans la tâche")
    box(goal(page, 1), starting("Compétences à travailler")).fill("Commencer sans aide.")
    press(page, "Ajouter un objectif")
    box(goal(page, 2), starting("Intitulé de l'objectif n°2")).fill("Relire son travail")


def adaptations(page: Page, school: School) -> None:
    """Tick an adaptation of the school's own list, in its own tabs."""
    press(page, "Aménagements et adaptations")
    tabs = page.get_by_role("navigation", name="Aménagements et adaptations").get_by_role("button")
    expect(tabs).to_have_count(len(school.families))
    for tab, family in zip(tabs.all(), school.families, strict=True):
        expect(tab).to_contain_text(words(family, whole=False))
    tick(page, school.adaptation).check()
    press(page, re.compile(f"^{CITIZEN}"))
    press(page, re.compile(f"^{METHODS}"))
    expect(tick(page, school.adaptation)).to_be_checked()


def end_programme(page: Page) -> None:
    """Finalise as the head of the school, after a second thought."""
    press(page, starting("Reprendre"))
    titled(page, "Mise en œuvre")
    press(page, "Finaliser le PPRE")
    press(page, "Annuler")
    titled(page, "Mise en œuvre")
    press(page, "Finaliser le PPRE")
    titled(page, "Finaliser le PPRE")
    expect(page.get_by_role("heading", name=words(QUESTION))).to_be_visible()
    press(page, "Finaliser")
    says(page, "Finalisé le 22 novembre 2026")
    expect(page.get_by_role("textbox")).to_have_count(0)


def read_only(page: Page) -> None:
    """Expect nothing that creates or changes."""
    titled(page, "Livret de Mila Bonnet")
    for name in (
        "Créer un PPRE",
        "Gérer le livret",
        "Mettre à jour les informations",
        "Enregistrer ce choix",
    ):
        expect(button(page, name)).to_have_count(0)
    silent(page, "Brouillon")


def agree(page: Page, record: str, script: bool) -> None:
    """Write down the family's agreement, without which nothing begins, then begin."""
    page.goto(record)
    press(page, SEE)
    press(page, "Mettre en œuvre")
    says(page, "Aucun PPRE ne peut être mis en place sans l'accord des responsables légaux.")
    press(page, "Annuler")
    press(page, "Accord et signatures")
    radio(page, "Accord donné en réunion ou par téléphone").check()
    if not script:
        press(page, "Enregistrer")
    box(page, "Accord donné par").fill("Paul Bonnet")
    box(page, "Date de la réponse ou de l'envoi").fill("20/11/2026")
    press(page, "Revenir au document")
    press(page, "Mettre en œuvre")
    press(page, "Mettre en œuvre")
    says(page, "Mis en œuvre le 22 novembre 2026")


def review(page: Page, script: bool) -> None:
    """Make the bilan: one block an objective, one reached and the other not, then a renewal."""
    press(page, "Créer le bilan du PPRE")
    titled(page, "Consultation du PPRE")
    says(page, "Entrer seul dans la tâche")
    says(page, "Orthophoniste")
    press(page, "Suivant")
    expect(row(page, "Participant n°2")).to_be_visible()
    press(page, "Bilan par objectif")
    expect(page.get_by_role("heading", name=re.compile("^Objectif n°"))).to_have_count(2)
    says(goal(page, 1), "Commencer sans aide.")
    radio(goal(page, 1), "Objectif atteint").check()
    box(goal(page, 1), starting("Progrès constaté")).fill("Mila travaille seule dix minutes")
    radio(goal(page, 2), "Objectif non atteint").check()
    press(page, "Bilan général")
    press(page, "Finaliser le bilan")
    press(page, re.compile("^Veuillez indiquer le bilan général du PPRE"))
    box(page, "Veuillez indiquer le bilan général du PPRE").fill("Mila a pris confiance.")
    tick(page, "Renouvellement du PPRE").check()
    press(page, "Finaliser le bilan")
    says(page, QUESTION)
    press(page, "Finaliser")


def renewed(page: Page, record: str, script: bool) -> None:
    """Find the next programme filled with what goes on, and no more."""
    says(page, "Un nouveau document prérempli vous attend.")
    expect(radio(page, REMEDIATION)).to_be_checked()
    expect(box(page, "Durée envisagée")).to_have_value("8")
    expect(box(row(page, "Participant n°1"), starting("Nom"))).to_have_value("Petit")
    press(page, re.compile("Étape 4"))
    expect(box(goal(page, 1), starting("Intitulé"))).to_have_value("Relire son travail")
    silent(page, "Objectif n°2")
    page.goto(record)
    lines = page.get_by_role("table").get_by_role("rowheader")
    expect(lines).to_have_text(["PPRE", "PPRE", "PPRE et son bilan"])
    joint = download(row(page, "PPRE et son bilan"), starting("Télécharger")).text
    holds(joint, "Entrer seul dans la tâche", "Mila travaille seule dix minutes", "Mila a pris confiance.")


def holds(paper: str, *texts: str) -> None:
    """Expect words on paper."""
    for text in texts:
        assert text.replace("'", "’") in paper

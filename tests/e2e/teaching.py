"""What teachers do with the forms of the house, part after part of a wizard."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.e2e.gestures import (
    box,
    choices,
    choose,
    fold,
    press,
    radio,
    row,
    starting,
    tick,
    titled,
)

REMEDIATION = "PPRE - remédiation en cours d'année"
METHODS = "Méthodes et outils pour apprendre"
CITIZEN = "Formation de la personne et du citoyen"
SCIENCE = "Mathématiques et sciences"
SUBJECT = "Veuillez préciser la matière"


@dataclass(frozen=True)
class School:
    """A school, who works there, and what changes with the age of its pupils."""

    place: str
    teacher: str
    head: str
    contributor: str
    contributor_name: str
    level: str
    heard: str  # a strength that is offered at this age
    unheard: str  # one that isn't
    families: tuple[str, ...]  # the tabs of adaptations
    adaptation: str
    subject: str = ""  # what a teacher teaches: asked in secondary schools only


NURSERY = School(
    place="École maternelle Marcel Pagnol",
    teacher="mpetitjean",
    head="slambert",
    contributor="igarcia",
    contributor_name="Inès Garcia",
    level="Grande section",
    heard="Retient une comptine ou un chant",
    unheard="Mémorise une leçon courte",
    families=(METHODS, CITIZEN),
    adaptation="Visibilité et clarté des affichages",
)
PRIMARY = School(
    place="École élémentaire Pierre et Marie Curie",
    teacher="cdelmas",
    head="jmarchand",
    contributor="igarcia",
    contributor_name="Inès Garcia",
    level="Cours moyen 2e année",
    heard="Mémorise une poésie",
    unheard="Retient une comptine ou un chant",
    families=(METHODS, CITIZEN, "Disciplines"),
    adaptation="Proposer à l'élève des outils d'aide (cache, règle, etc.)",
)
SECONDARY = School(
    place="Collège Aimé-Césaire",
    teacher="nferrand",
    head="htournier",
    contributor="prossi",
    contributor_name="Paolo Rossi",
    level="Cinquième",
    heard="Mémorise une leçon courte",
    unheard="Mémorise une poésie",
    families=(METHODS, CITIZEN, "Disciplines"),
    adaptation="Permettre l'utilisation de trieurs ou de pochettes à rabats",
    subject="Mathématiques",
)


def create_record(page: Page, school: School) -> str:
    """Create a livret for Mila Bonnet, with a contributor; gives its address."""
    press(page, "Créer un livret")
    expect(radio(page, school.place)).to_be_checked()
    press(page, "Continuer")
    titled(page, "Informations de l'élève")
    box(page, "Nom").fill("Bonnet")
    box(page, "Prénom").fill("Mila")
    box(page, "Date de naissance").fill("12/03/2016")
    choose(page, "Niveau", school.level)
    press(page, "Quitter la création du livret")
    titled(page, "Livret de Mila Bonnet")
    address = page.url
    press(page, "Gérer le livret")
    tick(page.get_by_role("group", name="Contributeurs"), school.contributor_name).check()
    press(page, "Quitter la création du livret")
    return address


def fill_participant(page: Page, script: bool, n: int, person: tuple[str, str, str], subject: str) -> None:
    """Fill a row of participants: surname, first name, function, and a teacher's subject if it is asked."""
    line = row(page, f"Participant n°{n}")
    box(line, starting("Nom")).fill(person[0])
    box(line, starting("Prénom")).fill(person[1])
    choose(line, starting("Fonction"), person[2])
    if not script:
        press(page, "Enregistrer")
    if subject:
        choose(line, starting(SUBJECT), subject)
    else:
        expect(choices(line, starting(SUBJECT))).to_have_count(0)


def pick_domain(page: Page, script: bool, domain: str, n: int = 1) -> Locator:
    """Pick a domain, and show what is under it without script; gives its fold."""
    slot = fold(page, f"Domaine / discipline n°{n}")
    choose(slot, f"Domaine / discipline n°{n}", starting(domain))
    if not script:
        press(slot, starting("Afficher la suite"))
    return fold(page, f"Domaine / discipline n°{n}")


def goal(page: Page, n: int) -> Locator:
    """The fold of an objective."""
    return fold(page, f"Objectif n°{n}")


def finalise(page: Page, what: str) -> None:
    """End the wizard, and confirm."""
    press(page, what)
    press(page, "Finaliser")

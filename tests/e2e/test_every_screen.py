"""Every screen and state of the running site: axe in both schemes, at two widths; 320 px; the CSP."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Enter
from tests.e2e.gestures import box, button, press, row, says, sign_in, starting, tick, titled
from tests.e2e.reading import CONTRAST, findings
from tests.e2e.served import Site
from tests.e2e.teaching import METHODS, pick_domain
from web import services

TWICE = ["pa.methodes-outils", "pa.methodes-outils"]
WRONG: dict[str, Any] = {
    "duree": {"raw": "six"},
    "date_reunion": {"raw": "31/02/2026"},
    "participants": [{"row": "a", "nom": "Petit"}, {"row": "b", "fonction": ["fonction.professeur"]}],
    "points_appui": TWICE,
    "personnes": ["mobilise.partenaires"],
    "objectifs": [{"row": "a", "competences": {"raw": "é" * 1001}}],
}
FULL: dict[str, Any] = {
    "type_ppre": ["ppre-type.remediation"],
    "points_appui": ["pa.methodes-outils"],
    "difficultes": ["df.methodes-outils"],
    "objectifs": [{"row": "a", "intitule": "Lire seul"}],
}


@dataclass
class Reader:
    """Somebody with the site: makes documents, opens browsers."""

    site: Site
    enter: Enter
    visitor: Enter

    def draft(self, answers: dict[str, Any] | None = None) -> str:
        """The address of a new PPRE."""
        deps = self.site.deps
        id = services.create_document(deps, "p-ferrand", "l-garnier", "ppre")
        services.fill(deps, "p-ferrand", id, answers or {})
        return f"/documents/{id}"

    def bilan(self) -> str:
        """The address of a new bilan."""
        return "/documents/" + services.create_document(self.site.deps, "p-ferrand", "d-garnier-1", "bilan")

    def at(self, path: str, login: str = "nferrand") -> Page:
        return self.enter(login, path)


@pytest.fixture
def reader(site: Site, enter: Enter, visitor: Enter) -> Reader:
    return Reader(site, enter, visitor)


def opened_branch(reader: Reader) -> Page:
    page = reader.at(reader.draft() + "/etapes/etape_points_appui")
    slot = pick_domain(page, True, METHODS)
    tick(slot, "Attention et mémoire").check()
    return page


def login(reader: Reader) -> Page:
    page = reader.visitor()
    page.goto("/connexion")
    return page


def login_error(reader: Reader) -> Page:
    page = login(reader)
    sign_in(page, "nferrand", "faux")
    return page


def conflict(reader: Reader) -> Page:
    step = reader.draft() + "/etapes/mise_en_oeuvre"
    pages = reader.at(step), reader.at(step, "htournier")
    for page, words in zip(pages, ("À l'oral, en janvier.", "Par écrit, en mars."), strict=True):
        box(page, "Modes d'évaluation").fill(words)
        press(page, "Enregistrer")
    titled(pages[1], "Vous avez modifié les mêmes réponses que Nadia Ferrand")
    return pages[1]


def joined(reader: Reader) -> Page:
    step = reader.draft() + "/etapes/mise_en_oeuvre"
    pages = reader.at(step), reader.at(step, "htournier")
    box(pages[0], "Modes d'évaluation").fill("À l'oral, en janvier.")
    press(pages[0], "Enregistrer")
    tick(pages[1], "Professeurs du RASED").check()
    press(pages[1], "Enregistrer")
    return pages[1]


def failed_save(reader: Reader) -> Page:
    page = reader.at(reader.draft() + "/etapes/informations")
    page.route("**/etapes/**", lambda route: cut(route))
    box(row(page, "Participant n°1"), starting("Nom")).fill("Petit")
    expect(page.get_by_role("alert")).to_be_visible()
    return page


def cut(route: Route) -> None:
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


def expired(reader: Reader) -> Page:
    page = reader.at(reader.draft() + "/etapes/informations")
    reader.site.clock.advance(minutes=61)
    box(row(page, "Participant n°1"), starting("Nom")).fill("Petit")
    says(page.get_by_role("alert"), "Votre session a expiré")
    return page


def parked(reader: Reader) -> Page:
    page = reader.enter("nferrand", reader.draft() + "/etapes/informations", java_script_enabled=False)
    reader.site.clock.advance(minutes=61)
    press(page, "Suivant")
    kept = page.url
    other = reader.visitor()
    other.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    other.goto(kept)
    sign_in(other, "nferrand")
    return other


def suggested(reader: Reader) -> Page:
    hard = {
        "code": "df.methodes-outils",
        "picks": [
            {
                "code": "df.methodes-outils.gestion-tache",
                "picks": ["df.methodes-outils.gestion-tache.travail-seul"],
            }
        ],
    }
    page = reader.at(reader.draft({"difficultes": [hard]}) + "/etapes/mise_en_oeuvre")
    press(page, "Aménagements et adaptations")
    expect(page.get_by_role("button", name=starting("Cocher")).first).to_be_visible()
    return page


def file_question(reader: Reader) -> Page:
    made = services.create_document(reader.site.deps, "p-ferrand", "l-garnier", "fiche_competences")
    page = reader.at(f"/documents/{made}/etapes/etape_competences")
    says(page, "Production jointe")
    return page


def flash(reader: Reader) -> Page:
    page = reader.at(reader.draft() + "/etapes/mise_en_oeuvre")
    press(page, "Quitter la création du PPRE")
    return page


def cascade(reader: Reader) -> Page:
    picks = [
        {
            "code": "pa.methodes-outils",
            "picks": [
                {
                    "code": "pa.methodes-outils.attention-memoire",
                    "picks": [
                        {"code": "pa.methodes-outils.attention-memoire.autre", "details": ["Les visages"]}
                    ],
                }
            ],
        }
    ]
    return reader.at(reader.draft({"points_appui": picks}) + "/etapes/etape_points_appui")


def no_place(reader: Reader) -> Page:
    page = reader.at("/fiches/livret/nouveau", "igarcia")
    press(page, "Continuer")
    return page


def printed(reader: Reader) -> Page:
    page = reader.at("/documents/d-garnier-1")
    page.emulate_media(media="print")
    return page


def rehearsed(reader: Reader) -> Page:
    page = reader.at("/definitions/ppre/repetition", "ymorvan")
    button(page, "Lancer la répétition").click()
    expect(page.get_by_text("Répétition terminée")).to_be_visible()
    return page


def previewed(reader: Reader) -> Page:
    page = reader.at("/definitions/ppre/essai", "ymorvan")
    page.locator("#q-duree").fill("40")
    page.locator("button.main[value=voir]").click()
    says(page, "Ce que l’étape demanderait")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    return page


def wizard(step: str, answers: dict[str, Any] | None = None, query: str = "") -> Callable[[Reader], Page]:
    return lambda reader: reader.at(f"{reader.draft(answers)}/etapes/{step}{query}")


def plain(path: str, login: str = "nferrand") -> Callable[[Reader], Page]:
    return lambda reader: reader.at(path, login)


FAMILY = "onglet=onglets:onglet_amenagements"


def unpublished(reader: Reader) -> Page:
    """A publication refused for want of a note."""
    page = rehearsed(reader)
    press(page, starting("Publier la version"))
    says(page, "Rien n’a été fait.")
    return page


SCREENS: dict[str, Callable[[Reader], Page]] = {
    "login": login,
    "login error": login_error,
    "list": plain("/fiches/livret"),
    "list of two schools": plain("/fiches/livret", "igarcia"),
    "list with nothing found": plain("/fiches/livret?q=Zzz&f=je_suis_responsable"),
    "empty list": plain("/fiches/livret", "ymorvan"),
    "record": plain("/documents/l-morel"),
    "record of a contributor": plain("/documents/l-morel", "prossi"),
    "record with a sentence": flash,
    "record to read": plain("/documents/l-morel/lecture/identite"),
    "record, identity": plain("/documents/l-morel/etapes/identite"),
    "record, identity with errors": plain("/documents/l-morel/etapes/identite?erreurs=1"),
    "record, team": plain("/documents/l-morel/etapes/equipe"),
    "record, bank": plain("/documents/l-morel/etapes/banque"),
    "record, sharing": plain("/documents/l-morel/etapes/partage"),
    "place": plain("/fiches/livret/nouveau"),
    "place not chosen": no_place,
    "step 1": wizard("informations"),
    "step 1 with errors": wizard("informations", WRONG, "?erreurs=1"),
    "step 2": wizard("etape_points_appui"),
    "step 2, cascade": cascade,
    "step 2, a branch that the page opened": opened_branch,
    "step 2 with errors": wizard("etape_points_appui", WRONG, "?erreurs=1"),
    "step 3": wizard("etape_difficultes"),
    "suggestions": suggested,
    "a file to join": file_question,
    "step 3 with errors": wizard("etape_difficultes", None, "?erreurs=1"),
    "step 4": wizard("mise_en_oeuvre"),
    "step 4 with errors": wizard("mise_en_oeuvre", WRONG, "?erreurs=1"),
    "step 4, adaptations": wizard("mise_en_oeuvre", None, f"?{FAMILY}"),
    "step 4, means": wizard("mise_en_oeuvre", None, "?onglet=onglets:onglet_moyens"),
    "agreement": plain("/documents/d-vasseur-1/etapes/famille", "kbenali"),
    "confirmation": lambda reader: reader.at(reader.draft(FULL) + "/actions/finaliser"),
    "confirmation with errors": lambda reader: reader.at(reader.draft(WRONG) + "/actions/finaliser"),
    "confirmation refused": plain("/documents/d-vasseur-1/actions/mettre_en_oeuvre", "kbenali"),
    "document": plain("/documents/d-garnier-1"),
    "document on paper": printed,
    "bilan to read": plain("/documents/d-morel-1-bilan"),
    "bilan, step 1": lambda reader: reader.at(reader.bilan() + "/etapes/consultation"),
    "bilan, step 2": lambda reader: reader.at(reader.bilan() + "/etapes/redaction"),
    "bilan, goals": lambda reader: reader.at(
        reader.bilan() + "/etapes/redaction?onglet=parties:onglet_objectifs"
    ),
    "bilan, the whole": lambda reader: reader.at(
        reader.bilan() + "/etapes/redaction?onglet=parties:onglet_general&erreurs=1"
    ),
    "bilan, confirmation with errors": lambda reader: reader.at(reader.bilan() + "/actions/finaliser"),
    "conflict": conflict,
    "joined": joined,
    "history": plain("/documents/d-morel-1/historique"),
    "failed save": failed_save,
    "expired session": expired,
    "kept answers": parked,
    "not found": plain("/documents/absent"),
    "refused": plain("/documents/d-morel-1/etapes/famille", "prossi"),
    "help": plain("/aide"),
    "accessibility": plain("/accessibilite"),
    "personal data": plain("/donnees-personnelles"),
    "faults": plain("/definitions", "ymorvan"),
    "beside": plain("/documents/d-lopes-1/aujourdhui", "kbenali"),
    "rehearsal": plain("/definitions/ppre/repetition", "ymorvan"),
    "rehearsed": rehearsed,
    "life": plain("/definitions/ppre", "ymorvan"),
    "life of a list": plain("/listes/bilan_progres", "ymorvan"),
    "together": plain("/ensemble?form=ppre", "ymorvan"),
    "not published": unpublished,
    "preview": plain("/definitions/ppre/essai", "ymorvan"),
    "preview with answers": previewed,
}


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_accessible_and_keeps_to_its_width(reader: Reader, name: str) -> None:
    page = SCREENS[name](reader)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="light")
        assert findings(page) == []
        page.emulate_media(color_scheme="dark")
        assert findings(page, CONTRAST) == []
    for width in (320, 640):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page).to_have_title(re.compile(r"\S.* – Canevas$"))
    assert page.evaluate("refused") == []


def test_the_keyboard_is_enough_to_go_through_a_step(reader: Reader) -> None:
    page = reader.at(reader.draft() + "/etapes/informations")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Suivant":
            break
    expect(button(page, "Suivant")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    titled(page, "Points d'appui")

"""A document's history: who, when, each field before and after, for whoever may read it."""

from __future__ import annotations

import copy
import html
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from demo_site import DemoSite, make_site
from filling import open_step
from test_access_matrix import _draft

from renderers.pages import Change, HistoryPage
from web.screens.history import AT_ONCE, history_page
from web.services import desk, fill

FERRAND, HEAD = "p-ferrand", "p-tournier"
LONG = "Se fatigue en fin de matinée ; demande des pauses, surtout après le sport et les évaluations longues."


@pytest.fixture
def site() -> DemoSite:
    return make_site()


def history(site: DemoSite, id: str, before: int = 0, person: str = FERRAND) -> HistoryPage:
    here = desk(site.deps, person)
    return history_page(here, site.store, here.open(id, "write"), before)


def write(site: DemoSite, id: str, person: str = FERRAND, **answers: Any) -> None:
    """Write answers as they are stored; None takes one away."""
    site.clock.advance(minutes=5)
    stored = site.store.get("document", id)
    assert stored is not None
    body = copy.deepcopy(stored.body)
    body["answers"] = {k: v for k, v in (body["answers"] | answers).items() if v is not None}
    with site.store.transaction(person, site.clock()) as tx:
        tx.put("document", id, body, stored.keys, expected_revision=stored.revision)


def last(site: DemoSite, id: str) -> dict[str, Change]:
    line = history(site, id).lines[0]
    return {one.label: one for one in (*line.changes, *line.more)}


def said(runs: tuple[tuple[str, bool], ...]) -> str:
    return "".join(text for text, _ in runs)


def test_an_answer_is_shown_before_and_after(site: DemoSite) -> None:
    draft = _draft(site)
    write(site, draft, duree=4)
    write(site, draft, HEAD, duree=8, date_debut="2026-11-30")
    line = history(site, draft).lines[0]
    assert (line.at, line.who) == ("23 novembre 2026, 14 h 40", "Hélène Tournier")
    found = [(one.label, said(one.before), said(one.after)) for one in line.changes]
    assert found == [
        ("Durée envisagée", "4 semaine(s)", "8 semaine(s)"),
        ("Début de la mise en œuvre", "", "30/11/2026"),
    ]


def test_rows_and_ticks_come_and_go(site: DemoSite) -> None:
    draft = _draft(site)
    stored = site.store.get("document", draft)
    assert stored is not None
    first, *others = stored.body["answers"]["participants"]
    new = {"row": "z", "nom": "Petit", "prenom": "Ada"}
    write(site, draft, participants=[*others, new])
    (change,) = last(site, draft).values()
    assert change.label == "Informations des participants à l'élaboration du PPRE"
    assert change.added == ("Nom\u00a0: Petit, Prénom\u00a0: Ada",)
    assert len(change.removed) == 1 and first["nom"] in change.removed[0]
    write(site, draft, participants=[*others, new | {"nom": "Grand"}])
    (change,) = last(site, draft).values()
    assert (said(change.before), said(change.after)) == ("Petit", "Grand")
    assert change.label.endswith(", Nom")


def test_a_long_text_is_folded_and_marked(site: DemoSite) -> None:
    write(site, "d-garnier-1", engagement_famille=LONG)
    write(site, "d-garnier-1", engagement_famille=LONG.replace("matinée", "journée"))
    (change,) = last(site, "d-garnier-1").values()
    assert change.summary.startswith("Texte modifié : « Se fatigue")
    assert len(change.summary) < 130
    assert [text for text, differs in change.before if differs] == ["matinée"]
    page = site.visitor(FERRAND).get("/documents/d-garnier-1/historique").body.decode()
    assert "<mark>journée</mark>" in page


def test_a_state_is_shown_and_a_visit_is_not(site: DemoSite) -> None:
    lines = history(site, "d-garnier-1").lines
    states = [said(one.changes[0].before) for one in lines if one.changes and one.changes[0].label == "État"]
    assert states[-1] == "Brouillon"
    draft = _draft(site)
    before = history(site, draft).lines
    open_step(site.visitor(FERRAND), draft, "informations").send("suivant")
    assert history(site, draft).lines == before  # visited: nothing that anyone reads


def test_what_a_reader_may_not_read_is_not_there(site: DemoSite) -> None:
    draft = _draft(site)
    write(site, draft, duree=4)
    here = desk(site.deps, FERRAND)
    opened = here.open(draft, "write")
    hidden = next(path for path in opened.grant.reads if path == ("duree",))
    blind = replace(opened, grant=replace(opened.grant, reads=opened.grant.reads - {hidden}))
    shown = history_page(here, site.store, blind)
    assert "Durée envisagée" in {one.label for one in history(site, draft).lines[0].changes}
    assert "Durée envisagée" not in {one.label for line in shown.lines for one in (*line.changes, *line.more)}


def test_it_is_bounded_and_goes_on(site: DemoSite) -> None:
    draft = _draft(site)
    for n in range(AT_ONCE + 5):
        write(site, draft, duree=n % 9 + 1)
    page = site.visitor(FERRAND).get(f"/documents/{draft}/historique").body.decode()
    assert page.count('<li class="card">') == AT_ONCE
    found = re.search(r'href="([^"]*avant=\d+)"', page)
    assert found is not None
    older = site.visitor(FERRAND).get(html.unescape(found[1])).body.decode()
    assert "Création" in older
    assert "Revenir aux changements récents" in older
    assert site.visitor(FERRAND).get(f"/documents/{draft}/historique?avant=x").body.decode().count("card") > 1


def test_all_of_a_first_version_is_there_without_a_before(site: DemoSite) -> None:
    line = history(site, _draft(site)).lines[-1]
    assert line.note == "Création"
    assert all(not one.before for one in (*line.changes, *line.more) if not one.summary)


def test_a_whole_older_revision_is_read_as_it_was(site: DemoSite) -> None:
    draft = (
        site.store.find("document", {"form": "ppre", "subject": "l-morel", "phase": "draft"}).entries[0].id
    )
    fill(site.deps, "p-ferrand", draft, {"mode_evaluation": "Une dictée."})
    then = site.store.get("document", draft)
    fill(site.deps, "p-ferrand", draft, {"mode_evaluation": "Un oral."})
    assert then is not None
    visitor = site.visitor("p-ferrand")
    assert (
        f'href="/documents/{draft}/historique/' in visitor.get(f"/documents/{draft}/historique").body.decode()
    )
    page = visitor.get(f"/documents/{draft}/historique/{then.revision}").body.decode()
    assert "Une dictée." in page and "Un oral." not in page
    for odd in ("0", "-1", "x", "9999999", "é"):
        assert visitor.get(f"/documents/{draft}/historique/{quote(odd)}").status == 404

"""Proposals: what somebody may read but not write, put forward to who may; seen by nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from demo_site import DemoSite, make_site
from filling import Filled, open_step, read_page

from web import erasing, services
from web.services.proposing import PROPOSAL

AUTHOR, WRITER, STRANGER = "p-garcia", "p-keller", "p-petitjean"
STEP = "objectifs"
CELL = "par_objectif.a.constat"


@pytest.fixture
def site() -> DemoSite:
    made = make_site()
    services.fill(made.deps, WRITER, "l-muller", {"contributeurs": [{"id": AUTHOR, "label": "Inès Garcia"}]})
    return made


@pytest.fixture
def meeting(site: DemoSite) -> str:
    """A report that its writer has begun."""
    id = services.create_document(site.deps, WRITER, "d-muller-1", "reunion_suivi")
    page = open_step(site.visitor(WRITER), id, STEP)
    assert page.fill(CELL, "Redit le début.").send().status == 303
    return id


def proposing(site: DemoSite, id: str, who: str = AUTHOR) -> Filled:
    visitor = site.visitor(who)
    return read_page(visitor, visitor.get(f"/documents/{id}/proposer/{STEP}"))


def proposed(site: DemoSite, id: str, text: str = "Redit le début et la fin.", **more: str) -> str:
    page = proposing(site, id).fill(CELL, text)
    for name, value in more.items():
        page.fill(name, value)
    assert page.send("proposer").status == 303
    (entry,) = site.store.find(PROPOSAL, {"document": id}).entries
    return entry.id


def constat(site: DemoSite, id: str) -> Any:
    stored = site.store.get("document", id)
    assert stored is not None
    return next(row for row in stored.body["answers"]["par_objectif"] if row["row"] == "a")["constat"]


def shown(site: DemoSite, who: str, path: str) -> str:
    text = re.sub(r"<[^>]+>", " ", site.visitor(who).get(path).body.decode())
    return re.sub(r"\s+", " ", text).replace("’", "'")


def answered(
    site: DemoSite, id: str, proposal: str, choice: str = "mine", who: str = WRITER, **more: str
) -> Any:
    visitor = site.visitor(who)
    url = f"/documents/{id}/propositions/{proposal}"
    body = visitor.get(url).body.decode()
    payload = re.search(r'name="_payload" value="([^"]*)"', body)
    kept = {} if payload is None else {"_payload": payload[1].replace("&#34;", '"')}
    return visitor.post(url, list({"choix-0": choice, **kept, **more}.items()))


def test_what_is_proposed_changes_nothing_and_waits(site: DemoSite, meeting: str) -> None:
    before = site.store.get("document", meeting)
    assert "Proposer : Objectifs" in shown(site, AUTHOR, f"/documents/{meeting}?lire=1")
    page = proposing(site, meeting)
    assert page.value(CELL) == "Redit le début."
    assert page.value("decision") is None
    proposed(site, meeting)
    assert site.store.get("document", meeting) == before
    assert "attend une réponse" in shown(site, AUTHOR, f"/documents/{meeting}?lire=1")
    assert proposing(site, meeting).value(CELL) == "Redit le début et la fin."


def test_who_may_write_is_told_takes_it_and_its_author_sees_so(site: DemoSite, meeting: str) -> None:
    proposal = proposed(site, meeting, _commentaire="Vu en <b>classe</b>.")
    for path in (f"/documents/{meeting}?lire=1", f"/documents/{meeting}/etapes/{STEP}"):
        assert "Inès Garcia propose 1 réponse (Objectifs)" in shown(site, WRITER, path)
    assert "Inès Garcia propose des réponses" in shown(site, WRITER, "/taches")
    page = shown(site, WRITER, f"/documents/{meeting}/propositions/{proposal}")
    assert "Vu en &lt;b&gt;classe&lt;/b&gt;." in page
    assert "Redit le début et la fin." in page and "Reprendre la proposition" in page
    assert answered(site, meeting, proposal).status == 303
    assert constat(site, meeting) == "Redit le début et la fin."
    last = site.store.history("document", meeting)[0]
    assert (last.author, last.note) == (WRITER, "Proposition de Inès Garcia")
    assert "1 réponse reprise sur 1, par Ruth Keller" in shown(site, AUTHOR, f"/documents/{meeting}?lire=1")
    assert "Inès Garcia propose" not in shown(site, WRITER, f"/documents/{meeting}?lire=1")
    assert "Inès Garcia propose" not in shown(site, WRITER, "/taches")


def test_what_is_left_stays_and_a_third_text_is_written(site: DemoSite, meeting: str) -> None:
    assert answered(site, meeting, proposed(site, meeting), "theirs").status == 303
    assert constat(site, meeting) == "Redit le début."
    assert "aucune réponse reprise sur 1" in shown(site, AUTHOR, f"/documents/{meeting}?lire=1")
    proposal = proposed(site, meeting, "Autre chose.")
    assert answered(site, meeting, proposal, "", **{"choix-0~free": "Les deux."}).status == 303
    assert constat(site, meeting) == "Les deux."


def test_an_answer_that_changed_meanwhile_is_shown_first(site: DemoSite, meeting: str) -> None:
    proposal = proposed(site, meeting)
    url = f"/documents/{meeting}/propositions/{proposal}"
    assert (
        site.visitor(WRITER).post(url, [("choix-0", "mine"), ("_payload", "{}")]).headers["location"] == url
    )
    assert constat(site, meeting) == "Redit le début."
    open_step(site.visitor(WRITER), meeting, STEP).fill(CELL, "Redit tout.").send()
    assert "changée depuis la proposition" in shown(site, WRITER, url)
    assert answered(site, meeting, proposal).status == 303
    assert constat(site, meeting) == "Redit le début et la fin."


def test_what_is_proposed_otherwise_meanwhile_is_shown_first(site: DemoSite, meeting: str) -> None:
    proposal = proposed(site, meeting)
    url = f"/documents/{meeting}/propositions/{proposal}"
    body = site.visitor(WRITER).get(url).body.decode()
    payload = re.search(r'name="_payload" value="([^"]*)"', body)
    assert payload is not None
    assert proposed(site, meeting, "Tout autre chose.") == proposal
    sent = [("choix-0", "mine"), ("_payload", payload[1].replace("&#34;", '"'))]
    assert site.visitor(WRITER).post(url, sent).headers["location"] == url
    assert constat(site, meeting) == "Redit le début."


def test_what_somebody_else_changed_is_not_proposed_back(site: DemoSite, meeting: str) -> None:
    page = proposing(site, meeting).fill("par_objectif.b.constat", "Répond.")
    open_step(site.visitor(WRITER), meeting, STEP).fill(CELL, "Redit tout.").send()
    assert page.send("proposer").status == 303
    (entry,) = site.store.find(PROPOSAL, {"document": meeting}).entries
    stored = site.store.get(PROPOSAL, entry.id)
    assert stored is not None
    assert [one["leaf"] for one in stored.body["leaves"]] == [["par_objectif", "b", "constat"]]


def test_what_is_wrong_or_empty_is_not_sent_and_stays_on_screen(site: DemoSite, meeting: str) -> None:
    long = proposing(site, meeting).fill(CELL, "é" * 1001)
    answer = long.send("proposer")
    assert answer.status == 422
    assert "é" * 1001 in answer.body.decode()
    nothing = proposing(site, meeting).send("proposer")
    assert nothing.status == 422
    assert "Vous n’avez rien changé" in re.sub(r"\s+", " ", nothing.body.decode())
    assert not site.store.find(PROPOSAL, {"document": meeting}).total


def test_a_comment_alone_is_read(site: DemoSite, meeting: str) -> None:
    assert (
        proposing(site, meeting).fill("_commentaire", "Ajoutez un objectif.").send("proposer").status == 303
    )
    (entry,) = site.store.find(PROPOSAL, {"document": meeting}).entries
    assert "laisse un commentaire" in shown(site, WRITER, f"/documents/{meeting}?lire=1")
    assert "Ajoutez un objectif." in shown(site, WRITER, f"/documents/{meeting}/propositions/{entry.id}")
    assert answered(site, meeting, entry.id).status == 303
    assert "commentaire lu" in shown(site, AUTHOR, f"/documents/{meeting}?lire=1")


def test_what_was_typed_before_another_button_is_kept(site: DemoSite, meeting: str) -> None:
    page = proposing(site, meeting).fill(CELL, "Redit la fin.").fill("_commentaire", "Vu.")
    again = read_page(page.visitor, page.send("afficher"))
    assert (again.value(CELL), again.value("_commentaire")) == ("Redit la fin.", "Vu.")
    without = [pair for pair in again.pairs if pair[0] != CELL]
    assert Filled(again.visitor, again.action, without).send("proposer").status == 303
    (entry,) = site.store.find(PROPOSAL, {"document": meeting}).entries
    stored = site.store.get(PROPOSAL, entry.id)
    assert stored is not None
    assert [one["mine"] for one in stored.body["leaves"]] == ["Redit la fin."]


def test_it_is_taken_back_by_its_author_alone(site: DemoSite, meeting: str) -> None:
    proposal = proposed(site, meeting)
    url = f"/documents/{meeting}/propositions/{proposal}/retrait"
    assert site.visitor(WRITER).post(url, []).status == 404
    assert site.visitor(AUTHOR).post(url, []).status == 303
    assert not site.store.find(PROPOSAL, {"document": meeting}).total


@pytest.mark.parametrize("who", [AUTHOR, STRANGER, "p-morel", "p-tournier", "p-morvan"])
def test_nobody_else_reads_or_answers_it(site: DemoSite, meeting: str, who: str) -> None:
    proposal = proposed(site, meeting)
    url = f"/documents/{meeting}/propositions/{proposal}"
    assert site.visitor(who).get(url).status == 404
    assert site.visitor(who).post(url, [("choix-0", "mine")]).status == 404
    assert "Inès Garcia propose" not in shown(site, who, "/taches")
    if who != AUTHOR:
        assert site.visitor(who).get(f"/documents/{meeting}/proposer/{STEP}").status == 404
    assert constat(site, meeting) == "Redit le début."


def test_only_what_rights_open_is_proposed(site: DemoSite, meeting: str) -> None:
    assert site.visitor(AUTHOR).get(f"/documents/{meeting}/proposer/suite").status == 403
    assert site.visitor(AUTHOR).get(f"/documents/{meeting}/proposer/absente").status == 404
    page = proposing(site, meeting).fill("decision", "decision.interruption").fill(CELL, "Oui.")
    assert page.send("proposer").status in {303, 422}
    for entry in site.store.find(PROPOSAL, {"document": meeting}).entries:
        stored = site.store.get(PROPOSAL, entry.id)
        assert stored is not None
        assert all(one["leaf"][0] == "par_objectif" for one in stored.body["leaves"])


def test_once_the_document_is_closed_nobody_answers(site: DemoSite, meeting: str) -> None:
    proposal = proposed(site, meeting)
    services.act(site.deps, WRITER, meeting, "abandonner", _revision(site, meeting))
    assert site.visitor(WRITER).get(f"/documents/{meeting}/propositions/{proposal}").status == 404
    assert site.visitor(AUTHOR).get(f"/documents/{meeting}/proposer/{STEP}").status == 404


def test_its_author_learns_that_nobody_answered_in_time(site: DemoSite, meeting: str) -> None:
    proposed(site, meeting)
    services.fill(site.deps, WRITER, meeting, {"decision": ["decision.reconduction"]})
    services.act(site.deps, WRITER, meeting, "finaliser", _revision(site, meeting))
    page = shown(site, AUTHOR, f"/documents/{meeting}")
    assert "est restée sans réponse : l'étape est fermée" in page.replace("\xa0", " ")
    assert "propose 1 réponse" not in shown(site, WRITER, f"/documents/{meeting}")


def _revision(site: DemoSite, id: str) -> int:
    stored = site.store.get("document", id)
    assert stored is not None
    return stored.revision


def test_too_many_are_refused_with_what_to_do(site: DemoSite, meeting: str) -> None:
    with site.store.transaction("essai", site.clock()) as tx:
        for n in range(20):
            keys = {"document": meeting, "person": f"p{n}", "step": STEP, "state": "waiting", "at": "2026"}
            tx.put(
                PROPOSAL,
                f"x{n}",
                {**keys, "leaves": [], "label": "X", "comment": ""},
                keys,
                expected_revision=0,
            )
    answer = proposing(site, meeting).fill(CELL, "Oui.").send("proposer")
    assert answer.status == 403
    assert "20 propositions attendent déjà" in re.sub(r"\s+", " ", answer.body.decode())


def test_erasing_a_document_erases_what_was_proposed_on_it(site: DemoSite, meeting: str) -> None:
    proposed(site, meeting)
    erasing.erase(site.store, erasing.with_all(site.store, ["l-muller"]), "essai", site.clock())
    assert not site.store.find(PROPOSAL, {}).total


def test_a_double_press_sends_once(site: DemoSite, meeting: str) -> None:
    page = proposing(site, meeting).fill(CELL, "Oui.")
    assert [page.send("proposer").status for _ in range(2)] == [303, 303]
    assert site.store.find(PROPOSAL, {"document": meeting}).total == 1

"""« Pourquoi ? » on the site: with the actual values, for whoever may know them."""

from __future__ import annotations

import re

from demo_site import make_site

TEACHER = "p-ferrand"


def shown(body: bytes) -> str:
    """What a page says, in plain spaces and straight apostrophes."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body.decode()))
    return text.replace("\u202f", " ").replace("\xa0", " ").replace("’", "'")


def test_a_field_says_why_it_is_asked_without_javascript() -> None:
    answer = make_site().visitor(TEACHER).get("/documents/d-garnier-1/etapes/famille")
    assert b"<details" in answer.body
    text = shown(answer.body)
    assert "Pourquoi cette question" in text
    assert "Parce que « Réponse des responsables légaux » est « Accord donné en ligne »." in text


def test_an_action_that_cannot_start_here_says_from_where_it_does() -> None:
    answer = make_site().visitor(TEACHER).get("/documents/d-garnier-1/actions/mettre_en_oeuvre")
    text = shown(answer.body)
    assert "« Mettre en œuvre » part de l'état « Finalisé » ; le document est « Mis en œuvre »." in text


def test_an_action_that_is_refused_says_which_answer_decides() -> None:
    site = make_site()
    stored = site.store.get("document", "d-garnier-1")
    assert stored is not None
    answers = {**stored.body["answers"], "accord": {"reponse": ["accord.refus"]}}
    body = {**stored.body, "state": "finalise", "answers": answers}
    with site.store.transaction(TEACHER, stored.at) as transaction:
        transaction.put("document", stored.id, body, stored.keys, expected_revision=stored.revision)
    text = shown(site.visitor(TEACHER).get("/documents/d-garnier-1/actions/mettre_en_oeuvre").body)
    assert "est refusé parce qu'il est faux que les responsables légaux ont donné leur accord." in text

"""The dress rehearsal led from its page: slice by slice, for those who may publish, naming no answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from demo_site import DemoSite, make_site
from test_moving import bodies

from web import services
from web.services import rehearsing
from web.world import DOCUMENT

URL = "/definitions/ppre/repetition"
ADMINISTRATOR = "p-morvan"


@pytest.fixture
def site() -> DemoSite:
    return make_site()


def text(answer: Any) -> str:
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.body.decode()))
    return words.replace("\u202f", " ").replace("\xa0", " ").replace("’", "'")


def test_a_rehearsal_goes_slice_by_slice_and_changes_no_document(
    site: DemoSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsing, "SLICE", 5)
    visitor, before = site.visitor(ADMINISTRATOR), bodies(site.store)
    assert "n'a pas encore été répétée" in text(visitor.get(URL))
    total = services.living(site.store, "ppre")
    pages = []
    for _ in range(0, total, 5):
        assert visitor.post(URL).status == 303
        pages.append(text(visitor.get(URL)))
    assert f"5 documents rejoués sur {total}" in pages[0]
    assert "Continuer la répétition" in pages[0] and "Recommencer" in pages[-1]
    assert bodies(site.store) == before
    foretold = services.lines(site.store, "ppre", ["moved", "asked", "lost", "blocked", "unchanged"])
    candidate = site.app.state["site"].drafts.draft("ppre").candidate
    whole = [fate for fate, _ in services.rehearse(site.store, candidate, site.clock())]
    assert sorted(foretold, key=lambda fate: fate.id) == sorted(whole, key=lambda fate: fate.id)


def test_it_names_documents_and_fields_never_an_answer_nor_a_person(site: DemoSite) -> None:
    visitor = site.visitor(ADMINISTRATOR)
    visitor.post(URL)
    page = visitor.get(URL)
    words = text(page)
    assert "Document transmis aux responsables légaux le" in words, "what changes is said"
    assert "PPRE, créé le" in words and "École élémentaire Pierre et Marie Curie" in words
    for entry in site.store.find(DOCUMENT, {"form": "livret"}).entries:
        stored = site.store.get(DOCUMENT, entry.id)
        assert stored is not None
        assert not re.search(rf"\b{stored.body['answers']['nom']}\b", words)
    assert "/documents/" not in page.body.decode(), "this administrator may open none of them"


def test_a_changed_working_copy_is_to_be_rehearsed_again(site: DemoSite) -> None:
    visitor = site.visitor(ADMINISTRATOR)
    visitor.post(URL)
    stored = site.store.get(rehearsing.KIND, "ppre")
    assert stored is not None
    with site.store.transaction("t", site.clock()) as tx:
        tx.put(rehearsing.KIND, "ppre", stored.body | {"digest": "x"}, {}, expected_revision=stored.revision)
    assert "a changé depuis la dernière répétition" in text(visitor.get(URL))
    visitor.post(URL)
    assert "Répétition terminée" in text(visitor.get(URL))


def test_the_definitions_lead_to_what_can_be_rehearsed(site: DemoSite) -> None:
    page = site.visitor(ADMINISTRATOR).get("/definitions").body.decode()
    assert (
        page.count('href="/definitions/') == len({form for form, _ in site.deps.catalogue.forms})
        and " à répéter." in page
    )
    assert URL in site.visitor(ADMINISTRATOR).get("/definitions/ppre").body.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999", "99999", "é"])
def test_an_odd_page_is_only_a_page(site: DemoSite, page: str) -> None:
    from urllib.parse import quote

    assert site.visitor(ADMINISTRATOR).get(f"{URL}?page={quote(page)}").status == 200

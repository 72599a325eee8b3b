"""Search: what is found, and what is never shown, counted or hinted at."""

from __future__ import annotations

import pytest
from demo_site import DemoSite, catalogue, make_site
from hypothesis import given
from hypothesis import strategies as st

from engine.search import beginnings, meets, wanted, words
from web import rekeying, services
from web.screens.search import SHOWN, Asked, search_page

CHEF, TEACHER, COLLEAGUE, ELSEWHERE, PARTNER = (
    "p-tournier",
    "p-ferrand",
    "p-nguyen",
    "p-marchand",
    "p-legrand",
)


@pytest.fixture(scope="module")
def site() -> DemoSite:
    return make_site()


def found(site: DemoSite, who: str, query: str = "", kind: str = "", page: int = 1) -> list[str]:
    screen = search_page(services.desk(site.deps, who), Asked(query, kind, page))
    return [row.title for group in screen.groups for row in group.rows]


@pytest.mark.parametrize("query", ["morel", "MOREL", "Mör", "lina morel", "morel lina", "  Morel, Lina "])
def test_a_record_is_found_by_the_beginnings_of_its_words(site: DemoSite, query: str) -> None:
    assert "Livret de Lina Morel" in found(site, CHEF, query)


@pytest.mark.parametrize("query", ["orel", "morel zoé", "m", "morell", "%", "' OR 1=1", "\x00"])
def test_what_is_not_there_is_not_found(site: DemoSite, query: str) -> None:
    assert "Livret de Lina Morel" not in found(site, CHEF, query)


def test_a_record_is_found_by_its_number_and_its_class(site: DemoSite) -> None:
    stored = site.store.get("document", "l-morel")
    assert stored is not None
    assert found(site, CHEF, stored.body["answers"]["numero"].lower())[0] == "Livret de Lina Morel"
    assert "Livret de Lina Morel" in found(site, CHEF, "6e b")


@pytest.mark.parametrize("who", [COLLEAGUE, ELSEWHERE, PARTNER, "p-morvan", "p-keller"])
def test_what_one_may_not_see_is_as_if_it_did_not_exist(site: DemoSite, who: str) -> None:
    there = search_page(services.desk(site.deps, who), Asked("morel", "", 1))
    absent = search_page(services.desk(site.deps, who), Asked("zzzzz", "", 1))
    assert there.groups == absent.groups == ()
    assert (there.status, there.empty) == (absent.status, absent.empty)


def test_a_class_answers_for_each_with_what_they_may_see(site: DemoSite) -> None:
    for who in (CHEF, TEACHER, COLLEAGUE, ELSEWHERE, PARTNER, "p-rossi", "p-morel"):
        here = services.desk(site.deps, who)
        screen = search_page(here, Asked("6e", "", 1))
        for group in screen.groups:
            for row in group.rows:
                id = row.url.removeprefix("/documents/").partition("?")[0]
                assert services.desk(site.deps, who).open(id)


def test_documents_are_found_by_their_kind_and_state(site: DemoSite) -> None:
    drafts = found(site, TEACHER, kind="ppre.brouillon")
    assert drafts and set(drafts) < set(found(site, TEACHER, kind="ppre"))
    assert found(site, TEACHER, kind="absent") == []
    assert found(site, TEACHER, query="morel", kind="ppre.renouvele")[-1] == "PPRE du 24 septembre 2026"


def test_pages_follow_one_another_without_a_repeat() -> None:
    site = make_site()
    for _ in range(SHOWN + 5):
        id = services.create_record(site.deps, CHEF, "livret", "e-cesaire")
        services.fill(site.deps, CHEF, id, {"nom": "Zaphod", "prenom": "Été"})
    first, second = found(site, CHEF, "zaphod ete"), found(site, CHEF, "zaphod ete", page=2)
    assert (len(first), len(second)) == (SHOWN, 5)
    screen = search_page(services.desk(site.deps, CHEF), Asked("zaphod", "", 1))
    assert screen.later == "/recherche?q=zaphod&page=2" and str(SHOWN + 5) not in screen.status


def test_a_document_keyed_before_searches_is_found_once_rekeyed() -> None:
    site = make_site()
    with site.store.transaction("t", site.clock()) as tx:
        for entry in site.store.find("document", {}).entries:
            tx.rekey("document", entry.id, {key: entry.keys[key] for key in entry.keys if key != "word"})
    assert found(site, CHEF, "morel") == []
    assert rekeying.rekey(site.deps) > 0
    assert "Livret de Lina Morel" in found(site, CHEF, "morel")
    assert rekeying.rekey(site.deps) == 0


def test_a_search_asks_only_for_declared_lists() -> None:
    from web import declared

    lists = {(one.kind, frozenset(one.where), one.sort) for one in declared.indexes(catalogue())}
    for where in (("form", "reach", "word"),):
        assert ("document", frozenset(where), ("col.nom", "col.prenom")) in lists
    for names in (("form", "reach"), ("form", "reach", "state"), ("form", "subject")):
        assert ("document", frozenset(names), ("-created",)) in lists


@given(text=st.text(max_size=60), cut=st.integers(3, 12))
def test_every_beginning_of_every_word_finds_its_text(text: str, cut: int) -> None:
    for word in words(text):
        asked, beginning = wanted(word[:cut])
        assert beginning in beginnings([text]) and meets(asked, [text])


@given(query=st.text(max_size=100))
def test_whatever_is_asked_is_answered(site: DemoSite, query: str) -> None:
    assert search_page(services.desk(site.deps, TEACHER), Asked(query, query, 1)).title

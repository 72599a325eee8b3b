"""What is sent twice counts once; what the store can't take stays on screen; who read what is recorded."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from demo_site import DemoSite, Visitor, fresh_store, make_site
from filling import open_step
from test_access_matrix import MATRIX, _clash, _draft, _url
from web_trial import Raw

from storage.base import Busy, OutcomeUnknown, StoreBroken, StoreFull
from web import once

FERRAND = "p-ferrand"
RECORD = "/documents/l-morel"
FILLED = "d-garnier-1"


def form_of(page: Raw, action: str) -> list[tuple[str, str]]:
    """The hidden pairs of a form of a page, by the end of its action."""
    text = page.body.decode()
    found = re.search(rf'<form[^>]*action="[^"]*{action}"[^>]*>(.*?)</form>', text, re.S)
    assert found is not None, action
    pairs = re.findall(r'<input type="hidden"(?: id="[^"]*")? name="([^"]*)" value="([^"]*)"', found[1])
    return [(name, html.unescape(value)) for name, value in pairs if name != "_csrf"]


def count(site: DemoSite, kind: str = "document") -> int:
    return site.store.find(kind, {}, limit=0).total


def twice(visitor: Visitor, url: str, pairs: list[tuple[str, str]]) -> Raw:
    """Send a form, and send it again: both answers are the same."""
    first, second = visitor.post(url, pairs), visitor.post(url, pairs)
    assert (second.status, second.headers.get("location")) == (first.status, first.headers.get("location"))
    assert first.status == 303, (first.status, visitor.site.incidents())
    return first


def test_a_creation_pressed_twice_creates_once() -> None:
    site = make_site()
    visitor = site.visitor(FERRAND)
    before = count(site)
    pairs = form_of(visitor.get(RECORD), "/creer/ppre")
    assert "_once" in dict(pairs)
    twice(visitor, f"{RECORD}/creer/ppre", pairs)
    assert count(site) == before + 1
    visitor.post(f"{RECORD}/creer/ppre", form_of(visitor.get(RECORD), "/creer/ppre"))
    assert count(site) == before + 2  # another page shown, another press


def test_a_record_is_created_once_at_each_place_pressed() -> None:
    site = make_site()
    visitor = site.visitor(FERRAND)
    before = count(site)
    url = "/fiches/livret/nouveau"
    pairs = [*form_of(visitor.get(url), url), ("place", "e-cesaire")]
    twice(visitor, url, pairs)
    assert count(site) == before + 1


def test_an_action_pressed_twice_is_done_once_and_answers_the_same() -> None:
    site = make_site()
    visitor = site.visitor("p-tournier")
    url = "/documents/d-garnier-1/actions/clore"
    twice(visitor, url, form_of(visitor.get(url), url))
    stored = site.store.get("document", "d-garnier-1")
    assert stored is not None
    assert [event["do"] for event in stored.body["events"]].count("clore") == 1


def test_a_token_of_somebody_else_answers_nothing() -> None:
    site = make_site()
    first, other = site.visitor(FERRAND), site.visitor("p-tournier")
    before = count(site)
    pairs = form_of(first.get(RECORD), "/creer/ppre")
    first.post(f"{RECORD}/creer/ppre", pairs)
    other.post(f"{RECORD}/creer/ppre", pairs)
    assert count(site) == before + 2


def test_a_save_sent_again_writes_once_and_shows_all_that_it_changed() -> None:
    site = make_site()
    visitor = site.visitor(FERRAND)
    draft = _draft(site)
    page = open_step(visitor, draft, "informations").fill("duree", "4")
    assert page.value("_once")
    lost = page.send("auto")  # its answer never arrives: the page keeps its revision
    stored = site.store.get("document", draft)
    again = page.send("auto")
    assert site.store.get("document", draft) == stored
    assert (lost.status, again.status) == (200, 200)
    regions = [set(re.findall(r'id="([^"]+)" hx-swap-oob', one.body.decode())) for one in (lost, again)]
    assert regions[0] <= regions[1]
    assert stored is not None
    assert stored.body["answers"]["duree"] == 4


def test_a_clash_is_kept_once() -> None:
    site = make_site()
    mine, theirs = site.visitor(FERRAND), site.visitor("p-tournier")
    draft = _draft(site)
    here = open_step(mine, draft, "informations").fill("duree", "3")
    open_step(theirs, draft, "informations").fill("duree", "7").send()
    answers = [here.send(), here.send()]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert count(site, "clash") == 1
    url = answers[0].headers["location"]
    pairs = [*form_of(mine.get(url), url), ("choix-0", "mine")]
    twice(mine, url, pairs)
    stored = site.store.get("document", draft)
    assert stored is not None
    assert stored.body["answers"]["duree"] == 3


def test_a_stale_save_by_script_answers_409() -> None:
    site = make_site()
    mine, theirs = site.visitor(FERRAND), site.visitor("p-tournier")
    draft = _draft(site)
    here = open_step(mine, draft, "informations").fill("duree", "3")
    open_step(theirs, draft, "informations").fill("duree", "7").send()
    answer = here.send("auto")
    assert answer.status == 409
    assert "/conflit/" in answer.headers["hx-redirect"]


def test_a_form_is_remembered_for_a_day() -> None:
    site = make_site()
    visitor = site.visitor(FERRAND)
    visitor.post(f"{RECORD}/creer/ppre", form_of(visitor.get(RECORD), "/creer/ppre"))
    assert count(site, once.KIND) == 1
    site.clock.advance(hours=23)
    once.sweep(site.store, site.clock())
    assert count(site, once.KIND) == 1
    site.clock.advance(hours=2)
    once.sweep(site.store, site.clock())
    assert count(site, once.KIND) == 0


# --- a store that can't ---------------------------------------------------------------------------


def failing(site: DemoSite, fault: Exception, times: int = 1000) -> list[int]:
    """Let the next transactions fail at their end; gives how often they did."""
    opened, failed = site.store.transaction, [0]

    @contextmanager
    def transaction(author: str, at: Any) -> Iterator[Any]:
        with opened(author, at) as tx:
            yield tx
            if failed[0] < times:
                failed[0] += 1
                raise fault

    site.store.transaction = transaction  # type: ignore[method-assign]
    return failed


def test_a_request_that_another_process_overtook_runs_again() -> None:
    site = make_site()
    visitor = site.visitor(FERRAND)
    page = open_step(visitor, _draft(site), "informations").fill("duree", "4")
    failed = failing(site, Busy("essai"), times=3)
    assert page.send().status == 303
    assert failed == [3]
    stored = site.store.get("document", _draft(site))
    assert stored is not None
    assert stored.body["answers"]["duree"] == 4


def test_a_commit_whose_answer_was_lost_counts_once() -> None:
    site = make_site()
    visitor = site.visitor(FERRAND)
    before = count(site)
    pairs = form_of(visitor.get(RECORD), "/creer/ppre")
    opened, lost = site.store.transaction, [0]

    @contextmanager
    def transaction(author: str, at: Any) -> Iterator[Any]:
        with opened(author, at) as tx:
            yield tx
        if not lost[0]:
            lost[0] = 1
            raise OutcomeUnknown("essai")  # after the commit

    site.store.transaction = transaction  # type: ignore[method-assign]
    assert visitor.post(f"{RECORD}/creer/ppre", pairs).status == 303
    assert (lost, count(site)) == ([1], before + 1)


def test_a_form_without_a_token_is_not_run_again_blindly() -> None:
    site = make_site()
    visitor = site.visitor(FERRAND)
    failed = failing(site, OutcomeUnknown("essai"))
    assert visitor.post(f"{RECORD}/creer/ppre").status == 503
    assert failed == [1]


@pytest.mark.parametrize(
    ("fault", "status"), [(Busy("essai"), 503), (StoreFull("essai"), 507), (StoreBroken("essai"), 503)]
)
def test_what_the_store_cannot_take_stays_on_screen(fault: Exception, status: int) -> None:
    site = make_site()
    visitor = site.visitor(FERRAND)
    page = open_step(visitor, FILLED, "famille").fill("engagement_famille", "a\n<b> & c")
    before = site.store.get("document", FILLED)
    failing(site, fault)
    answer = page.send()
    text = answer.body.decode()
    assert answer.status == status
    assert "rien n’a été enregistré" in text
    assert "a\n&lt;b&gt; &amp; c</p>" in text
    assert site.store.get("document", FILLED) == before
    del site.store.transaction
    again = visitor.post(page.action, form_of(answer, re.escape(html.escape(page.action))))
    assert again.status == 303
    after = site.store.get("document", FILLED)
    assert after is not None
    assert after.body["answers"]["engagement_famille"] == "a\n<b> & c"
    by_script = page.send("auto")
    assert by_script.status == 200


@pytest.mark.parametrize("fault", [StoreFull("essai"), StoreBroken("essai"), Busy("essai")])
def test_reading_goes_on_when_nothing_can_be_written(fault: Exception) -> None:
    site = make_site()
    visitor = site.visitor(FERRAND)
    failing(site, fault)
    assert visitor.get(RECORD).status == 200
    lines = map(json.loads, site.journal.getvalue().splitlines())
    assert "consultation not recorded" in {line["event"] for line in lines}


# --- who read what --------------------------------------------------------------------------------

SHOWING = [
    pytest.param(row, who, id=f"{row['route']} {row['at']['id']} {who}")
    for row in MATRIX["cells"]
    for who, status in row["as"].items()
    if row["route"].startswith("GET /documents/{id") and status in {200, 409, 422}
]


@pytest.fixture(scope="module")
def site() -> DemoSite:
    made = make_site()
    _clash(made, _draft(made))
    return made


def reads(site: DemoSite, after: int) -> list[tuple[str, str, int | None]]:
    return [(one.author, one.id, one.revision) for one in site.store.audit(after) if one.action == "read"]


def head(site: DemoSite) -> int:
    return max((one.number for one in site.store.audit()), default=0)


@pytest.mark.parametrize(("row", "who"), SHOWING)
def test_every_consultation_is_recorded(row: dict[str, Any], who: str, site: DemoSite) -> None:
    _method, url, names = _url(site, row)
    id = names.get(row["at"]["id"], row["at"]["id"])
    person, before = MATRIX["people"][who], head(site)
    stored = site.store.get("document", id)
    assert site.visitor(person).get(url).status in {200, 409, 422}
    assert stored is not None
    assert (person, id, stored.revision) in reads(site, before)


def test_the_documents_printed_with_another_are_recorded() -> None:
    site = make_site()
    before = head(site)
    row = next(row for row in MATRIX["cells"] if "sorties" in row["route"] and row["at"]["id"] == "R")
    _method, url, _names = _url(site, row)
    assert site.visitor("p-tournier").get(url).status == 200
    assert {id for _, id, _ in reads(site, before)} == {"l-morel", "d-morel-1", "d-morel-1-bilan"}


@pytest.mark.parametrize(
    "url", ["/", "/fiches/livret", "/fiches/livret/nouveau", "/documents/absent", "/aide"]
)
def test_lists_and_what_is_not_shown_are_no_consultations(url: str, site: DemoSite) -> None:
    before = head(site)
    site.visitor(FERRAND).get(url)
    assert reads(site, before) == []


def test_whoever_is_refused_has_read_nothing(site: DemoSite) -> None:
    before = head(site)
    assert site.visitor("p-nguyen").get(RECORD).status == 404
    assert site.visitor(FERRAND).get(f"/documents/{_draft(site)}").status == 303
    assert reads(site, before) == []


def test_a_save_that_writes_nothing_is_a_consultation() -> None:
    site = make_site()
    page = open_step(site.visitor(FERRAND), _draft(site), "informations")
    page.send("auto")
    before = head(site)
    page.auto()
    assert [(author, id) for author, id, _ in reads(site, before)] == [(FERRAND, _draft(site))]


def test_sessions_come_and_go_unaudited() -> None:
    site = make_site(fresh_store())
    before = head(site)
    visitor = site.visitor(FERRAND)
    visitor.get("/fiches/livret")
    assert head(site) == before

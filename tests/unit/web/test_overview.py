"""Tasks, overviews and exports: what they tell is what may be seen, and what they cost is bounded."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from demo_site import DemoSite, catalogue, make_site
from hypothesis import given
from hypothesis import strategies as st

from renderers.sheets import RISKY, Sheet, as_csv, as_ods
from web import declared, exporting, services
from web.failures import NotFound
from web.screens import overview, tasks

CHEF, TEACHER, ELSEWHERE, PARTNER = "p-tournier", "p-ferrand", "p-marchand", "p-legrand"
PLACE = "e-cesaire"


@pytest.fixture
def site() -> DemoSite:
    return make_site()


def groups(site: DemoSite, who: str) -> dict[str, list[str]]:
    screen = tasks.tasks_page(services.desk(site.deps, who), 1)
    return {group.id: [row.title for row in group.rows] for group in screen.groups}


def test_drafts_wait_for_those_who_make_or_follow_them(site: DemoSite) -> None:
    mine = groups(site, TEACHER)["brouillons"]
    id = services.create_document(site.deps, CHEF, "l-garnier", "ppre")
    assert len(groups(site, TEACHER)["brouillons"]) == len(mine) + 1
    assert id in str(tasks.tasks_page(services.desk(site.deps, CHEF), 1))
    assert "brouillons" not in groups(site, ELSEWHERE) or id not in str(groups(site, ELSEWHERE))


def test_what_somebody_else_sent_back_is_told_apart(site: DemoSite) -> None:
    id = services.create_document(site.deps, TEACHER, "l-garnier", "ppre")
    stored = site.store.get("document", id)
    assert stored is not None
    event = {
        "do": "renvoyer",
        "label": "Renvoyé",
        "by": {"id": CHEF, "label": "H. Tournier"},
        "at": now(site),
    }
    body = stored.body | {"events": [*stored.body["events"], event]}
    with site.store.transaction(CHEF, site.clock()) as tx:
        tx.put("document", id, body, stored.keys, expected_revision=stored.revision)
    screen = tasks.tasks_page(services.desk(site.deps, TEACHER), 1)
    (row,) = next(group for group in screen.groups if group.id == "renvoyes").rows
    assert row.url == f"/documents/{id}" and row.cells[1].text == "Renvoyé, par H. Tournier"


def now(site: DemoSite) -> str:
    return datetime.isoformat(site.clock())


def test_alerts_of_the_day_are_told_to_those_who_may_read(site: DemoSite) -> None:
    watched = [one.id for one in site.store.find("document", {"watched": True}).entries]
    assert watched
    for who in (CHEF, TEACHER, ELSEWHERE, PARTNER, "p-morvan"):
        screen = tasks.tasks_page(services.desk(site.deps, who), 1)
        for group in screen.groups:
            for row in group.rows:
                assert services.desk(site.deps, who).open(row.url.removeprefix("/documents/"))
    assert groups(site, "p-morvan") == {}


def test_a_place_is_looked_over_by_those_whose_role_there_reads(site: DemoSite) -> None:
    assert [id for id, _ in overview.places_overseen(services.desk(site.deps, CHEF))] == [PLACE]
    assert overview.places_overseen(services.desk(site.deps, "p-morvan")) == []
    for who in (ELSEWHERE, PARTNER, "p-morvan", "p-morel"):
        with pytest.raises(NotFound):
            overview.seen(services.desk(site.deps, who), PLACE)


def test_counts_are_those_of_what_may_be_read(site: DemoSite) -> None:
    """What is open to a role at a place is counted, one by one, through the one decision."""
    found = overview.seen(services.desk(site.deps, CHEF), PLACE)
    counted = {one.form.id: len(one.entries) for one in found.forms}
    readable: dict[str, int] = {}
    for entry in site.store.find("document", {}).entries:
        try:
            opened = services.desk(site.deps, CHEF).glance(entry.id)
        except NotFound:
            continue
        readable[opened.state.form.id] = readable.get(opened.state.form.id, 0) + 1
    assert counted == readable
    partner = overview.seen(services.desk(site.deps, PARTNER), _place_of(site, PARTNER))
    for one in partner.forms:
        for entry in one.entries:
            assert services.desk(site.deps, PARTNER).open(entry.id)


def _place_of(site: DemoSite, who: str) -> str:
    return overview.places_overseen(services.desk(site.deps, who))[0][0]


def test_only_states_that_hold_something_are_told(site: DemoSite) -> None:
    page = overview.overview_page(services.desk(site.deps, CHEF), PLACE)
    assert page.bars
    assert all(count for bars in page.bars for _, count in bars.rows)


def test_every_count_has_its_table_and_the_plot_its_numbers(site: DemoSite) -> None:
    page = overview.overview_page(services.desk(site.deps, CHEF), PLACE)
    found = overview.seen(services.desk(site.deps, CHEF), PLACE)
    assert sum(one.count for one in page.plot.columns) == sum(
        len(one.entries) for one in found.forms if one.form.form.index is None
    )
    assert [one.label for one in page.plot.columns][-1] == "novembre 2026"
    assert {bars.total for bars in page.bars if bars.id.startswith("etats")} == {
        len(one.entries) for one in found.forms
    }


def test_lists_that_are_asked_for_are_declared() -> None:
    lists = {(one.kind, frozenset(one.where), one.sort) for one in declared.indexes(catalogue())}
    for names, sort in (
        (("reach", "phase"), ("-created",)),
        (("by", "phase"), ("-created",)),
        (("reach", "watched"), ("created",)),
        (("form", "reach"), ("-created",)),
    ):
        assert ("document", frozenset(names), sort) in lists


# --- exports ------------------------------------------------------------------------------------


def table(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))


def cells(raw: bytes) -> list[list[dict[str, Any]]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.namelist()[0] == "mimetype"
        tree = ElementTree.fromstring(archive.read("content.xml"))
    office = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
    name = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    return [
        [
            {key.removeprefix(office): value for key, value in cell.attrib.items()}
            | {"text": "\n".join(part.text or "" for part in cell)}
            for cell in row.iter(f"{name}table-cell")
        ]
        for row in tree.iter(f"{name}table-row")
    ]


def test_a_list_is_taken_away_as_it_is_seen_and_the_log_says_so(site: DemoSite) -> None:
    answer = site.visitor(CHEF).get("/fiches/livret/export/csv?q=morel")
    assert answer.body.startswith(b"\xef\xbb\xbf") and answer.headers["content-type"].startswith("text/csv")
    heads, *rows = table(answer.body)
    assert [row[0] for row in rows] == ["Morel Lina"] and "Classe" in heads
    logged = [one for one in site.store.audit() if one.action == exporting.EXPORT]
    assert [(one.author, one.id) for one in logged] == [(CHEF, "l-morel")]
    assert table(site.visitor(ELSEWHERE).get("/fiches/livret/export/csv?q=morel").body)[1:] == []


def test_days_are_days_in_a_spreadsheet(site: DemoSite) -> None:
    rows = cells(site.visitor(CHEF).get("/fiches/livret/export/ods").body)
    assert all(
        row[-1]["value-type"] == "date" and date.fromisoformat(row[-1]["date-value"]) for row in rows[1:]
    )
    assert len(rows) == 9


def test_an_overview_is_taken_away_in_sheets(site: DemoSite) -> None:
    rows = cells(site.visitor(CHEF).get(f"/lieux/{PLACE}/export/ods").body)
    assert ["Mis en œuvre", "2"] in [[cell["text"] for cell in row] for row in rows]
    assert [one.id for one in site.store.audit() if one.action == exporting.EXPORT] == [PLACE]


@pytest.mark.parametrize("sign", RISKY)
@pytest.mark.parametrize("before", ["", " ", "\n"])
def test_no_cell_is_a_formula(sign: str, before: str) -> None:
    text = f'{before}{sign}HYPERLINK("http://x";1)'
    sheet = Sheet(text, [text], [[text]])
    for row in table(as_csv([sheet])):
        for cell in row:
            assert not cell.lstrip().startswith(RISKY)
    for line in cells(as_ods([sheet])):
        for one in line:
            assert one["value-type"] == "string" and not any("formula" in key for key in one)


@given(text=st.text(max_size=40))
def test_whatever_a_cell_holds_both_formats_can_be_read(text: str) -> None:
    sheet = Sheet("feuille", ["a"], [[text], [date(2026, 3, 1)], [-3], [None]])
    assert len(cells(as_ods([sheet]))) == 5
    assert as_csv([sheet]).decode("utf-8-sig").endswith('2026-03-01\r\n-3\r\n""\r\n')

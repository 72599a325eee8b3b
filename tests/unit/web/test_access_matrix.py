"""The access matrix, cell by cell: every route, who passes and who doesn't. A route without a row fails."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from demo_site import DemoSite, make_site
from litestar.routes import HTTPRoute
from web_trial import without_token

MATRIX = json.loads((Path(__file__).parent.parent / "cases" / "acces.json").read_text(encoding="utf-8"))
CELLS = [
    pytest.param(row, who, status, id=f"{row['route']} {list(row.get('at', {}).values())} {who}")
    for row in MATRIX["cells"]
    for who, status in row["as"].items()
]


def _draft(site: DemoSite) -> str:
    found = site.store.find("document", {"form": "ppre", "subject": "l-morel", "state": "brouillon"}).entries
    return found[0].id


def _clash(site: DemoSite, draft: str) -> str:
    """Two versions of an answer that wait for the responsible teacher."""
    body = {
        "document": draft,
        "person": "p-ferrand",
        "step": "informations",
        "at": site.clock().isoformat(),
        "leaves": [{"leaf": ["duree"], "mine": 5, "theirs": 7}],
        "merged": [],
    }
    with site.store.transaction("p-ferrand", site.clock()) as tx:
        tx.put("clash", "C", body, {"document": draft, "person": "p-ferrand"}, expected_revision=0)
    return "C"


def _url(site: DemoSite, row: dict[str, Any]) -> tuple[str, str, dict[str, str]]:
    method, template = row["route"].split(" ")
    names = {**MATRIX["documents"], "B": _draft(site)}
    values = {
        key: names.get(value, value) if key == "id" else value for key, value in row.get("at", {}).items()
    }
    if "clash" in values and site.store.get("clash", "C") is None:
        _clash(site, names["B"])
    return method, re.sub(r"\{(\w+):str\}", lambda found: values[found[1]], template), names


@pytest.fixture(scope="module")
def read_only() -> DemoSite:
    """One site for every cell that only reads."""
    site = make_site()
    _clash(site, _draft(site))
    return site


@pytest.mark.parametrize(("row", "who", "expected"), CELLS)
def test_cell(row: dict[str, Any], who: str, expected: int, read_only: DemoSite) -> None:
    site = read_only if row["route"].startswith("GET") else make_site()
    method, url, names = _url(site, row)
    visitor = site.visitor(MATRIX["people"][who])
    before = {name: site.store.get("document", id) for name, id in names.items()}
    if method == "GET":
        answer = visitor.get(url)
    else:
        pairs = [
            (name, _revision(site, names, value) if name == "_revision" else value)
            for name, value in row.get("post", [])
        ]
        answer = visitor.post(url, pairs)
    sent = answer.headers.get("location", "").startswith("/connexion?suite=")
    got = 0 if sent or (expected == 0 and answer.status == 403) else answer.status
    assert got == expected, (answer.status, answer.headers.get("location"), site.incidents())
    if method == "POST" and answer.status != 303:
        assert before == {name: site.store.get("document", id) for name, id in names.items()}


def _revision(site: DemoSite, names: dict[str, str], value: str) -> str:
    stored = site.store.get("document", names[value]) if value in names else None
    return value if stored is None else str(stored.revision)


def test_every_route_has_a_row() -> None:
    site = make_site()
    served = {
        f"{method} {route.path_format if hasattr(route, 'path_format') else route.path}"
        for route in site.app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method not in {"OPTIONS", "HEAD"}
    }
    written = {re.sub(r":str\}", "}", row["route"]) for row in MATRIX["cells"]}
    missing = {one for one in served if "/static" not in one} - written
    assert not missing, f"routes without a row in acces.json: {sorted(missing)}"


def test_a_thing_of_another_place_answers_like_one_that_does_not_exist() -> None:
    site = make_site()
    visitor = site.visitor("p-marchand")
    here = visitor.get("/documents/l-morel")
    nowhere = visitor.get("/documents/absent")
    same = [(one.status, without_token(one.body.decode()), one.headers) for one in (here, nowhere)]
    assert same[0] == same[1]

"""Options found by their words in long lists: which, how many, in which order; bounded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.finding import MOST, search
from engine.offers import Offer
from tests.unit.worlds import state_of

CASES = json.loads((Path(__file__).parents[1] / "cases/finding.json").read_text("utf-8"))["cases"]


def offer_of(options: list[dict[str, Any]], stored: Any = None) -> Offer:
    field = {"id": "c", "type": "choice", "label": "Choix", "options": options}
    state = state_of(
        {"steps": [{"id": "s", "title": "S", "items": [field]}]}, {} if stored is None else {"c": stored}
    )
    offer = state.offers["c",]
    assert isinstance(offer, Offer)
    return offer


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    options = [{"code": code, "label": label} for code, label in case["options"].items()]
    found = search(offer_of(options), case["text"], case["most"])
    assert [list(found.codes), found.total] == [case["codes"], case["total"]]


def test_only_so_many_matches_are_counted() -> None:
    offer = offer_of([{"code": f"c{n}", "label": f"Ville {n}"} for n in range(100)])
    assert search(offer, "ville", 5).total == 100 < MOST
    assert offer.exceeds(99) and not offer.exceeds(100)

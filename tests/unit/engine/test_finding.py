"""Options found by their words in long lists: which, how many, in which order; bounded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.finding import MOST, search
from engine.offers import Offer
from engine.word_index import WordIndex, words_of
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


WORDS = st.sampled_from(["été", "Éte", "œuf", "n°", "3", "31", "d'eau", "deau", "%", "Lire"])


TEXTS = st.lists(WORDS, max_size=4).map(" ".join)


@given(st.lists(TEXTS, max_size=12), TEXTS)
def test_an_index_finds_what_reading_every_label_finds(labels: list[str], text: str) -> None:
    wanted = words_of(text)
    by_hand = {
        n
        for n, label in enumerate(labels)
        if wanted and all(any(word.startswith(one) for word in words_of(label)) for one in wanted)
    }
    assert WordIndex(labels).holding(wanted) == by_hand

"""Every form of the house filled as a person would, from its button to its paper."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Enter
from tests.e2e.filling import Journey
from web.catalogue import Catalogue

JOURNEYS = Path(__file__).parents[1] / "unit/cases/journeys"
CASES: Mapping[str, Any] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(JOURNEYS.glob("*.json"))
}
PLAYED = [(name, script) for name, case in CASES.items() for script in case["scripts"]]
SEEN: set[str] = set()


@pytest.mark.parametrize(("name", "script"), PLAYED)
def test_a_form_is_filled_to_its_paper(enter: Enter, name: str, script: bool) -> None:
    journey = Journey(lambda login: enter(login, java_script_enabled=script), script, SEEN)
    journey.play(CASES[name]["acts"])


def test_each_form_has_its_journey(catalogue: Catalogue) -> None:
    assert set(CASES) == {form for form, _ in catalogue.forms}


@pytest.mark.parametrize("name", CASES)
def test_a_journey_ends_on_paper_or_says_why_not(catalogue: Catalogue, name: str) -> None:
    form = catalogue.start(name)
    assert form is not None
    prints = any("paper" in act for act in CASES[name]["acts"])
    assert prints == bool(form.form.outputs)
    assert ("paperless" in CASES[name]) == (not prints)


def test_each_kind_of_question_is_answered_with_a_script_and_without(catalogue: Catalogue) -> None:
    with_script, without = (
        {kind for name, script in PLAYED if script is wanted for kind in _kinds(catalogue, name)}
        for wanted in (True, False)
    )
    assert with_script == without


def _kinds(catalogue: Catalogue, name: str) -> set[str]:
    form = catalogue.start(name)
    assert form is not None
    return {item.type for item in form.skeleton.items.values() if item.is_field}

"""Roles drawn from others: `tests/unit/cases/drawn.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine import model
from engine.access import roles_on
from engine.drawn import with_drawn
from tests.unit.worlds import ROLES

CASES = json.loads((Path(__file__).parents[1] / "cases" / "drawn.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["description"]))
def test_case(case: dict[str, Any]) -> None:
    drawn = {"id": "tire", "label": "Tiré", "among": "gardien", "when": case["when"]}
    roles = model.Roles.model_validate({**ROLES, "roles": [*ROLES["roles"], drawn]})
    held = with_drawn(
        roles, case["assigned"], case["attributes"], lambda place: case.get("places", {}).get(place, {})
    )
    for place, wanted in case["at"].items():
        assert sorted(roles_on(roles, "p1", held, frozenset({place}), {})) == sorted(wanted)

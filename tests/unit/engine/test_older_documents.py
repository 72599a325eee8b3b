"""Rights are the newest version's: what they read may be unknown to the version of an older document."""

from __future__ import annotations

from typing import Any

import pytest

from engine.reading import validate
from engine.scenarios import Scenario, run
from tests.unit.worlds import form_of, make_world

RECORD: dict[str, Any] = {"nature": "record", "items": [{"id": "nom", "type": "text"}]}
OLD: dict[str, Any] = {"items": [{"id": "nb", "type": "number"}]}
NEW: dict[str, Any] = {
    "items": [{"id": "nb", "type": "number"}],
    "values": {"ouvert_a_tous": {"label": "Ouvert à tous", "value": True}},
    "collections": {"autres": {"label": "Autres", "forms": ["essai"], "about": "subject"}},
    "conditions": {
        "grand": {"label": "c'est grand", "when": {"ref": "nb", "op": "gt", "value": 3}},
        "ouverte": {"label": "c'est ouvert", "when": {"ref": "ouvert_a_tous", "op": "is", "value": True}},
        "seul": {"label": "il n'y en a pas d'autre", "when": {"not": {"some": "autres"}}},
    },
}
READS = {  # the condition of the right -> who may read an older document with a large number
    "grand": True,
    "ouverte": False,
    "seul": True,
}


@pytest.mark.parametrize("condition", READS)
def test_a_right_that_names_what_is_new_still_decides(condition: str) -> None:
    right = {"who": ["visiteur"], "may": ["read"], "when": {"condition": condition}}
    new = {**NEW, "access": {"rights": [right]}}
    forms = [form_of(OLD, "essai"), {**form_of(new, "essai"), "version": "2.0.0"}]
    made = make_world([form_of(RECORD, "dossier"), *forms])
    assert not made.faults, "\n".join(map(str, made.faults))
    scenario = {
        "form": "essai",
        "version": "1.0.0",
        "title": "Un document ancien",
        "today": "2026-10-05",
        "user": {"person": "p1", "roles": ["visiteur"]},
        "subject": {"nom": "Zoé"},
        "state": "ouvert",
        "answers": {"nb": 5},
        "expect": {"readable" if READS[condition] else "unreadable": ["nb"]},
    }
    assert [str(one) for one in run(validate(scenario, "essai.json", Scenario), made.forms)] == []

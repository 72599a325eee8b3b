"""Every case of `cases/faults`: what is wrong is said where it is, and nothing else is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.faults import Fault
from engine.language import language_schema
from tests.unit.engine.fault_world import CASES, compile_world, patched, read_world, tiny_world

FILES = sorted(path.stem for path in CASES.glob("*.json") if path.stem != "world")
ALL = [
    pytest.param(case, id=f"{name}: {case['description']}")
    for name in FILES
    for case in json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
]


def test_the_tiny_world_is_faultless() -> None:
    forms, faults = compile_world(tiny_world())
    assert not faults
    assert set(forms) == {("fiche", "1.0.0"), ("dossier", "1.0.0"), ("suite", "1.0.0")}


@pytest.mark.parametrize("case", ALL)
def test_exactly_these_faults(case: dict[str, Any]) -> None:
    _, faults = compile_world(patched(tiny_world(), case["files"]))
    files = list(case["files"])
    unmet = [one for one in case["expect"] if not any(_meets(fault, one, files[0]) for fault in faults)]
    surprising = [
        str(fault) for fault in faults if not any(_meets(fault, one, files[0]) for one in case["expect"])
    ]
    assert not unmet, (unmet, list(map(str, faults)))
    assert not surprising
    assert len(faults) == len(case["expect"]), list(map(str, faults))


def _meets(fault: Fault, expected: dict[str, str], file: str) -> bool:
    texts = expected["text"]
    return (
        fault.file == expected.get("file", file)
        and fault.path == expected["path"]
        and all(text in fault.text for text in ([texts] if isinstance(texts, str) else texts))
    )


def test_there_are_many_faulty_definitions() -> None:
    assert sum(bool(case.values[0]["expect"]) for case in ALL) >= 60


# --- the JSON Schema agrees on shapes -----------------------------------------------------------


@pytest.fixture(scope="module")
def grammar() -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(language_schema())


@pytest.mark.parametrize("case", ALL)
def test_the_schema_and_the_models_agree(case: dict[str, Any], grammar: Any) -> None:
    files = patched(tiny_world(), case["files"])
    models, _ = read_world(files)
    for name, data in files.items():
        assert grammar.is_valid(data) == (name in models), name

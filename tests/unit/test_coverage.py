"""What scenarios reach: the shipped forms entirely, a new one by examples that are written for its holes."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cli.coverage import cover
from cli.scenarios import covered, find, play
from engine.scenarios.examples import examples
from tests.unit.worlds import ROOT, World, make_world
from web.catalogue import load, working

ENTIRELY = ["ppre", "bilan"]
FORM: dict[str, Any] = {
    "conditions": {"long": {"label": "c'est long", "when": {"ref": "nb", "op": "gt", "value": 3}}},
    "steps": [
        {
            "id": "une",
            "title": "Une",
            "items": [
                {"id": "nb", "type": "number"},
                {"id": "motif", "type": "text", "when": {"condition": "long"}},
                {
                    "id": "jamais",
                    "type": "text",
                    "when": {
                        "all": [{"ref": "nb", "op": "gt", "value": 3}, {"ref": "nb", "op": "lt", "value": 3}]
                    },
                },
                {"id": "teinte", "type": "choice", "list": "couleurs"},
                {"id": "lignes", "type": "rows", "items": [{"id": "sens", "type": "choice", "list": "sens"}]},
            ],
        }
    ],
}
SEED: dict[str, Any] = {
    "form": "essai",
    "title": "Rien",
    "today": "2026-10-05",
    "user": {"person": "p1", "roles": ["gardien"]},
    "subject": {"nom": "Zoé"},
    "state": "ouvert",
    "expect": {"state": "ouvert"},
}


@pytest.fixture(scope="module")
def world() -> World:
    return make_world({"essai": FORM})


def written(folder: Path, *raws: Any) -> list[Path]:
    """Write scenarios."""
    paths = [folder / f"{n}.json" for n, _ in enumerate(raws)]
    for path, raw in zip(paths, raws, strict=True):
        path.write_text(json.dumps(raw), "utf-8")
    return paths


@pytest.mark.parametrize("name", ENTIRELY)
def test_the_shipped_scenarios_reach_everything(name: str) -> None:
    folders = (ROOT / "definitions", ROOT / "referentiels")
    for catalogue in (load(*folders), working(*folders)):
        form = catalogue.newest(name)
        assert form is not None
        found = cover(form, catalogue.forms, find([ROOT / "definitions" / name]))
        assert [one.words for one in found.holes] == [], form.version
        assert {one.kind for one in found.wanted} == {"condition", "choice", "transition", "access"}


def test_what_is_published_and_what_is_written_are_each_told() -> None:
    out = io.StringIO()
    covered([ROOT / "definitions" / name for name in ENTIRELY], out)
    lines = [line.partition(" :")[0] for line in out.getvalue().splitlines() if line]
    assert lines == [
        "PPRE et son bilan 1.1.0 (en vigueur et de travail)",
        "PPRE 3.1.0 (en vigueur)",
        "PPRE 3.2.0 (de travail)",
    ]


def test_what_is_not_reached_is_named(world: World, tmp_path: Path) -> None:
    found = cover(world.form("essai"), world.forms, written(tmp_path, SEED))
    holes = {(one.kind, one.key) for one in found.holes}
    assert ("condition", ("$.conditions.long", "vrai")) in holes
    assert ("condition", ("$.conditions.long", "faux")) not in holes, "an unanswered number is not long"
    assert ("choice", ("teinte", "rouge")) in holes
    assert ("choice", ("lignes.sens", "oui")) in holes
    assert ("transition", ("fermer", "ouvert")) in holes
    assert ("access", ("gardien", "ouvert")) in holes, "a state alone says nothing of rights"
    words = {one.words for one in found.wanted}
    assert not any("jamais" in one and "vrai" in one for one in words)
    assert not [one for one in found.wanted if one.key == ("$.steps[0].items[2].when", "vrai")], (
        "proved impossible"
    )


def test_what_a_scenario_does_is_reached(world: World, tmp_path: Path) -> None:
    seed = {
        **SEED,
        "answers": {"nb": 5, "teinte": ["vert"]},
        "expect": {"actions": {"fermer": "ready"}},
        "then": [{"do": "fermer", "expect": {"state": "clos", "writable": []}}],
    }
    holes = {
        (one.kind, one.key) for one in cover(world.form("essai"), world.forms, written(tmp_path, seed)).holes
    }
    reached = [
        ("condition", ("$.conditions.long", "vrai")),
        ("choice", ("teinte", "vert")),
        ("transition", ("fermer", "ouvert")),
        ("access", ("gardien", "ouvert")),
        ("access", ("gardien", "clos")),
    ]
    assert not holes & set(reached)


def test_a_scenario_that_fails_is_no_seed_of_anything(world: World, tmp_path: Path) -> None:
    wrong = {**SEED, "answers": {"inconnu": 1}}
    other = {**SEED, "form": "dossier"}
    found = cover(world.form("essai"), world.forms, written(tmp_path, wrong, other, []))
    assert not found.seeds
    assert len(found.holes) == len(found.wanted)


def test_the_examples_fill_the_holes(world: World, tmp_path: Path) -> None:
    form = world.form("essai")
    first = cover(form, world.forms, written(tmp_path, SEED))
    made = examples(form, world.forms, [SEED], first.holes)
    names = [name for name, _ in made]
    assert len(set(names)) == len(names)
    again = cover(form, world.forms, written(tmp_path, SEED, *(raw for _, raw in made)))
    assert [one.words for one in again.holes] == []


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The definitions, with one scenario of a form left."""
    for folder in ("definitions", "referentiels"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for path in (tmp_path / "definitions/bilan/scenarios").glob("*.json"):
        if path.stem != "renouvellement":
            path.unlink()
    return tmp_path


def said(project: Path, *, write: bool = False) -> tuple[int, str]:
    out = io.StringIO()
    return covered([project / "definitions/bilan"], out, write=write, root=project), out.getvalue()


def test_the_command_says_what_is_missing_and_writes_nothing(project: Path) -> None:
    before = sorted(project.rglob("*.json"))
    status, text = said(project)
    assert status == 1
    assert "Conditions qu'aucun scénario n'atteint" in text
    assert "« Abandonner le brouillon » depuis « Bilan en cours »  [$.lifecycle.actions.abandonner]" in text
    assert sorted(project.rglob("*.json")) == before


def test_the_command_writes_examples_that_pass(project: Path) -> None:
    folder = project / "definitions/bilan/scenarios"
    taken = folder / "exemple-droits-abandonne.json"
    taken.write_text("{}", "utf-8")
    assert "Écrit : exemple-droits-abandonne-2.json" in said(project, write=True)[1]
    assert taken.read_text("utf-8") == "{}"
    taken.unlink()
    out = io.StringIO()
    assert play([folder], out, project) == 0, out.getvalue()
    assert said(project)[1].count("« ") < 40, "hardly anything is left"


def test_a_folder_without_scenarios_is_said(tmp_path: Path) -> None:
    out = io.StringIO()
    assert covered([tmp_path], out, root=ROOT) == 2
    assert covered([tmp_path / "absent"], out, root=ROOT) == 2
    assert "n'existe pas" in out.getvalue()

"""Every scenario of the definitions passes, and each of its expectations could fail."""

from __future__ import annotations

import copy
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cli.scenarios import find, play
from engine.compile import CompiledForm
from engine.drafting import version_key
from engine.reading import validate
from engine.scenarios import Failure, Scenario, run
from engine.scenarios.cast import guarded
from tests.unit.worlds import ROOT, real_world
from web import trials
from web.catalogue import load, working

DEFINITIONS = ROOT / "definitions"
SCENARIOS = sorted(str(path.relative_to(DEFINITIONS)) for path in DEFINITIONS.glob("*/scenarios/*.json"))
AT_LEAST = 5


def played(data: Any) -> list[Failure]:
    """Play a scenario with the published definitions."""
    return run(validate(data, "essai.json", Scenario), real_world().forms)


@cache
def raw(path: str) -> Any:
    """A scenario as its author wrote it."""
    return json.loads((DEFINITIONS / path).read_text("utf-8"))


@cache
def worlds() -> tuple[trials.World, trials.World]:
    """What is published, and the working copies over it."""
    referentiels = ROOT / "referentiels"
    return trials.world(load(DEFINITIONS, referentiels)), trials.world(working(DEFINITIONS, referentiels))


def on(path: str) -> tuple[str, ...]:
    """The published versions that a scenario guards."""
    return guarded(validate(raw(path), path, Scenario), real_world().forms)


@pytest.mark.parametrize("path", SCENARIOS)
def test_scenario(path: str) -> None:
    found = trials.outcome(DEFINITIONS / path, path, *worlds())
    assert not found.wrong, "\n".join([found.title, *found.wrong])


def test_every_form_has_its_scenarios() -> None:
    counts = Counter(raw(path)["form"] for path in SCENARIOS)
    assert {form for form, _ in real_world().forms} == set(counts)
    assert min(counts.values()) >= AT_LEAST, counts
    versions = {(raw(path)["form"], version) for path in SCENARIOS for version in on(path)}
    assert versions >= set(real_world().forms), "a published version has no scenario"


def test_what_is_in_force_and_the_working_copies_are_guarded_by_most_scenarios() -> None:
    for one in worlds():
        for form in {form for form, _ in one.forms}:
            mine = [validate(raw(path), path, Scenario) for path in SCENARIOS if raw(path)["form"] == form]
            newest = max((version for name, version in one.forms if name == form), key=version_key)
            held = [scenario for scenario in mine if newest in guarded(scenario, one.forms)]
            assert len(held) >= 0.75 * len(mine), (form, newest)


VERSIONS = ["1.0.0", "1.2.0", "1.10.0", "2.0.0"]
GUARDED: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["2.0.0"]),
    ({"version": "1.2.0"}, ["1.2.0"]),
    ({"version": "1.3.0"}, []),
    ({"since": "1.2.0"}, ["1.2.0", "1.10.0", "2.0.0"]),
    ({"until": "1.10.0"}, ["1.0.0", "1.2.0", "1.10.0"]),
    ({"since": "1.1.0", "until": "1.9.0"}, ["1.2.0"]),
    ({"since": "2.0.1"}, []),
]


@pytest.mark.parametrize(("given", "wanted"), GUARDED)
def test_a_scenario_guards_the_newest_version_or_those_that_it_says(
    given: dict[str, str], wanted: list[str]
) -> None:
    form = real_world().form("livret")
    scenario = validate({**raw(SCENARIOS[0]), "form": "livret", "since": None, **given}, "x", Scenario)
    forms = {("livret", version): form for version in VERSIONS} | {("autre", "9.0.0"): form}
    assert list(guarded(scenario, forms)) == wanted


AGAINST: list[tuple[dict[str, str], str]] = [
    ({"version": "1.0.0", "since": "1.0.0"}, "« version » seule, ou « since » et « until »"),
    ({"since": "1.1.0", "until": "1.0.0"}, "une version qui ne précède pas 1.1.0"),
    ({"since": "7.0.0"}, "aucune n'est là"),
    ({"version": "7.0.0"}, "une version de « livret »"),
]


@pytest.mark.parametrize(("given", "words"), AGAINST)
def test_a_scenario_that_guards_nothing_fails(given: dict[str, str], words: str, tmp_path: Path) -> None:
    data = raw(next(path for path in SCENARIOS if path.startswith("livret/")))
    path = tmp_path / "x.json"
    kept = {key: value for key, value in data.items() if key not in {"version", "since"}}
    path.write_text(json.dumps(kept | given), "utf-8")
    found = trials.outcome(path, "x.json", *worlds())
    assert any(words in one for one in found.wrong), found.wrong


def test_a_failure_says_on_which_versions(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    data = {**raw("ppre/scenarios/trois-domaines.json"), "since": "1.0.0"}
    path.write_text(json.dumps({key: one for key, one in data.items() if key != "version"}), "utf-8")
    found = trials.outcome(path, "x.json", *worlds())
    assert "1.0.0" in found.versions and "3.2.0 de travail" in found.versions
    assert found.wrong and all(
        "[versions 2.0.0, 2.0.1, 3.0.0, 3.1.0 et 3.2.0 de travail]" in one for one in found.wrong
    )


# --- none of them says nothing ------------------------------------------------------------------

Wrong = Callable[[Any, CompiledForm], Any]
NOWHERE = {"form": "livret", "answers": {}}


def first_field(form: CompiledForm) -> str:
    """A field of a form."""
    return next(name for name, item in form.skeleton.named.items() if item.is_field)


def other_state(wanted: str, form: CompiledForm) -> str:
    """Another state of a form."""
    return next(state.id for state in form.form.lifecycle.states if state.id != wanted)


def other_status(wanted: Mapping[str, str], form: CompiledForm) -> Any:
    """Other outcomes of actions."""
    if not wanted:
        return {next(iter(form.actions)): "ready"}
    return {name: "ready" if status == "impossible" else "impossible" for name, status in wanted.items()}


# kind -> (kind, expectation) that cannot hold where the author's does
WRONG: Mapping[str, tuple[str, Wrong]] = {
    "visible": ("hidden", lambda wanted, _: wanted),
    "hidden": ("visible", lambda wanted, _: wanted),
    "values": ("values", lambda wanted, _: dict.fromkeys(wanted, "autre chose")),
    "problems": ("problems", lambda wanted, form: [*wanted, {"at": first_field(form), "code": "jamais"}]),
    "missing": ("missing", lambda _, form: list(form.skeleton.named)),
    "gates": (
        "gates",
        lambda wanted, _: {one: "complete" if was != "complete" else "open" for one, was in wanted.items()},
    ),
    "shown": ("shown", lambda wanted, _: {name: [*lines, "Autre"] for name, lines in wanted.items()}),
    "offered": ("not_offered", lambda wanted, _: wanted),
    "not_offered": ("offered", lambda wanted, _: wanted),
    "readable": ("unreadable", lambda wanted, _: wanted),
    "unreadable": ("readable", lambda wanted, _: wanted),
    "writable": ("writable", lambda wanted, form: [] if wanted else [first_field(form)]),
    "suggestible": ("suggestible", lambda wanted, form: [] if wanted else [first_field(form)]),
    "actions": ("actions", other_status),
    "state": ("state", other_state),
    "subject": ("subject", lambda wanted, _: dict.fromkeys(wanted, "autre chose")),
    "links": ("links", lambda wanted, _: dict.fromkeys(wanted, "finalise")),
    "created": ("created", lambda wanted, _: [*wanted, NOWHERE]),
    "ignored": ("visible", lambda wanted, _: wanted),  # holds, but the change is then said not to be kept
    "frozen": ("writable", lambda wanted, _: wanted),
    "closed": ("closed", lambda wanted, form: [] if wanted else [form.form.access.closed[0].id]),
}


def perverted() -> Iterator[Any]:
    """Every expectation of every scenario, replaced by one that cannot hold."""
    for path in SCENARIOS:
        scenario = raw(path)
        for index, moment in enumerate([scenario, *scenario.get("then", [])]):
            for kind in moment.get("expect", {}):
                yield pytest.param(path, index, kind, id=f"{path} {index} {kind}")


@pytest.mark.parametrize(("path", "index", "kind"), list(perverted()))
def test_no_expectation_holds_whatever_happens(path: str, index: int, kind: str) -> None:
    scenario = copy.deepcopy(raw(path))
    version = on(path)[-1]
    form = real_world().form(scenario["form"], version)
    scenario = {**scenario, "version": version, "since": None}
    moment = scenario if index == 0 else scenario["then"][index - 1]
    key, wrong = WRONG[kind]
    moment["expect"] = {key: wrong(moment["expect"][kind], form)}
    found = played(scenario)
    where = "$" if index == 0 else f"$.then[{index - 1}]"
    assert any(one.where.startswith(f"{where}.") for one in found), found
    assert all("attendu" in str(one) and "obtenu" in str(one) for one in found)


# --- the command --------------------------------------------------------------------------------


def test_the_command_says_a_line_a_scenario_and_a_summary() -> None:
    out = io.StringIO()
    assert play([DEFINITIONS / "livret"], out) == 0
    lines = out.getvalue().splitlines()
    assert len(lines) == 1 + sum(path.startswith("livret/") for path in SCENARIOS)
    assert all(line.startswith("réussi  definitions/livret/scenarios/") for line in lines[:-1])
    assert lines[-1].endswith("tout est comme attendu.")


def test_the_command_says_what_fails_and_where(tmp_path: Path) -> None:
    right, wrong, broken = (tmp_path / f"{name}.json" for name in ("juste", "faux", "illisible"))
    plan = next(path for path in SCENARIOS if path.startswith("ppre/"))
    shutil.copy(DEFINITIONS / plan, right)
    scenario = {**raw(plan), "expect": {"state": "abandonne"}, "then": []}
    wrong.write_text(json.dumps(scenario), "utf-8")
    broken.write_text('{"form": "livret", "formm": 1}', "utf-8")
    out = io.StringIO()
    assert play([right, wrong, broken], out) == 1
    versions = trials.outcome(right, "x", *worlds()).versions
    said = out.getvalue()
    assert f"échec   {wrong}  {scenario['title']} ({', '.join(versions)})\n        $.expect.state : " in said
    assert "attendu l'état « abandonne »" in said
    assert "clé inconnue « formm ». Vouliez-vous dire « form » ?" in said
    assert said.endswith("3 scénarios, dont 2 en échec.\n")


def test_the_command_finds_scenarios_or_says_that_there_are_none(tmp_path: Path) -> None:
    assert [str(path.relative_to(DEFINITIONS)) for path in find([DEFINITIONS])] == SCENARIOS
    assert find([DEFINITIONS / "livret" / "scenarios"]) == find([DEFINITIONS / "livret"])
    out = io.StringIO()
    assert play([tmp_path], out) == play([tmp_path / "absent"], out) == 2
    assert out.getvalue() == f"Aucun scénario ici.\n{tmp_path / 'absent'} n'existe pas.\n"

"""The forms of `definitions/` and the data of `demo/`: shape, references, exact labels."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.compile import compile_all
from engine.drafting import Library
from engine.model import Block, CodeList, Form, Roles
from engine.referentiels import listing_of

HOUSE = Path(__file__).resolve().parents[2]
ROOT = HOUSE / "definitions"
LISTS = HOUSE / "referentiels"
DEMO = HOUSE / "demo"
FORMS = sorted(p.parent.name for p in ROOT.glob("*/form.json"))
PUBLISHED = sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("*/versions/*.json"))
FILES = [f"{form}/form.json" for form in FORMS] + PUBLISHED
SCENARIOS = sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("*/scenarios/*.json"))
CASES = json.loads((Path(__file__).parent / "cases" / "libelles_exacts.json").read_text(encoding="utf-8"))[
    "cases"
]
CHOICES = frozenset({"choice", "cascade", "checklist"})

Json = dict[str, Any]


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read(path: str) -> Json:
    data = load(ROOT / path)
    assert isinstance(data, dict)
    return data


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@cache
def block(name: str) -> Any:
    return read(f"blocks/{name}.json")["items"]


def whole(node: Any) -> Any:
    """A definition with its blocks copied in, as publication does."""
    if isinstance(node, list):
        return [whole(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") in {"rows", "group"} and isinstance(node["items"], str):
        node = {**node, "items": block(node["items"])}
    return {key: whole(value) for key, value in node.items()}


def walk(node: Any) -> Iterator[Json]:
    if isinstance(node, list):
        for one in node:
            yield from walk(one)
    elif isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)


def items(form: Json) -> dict[str, Json]:
    """Items that have an id, by id; those inside rows and groups are keyed `rows.item`."""
    found: dict[str, Json] = {}

    def visit(specs: list[Json], prefix: str) -> None:
        for spec in specs:
            key = prefix + spec["id"]
            assert key not in found, f"{key} twice"
            found[key] = spec
            inside = f"{key}." if spec["type"] in {"rows", "group"} else prefix
            visit(spec.get("items", []), inside)

    for step in whole(form)["steps"]:
        visit(step["items"], "")
    return found


@cache
def codes(name: str) -> dict[str, Json]:
    return {item["code"]: item for item in walk(load(LISTS / name / "list.json")["items"]) if "code" in item}


# --- files ---------------------------------------------------------------------------------------


def test_each_form_is_published() -> None:
    assert {path.split("/")[0] for path in PUBLISHED} == set(FORMS)
    known = ["bilan/versions/1.0.0", "livret/versions/1.0.0", "ppre/versions/1.0.0", "ppre/versions/2.0.0"]
    assert {f"{name}.json" for name in known} <= set(PUBLISHED)


@pytest.mark.parametrize("path", FILES)
def test_form_has_the_shape_of_the_language(path: str) -> None:
    form = Form.model_validate(read(path))
    assert form.form == path.split("/")[0]


def test_blocks_and_roles_have_the_shape_of_the_language() -> None:
    for path in ROOT.glob("blocks/*.json"):
        assert Block.model_validate(load(path)).block == path.stem
    Roles.model_validate(read("roles.json"))


def test_manifest_covers_exactly_the_published_files() -> None:
    manifest = read("manifest.json")
    assert list(manifest) == PUBLISHED


@pytest.mark.parametrize("path", PUBLISHED)
def test_published_file_is_untouched(path: str) -> None:
    assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == read("manifest.json")[path]
    form = read(path)
    assert path == f"{form['form']}/versions/{form['version']}.json"
    assert form == whole(form), "a block is not copied in"


@pytest.mark.parametrize("path", PUBLISHED)
def test_published_file_pins_the_lists_that_it_uses(path: str) -> None:
    form = read(path)
    used = {spec["list"] for spec in items(form).values() if spec["type"] in CHOICES and "list" in spec}
    assert set(form.get("pins", {})) == used
    for name, version in form.get("pins", {}).items():
        assert (LISTS / name / "versions" / f"{version}.json").is_file(), name


@pytest.mark.parametrize("name", FORMS)
def test_working_copy_equals_or_follows_the_newest_version(name: str) -> None:
    working = whole(read(f"{name}/form.json"))
    versions = [read(path) for path in PUBLISHED if path.startswith(f"{name}/")]
    newest = max(versions, key=lambda form: number(form["version"]))
    if working["version"] == newest["version"]:
        assert working == {key: value for key, value in newest.items() if key != "pins"}
    else:
        assert number(working["version"]) > number(newest["version"])


# --- references ----------------------------------------------------------------------------------


def library(files: list[str]) -> Library:
    forms: dict[str, dict[str, tuple[str, Form]]] = {}
    for path in files:
        form = Form.model_validate(read(path))
        forms.setdefault(form.form, {})[form.version] = (path, form)
    lists: dict[str, dict[str, Any]] = {}
    for file in LISTS.glob("*/versions/*.json"):
        code_list = CodeList.model_validate(load(file))
        lists.setdefault(code_list.list, {})[code_list.version] = listing_of(code_list)
    blocks = {path.stem: Block.model_validate(load(path)) for path in ROOT.glob("blocks/*.json")}
    return Library(forms, blocks, lists, Roles.model_validate(read("roles.json")))


@pytest.mark.parametrize(
    "files", [PUBLISHED, sorted(FILES, reverse=True)], ids=["published", "with working copies"]
)
def test_every_definition_compiles_without_fault(files: list[str]) -> None:
    compiled, faults = compile_all(library(files))
    assert [str(fault) for fault in faults] == []
    assert {(form["form"], form["version"]) for form in map(read, files)} == set(compiled)


@pytest.mark.parametrize("path", FILES)
def test_life_cycle_access_and_outputs_name_what_exists(path: str) -> None:
    form = read(path)
    roles = read("roles.json")
    steps = {step["id"] for step in form["steps"]}
    fields = items(form)
    states = {state["id"] for state in form["lifecycle"]["states"]}
    actions = {action["id"] for action in form["lifecycle"]["actions"]}
    who = {role["id"] for role in roles["roles"]} | set(roles["groups"])
    for state in form["lifecycle"]["states"]:
        assert set(state.get("open", [])) <= steps
    for action in form["lifecycle"]["actions"]:
        assert {*action["from"], action["to"]} <= states
        assert set(action.get("needs", [])) <= steps
        for caller in action.get("called_by", []):
            other, name = caller.split(".")
            assert name in {one["id"] for one in read(f"{other}/form.json")["lifecycle"]["actions"]}
    for right in form["access"]["rights"]:
        assert set(right["who"]) <= who
        assert set(right["may"]) <= {"create", "read", "write", "print", "suggest"} | actions
        assert set(right.get("in", [])) <= states
    for output in form.get("outputs", []):
        assert output.get("as", "famille") in who
        assert output.get("like", output["id"]) in {one["id"] for one in form["outputs"]}
        for part in output.get("parts", []):
            assert set(part["of"]) <= steps | set(fields), part["title"]
    for card in form.get("page", {}).get("cards", []):
        assert {name for name in card.get("show", []) if not name.startswith("document.")} <= set(fields)
        assert card.get("edit", {"step": next(iter(steps))})["step"] in steps
    for column in form.get("index", {}).get("columns", []):
        assert column in fields or column in form.get("collections", {})


def test_roles_held_in_a_field_name_a_person_field() -> None:
    for role in read("roles.json")["roles"]:
        if "held_in" in role:
            form, name = role["held_in"].split(".")
            assert items(read(f"{form}/form.json"))[name]["to"] == "person"


@pytest.mark.parametrize("path", FILES)
def test_codes_written_in_a_form_exist(path: str) -> None:
    known = {code for file in LISTS.glob("*/list.json") for code in codes(file.parent.name)}
    known |= {
        option["code"]
        for form in FORMS
        for spec in items(read(f"{form}/form.json")).values()
        for option in spec.get("options", [])
    }
    for node in walk(whole(read(path))):
        written = [node.get("root")] if isinstance(node.get("root"), str) else []
        if node.get("op") in {"has", "is"} and re.fullmatch(r"[a-z-]+\.[a-z0-9.-]+", str(node.get("value"))):
            written.append(node["value"])
        if set(node) == {"code"}:
            written.append(node["code"])
        assert set(written) <= known


# --- what the requirements quote -------------------------------------------------------------------


def at(form: Json, path: str) -> Any:
    """Follow a path of keys; an element of an array is named by its id."""
    found: Any = whole(form)
    for part in path.split("/"):
        found = next(one for one in found if one["id"] == part) if isinstance(found, list) else found[part]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['e']}-{case['path']}")
def test_exact_label(case: Json) -> None:
    if "list" in case:
        assert codes(case["list"])[case["path"]]["label"] == case["text"]
        return
    for path in FILES:
        form = read(path)
        if form["form"] == case["form"] and case.get("version", form["version"]) == form["version"]:
            assert at(form, case["path"]) == case["text"], path


def test_e23_columns() -> None:
    columns = read("livret/form.json")["index"]["columns"]
    assert columns == ["nom", "prenom", "niveau", "classe", "dispositifs", "responsable"]


def test_e25_card() -> None:
    card = at(read("livret/form.json"), "page/cards/carte_identite")
    assert card["show"] == [
        "numero",
        "nom",
        "prenom",
        "date_naissance",
        "etablissement",
        "classe",
        "document.created_on",
    ]


def test_e26_number() -> None:
    assert items(read("livret/form.json"))["numero"]["generate"] == 10


def test_e27_first_five() -> None:
    assert at(read("livret/form.json"), "page/cards/carte_amenagements")["first"] == 5


def test_e33_four_steps_in_the_wizard() -> None:
    for path in ("ppre/versions/1.0.0.json", "ppre/versions/2.0.0.json"):
        wizard = [step["title"] for step in read(path)["steps"] if not step.get("apart")]
        assert wizard == ["Informations préliminaires", "Points d'appui", "Difficultés", "Mise en œuvre"]


def test_k28_strict_version_requires_only_the_title_of_an_objective() -> None:
    strict = items(read("ppre/versions/1.0.0.json"))
    assert [key for key, spec in strict.items() if spec.get("required")] == ["objectifs.intitule"]
    assert (strict["duree"]["min"], strict["duree"]["max"]) == (1, 16)
    extended = items(read("ppre/versions/2.0.0.json"))
    assert extended["type_ppre"]["required"] and extended["duree"]["required"]
    assert extended["objectifs"]["min"] == 1


def test_e49_gates() -> None:
    for path in ("ppre/versions/1.0.0.json", "ppre/versions/2.0.0.json"):
        form = read(path)
        assert [step["id"] for step in form["steps"] if step.get("gate")] == [
            "etape_points_appui",
            "etape_difficultes",
        ]
        for name in ("points_appui", "difficultes"):
            first = items(form)[name]["levels"][0]
            assert (first["min"], first["max"]) == (1, 3)


def test_e63_bounds() -> None:
    for path in ("ppre/versions/1.0.0.json", "ppre/versions/2.0.0.json"):
        found = items(read(path))
        assert found["objectifs"]["max"] == 3
        for name in ("competences", "actions_classe", "actions_hors_classe"):
            assert found[f"objectifs.{name}"]["max"] == 1000
            assert "required" not in found[f"objectifs.{name}"]


def test_e73_e99_restricted_parts_stay_out_of_what_is_handed_over() -> None:
    form = read("ppre/versions/2.0.0.json")
    restricted = {key for key, spec in items(form).items() if spec.get("readers") == ["pilotage"]}
    assert {"origines_difficultes", "remuneration"} <= restricted
    printed = {name for part in at(form, "outputs/document")["parts"] for name in part["of"]}
    assert not printed & (restricted | {"mise_en_oeuvre", "etape_difficultes"})


def test_e77_four_commitments_are_printed() -> None:
    for path in ("ppre/versions/1.0.0.json", "ppre/versions/2.0.0.json"):
        titles = [part["title"] for part in at(read(path), "outputs/document")["parts"]]
        assert titles[1:6] == [
            "Points d'appui",
            "Difficultés",
            "Objectifs",
            "Moyens",
            "Échéances et évaluation",
        ]


def test_e85_only_the_general_text_is_required() -> None:
    found = items(read("bilan/form.json"))
    assert [key for key, spec in found.items() if spec.get("required")] == ["bilan_general"]
    assert found["bilan_general"]["max"] == 1000


def test_texts_use_straight_apostrophes_and_no_double_space() -> None:
    for path in [*FILES, *(f"blocks/{file.name}" for file in ROOT.glob("blocks/*.json"))]:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert "\u2019" not in text, path
        for node in walk(json.loads(text)):
            for value in node.values():
                assert not (isinstance(value, str) and ("  " in value or value != value.strip())), (
                    path,
                    value,
                )


# --- scenarios -----------------------------------------------------------------------------------

GIVEN = frozenset(
    "form version since until title today user subject links collections document places constants state "
    "answers expect then".split()
)
EXPECTED = frozenset(
    "visible hidden values problems missing gates shown offered not_offered readable unreadable writable "
    "suggestible actions state closed frozen ignored subject links created".split()
)


def test_there_are_scenarios_for_each_form() -> None:
    assert {path.split("/")[0] for path in SCENARIOS} == set(FORMS)
    assert len(SCENARIOS) >= 12


@pytest.mark.parametrize("path", SCENARIOS)
def test_scenario_names_what_exists(path: str) -> None:
    scenario = read(path)
    version = scenario.get("version") or scenario["since"]
    form = read(f"{scenario['form']}/versions/{version}.json")
    fields = items(form)
    states = {state["id"] for state in form["lifecycle"]["states"]}
    actions = {action["id"] for action in form["lifecycle"]["actions"]}
    named = set(form.get("values", {})) | set(fields)
    assert set(scenario) <= GIVEN
    assert scenario["state"] in states
    assert set(scenario.get("constants", {})) <= set(form.get("values", {}))
    for moment in [scenario, *scenario.get("then", [])]:
        expect = moment["expect"]
        assert set(expect) <= EXPECTED
        assert set(expect.get("actions", {})) <= actions
        assert "do" not in moment or moment["do"] in actions
        assert set(moment.get("answers", moment.get("change", {}))) <= set(fields)
        paths = [
            key
            for part in ("visible", "hidden", "frozen", "ignored", "readable", "unreadable", "missing")
            for key in expect.get(part, [])
        ]
        paths += [problem["at"] for problem in expect.get("problems", [])]
        paths += [key for part in ("values", "offered", "not_offered") for key in expect.get(part, {})]
        for one in paths:
            assert re.sub(r"\[\w+\]", "", one) in named, one


# --- demonstration ---------------------------------------------------------------------------------


def demo(name: str) -> list[Json]:
    data = load(DEMO / f"{name}.json")
    assert isinstance(data, list)
    return data


def test_deployment_starts_with_published_versions() -> None:
    start = read("deployment.json").get("start", {})
    assert set(start) <= set(FORMS)
    assert {f"{form}/versions/{version}.json" for form, version in start.items()} <= set(PUBLISHED)


def within(place: Json) -> list[str]:
    found = place.get("within", [])
    return [found] if isinstance(found, str) else found


def test_demo_places_people_and_accounts_hold_together() -> None:
    roles = read("roles.json")
    places = {place["id"]: place for place in demo("places")}
    for place in places.values():
        kind = roles["places"][place["kind"]]
        assert set(place["attributes"]) <= set(kind.get("attributes", {}))
        assert ("within" in place) == ("within" in kind)
        assert {places[one]["kind"] for one in within(place)} <= set(kind.get("within", []))
    kinds = {role["id"]: role.get("at") for role in roles["roles"]}
    lists = {name: spec["list"] for name, spec in roles["people"]["attributes"].items()}
    people = {person["id"] for person in demo("people")}
    assert len(people) == len(demo("people")) >= 14
    for person in demo("people"):
        for held in person["roles"]:
            assert kinds[held["role"]] == places[held["at"]]["kind"], person["id"]
        assert all(value in codes(lists[name]) for name, value in person["attributes"].items())
    logins = [account["login"] for account in demo("accounts")]
    assert len(set(logins)) == len(logins)
    for account in demo("accounts"):
        assert account["person"] in people and account["password"] and account["who"]


def answered_codes(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            if isinstance(one, str):
                yield one
            else:
                yield from answered_codes(one)
    elif isinstance(node, dict):
        if "code" in node:
            yield node["code"]
            yield from answered_codes(node.get("picks", []))
        else:
            for value in node.values():
                yield from answered_codes(value)


def rows_of(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict) and "row" in one] if isinstance(value, list) else []


def test_demo_records_name_what_exists() -> None:
    last = {path.split("/")[0]: path.rpartition("/")[2].removesuffix(".json") for path in PUBLISHED}
    start = last | read("deployment.json").get("start", {})
    people = {person["id"] for person in demo("people")}
    places = {place["id"] for place in demo("places")}
    known = {code for file in LISTS.glob("*/list.json") for code in codes(file.parent.name)}
    seen: set[str] = set()
    for record in demo("records"):
        assert record["id"] not in seen and record["place"] in places
        newest = read(f"{record['form']}/form.json")
        assert record["answers"][newest["place"]][0]["id"] == record["place"]
        seen.add(record["id"])
        for one in [record, *record.get("documents", [])]:
            form = read(f"{one['form']}/versions/{one.get('version', start[one['form']])}.json")
            fields = items(form)
            options = {option["code"] for spec in fields.values() for option in spec.get("options", [])}
            actions = {action["id"] for action in form["lifecycle"]["actions"]}
            assert set(one["answers"]) <= set(fields)
            rows = {row["row"] for value in one["answers"].values() for row in rows_of(value)}
            assert set(answered_codes(one["answers"])) <= known | options | rows
            days = [one["created_on"], *(step["on"] for step in one.get("actions", []))]
            assert days == sorted(days)
            for step in one.get("actions", []):
                assert step["by"] in people
                assert "save" in step or step["do"] in actions
                assert set(step.get("save", {})) <= set(fields)
            assert one["by"] in people
            assert set(one.get("links", {}).values()) <= seen
            seen.add(one["id"])
    assert len(demo("records")) >= 20

"""Folders of definitions and lists -> what is served; a faulty file is left out and said."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import check, schema
from tests.unit.engine.fault_world import tiny_world
from web.catalogue import Catalogue, digest, load, working

BLOCKS, LISTS = {"adresse"}, {"tailles", "couleurs"}
FORMS = {"fiche", "dossier", "suite"}


class World:
    """The tiny world on disk, published."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.definitions, self.referentiels = root / "definitions", root / "referentiels"
        files = tiny_world()
        for name in LISTS:
            self.write(f"referentiels/{name}/list.json", files[name])
            self.write(f"referentiels/{name}/versions/1.0.0.json", files[name])
        for name in FORMS:
            self.write(f"definitions/{name}/form.json", files[name])
            self.write(f"definitions/{name}/versions/1.0.0.json", published(files[name], files["adresse"]))
        self.write("definitions/roles.json", files["roles"])
        self.write("definitions/blocks/adresse.json", files["adresse"])
        self.publish()

    def write(self, name: str, data: Any) -> None:
        """Write a file, as JSON or as it is."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())

    def publish(self) -> None:
        """Write both manifests anew."""
        for folder in (self.definitions, self.referentiels):
            hashes = {
                path.relative_to(folder).as_posix(): digest(path.read_bytes())
                for path in folder.glob("*/versions/*.json")
            }
            (folder / "manifest.json").write_text(json.dumps(hashes), encoding="utf-8")

    def change(self, name: str, edit: Callable[[Any], object]) -> None:
        """Edit a file in place."""
        data = json.loads((self.root / name).read_bytes())
        edit(data)
        self.write(name, data)

    def republish(self, name: str, edit: Callable[[Any], object]) -> None:
        """Edit a published file as if it had been published so."""
        self.change(name, edit)
        self.publish()

    def load(self) -> Catalogue:
        """Load what is published."""
        return load(self.definitions, self.referentiels)

    def working(self) -> Catalogue:
        """Load the working copies."""
        return working(self.definitions, self.referentiels)


def published(form: Any, block: Any) -> Any:
    """Pin the lists and copy the block in, as publication does."""
    text = json.dumps(form).replace('"items": "adresse"', f'"items": {json.dumps(block["items"])}')
    pins = {name: "1.0.0" for name in sorted(LISTS) if f'"list": "{name}"' in text}
    found: Any = {**json.loads(text), "pins": pins}
    return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def said(catalogue: Catalogue) -> list[tuple[str, str]]:
    return [(fault.file, fault.path) for fault in catalogue.faults]


ALL = {("dossier", "1.0.0"), ("fiche", "1.0.0"), ("suite", "1.0.0")}
DOSSIER = "definitions/dossier/versions/1.0.0.json"
FICHE = "definitions/fiche/versions/1.0.0.json"
SUITE = "definitions/suite/versions/1.0.0.json"


# --- what is served -----------------------------------------------------------------------------


def test_everything_is_served(world: World) -> None:
    found = world.load()
    assert found.faults == ()
    assert set(found.forms) == ALL
    assert set(found.lists) == LISTS
    assert found.home == "fiche" and found.title == "Canevas"
    assert world.working().faults == ()


def test_newest_and_start_are_the_newest(world: World) -> None:
    second = json.loads((world.root / SUITE).read_bytes()) | {"version": "1.10.0"}
    world.write("definitions/suite/versions/1.10.0.json", second)
    world.write("definitions/suite/versions/1.9.0.json", second | {"version": "1.9.0"})
    world.publish()
    found = world.load()
    for form in (found.newest("suite"), found.start("suite")):
        assert form is not None and form.version == "1.10.0"
    assert found.newest("autre") is None and found.start("autre") is None


def test_the_deployment_chooses(world: World) -> None:
    second = json.loads((world.root / SUITE).read_bytes()) | {"version": "2.0.0"}
    world.write("definitions/suite/versions/2.0.0.json", second)
    world.publish()
    settings = {"title": "Ici", "home": "fiche", "start": {"suite": "1.0.0"}}
    world.write("definitions/deployment.json", settings)
    found = world.load()
    start, newest = found.start("suite"), found.newest("suite")
    assert found.faults == () and found.title == "Ici"
    assert start is not None and start.version == "1.0.0"
    assert newest is not None and newest.version == "2.0.0"


def test_faulty_settings_are_said_and_left_out(world: World) -> None:
    settings = {"home": "dossier", "start": {"suite": "3.0.0", "autre": "1.0.0", "fiche": "1.0.0"}}
    world.write("definitions/deployment.json", settings)
    found = world.load()
    file = "definitions/deployment.json"
    assert said(found) == [(file, "$.home"), (file, "$.start.autre"), (file, "$.start.suite")]
    assert "Servies : 1.0.0." in found.faults[2].text
    assert found.home == "fiche" and found.starts["suite"] == "1.0.0"


def test_settings_of_a_wrong_shape(world: World) -> None:
    world.write("definitions/deployment.json", {"debut": {}})
    found = world.load()
    assert said(found) == [("definitions/deployment.json", "$.debut")]
    assert set(found.forms) == ALL


# --- published files ----------------------------------------------------------------------------


def test_an_edited_published_form_is_not_served(world: World) -> None:
    world.change(SUITE, lambda form: form.update(title="Autre"))
    found = world.load()
    assert said(found) == [(SUITE, "$")]
    assert "fichier publié modifié" in found.faults[0].text
    assert set(found.forms) == ALL - {("suite", "1.0.0")}


def test_files_and_manifest_agree(world: World) -> None:
    (world.root / SUITE).rename(world.root / "definitions/suite/versions/1.0.1.json")
    found = world.load()
    texts = {fault.file: fault.text for fault in found.faults}
    assert "disparu" in texts[SUITE]
    assert "absent du manifeste" in texts["definitions/suite/versions/1.0.1.json"]


@pytest.mark.parametrize("manifest", [None, b"[]", b'{"a": 1}', b"{"])
def test_a_manifest_that_cannot_be_read(world: World, manifest: bytes | None) -> None:
    path = world.definitions / "manifest.json"
    path.unlink() if manifest is None else path.write_bytes(manifest)
    found = world.load()
    assert ("definitions/manifest.json", "$") in said(found)
    assert not found.forms


def test_an_edited_list_is_not_used(world: World) -> None:
    world.change("referentiels/tailles/versions/1.0.0.json", lambda one: one.update(title="Autre"))
    found = world.load()
    assert "tailles" not in found.lists
    assert ("referentiels/tailles/versions/1.0.0.json", "$") in said(found)
    assert ("referentiels/couleurs/versions/1.0.0.json", "$.attributes.taille.list") in said(found)


def test_files_stand_where_their_id_says(world: World) -> None:
    world.republish(SUITE, lambda form: form.update(version="1.2.0"))
    world.change("definitions/suite/form.json", lambda form: form.update(form="suites"))
    assert said(world.load()) == [(SUITE, "$")]
    assert ("definitions/suite/form.json", "$") in said(world.working())


def test_published_forms_are_pinned_and_whole(world: World) -> None:
    world.republish(FICHE, lambda form: form.update(pins={}))
    world.republish(DOSSIER, lambda form: form["steps"][1]["items"][1].update(items="adresse"))
    found = world.load()
    assert (FICHE, "$.steps[0].items[5].list") in said(found)
    assert any(file == DOSSIER and path == "$.steps[1].items[1].items" for file, path in said(found))


def test_a_pin_of_an_unknown_version(world: World) -> None:
    world.republish(FICHE, lambda form: form["pins"].update(couleurs="1.1.0"))
    assert (FICHE, "$.pins.couleurs") in said(world.load())


# --- faulty files and those that depend on them -------------------------------------------------


def test_others_are_served_beside_a_faulty_form(world: World) -> None:
    """Collections and lists of documents do without a form; a required link does not."""
    world.republish(DOSSIER, lambda form: form["steps"][0].update(readers=["inconnu"]))
    found = world.load()
    assert set(found.forms) == {("fiche", "1.0.0")}
    assert (DOSSIER, "$.steps[0].readers[0]") in said(found)
    assert (SUITE, "$.links.dossier.form") in said(found)
    left_out = next(fault for fault in found.faults if fault.path == "$.links.dossier.form")
    assert "écartée pour ses propres fautes" in left_out.text
    assert not [file for file, _ in said(found) if file not in {DOSSIER, SUITE}]


@pytest.mark.parametrize("raw", [b"{", b"{}", b"\xff", b'{"form": "fiche"}'])
def test_without_its_record_a_document_is_not_served(world: World, raw: bytes) -> None:
    world.write(FICHE, raw)
    world.publish()
    found = world.load()
    assert not found.forms
    assert {(DOSSIER, "$.subject"), (SUITE, "$.subject")} <= set(said(found))
    assert not [file for file, _ in said(found) if file == "definitions/roles.json"]


def test_a_faulty_new_version_leaves_the_former_one(world: World) -> None:
    second = json.loads((world.root / DOSSIER).read_bytes()) | {"version": "2.0.0", "name": "{inconnu}"}
    world.write("definitions/dossier/versions/2.0.0.json", second)
    world.republish(SUITE, lambda form: form["links"]["dossier"].update(versions=["1", "2"]))
    found = world.load()
    assert set(found.forms) == ALL
    assert said(found) == [("definitions/dossier/versions/2.0.0.json", "$.name")]


def test_without_roles_nothing_is_served(world: World) -> None:
    world.write("definitions/roles.json", b"{}")
    found = world.load()
    assert not found.forms
    assert {file for file, _ in said(found)} == {"definitions/roles.json"}


def test_an_unknown_role_in_a_group_grants_nothing(world: World) -> None:
    world.change("definitions/roles.json", lambda roles: roles["groups"]["equipe"].append("chef"))
    found = world.load()
    assert said(found) == [("definitions/roles.json", "$.groups.equipe[2]")]
    assert set(found.forms) == ALL
    assert found.library.expand["equipe"] == {"maire", "agent"}


def test_missing_folders_are_faults(tmp_path: Path) -> None:
    found = load(tmp_path / "definitions", tmp_path / "referentiels")
    assert not found.forms and found.home is None
    assert {fault.file for fault in found.faults} == {
        "definitions/manifest.json",
        "definitions/roles.json",
        "referentiels/manifest.json",
    }


# --- working copies -----------------------------------------------------------------------------


def test_a_working_copy_is_checked_with_the_published_forms(world: World) -> None:
    """Publishing a form rechecks those that read it."""
    world.change("definitions/dossier/form.json", lambda form: form.update(version="1.1.0"))
    world.change("definitions/dossier/form.json", lambda form: form["steps"][0]["items"].pop(0))
    world.change("definitions/dossier/form.json", lambda form: form.update(name="Dossier"))
    world.change("definitions/dossier/form.json", lambda form: form["lifecycle"]["actions"][1].pop("confirm"))
    assert world.load().faults == ()
    found = world.working()
    assert {("definitions/suite/form.json", "$.steps[0].items[1].min.ref")} <= set(said(found))


def test_a_working_copy_is_not_behind(world: World) -> None:
    world.change("definitions/suite/form.json", lambda form: form.update(version="0.9.0"))
    assert said(world.working()) == [("definitions/suite/form.json", "$.version")]


def test_working_blocks_and_lists_are_checked(world: World) -> None:
    world.change("definitions/blocks/adresse.json", lambda one: one["items"][0].pop("label"))
    world.change("referentiels/tailles/list.json", lambda one: one["items"].append(one["items"][0]))
    found = set(said(world.working()))
    assert ("definitions/blocks/adresse.json", "$.items[0]") in found
    assert ("definitions/dossier/form.json", "$.steps[1].items[1].items") in found
    assert ("referentiels/tailles/list.json", "$.items[2].code") in found


# --- canevas check, canevas schema --------------------------------------------------------------


def run(world: World, *paths: Path) -> tuple[int, list[str]]:
    out = io.StringIO()
    return check.run(paths, out, world.root), out.getvalue().splitlines()


def test_check_says_that_all_is_well(world: World) -> None:
    assert run(world) == (0, ["Tout est en ordre : 3 formes, 2 listes, 1 bloc."])


def test_check_says_every_fault_sorted(world: World) -> None:
    world.change("definitions/suite/form.json", lambda form: form.update(titre="x", version="1"))
    world.change("definitions/fiche/form.json", lambda form: form.update(name="{x}"))
    status, lines = run(world)
    assert status == 1
    assert lines[0].startswith("definitions/fiche/form.json: $.name: « x » n'existe pas")
    assert lines[1].startswith("definitions/suite/form.json: $.titre: clé inconnue « titre »")
    assert lines[2].startswith("definitions/suite/form.json: $.version: « 1 » ne convient pas")
    assert lines[3:] == ["3 fautes dans 2 fichiers."]


def test_check_shows_some_paths_only(world: World) -> None:
    world.change("definitions/fiche/form.json", lambda form: form.update(name="{x}"))
    assert run(world, world.definitions / "fiche")[0] == 1
    assert run(world, world.definitions / "fiche" / "form.json")[1][-1] == "1 faute dans 1 fichier."
    assert run(world, world.definitions / "suite", world.referentiels)[0] == 0
    assert run(world, world.root)[0] == 1


def test_check_refuses_other_paths(world: World, tmp_path: Path) -> None:
    (tmp_path / "ailleurs.json").write_text("{}", encoding="utf-8")
    for path in (tmp_path / "ailleurs.json", world.definitions / "rien"):
        status, (line,) = run(world, path)
        assert status == 2 and "n'est pas un fichier de" in line


def test_schema_of_the_language_and_of_answers(world: World) -> None:
    for form, version in ((None, None), ("dossier", None), ("dossier", "1.0.0")):
        out = io.StringIO()
        assert schema.run(form, version, out, world.root) == 0
        assert json.loads(out.getvalue())["$schema"].endswith("2020-12/schema")


def test_schema_of_an_unknown_form(world: World) -> None:
    for form, version in (("dosier", None), ("dossier", "9.0.0")):
        out = io.StringIO()
        assert schema.run(form, version, out, world.root) == 2
        assert "Vouliez-vous dire « dossier » ?" in out.getvalue()

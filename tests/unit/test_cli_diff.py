"""`canevas diff`: what it takes, how it says it, when it refuses."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.diff import run
from tests.unit.worlds import ROOT


def said(a: str, b: str, root: Path = ROOT, **options: Any) -> tuple[int, str]:
    """Run the command."""
    out = io.StringIO()
    status = run(a, b, out, root=root, **options)
    return status, out.getvalue()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the definitions under git, with one change that is not committed."""
    for folder in ("definitions", "referentiels"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@y.fr"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "Une version"], check=True)
    path = tmp_path / "definitions/ppre/form.json"
    form = json.loads(path.read_text("utf-8"))
    form["steps"][0]["items"][2]["required"] = True
    path.write_text(json.dumps(form, ensure_ascii=False), "utf-8")
    return tmp_path


def test_two_versions_by_class() -> None:
    status, text = said("ppre@1.0.0", "ppre@2.0.0")
    assert status == 0
    assert text.startswith("PPRE 1.0.0 → 2.0.0 : ")
    assert text.index("Cassant") < text.index("Compatible") < text.index("Sans risque")
    assert (
        "  - Le champ « Durée envisagée » est maintenant obligatoire.\n      Gêne : les brouillons." in text
    )


def test_nothing_changes_in_itself() -> None:
    assert said("ppre@2.0.0", "definitions/ppre/versions/2.0.0.json") == (
        0,
        "De ppre@2.0.0 à definitions/ppre/versions/2.0.0.json, rien ne change.\n",
    )


def test_a_revision_against_the_folder(project: Path) -> None:
    sentence = "Le champ « Début de la mise en œuvre » est maintenant obligatoire."
    whole = said("HEAD", str(project), project)[1]
    assert sentence in whole
    own = json.loads((project / "definitions/ppre/form.json").read_text("utf-8"))["version"]
    next_major = f"{int(own.split('.')[0]) + 1}.0.0"
    assert (
        f"PPRE {own} : 1 changement ; il faut une version majeure, {next_major} au moins : {own} ne" in whole
    )
    assert sentence in said("HEAD:definitions/ppre/form.json", "ppre", project)[1]
    assert sentence in said("ppre@2.0.0", str(project / "definitions/ppre"), project)[1]
    assert said("HEAD", "HEAD", project)[1] == "De HEAD à HEAD, rien ne change.\n"


def test_a_form_that_goes_is_said(project: Path) -> None:
    shutil.rmtree(project / "definitions/bilan")
    text = said("HEAD", str(project), project)[1]
    assert "La forme « Bilan » est retirée." in text or "est retirée." in text


@pytest.mark.parametrize(
    ("threshold", "status"), [("patch", 1), ("minor", 1), ("breaking", 1), ("impossible", 0)]
)
def test_the_exit_status_for_ci(threshold: str, status: int) -> None:
    assert said("ppre@1.0.0", "ppre@2.0.0", fail_on=threshold)[0] == status


def test_json() -> None:
    found = json.loads(said("ppre@1.0.0", "ppre@2.0.0", shape="json")[1])
    assert found["compared"][0]["class"] == "major"
    one = next(one for one in found["changes"] if one["path"] == "duree" and one["what"] == "required")
    assert one["class"] == "major"
    assert one["sentence"] == "Le champ « Durée envisagée » est maintenant obligatoire."
    assert one["hurts"] == ["les brouillons"]


def test_html_escapes_what_authors_wrote(project: Path) -> None:
    path = project / "definitions/ppre/form.json"
    path.write_text(path.read_text("utf-8").replace("Début de la mise en", "<script>x</script>"), "utf-8")
    text = said("HEAD", str(project), project, shape="html")[1]
    assert text.startswith("<!DOCTYPE html>")
    assert "&lt;script&gt;" in text
    assert "<script>" not in text


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ("ppre@9.0.0", "ppre", "« ppre » n'a pas de version 9.0.0. Publiées : 1.0.0, "),
        ("pprz", "ppre", "ni une révision git. Vouliez-vous dire « ppre » ?"),
        ("ppre", "bilan", "donnez deux versions d'une même forme"),
        ("abcdef0:definitions", "ppre", "ni une révision git"),
        ("HEAD:nulle/part", "ppre", "n'existe pas dans cette révision"),
        ("README.md", "ppre", "README.md"),
        ("docs", "ppre", "ne contient ni « form.json »"),
    ],
)
def test_faulty_input_is_said(a: str, b: str, words: str, project: Path) -> None:
    shutil.copy(ROOT / "README.md", project)
    before = {path: path.read_bytes() for path in project.rglob("*.json")}
    status, text = said(a, b, project)
    assert status == 2
    assert words in text
    assert "Traceback" not in text
    assert {path: path.read_bytes() for path in project.rglob("*.json")} == before


def test_a_pipe_that_is_cut_is_no_fault() -> None:
    """`canevas reference | head -0`: nobody reads, from before the first word on."""
    command = [sys.executable, "-m", "cli.main", "reference"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, check=False)
    assert (done.stderr, done.returncode) == (b"", 141)

"""Forms that name each other: published in one gesture, all or none, and undone as one."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from demo_site import SHELF, Visitor
from released import Released
from test_publishing_page import ADMINISTRATOR, everything, hidden, serve
from test_rehearsal_page import text

from cli.publish import run_publish, run_unpublish
from web.keeping import pretty, write_all

BOTH = ("ppre", "bilan")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Released:
    monkeypatch.setenv("CANEVAS_DATA", str(tmp_path / "none"))
    found = Released(tmp_path)
    tie(found)
    return found


def edit(world: Released, form: str, change: Any) -> None:
    path = world.definitions / form / "form.json"
    found = json.loads(path.read_bytes())
    change(found)
    path.write_text(pretty(found), encoding="utf-8")


def tie(world: Released) -> None:
    """Have each of two forms read a new field of the other: neither goes without the other."""

    def first(form: Any) -> None:
        form["steps"][0]["items"].append({"id": "mot", "type": "text", "label": "Mot", "renew": "clear"})
        form["collections"]["bilans_vus"] = {
            "label": "Bilans vus",
            "forms": ["bilan"],
            "via": "ppre",
            "where": {"ref": ".retour", "op": "answered"},
        }

    def second(form: Any) -> None:
        items = form["steps"][0]["items"]
        items.append({"id": "mot_lu", "type": "computed", "label": "Mot lu", "value": {"ref": "ppre.mot"}})
        items.append({"id": "retour", "type": "text", "label": "Retour", "renew": "clear"})

    edit(world, "ppre", first)
    edit(world, "bilan", second)


def publish(world: Released, *forms: str) -> tuple[int, str]:
    out = io.StringIO()
    return run_publish(forms, "Le mot se lit.", "Une autrice", False, out, world.root, SHELF), out.getvalue()


def snapshot(world: Released) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in world.root.rglob("*") if path.is_file()}


def test_neither_goes_alone_both_go_together_and_back_as_one(world: Released) -> None:
    before, newests = snapshot(world), world.load().newests
    for form in BOTH:
        status, said = publish(world, form)
        assert status == 1 and "Rien n'a été publié." in said
        assert snapshot(world) == before
    status, said = publish(world, *BOTH, "ppre")
    assert status == 0, said
    found = world.load()
    assert found.faults == () and world.working().faults == ()
    fresh = {form: found.newests[form] for form in BOTH}
    assert all(fresh[form] != newests[form] for form in BOTH)
    for form, other in (BOTH, BOTH[::-1]):
        assert found.journal[form][-1].beside == {other: fresh[other]}
    out = io.StringIO()
    assert run_unpublish("bilan", fresh["bilan"], "Trop tôt.", "x", out, world.root, SHELF) == 0
    assert f"ppre {fresh['ppre']}" in out.getvalue() and f"bilan {fresh['bilan']}" in out.getvalue()
    back = world.load()
    assert {form: back.newests[form] for form in BOTH} == {form: newests[form] for form in BOTH}
    assert run_unpublish("bilan", fresh["bilan"], "Trop tôt.", "x", out, world.root, SHELF) == 0, "run again"


def test_one_fault_among_them_and_none_is_published(world: Released) -> None:
    edit(world, "bilan", lambda form: form["steps"][0].update(when={"condition": "absente"}))
    before = snapshot(world)
    status, said = publish(world, *BOTH)
    assert status == 1 and "definitions/bilan/form.json" in said and "« absente »" in said
    assert snapshot(world) == before


def test_an_undoing_that_one_of_them_refuses_undoes_none(world: Released) -> None:
    assert publish(world, *BOTH)[0] == 0
    fresh = world.load().newests
    edit(world, "ppre", lambda form: form["steps"][0].update(title="Autre titre"))
    status, said = publish(world, "ppre")
    assert status == 0, said
    before, out = snapshot(world), io.StringIO()
    assert run_unpublish("bilan", fresh["bilan"], "x", "x", out, world.root, SHELF) == 1
    assert "a été publiée depuis" in out.getvalue()
    assert snapshot(world) == before


URL = "/ensemble"
QUERY = "?form=ppre&form=bilan"


def contents(page: bytes) -> list[tuple[str, str]]:
    """What the page shows of each form, as its button sends it."""
    return [(f"content.{form}", hidden(page, f"content.{form}")) for form in BOTH]


def rehearse(visitor: Visitor) -> bytes:
    """Rehearse to the end; gives the page."""
    for _ in range(10):
        page: bytes = visitor.get(URL + QUERY).body
        if b'name="note"' in page:
            return page
        assert visitor.post(f"{URL}/repetition{QUERY}").status == 303
    raise AssertionError("the rehearsal does not end")


def test_from_the_site_both_are_rehearsed_published_passed_and_undone(world: Released) -> None:
    site = serve(world)
    visitor, before = site.visitor(ADMINISTRATOR), site.app.state["site"].published.catalogue.newests
    assert 'name="form" value="bilan"' in visitor.get("/definitions").body.decode()
    page = rehearse(visitor)
    assert "PPRE : Le champ « Mot » s'ajoute" in text(visitor.get(URL + QUERY))
    pairs = [("note", "Le mot se lit."), *contents(page), ("_once", "un")]
    for _ in range(2):  # sent twice, it counts once
        assert visitor.post(f"{URL}/publication{QUERY}", pairs).status == 303
    found = site.app.state["site"].published.catalogue
    fresh = {form: found.newests[form] for form in BOTH}
    assert all(fresh[form] != before[form] for form in BOTH)
    assert [found.journal[form][-1].beside for form in BOTH] == [
        {"bilan": fresh["bilan"]},
        {"ppre": fresh["ppre"]},
    ]
    for form in BOTH:
        assert visitor.post(f"/definitions/{form}/passage").status == 303
        assert "C'est fini" in text(visitor.get(f"/definitions/{form}"))
    assert f"revient aussi : ppre {fresh['ppre']}" in text(visitor.get("/definitions/bilan"))
    answer = visitor.post("/definitions/bilan/annulation", [("version", fresh["bilan"]), ("note", "Non.")])
    assert answer.status == 303
    back = site.app.state["site"].published.catalogue.newests
    assert {form: back[form] for form in BOTH} == {form: before[form] for form in BOTH}
    assert not site.incidents()


def test_from_the_site_what_is_not_in_order_publishes_none(world: Released) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    early = visitor.post(f"{URL}/publication{QUERY}", [("note", "x"), ("content.ppre", "x")])
    assert early.status == 422 and "a changé depuis" in text(early)
    sent = contents(rehearse(visitor))
    wordless = visitor.post(f"{URL}/publication{QUERY}", [("note", " "), *sent])
    assert wordless.status == 422 and "Dites en une phrase" in text(wordless)
    assert 'name="note"' in wordless.body.decode()
    edit(world, "bilan", lambda form: form["steps"][0].update(when={"condition": "absente"}))
    before = everything(site, world)
    faulty = visitor.post(f"{URL}/publication{QUERY}", [("note", "x"), *sent])
    assert faulty.status == 422 and "« absente »" in text(faulty)
    assert visitor.post(f"{URL}/repetition{QUERY}").status == 303
    assert everything(site, world) == before and not before[0]
    assert not site.incidents()


def test_only_those_who_publish_reach_it_and_only_for_forms_that_are_there(world: Released) -> None:
    site = serve(world)
    assert site.visitor("p-marchand").get(URL + QUERY).status == 404
    visitor = site.visitor(ADMINISTRATOR)
    assert visitor.get(f"{URL}?form=ppre&form=ppre").status == 200
    for query in ("", "?form=absente", "?form=ppre&form=absente", "?form=", "?x=ppre"):
        assert visitor.get(URL + query).status == 404, query


@pytest.mark.parametrize(
    ("forms", "words"),
    [
        ((), "Dites quelle forme publier"),
        (("ppre", "bilam"), "Vouliez-vous dire « bilan » ?"),
        (("ppre", "jours"), "« jours » est une liste : publiez-la seule"),
    ],
)
def test_what_cannot_go_together_is_said(world: Released, forms: tuple[str, ...], words: str) -> None:
    before = snapshot(world)
    status, said = publish(world, *forms)
    assert status == 1 and words in said
    assert snapshot(world) == before


def test_a_file_that_cannot_be_written_brings_all_back(world: Released) -> None:
    (world.definitions / "bilan/versions/.1.2.0.json.tmp").mkdir()
    before = snapshot(world)
    status, said = publish(world, *BOTH)
    assert status == 1 and "ne s'écrit pas" in said, said
    assert snapshot(world) == before


def test_files_are_all_written_or_none(tmp_path: Path) -> None:
    kept, blocked = tmp_path / "a.json", tmp_path / "b.json"
    kept.write_bytes(b"1")
    write_all({kept: b"2", tmp_path / "sous/c.json": b"3"})
    assert kept.read_bytes() == b"2" and (tmp_path / "sous/c.json").read_bytes() == b"3"
    (blocked / "plein").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        write_all({kept: b"4", tmp_path / "d.json": b"5", blocked: b"6"})
    assert kept.read_bytes() == b"2"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.json", "sous"]

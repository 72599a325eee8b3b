"""A publication from the first to the last command, on the demonstration's documents; then undone."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from demo_site import HASHER, SHELF
from released import Released, item_of
from web_trial import FakeClock, FakeRng

from cli.moving import deps_on, opened_store, run_move, run_rehearse
from cli.publish import run_publish, run_unpublish
from web import accounts, demo, services
from web.app import DEMO
from web.keeping import pretty
from web.world import DOCUMENT


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Released:
    """The project's definitions, and the demonstration's documents in an embedded store."""
    found = Released(tmp_path)
    monkeypatch.setenv("CANEVAS_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    store = opened_store(None)
    assert store is not None
    rng = FakeRng()
    deps = services.Deps(store, found.load(), FakeClock(), lambda: rng.token_hex(8), lambda n: "A" * n)
    demo.seed(deps, accounts.passwords(HASHER), DEMO)
    store.close()
    return found


def documents() -> dict[str, Any]:
    """Every document that is stored."""
    store = opened_store(None)
    assert store is not None
    ids = [entry.id for entry in store.find(DOCUMENT, {}).entries]
    found = {id: stored.body for id, stored in store.get_many(DOCUMENT, ids).items()}
    store.close()
    return found


def edit(world: Released, change: Any) -> None:
    path = world.definitions / "ppre/form.json"
    found = json.loads(path.read_bytes())
    change(found)
    path.write_text(pretty(found), encoding="utf-8")


def test_published_moved_answered_and_undone(world: Released) -> None:
    before = documents()
    newest, number = world.load().newests["ppre"], "3.2.0"
    out = io.StringIO()
    assert run_rehearse("ppre", None, None, False, out, world.root) == 0
    assert "déplacés" in out.getvalue() and f"ppre {number}" in out.getvalue()
    assert (
        run_publish(("ppre",), "La transmission se note.", "Une autrice", True, out, world.root, SHELF) == 0
    )
    assert documents() == before, "publishing moves nothing by itself"
    run_move("ppre", None, None, out, world.root)
    moved = documents()
    drafts = [body for body in moved.values() if (body["form"], body["state"]) == ("ppre", "brouillon")]
    assert {body["version"] for body in drafts} == {number}
    id = next(id for id, body in moved.items() if body["state"] == "mis_en_oeuvre")
    assert moved[id]["version"] == number and moved[id]["frozen"] == before[id]["frozen"]
    store = opened_store(None)
    assert store is not None
    deps = deps_on(store, world.load())
    services.fill(deps, "p-ferrand", id, {"date_transmission": "2026-11-20", "engagement_eleve": "Je relis."})
    store.close()
    assert run_unpublish("ppre", number, "Trop tôt.", "Une autrice", out, world.root, SHELF) == 0
    after = documents()
    assert after[id]["version"] == before[id]["version"]
    assert after[id]["answers"] == before[id]["answers"] | {"engagement_eleve": "Je relis."}
    assert [node["path"] for node in after[id]["archived"]] == ["date_transmission"]
    assert {other: body for other, body in after.items() if other != id} == {
        other: body for other, body in before.items() if other != id
    }
    assert world.load().newests["ppre"] == newest
    assert run_unpublish("ppre", number, "Encore.", "Une autrice", out, world.root, SHELF) == 0, (
        "it may be run again"
    )
    assert documents() == after


def test_what_would_be_lost_refuses_the_publication(world: Released) -> None:
    def hidden(form: dict[str, Any]) -> None:
        item_of(form, "engagement_eleve")["when"] = {"ref": "duree", "op": "gt", "value": 100}

    store = opened_store(None)
    assert store is not None
    services.fill(deps_on(store, world.load()), "p-ferrand", "d-garnier-1", {"engagement_eleve": "Je relis."})
    store.close()
    edit(world, hidden)
    files = {path: path.read_bytes() for path in world.definitions.rglob("*.json")}
    out = io.StringIO()
    assert run_publish(("ppre",), "x", "Une autrice", True, out, world.root, SHELF) == 1
    assert "perdraient : « Engagement de l'élève »" in out.getvalue()
    assert {path: path.read_bytes() for path in world.definitions.rglob("*.json")} == files
    out = io.StringIO()
    assert run_rehearse("ppre", None, None, True, out, world.root) == 1
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert {line["outcome"] for line in lines if "Engagement de l'élève" in line["fields"]} == {"lost"}


def test_an_unknown_version_or_form_is_said_and_nothing_moves(world: Released) -> None:
    before = documents()
    files = {path: path.read_bytes() for path in world.root.rglob("*.json")}
    for form, words in (
        ("ppre", "« ppre » n'a pas de version 9.9.9. Publiées : 1.0.0, "),
        ("pprez", "« pprez » n'est pas une forme publiée. Vouliez-vous dire « ppre » ?"),
    ):
        out = io.StringIO()
        assert run_move(form, "9.9.9", None, out, world.root) == 2
        assert run_rehearse(form, "9.9.9", None, False, out, world.root) == 2
        assert out.getvalue().count(words) == 2, out.getvalue()
        assert run_unpublish(form, "9.9.9", "x", "x", out, world.root, SHELF) == 1
        assert out.getvalue().count(words) == 3 and "Rien n'a été défait." in out.getvalue()
    assert documents() == before
    assert {path: path.read_bytes() for path in world.root.rglob("*.json")} == files

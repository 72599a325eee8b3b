"""Publishing, retiring, undoing; and what is published carried between the folder and the store."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from demo_site import SHELF, fresh_store, make_site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from released import Released, item_of

from cli import definitions as carrying
from cli import moving
from cli.publish import run_publish, run_retire, run_unpublish
from storage.documents import DocumentStore
from storage.memory import Memory
from web import keeping, services
from web.keeping import pretty

FORM = "bilan"


@pytest.fixture
def world(tmp_path: Path) -> Released:
    return Released(tmp_path)


def edit(world: Released, change: Any) -> None:
    """Edit the working copy of the form."""
    path = world.definitions / FORM / "form.json"
    found = json.loads(path.read_bytes())
    change(found)
    path.write_text(pretty(found), encoding="utf-8")


def publish(world: Released, note: str = "Un changement.") -> tuple[int, str]:
    out = io.StringIO()
    return run_publish((FORM,), note, "Une autrice", False, out, world.root, SHELF), out.getvalue()


def snapshot(world: Released) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in world.root.rglob("*.json")}


def newest(world: Released) -> str:
    return world.load().newests[FORM]


def bumped(version: str, place: int) -> str:
    parts = [int(one) for one in version.split(".")]
    return ".".join(map(str, [*parts[:place], parts[place] + 1, *[0] * (2 - place)]))


def relabel(form: Any) -> None:
    item_of(form, "bilan_general")["help"] = "En quelques lignes, pour la famille."


def add_optional(form: Any) -> None:
    form["steps"][0]["items"].append(
        {"id": "lieu_reunion", "type": "text", "label": "Lieu", "renew": "clear"}
    )


def add_required(form: Any) -> None:
    add_optional(form)
    form["steps"][0]["items"][-1]["required"] = True


def lengthen(form: Any) -> None:
    """Remove a field that nothing refers to."""
    form["steps"][0]["items"] = [one for one in form["steps"][0]["items"] if one["id"] != "lieu_reunion"]


@pytest.mark.parametrize(("change", "place", "kind"), [(relabel, 2, "patch"), (add_optional, 1, "minor")])
def test_the_class_of_the_changes_decides_the_number(
    world: Released, change: Any, place: int, kind: str
) -> None:
    before = newest(world)
    edit(world, change)
    status, said = publish(world, "Ce qui change.")
    assert status == 0, said
    version = bumped(before, place)
    assert newest(world) == version
    catalogue = world.load()
    assert catalogue.faults == () and world.working().faults == ()
    event = catalogue.journal[FORM][-1]
    assert (event.version, event.kind, event.note, event.by) == (
        version,
        kind,
        "Ce qui change.",
        "Une autrice",
    )
    assert f'"version": "{version}"' in (world.definitions / FORM / "form.json").read_text("utf-8")
    whole = world.form(FORM, version)
    assert '"items": "' not in json.dumps(whole), "a block is not copied in"
    assert set(whole["pins"]) == {one for one in catalogue.lists if f'"list": "{one}"' in json.dumps(whole)}


def test_publishing_twice_has_nothing_to_publish(world: Released) -> None:
    edit(world, relabel)
    assert publish(world)[0] == 0
    before = snapshot(world)
    status, said = publish(world)
    assert status == 1 and "Rien n'a changé" in said
    assert snapshot(world) == before


def promise(world: Released) -> None:
    """Promise of the version in force that two contrary answers are told."""
    scenarios = world.definitions / FORM / "scenarios"
    found = json.loads((scenarios / "suites-contraires.json").read_bytes())
    found["since"] = newest(world)
    (scenarios / "promesse.json").write_text(pretty(found), encoding="utf-8")


def mismap(world: Released) -> None:
    """Write a migration that keeps aside a field whose id is misspelt."""
    edit(world, add_optional)
    assert publish(world)[0] == 0
    middle = newest(world)
    due = bumped(middle, 0)
    edit(world, lambda form: (lengthen(form), form.update(version=due)))
    moves = [{"do": "archive", "field": "lieu_reunio"}]
    head = {"canevas": 1, "form": FORM, "from": middle, "to": due, "why": "Le lieu ne se note plus."}
    world.write(f"definitions/{FORM}/migrations/{middle}-{due}.json", {**head, "moves": moves})


def outlive(world: Released) -> None:
    """Leave a scenario that answers a field that the working copy removes."""
    edit(world, add_optional)
    assert publish(world)[0] == 0
    path = world.definitions / FORM / "scenarios" / "suites-contraires.json"
    found = json.loads(path.read_bytes())
    found["answers"]["lieu_reunion"] = "Salle 3"
    found["since"] = newest(world)
    path.with_name("ote.json").write_text(pretty(found), encoding="utf-8")
    edit(world, lengthen)


Kind = tuple[Any, tuple[str, ...]]


def unshare(world: Released) -> str:
    """Withdraw from the documents a field of a record that one of them writes."""
    path = world.definitions / "pre_enfant/form.json"
    found = json.loads(path.read_bytes())
    item_of(found, "referent").pop("shared")
    path.write_text(pretty(found), encoding="utf-8")
    return "pre_enfant"


def uncall(world: Released) -> str:
    """Withdraw an action from whoever calls it."""
    path = world.definitions / "ppre/form.json"
    found = json.loads(path.read_bytes())
    for action in found["lifecycle"]["actions"]:
        action["called_by"] = [one for one in action.get("called_by", ()) if "reunion" not in one]
    path.write_text(pretty(found), encoding="utf-8")
    return "ppre"


Refusal = tuple[Any, tuple[str, ...]]  # what is prepared; the place, the cause, the remedy
REFUSED: dict[str, Refusal] = {
    "a number that the changes do not demand": (
        lambda world: edit(world, lambda form: (relabel(form), form.update(version="9.0.0"))),
        ("form.json dit 9.0.0", "les changements demandent", "corrigez « version »"),
    ),
    "a fault": (
        lambda world: edit(world, lambda form: form["steps"][0].update(when={"condition": "x"})),
        ("definitions/bilan/form.json", "$.steps[0].when.condition", "« x »"),
    ),
    "an edited published file": (
        lambda world: (world.definitions / "ppre/versions/1.0.0.json").write_text("{}"),
        ("definitions/ppre/versions/1.0.0.json", "fichier publié modifié", "Remettez-le tel quel"),
    ),
    "a failing scenario": (
        lambda world: (promise(world), edit(world, lambda form: form["problems"].clear())),
        ("definitions/bilan/scenarios/promesse.json", "scénario en échec", "$.expect.problems"),
    ),
    "a mapping to a missing id": (
        mismap,
        ("definitions/bilan/migrations/", "$.moves[0].field", "Vouliez-vous dire « lieu_reunion » ?"),
    ),
    "a scenario on a removed field": (
        outlive,
        (
            "definitions/bilan/scenarios/ote.json",
            "$.answers.lieu_reunion",
            "« lieu_reunion », retiré après la version",
            'Écrivez « "until": ',
        ),
    ),
    "an answer without a place to go": (
        lambda world: (edit(world, add_optional), publish(world), edit(world, lengthen)),
        ("« Lieu » (lieu_reunion) n'existe plus",),
    ),
    "a shared field that documents write": (
        unshare,
        ("« Référent de parcours »", "n'est plus partagé", "Retirez d'abord ce qui y écrit : pre_parcours ("),
    ),
    "a caller that still calls": (
        uncall,
        ("n'accepte plus d'être appelée par « reunion_suivi.", "Changez d'abord « reunion_suivi."),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_in_order_is_refused_and_nothing_is_written(world: Released, name: str) -> None:
    prepare, words = REFUSED[name]
    form = prepare(world)
    before = snapshot(world)
    out = io.StringIO()
    status = run_publish(
        (form if isinstance(form, str) else FORM,), "x", "Une autrice", False, out, world.root, SHELF
    )
    said = out.getvalue()
    assert status == 1 and "Rien n'a été publié." in said
    assert not [one for one in words if one not in said], said
    assert snapshot(world) == before


def test_a_removed_field_is_published_once_its_answers_have_a_place(world: Released) -> None:
    edit(world, add_optional)
    assert publish(world)[0] == 0
    middle = newest(world)
    edit(world, lengthen)
    due = bumped(middle, 0)
    moves = [{"do": "archive", "field": "lieu_reunion"}]
    given = {
        "canevas": 1,
        "form": FORM,
        "from": middle,
        "to": due,
        "why": "Le lieu ne se note plus.",
        "moves": moves,
    }
    world.write(f"definitions/{FORM}/migrations/{middle}-{due}.json", given)
    edit(world, lambda form: form.update(version=due))
    status, said = publish(world)
    assert status == 0, said
    assert newest(world) == due


def test_a_retired_version_starts_nothing_and_goes_on(world: Released) -> None:
    old = newest(world)
    edit(world, relabel)
    assert publish(world)[0] == 0
    world.write("definitions/deployment.json", {"title": "Essai", "home": "livret"})
    fresh = newest(world)
    out = io.StringIO()
    assert run_retire(FORM, fresh, "Trop tôt.", "Une autrice", out, world.root, SHELF) == 0
    found = world.load()
    assert found.newests[FORM] == fresh and found.starts[FORM] == old
    assert run_retire(FORM, None, "C'est fini.", "Une autrice", out, world.root, SHELF) == 0
    assert world.load().start(FORM) is None
    assert run_retire(FORM, "7.0.0", "x", "x", out, world.root, SHELF) == 1
    assert "Publiées : " in out.getvalue()


def test_an_undone_publication_leaves_no_trace_for_whoever_starts(
    world: Released, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANEVAS_DATA", str(world.root / "none"))
    old = newest(world)
    edit(world, add_optional)
    assert publish(world)[0] == 0
    fresh = newest(world)
    out = io.StringIO()
    assert run_unpublish(FORM, old, "x", "x", out, world.root, SHELF) == 1
    assert "a été publiée depuis" in out.getvalue()
    assert run_unpublish(FORM, fresh, "Une erreur.", "Une autrice", out, world.root, SHELF) == 0, (
        out.getvalue()
    )
    found = world.load()
    assert found.faults == ()
    assert found.newests[FORM] == found.starts[FORM] == old
    assert (FORM, fresh) in found.forms, "documents that were closed on it are still read with it"
    edit(world, relabel)
    assert publish(world)[0] == 0
    assert newest(world) not in {old, fresh}, "a number never serves twice"


def test_a_list_is_published_the_same_way(world: Released) -> None:
    path = world.referentiels / "jours/list.json"
    found = json.loads(path.read_bytes())
    found["items"].append({"code": "ferie", "label": "Jour férié", "source": "usage national"})
    path.write_text(pretty(found), encoding="utf-8")
    out = io.StringIO()
    assert run_publish(("jours",), "x", "x", False, out, world.root, SHELF) == 0, out.getvalue()
    assert "Jour férié" in out.getvalue()
    catalogue = world.load()
    assert catalogue.faults == () and set(catalogue.lists["jours"]) == {"1.0.0", "1.1.0"}
    assert path.read_bytes() == (world.referentiels / "jours/versions/1.1.0.json").read_bytes()
    before = snapshot(world)
    assert run_publish(("jours",), "x", "x", False, out, world.root, SHELF) == 1
    assert snapshot(world) == before


def test_a_list_is_undone_unless_a_form_takes_it(world: Released, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANEVAS_DATA", str(world.root / "none"))
    path = world.referentiels / "bilan_progres/list.json"
    out = io.StringIO()

    def say(label: str) -> int:
        found = json.loads(path.read_bytes())
        found["items"][0]["label"] = label
        path.write_text(pretty(found), encoding="utf-8")
        return run_publish(("bilan_progres",), "Un mot.", "Une autrice", False, out, world.root, SHELF)

    old = max(world.load().lists["bilan_progres"])
    assert say("Progrès nets") == 0, out.getvalue()
    event = world.load().list_journal["bilan_progres"][-1]
    assert (event.do, event.by, event.note, event.kind) == ("publish", "Une autrice", "Un mot.", "patch")
    version = str(event.version)
    undo = (version, "Trop tôt.", "x", out, world.root, SHELF)
    assert run_unpublish("bilan_progres", *undo) == 0, out.getvalue()
    found = world.load()
    assert found.faults == () and set(found.lists["bilan_progres"]) == {old}
    assert run_unpublish("bilan_progres", *undo) == 1 and f"Publiées : {old}" in out.getvalue()
    assert say("Progrès très nets") == 0, out.getvalue()
    fresh = max(world.load().lists["bilan_progres"])
    assert fresh not in {old, version}, "a number never serves twice"
    edit(world, relabel)
    assert publish(world)[0] == 0
    before = snapshot(world)
    assert run_unpublish("bilan_progres", fresh, "x", "x", out, world.root, SHELF) == 1
    assert "est prise par bilan" in out.getvalue() and "Publiez plutôt une version corrigée" in out.getvalue()
    assert snapshot(world) == before


def test_a_form_waits_for_its_lists(world: Released) -> None:
    path = world.referentiels / "bilan_progres/list.json"
    found = json.loads(path.read_bytes())
    found["items"][0]["label"] += " !"
    path.write_text(pretty(found), encoding="utf-8")
    edit(world, relabel)
    status, said = publish(world)
    assert status == 1 and "« bilan_progres » a changé depuis sa publication" in said


# --- the folder and the store -------------------------------------------------------------------


def a_store() -> DocumentStore:
    return DocumentStore(Memory())


def test_what_the_folder_lacks_is_served_from_the_store_and_comes_back(world: Released) -> None:
    store, site = a_store(), make_site()
    whole = snapshot(world)
    sent = keeping.push(store, site.clock(), world.definitions, world.referentiels)
    assert not sent.conflicts and len(sent.sent) == len(
        keeping.in_folders(world.definitions, world.referentiels)
    )
    assert keeping.push(store, site.clock(), world.definitions, world.referentiels).sent == ()
    served = set(world.load().forms)
    for path in world.root.rglob("versions/*.json"):
        path.unlink()
    from web.catalogue import load

    found = load(world.definitions, world.referentiels, keeping.kept(store), SHELF)
    assert found.faults == () and set(found.forms) == served
    pulled = keeping.pull(store, world.definitions, world.referentiels)
    assert not pulled.conflicts
    assert snapshot(world) == whole


def test_two_versions_under_one_number_are_a_conflict_and_nothing_is_written(world: Released) -> None:
    store, site = a_store(), make_site()
    keeping.push(store, site.clock(), world.definitions, world.referentiels)
    world.publish("bilan", "1.0.0", "1.0.0", relabel)
    world.publish("bilan", "1.0.0", "1.4.0", relabel)
    before, kept = snapshot(world), keeping.kept(store)
    for exchange in (
        keeping.push(store, site.clock(), world.definitions, world.referentiels),
        keeping.pull(store, world.definitions, world.referentiels),
    ):
        assert len(exchange.conflicts) == 1 and "bilan/versions/1.0.0.json" in exchange.conflicts[0]
    assert snapshot(world) == before and keeping.kept(store) == kept


def test_an_edited_published_file_goes_nowhere(world: Released) -> None:
    store, site = a_store(), make_site()
    (world.definitions / "bilan/versions/1.0.0.json").write_text("{}")
    found = keeping.push(store, site.clock(), world.definitions, world.referentiels)
    assert ["bilan/versions/1.0.0.json" in one for one in found.conflicts] == [True]
    assert keeping.kept(store) == {}


def test_the_commands_say_that_there_is_no_data(world: Released, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANEVAS_DATA", str(world.root / "none"))
    out = io.StringIO()
    assert carrying.run("push", None, out, world.root) == 2
    assert moving.run_move("ppre", None, None, out, world.root) == 2
    assert moving.run_rehearse("ppre", None, None, False, out, world.root) == 2
    assert moving.run_rehearse("pre", None, None, False, out, world.root) == 2
    assert "Vouliez-vous dire « ppre »" in out.getvalue()


def test_a_summary_counts_the_gravest_first() -> None:
    counts = {"moved": 2, "lost": 1}
    assert moving.summary(counts) == "3 documents : 1 qui perdraient une réponse, 2 déplacés."


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    )
)
@settings(derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_for_people_reads_the_same(value: Any) -> None:
    assert json.loads(pretty(value)) == value


def test_the_demonstration_can_be_rehearsed_on_the_working_copy() -> None:
    site = make_site(fresh_store())
    found = services.candidate_of(site.deps.catalogue, "ppre", site.deps.catalogue.newests["ppre"])
    assert found is not None
    fates = [fate for fate, _ in services.rehearse(site.store, found, site.clock())]
    assert fates and not {"lost", "blocked"} & {fate.outcome for fate in fates if fate.state == "brouillon"}

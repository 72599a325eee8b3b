"""Publishing, undoing and retiring from the site while it serves; nobody who may not reaches any of it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from demo_site import SHELF, DemoSite, Visitor, catalogue, fresh_store, make_site
from released import Released, item_of
from test_moving import bodies
from test_rehearsal_page import text

from engine.drafting import version_key
from storage.documents import DocumentStore
from web import keeping, services
from web.app import DEFINITIONS
from web.catalogue import load
from web.drafts import Drafts
from web.keeping import pretty
from web.published import Published
from web.services import passing

URL = "/definitions/ppre"
ADMINISTRATOR = "p-morvan"
NEXT = json.loads((DEFINITIONS / "ppre/form.json").read_bytes())["version"]
VERSIONS = sorted((version for form, version in catalogue().forms if form == "ppre"), key=version_key)
PREVIOUS, LAST = VERSIONS[-2:]
NOTE = "La date de transmission du document se note."


@pytest.fixture
def world(tmp_path: Path) -> Released:
    return Released(tmp_path)


def serve(world: Released, store: DocumentStore | None = None) -> DemoSite:
    """A site that publishes, on the demonstration's documents."""
    kept = store or fresh_store()
    folders = (world.definitions, world.referentiels)
    published = Published(kept, lambda: load(*folders, keeping.kept(kept), SHELF))
    return make_site(kept, published=published, drafts=Drafts(*folders, kept, SHELF))


def edit(world: Released, change: Any, form: str = "ppre") -> None:
    path = world.definitions / form / "form.json"
    found = json.loads(path.read_bytes())
    change(found)
    path.write_text(pretty(found), encoding="utf-8")


def hidden(page: bytes, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.decode())
    assert found is not None, name
    return found[1]


def publish(visitor: Visitor, note: str = NOTE) -> Any:
    """Rehearse to the end, then publish what the page shows."""
    visitor.post(f"{URL}/repetition")
    page = visitor.get(f"{URL}/repetition").body
    return visitor.post(
        f"{URL}/publication", [("note", note), ("content", hidden(page, "content")), ("_once", "un")]
    )


def documents(site: DemoSite) -> dict[str, Any]:
    """Every document, without its keys."""
    return {id: body for id, (body, _) in bodies(site.store).items()}


def everything(site: DemoSite, world: Released) -> Any:
    """What is kept, what documents hold, what the folders hold."""
    files = {path: path.read_bytes() for path in world.root.rglob("*.json")}
    return keeping.kept(site.store), bodies(site.store), files


def test_published_served_passed_answered_and_undone_without_a_restart(world: Released) -> None:
    site = serve(world)
    visitor, before = site.visitor(ADMINISTRATOR), documents(site)
    assert 'name="note"' not in visitor.get(f"{URL}/repetition").body.decode(), "not rehearsed yet"
    answer = publish(visitor)
    assert (answer.status, answer.headers["location"]) == (303, URL)
    assert documents(site) == before, "publishing moves nothing by itself"
    site.deps = services.Deps(**{**vars(site.deps), "catalogue": site.app.state["site"].published.catalogue})
    assert site.deps.catalogue.starts["ppre"] == NEXT
    words = text(visitor.get(URL))
    assert (
        f"commencent avec la version {NEXT}" in words
        and NOTE in words
        and "Faire passer les documents" in words
    )
    assert visitor.post(f"{URL}/passage").status == 303
    assert "C'est fini" in text(visitor.get(URL))
    moved = documents(site)
    drafts = [one for one in moved.values() if (one["form"], one["state"]) == ("ppre", "brouillon")]
    assert {body["version"] for body in drafts} == {NEXT}
    teacher = site.visitor("p-ferrand")
    assert teacher.get("/documents/d-garnier-1").status in {200, 303}
    services.fill(
        site.deps,
        "p-ferrand",
        "d-garnier-1",
        {"date_transmission": "2026-11-20", "engagement_eleve": "Je relis."},
    )
    answer = visitor.post(f"{URL}/annulation", [("version", NEXT), ("note", "Trop tôt.")])
    assert answer.status == 303
    assert f"Retour des documents de la version {NEXT}" in text(visitor.get(URL))
    visitor.post(f"{URL}/passage")
    after = documents(site)
    id = "d-garnier-1"
    assert after[id]["answers"] == before[id]["answers"] | {"engagement_eleve": "Je relis."}
    assert [node["path"] for node in after[id]["archived"]] == ["date_transmission"]
    assert {other: body for other, body in after.items() if other != id} == {
        other: body for other, body in before.items() if other != id
    }
    assert site.app.state["site"].published.catalogue.newests["ppre"] == LAST
    assert "Annulée" in text(visitor.get(URL))
    assert not site.incidents()


def test_it_is_in_the_audit_log_and_comes_to_the_folder_by_a_pull(world: Released) -> None:
    site = serve(world)
    publish(site.visitor(ADMINISTRATOR))
    names = {f"definitions/ppre/versions/{NEXT}.json", "definitions/ppre/journal.json"}
    logged = {
        one.id for one in site.store.audit() if one.author == ADMINISTRATOR and one.kind == "definition"
    }
    assert logged == names
    before = {path: path.read_bytes() for path in world.root.rglob("*.json")}
    assert set(keeping.ahead(site.store, world.definitions, world.referentiels)) == names
    assert not keeping.pull(site.store, world.definitions, world.referentiels).conflicts
    written = {path for path in world.root.rglob("*.json") if path.read_bytes() != before.get(path)}
    assert {path.name for path in written} == {f"{NEXT}.json", "journal.json", "manifest.json"}
    found = world.load()
    assert found.faults == () and found.newests["ppre"] == NEXT
    assert found.journal["ppre"][-1].note == NOTE and found.journal["ppre"][-1].by == "Yann Morvan"
    assert world.working().faults == ()


def test_cut_anywhere_and_taken_up_again_the_end_is_the_same(
    world: Released, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = serve(world), serve(world)
    for site in (whole, cut):
        publish(site.visitor(ADMINISTRATOR))
    whole.visitor(ADMINISTRATOR).post(f"{URL}/passage")
    monkeypatch.setattr(passing, "BATCH", 3)
    monkeypatch.setattr(passing, "TIME", timedelta(seconds=-1))
    visitor, seen = cut.visitor(ADMINISTRATOR), []
    for _ in range(20):
        visitor.post(f"{URL}/passage")
        seen.append(text(visitor.get(URL)))
        if "C'est fini" in seen[-1]:
            break
    assert "3 documents vus sur" in seen[0] and "Continuer" in seen[0] and len(seen) > 3
    assert bodies(cut.store) == bodies(whole.store)
    fates = {(one.id, one.outcome) for one in services.staying(cut.store, "ppre")}
    assert fates == {(one.id, one.outcome) for one in services.staying(whole.store, "ppre")}


def test_another_process_on_the_store_serves_it_at_its_next_request(world: Released) -> None:
    here = serve(world)
    there = serve(world, here.store)
    there.app.state["site"].rng.drawn += 1000
    publish(here.visitor(ADMINISTRATOR))
    here.visitor(ADMINISTRATOR).post(f"{URL}/passage")
    assert there.app.state["site"].published.catalogue.newests["ppre"] == LAST
    assert there.visitor("p-ferrand").get("/documents/d-garnier-1").status in {200, 303}
    assert there.app.state["site"].published.catalogue.newests["ppre"] == NEXT


def test_sent_twice_it_counts_once(world: Released) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    visitor.post(f"{URL}/repetition")
    content = hidden(visitor.get(f"{URL}/repetition").body, "content")
    pairs = [("note", NOTE), ("content", content), ("_once", "un")]
    assert [visitor.post(f"{URL}/publication", pairs).status for _ in range(2)] == [303, 303]
    assert (
        len(site.app.state["site"].published.catalogue.journal["ppre"])
        == len(world.load().journal["ppre"]) + 1
    )


def conceal(form: dict[str, Any]) -> None:
    item_of(form, "engagement_eleve")["when"] = {"ref": "duree", "op": "gt", "value": 100}


def fail(world: Released) -> None:
    """An author expects what the form doesn't do."""
    path = world.definitions / "ppre/scenarios/trois-domaines.json"
    found = json.loads(path.read_bytes())
    found["expect"] = {"visible": ["$.absent"]}
    path.write_text(json.dumps(found), encoding="utf-8")


def alter(world: Released) -> None:
    """Edit a published file."""
    (world.definitions / "ppre/versions/1.0.0.json").write_text("{}")


def mismap(world: Released) -> None:
    """Lead to the next version by a move whose field is misspelt."""
    head = {"canevas": 1, "form": "ppre", "from": LAST, "to": NEXT, "why": "Un champ change de place."}
    moves = [{"do": "archive", "field": "engagement_eleves"}]
    world.write(f"definitions/ppre/migrations/{LAST}-{NEXT}.json", {**head, "moves": moves})


def outlive(world: Released) -> None:
    """Leave a scenario that answers a field that the working copy removes."""
    scenario = {"form": "ppre", "since": LAST, "title": "L'élève s'engage", "today": "2026-11-23"}
    scenario |= {"user": {"person": "p-1"}, "subject": {}, "state": "brouillon"}
    scenario |= {"answers": {"engagement_eleve": "Je relis."}, "expect": {"state": "brouillon"}}
    world.write("definitions/ppre/scenarios/engagement.json", scenario)

    def remove(form: dict[str, Any]) -> None:
        for step in form["steps"]:
            step["items"] = [one for one in step["items"] if one["id"] != "engagement_eleve"]
        form["version"] = f"{int(NEXT.split('.')[0]) + 1}.0.0"

    edit(world, remove)


FAULTY = {
    "an edited published file": (
        alter,
        ("definitions/ppre/versions/1.0.0.json", "fichier publié modifié", "Remettez-le tel quel"),
    ),
    "a mapping to a missing id": (
        mismap,
        (f"migrations/{LAST}-{NEXT}.json", "$.moves[0].field", "Vouliez-vous dire « engagement_eleve » ?"),
    ),
    "a scenario on a removed field": (
        outlive,
        (
            "definitions/ppre/scenarios/engagement.json",
            "$.answers.engagement_eleve",
            f"retiré après la version {LAST}",
            "Écrivez « &#34;until&#34;: &#34;3",
        ),
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faulty_input_is_said_with_its_place_and_remedy_and_nothing_is_written(
    world: Released, name: str
) -> None:
    prepare, words = FAULTY[name]
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    prepare(world)
    visitor.post(f"{URL}/repetition")
    before = everything(site, world)
    answer = visitor.post(f"{URL}/publication", [("note", NOTE), ("content", "x")])
    assert answer.status == 422
    assert not [one for one in words if one not in text(answer)], text(answer)
    assert everything(site, world) == before


REFUSED = {
    "no note": (lambda world: None, "  ", "Dites en une phrase"),
    "a note without end": (lambda world: None, "x" * 601, "601 signes"),
    "scenarios that fail": (fail, NOTE, "scénario en échec"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_in_order_is_refused_with_its_reason_and_nothing_is_written(
    world: Released, name: str
) -> None:
    prepare, note, words = REFUSED[name]
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    visitor.post(f"{URL}/repetition")
    prepare(world)
    visitor.post(f"{URL}/repetition")
    content = site.app.state["site"].drafts.draft("ppre").candidate.content
    before = everything(site, world)
    answer = visitor.post(f"{URL}/publication", [("note", note), ("content", content)])
    assert answer.status == 422 and words in text(answer), text(answer)
    assert everything(site, world) == before


def test_scenarios_are_played_on_each_change_of_the_working_copy(world: Released) -> None:
    visitor = serve(world).visitor(ADMINISTRATOR)
    assert f'hx-get="{URL}?scenarios=1"' in visitor.get(URL).body.decode()
    played = "scénarios joués avec cette version : tout est comme attendu."
    assert played in text(visitor.get(f"{URL}?scenarios=1")) and played in text(visitor.get(URL))
    fail(world)
    assert "Les scénarios sont à jouer" in text(visitor.get(URL))
    page = text(visitor.get(f"{URL}?scenarios=1"))
    assert "ne peut pas être publiée" in page and "trois-domaines.json : scénario en échec" in page


def test_an_answer_that_would_be_lost_refuses_it_and_the_page_says_so(world: Released) -> None:
    site = serve(world)
    services.fill(site.deps, "p-ferrand", "d-garnier-1", {"engagement_eleve": "Je relis."})
    edit(world, conceal)
    visitor = site.visitor(ADMINISTRATOR)
    visitor.post(f"{URL}/repetition")
    page = visitor.get(f"{URL}/repetition")
    assert "perdrait une réponse" in text(page) and "Ce qui empêche de publier" in text(page)
    assert 'name="note"' not in page.body.decode()
    content = site.app.state["site"].drafts.draft("ppre").candidate.content
    answer = visitor.post(f"{URL}/publication", [("note", NOTE), ("content", content)])
    assert answer.status == 422 and not keeping.kept(site.store)


def test_what_was_not_rehearsed_as_it_is_now_is_refused(world: Released) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    content = site.app.state["site"].drafts.draft("ppre").candidate.content
    pairs = [("note", NOTE), ("content", content)]
    assert "répétée jusqu'au bout" in text(visitor.post(f"{URL}/publication", pairs))
    visitor.post(f"{URL}/repetition")
    edit(world, lambda form: item_of(form, "engagement_eleve").update(help="Avec ses mots."))
    assert "a changé depuis" in text(visitor.get(f"{URL}/repetition"))
    assert visitor.post(f"{URL}/publication", pairs).status == 422
    assert not keeping.kept(site.store)


def test_a_number_that_the_changes_demand_is_written_in_the_working_copy(world: Released) -> None:
    raw = (world.definitions / "bilan/form.json").read_bytes()
    edit(world, lambda form: item_of(form, "bilan_general").update(help="Pour la famille."), "bilan")
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    visitor.post("/definitions/bilan/repetition")
    page = visitor.get("/definitions/bilan/repetition").body
    pairs = [("note", NOTE), ("content", hidden(page, "content"))]
    assert visitor.post("/definitions/bilan/publication", pairs).status == 303
    assert raw != (world.definitions / "bilan/form.json").read_bytes()
    assert '"1.1.1"' in (world.definitions / "bilan/form.json").read_text("utf-8")
    assert "Rien n'a changé depuis la version 1.1.1" in text(visitor.get("/definitions/bilan"))


def test_retired_it_starts_nothing_and_goes_on(world: Released) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    assert visitor.post(f"{URL}/retrait", [("version", LAST), ("note", "Une erreur.")]).status == 303
    assert site.app.state["site"].published.catalogue.starts["ppre"] == PREVIOUS
    assert "Retirée" in text(visitor.get(URL))
    before = everything(site, world)
    for version in (LAST, "9.9.9", "", "é" * 99):
        answer = visitor.post(f"{URL}/retrait", [("version", version), ("note", "x")])
        assert answer.status == 422 and (version == LAST or "Publiées : 1.0.0," in text(answer))
        assert visitor.post(f"{URL}/annulation", [("version", version), ("note", "")]).status == 422
    answer = visitor.post(f"{URL}/annulation", [("version", "9.9.9"), ("note", "x")])
    assert "n'a pas de version 9.9.9. Publiées : 1.0.0," in text(answer)
    assert everything(site, world) == before
    assert not site.incidents()


def test_only_the_last_publication_is_undone(world: Released) -> None:
    visitor = serve(world).visitor(ADMINISTRATOR)
    answer = visitor.post(f"{URL}/annulation", [("version", PREVIOUS), ("note", "x")])
    assert answer.status == 422 and "a été publiée depuis" in text(answer)

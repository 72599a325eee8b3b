"""Documents between versions, through the store: rehearsed, moved in batches, brought back."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from demo_site import DemoSite, fresh_store, make_site
from filling import open_step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from released import Released, item_of

from engine.present import read_form
from storage.base import Store
from web import services
from web.catalogue import Catalogue
from web.services import Deps
from web.world import DOCUMENT

RENAMED, ADDED = "modalites_evaluation", "materiel"
GONE = ("mode_evaluation", "origines_difficultes")


def third(form: dict[str, Any]) -> None:
    """A breaking version: a field renamed, one added, one whose answers are to be confirmed."""
    item_of(form, "mode_evaluation")["id"] = RENAMED
    for part in form["outputs"][0]["parts"]:
        part["of"] = [RENAMED if one == "mode_evaluation" else one for one in part["of"]]
    form["steps"][0]["items"].append({"id": ADDED, "type": "text", "label": "Matériel", "renew": "keep"})


NEXT = "9.0.0"
MIGRATION = {
    "canevas": 1,
    "form": "ppre",
    "from": "2.0.0",
    "to": NEXT,
    "why": "Le matériel se note, l'évaluation change de nom.",
    "moves": [
        {"do": "rename", "field": "mode_evaluation", "to": RENAMED},
        {"do": "ask", "field": "date_debut", "why": "À revoir."},
    ],
}


@pytest.fixture(scope="module")
def breaking(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    world = Released(tmp_path_factory.mktemp("breaking"))
    newest = world.load().newests["ppre"]
    world.publish("ppre", newest, NEXT, third)
    world.write("definitions/ppre/migrations/2.0.0-9.0.0.json", MIGRATION)
    catalogue = world.load()
    assert catalogue.faults == ()
    return catalogue


def site_with(catalogue: Catalogue) -> DemoSite:
    """The demonstration with an answer in the field that is renamed."""
    site = make_site(fresh_store(), catalogue)
    services.fill(site.deps, "p-ferrand", draft_of(site), {"mode_evaluation": "Une dictée par semaine."})
    return site


def draft_of(site: DemoSite) -> str:
    found = site.store.find(DOCUMENT, {"form": "ppre", "subject": "l-morel", "phase": "draft"}).entries
    return found[0].id


def bodies(store: Store) -> dict[str, Any]:
    """Every document with its keys."""
    ids = [entry.id for entry in store.find(DOCUMENT, {}).entries]
    return {id: (one.body, dict(one.keys)) for id, one in store.get_many(DOCUMENT, ids).items()}


def candidate(catalogue: Catalogue, version: str = NEXT) -> services.Candidate:
    found = services.candidate_of(catalogue, "ppre", version)
    assert found is not None
    return found


def nodes(site: DemoSite, id: str) -> Any:
    stored = site.store.get(DOCUMENT, id)
    assert stored is not None
    return read_form(services.desk(site.deps, "").state(stored))


def test_the_rehearsal_names_an_outcome_for_each_document_and_writes_nothing(breaking: Catalogue) -> None:
    site = site_with(breaking)
    before = bodies(site.store)
    fates = [fate for fate, _ in services.rehearse(site.store, candidate(breaking), site.clock())]
    assert bodies(site.store) == before
    assert len(fates) == len({fate.id for fate in fates}) == services.living(site.store, "ppre")
    by_id = {fate.id: fate for fate in fates}
    assert by_id[draft_of(site)].outcome == "asked"
    assert "Début de la mise en œuvre" in by_id[draft_of(site)].fields
    closed = {fate.outcome for fate in fates if fate.state != "brouillon"}
    assert closed <= {"unchanged", "blocked"}, "what others read by its major version stays"


def test_moving_leaves_what_is_closed_as_it_was_and_tells_who_fills_a_draft(breaking: Catalogue) -> None:
    site = site_with(breaking)
    before = bodies(site.store)
    shown = {id: nodes(site, id) for id, (body, _) in before.items() if body["state"] != "brouillon"}
    foretold = {
        fate.id: fate.outcome for fate, _ in services.rehearse(site.store, candidate(breaking), site.clock())
    }
    fates = list(services.move(site.deps, candidate(breaking)))
    assert {fate.id: fate.outcome for fate in fates} == {fate.id: foretold[fate.id] for fate in fates}
    after = bodies(site.store)
    for id, (body, _keys) in before.items():
        if body["state"] != "brouillon":
            assert after[id][0] == body
            assert nodes(site, id) == shown[id]
    draft = after[draft_of(site)][0]
    assert draft["version"] == after[draft_of(site)][1]["version"] == NEXT
    assert draft["answers"][RENAMED] == "Une dictée par semaine."
    assert draft["told"].startswith("Le formulaire a changé (version 9.0.0)")
    assert "« Début de la mise en œuvre »" in draft["told"]
    page = site.visitor("p-ferrand").get(f"/documents/{draft_of(site)}/etapes/informations")
    assert "a changé (version 9.0.0)" in page.body.decode()
    assert [fate for fate in services.move(site.deps, candidate(breaking)) if fate.outcome == "asked"] == []
    open_step(site.visitor("p-ferrand"), draft_of(site), "informations").send("quitter")
    page = site.visitor("p-ferrand").get(f"/documents/{draft_of(site)}/etapes/informations")
    assert "a changé (version 9.0.0)" not in page.body.decode()


class Breaking:
    """A store that fails at its nth write, as a power cut would."""

    def __init__(self, store: Store, writes: int) -> None:
        self._store, self.left = store, writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def transaction(self, author: str, at: datetime | str) -> Iterator[Any]:
        with self._store.transaction(author, at) as tx:
            yield _Failing(tx, self)


class _Failing:
    def __init__(self, tx: Any, breaking: Breaking) -> None:
        self._tx, self._breaking = tx, breaking

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def put(self, *args: Any, **kwargs: Any) -> Any:
        self._breaking.left -= 1
        if self._breaking.left < 0:
            raise KeyboardInterrupt
        return self._tx.put(*args, **kwargs)


def broken(deps: Deps, writes: int) -> Deps:
    store: Any = Breaking(deps.store, writes)
    return replace(deps, store=store)


QUIET = settings(
    deadline=None,
    max_examples=12,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(cuts=st.lists(st.integers(0, 3), max_size=4), batch=st.integers(1, 4))
@QUIET
def test_interrupted_anywhere_and_run_again_a_move_and_its_undoing_end_the_same(
    cuts: list[int], batch: int, breaking: Catalogue
) -> None:
    whole, cut = site_with(breaking), site_with(breaking)
    list(services.move(whole.deps, candidate(breaking)))
    for writes in cuts:
        try:
            list(services.move(broken(cut.deps, writes), candidate(breaking), batch=batch))
        except KeyboardInterrupt:
            continue
    list(services.move(cut.deps, candidate(breaking), batch=batch))
    assert bodies(cut.store) == bodies(whole.store)
    newest = sorted(version for form, version in breaking.forms if form == "ppre")[-2]
    list(services.bring_back(whole.deps, "ppre", NEXT, newest))
    for writes in cuts:
        try:
            list(services.bring_back(broken(cut.deps, writes), "ppre", NEXT, newest, batch=batch))
        except KeyboardInterrupt:
            continue
    list(services.bring_back(cut.deps, "ppre", NEXT, newest, batch=batch))
    assert bodies(cut.store) == bodies(whole.store) == bodies(site_with(breaking).store)


def test_bringing_back_keeps_the_answers_given_since(breaking: Catalogue) -> None:
    site = site_with(breaking)
    before = copy.deepcopy(bodies(site.store))
    list(services.move(site.deps, candidate(breaking)))
    id = draft_of(site)
    services.fill(site.deps, "p-ferrand", id, {RENAMED: "Deux dictées.", ADDED: "Une règle", "duree": 5})
    fresh = services.create_document(site.deps, "p-benali", "l-roussel", "ppre")
    services.fill(site.deps, "p-benali", fresh, {RENAMED: "À l'oral."})
    newest = sorted(version for form, version in breaking.forms if form == "ppre")[-2]
    list(services.bring_back(site.deps, "ppre", NEXT, newest))
    after = bodies(site.store)
    wanted = before[id][0]["answers"] | {"mode_evaluation": "Deux dictées.", "duree": 5}
    assert after[id][0]["answers"] == wanted
    assert [node["label"] for node in after[id][0]["archived"]] == ["Matériel"]
    assert after[id][0]["version"] == before[id][0]["version"]
    assert "told" not in after[id][0]
    others = {other: body for other, (body, _) in after.items() if other not in {id, fresh, "l-roussel"}}
    assert others == {other: before[other][0] for other in others}


def test_what_was_closed_since_stays_and_says_why(breaking: Catalogue) -> None:
    site = site_with(breaking)
    list(services.move(site.deps, candidate(breaking)))
    stored = site.store.get(DOCUMENT, "d-martin-1")
    assert stored is not None
    services.act(site.deps, "p-delmas", "d-martin-1", "abandonner", stored.revision)
    fates = {fate.id: fate for fate in services.bring_back(site.deps, "ppre", NEXT, "2.0.0")}
    assert fates["d-martin-1"].outcome == "blocked"
    assert "a été close depuis" in fates["d-martin-1"].why
    assert nodes(site, "d-martin-1")


def test_drafts_follow_patches_and_nothing_else_does(tmp_path: Any) -> None:
    world = Released(tmp_path)
    newest = world.load().newests["ppre"]
    major, minor, patch = newest.split(".")
    next_patch, next_minor = f"{major}.{minor}.{int(patch) + 1}", f"{major}.{int(minor) + 1}.0"

    def reworded(form: dict[str, Any]) -> None:
        item_of(form, "duree")["label"] = "Durée prévue"

    world.publish("ppre", newest, next_patch, reworded)
    world.publish("ppre", newest, next_minor, third)
    catalogue = world.load()
    site = make_site(fresh_store(), catalogue)
    before = bodies(site.store)
    services.follow_patches(site.deps)
    for id, (body, _) in bodies(site.store).items():
        former = before[id][0]["version"]
        line = [
            version
            for form, version in catalogue.forms
            if form == body["form"] and version.rpartition(".")[0] == former.rpartition(".")[0]
        ]
        draft = catalogue.forms[body["form"], former].state(body["state"]).phase == "draft"
        assert body["version"] == (max(line) if draft else former)
        assert body["answers"] == before[id][0]["answers"]


def test_what_is_kept_aside_is_read_by_those_who_could_read_it_and_nobody_else(tmp_path: Any) -> None:
    world = Released(tmp_path)
    newest = world.load().newests["ppre"]

    def without(form: dict[str, Any]) -> None:
        for name in GONE:
            item_of(form, name)["id"] = f"{name}_bis"
        for output in form["outputs"]:
            for part in output.get("parts", ()):
                part["of"] = [f"{one}_bis" if one in GONE else one for one in part["of"]]

    world.publish("ppre", newest, NEXT, without)
    moves = [{"do": "archive", "field": name} for name in GONE]
    given = {"canevas": 1, "form": "ppre", "from": newest, "to": NEXT, "why": "Autrement.", "moves": moves}
    world.write("definitions/ppre/migrations/a.json", given)
    catalogue = world.load()
    assert catalogue.faults == ()
    site = site_with(catalogue)
    id = draft_of(site)
    services.fill(site.deps, "p-ferrand", id, {"origines_difficultes": ["ih2ef.origines.cognitives"]})
    list(services.move(site.deps, candidate(catalogue)))
    stored = site.store.get(DOCUMENT, id)
    assert stored is not None and len(stored.body["archived"]) == 2
    page = site.visitor("p-ferrand").get(f"/documents/{id}?lire=1").body.decode()
    assert "Une dictée par semaine." in page and "Origines des difficultés" in page
    services.act(site.deps, "p-ferrand", id, "abandonner", stored.revision)
    assert "Une dictée" in site.visitor("p-tournier").get(f"/documents/{id}").body.decode()
    assert site.visitor("p-rossi").get(f"/documents/{id}").status == 404


def test_a_page_opened_before_the_move_loses_no_word(breaking: Catalogue) -> None:
    site = site_with(breaking)
    id = draft_of(site)
    page = open_step(site.visitor("p-ferrand"), id, "mise_en_oeuvre")
    list(services.move(site.deps, candidate(breaking)))
    page.fill("mode_evaluation", "Écrit dans une page déjà ouverte.").send()
    kept = site.store.get(DOCUMENT, id)
    clashes = site.store.find("clash", {"document": id}).entries
    waiting = [site.store.get("clash", one.id) for one in clashes]
    assert kept is not None
    assert "Écrit dans une page déjà ouverte." in f"{kept.body} {[one.body for one in waiting if one]}"


def test_words_for_a_field_that_is_gone_are_kept_and_shown_to_their_author(tmp_path: Any) -> None:
    world = Released(tmp_path)
    newest = world.load().newests["ppre"]
    major = f"{int(newest.split('.')[0]) + 1}.0.0"

    def without(form: dict[str, Any]) -> None:
        item_of(form, "mode_evaluation")["id"] = "mode_evaluation_bis"
        for output in form["outputs"]:
            for part in output.get("parts", ()):
                part["of"] = [
                    "mode_evaluation_bis" if one == "mode_evaluation" else one for one in part["of"]
                ]

    world.publish("ppre", newest, major, without)
    given = {"canevas": 1, "form": "ppre", "from": newest, "to": major, "why": "Autrement."}
    moves = [{"do": "archive", "field": "mode_evaluation"}]
    world.write("definitions/ppre/migrations/a.json", given | {"moves": moves})
    catalogue = world.load()
    assert catalogue.faults == ()
    site = site_with(catalogue)
    id = draft_of(site)
    services.fill(site.deps, "p-ferrand", id, {"mode_evaluation": "Une dictée."})
    page = open_step(site.visitor("p-ferrand"), id, "mise_en_oeuvre")
    list(services.move(site.deps, candidate(catalogue, major)))
    answer = page.fill("mode_evaluation", "Une dictée, puis un oral.").send()
    assert "Une dictée, puis un oral." in answer.body.decode(), "given back to take up again"
    stored = site.store.get(DOCUMENT, id)
    assert stored is not None
    assert [node["answer"] for node in stored.body["archived"]] == [
        "Une dictée.",
        "Une dictée, puis un oral.",
    ]
    assert "puis un oral" in site.visitor("p-ferrand").get(f"/documents/{id}?lire=1").body.decode()
    list(services.bring_back(site.deps, "ppre", major, newest))
    back = site.store.get(DOCUMENT, id)
    assert back is not None and back.body["answers"]["mode_evaluation"] == "Une dictée."
    assert [node["answer"] for node in back.body["archived"]] == ["Une dictée, puis un oral."]


def test_words_for_a_step_that_is_gone_are_kept_and_shown_to_their_author(tmp_path: Any) -> None:
    world = Released(tmp_path)
    newest = world.load().newests["ppre"]
    major = f"{int(newest.split('.')[0]) + 1}.0.0"

    def renamed(form: dict[str, Any]) -> None:
        text = json.dumps(form).replace('"mise_en_oeuvre"', '"mise_en_oeuvre_bis"')
        form.update(json.loads(text))

    world.publish("ppre", newest, major, renamed)
    given = {"canevas": 1, "form": "ppre", "from": newest, "to": major, "why": "Autrement."}
    moves = [{"do": "ask", "field": "date_debut", "why": "À revoir."}]
    world.write("definitions/ppre/migrations/a.json", given | {"moves": moves})
    catalogue = world.load()
    assert catalogue.faults == ()
    site = site_with(catalogue)
    id = draft_of(site)
    page = open_step(site.visitor("p-ferrand"), id, "mise_en_oeuvre")
    list(services.move(site.deps, candidate(catalogue, major)))
    answer = page.fill("mode_evaluation", "Une dictée, puis un oral.").send()
    assert (answer.status, answer.headers["location"]) == (303, f"/documents/{id}?lire=1")
    assert "puis un oral" in site.visitor("p-ferrand").get(f"/documents/{id}?lire=1").body.decode()
    stored = site.store.get(DOCUMENT, id)
    assert stored is not None and stored.body["answers"]["mode_evaluation"] == "Une dictée par semaine."
    revision = stored.revision
    assert page.send().status == 303, "sent again"
    again = site.store.get(DOCUMENT, id)
    assert again is not None and again.revision == revision, "kept once"
    page.action = page.action.replace("mise_en_oeuvre", "jamais_vue")
    assert page.send().status == 404, "a step that never was"


def test_a_document_that_another_reads_by_its_major_version_stays(breaking: Catalogue) -> None:
    """The review reads the majors 1 and 2 of the plan: a plan that has one does not go to 3."""
    site = site_with(breaking)
    fates = {fate.id: fate for fate, _ in services.rehearse(site.store, candidate(breaking), site.clock())}
    id = draft_of(site)
    assert {("bilan", "ppre"), ("ppre", "suite_de")} <= set(candidate(breaking).unread)
    assert fates[id].outcome == "asked"
    stored = site.store.get(DOCUMENT, "d-morel-1-bilan")
    assert stored is not None
    keys = {**stored.keys, "link.ppre": id}
    with site.store.transaction("t", site.clock()) as tx:
        tx.rekey(DOCUMENT, stored.id, keys)
    fates = {fate.id: fate for fate, _ in services.rehearse(site.store, candidate(breaking), site.clock())}
    assert fates[id].outcome == "blocked" and "ne lit pas la version 9.0.0" in fates[id].why

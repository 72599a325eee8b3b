"""Saving a step: what is kept, what is refused, what merges; nothing valid is ever lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from demo_site import DemoSite, Visitor, make_site
from filling import Filled, open_step, read_page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from web import services
from web.screens.lists import list_page
from web.services import acting

TEACHER, HEAD = "p-benali", "p-tournier"


@pytest.fixture
def site() -> DemoSite:
    return make_site()


@pytest.fixture
def draft(site: DemoSite) -> str:
    """A new document about a record of the college."""
    return services.create_document(site.deps, TEACHER, "l-roussel", "ppre")


def answers(site: DemoSite, id: str) -> dict[str, Any]:
    stored = site.store.get("document", id)
    assert stored is not None
    found: dict[str, Any] = stored.body["answers"]
    return found


def shown(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.body.decode()))


def first(site: DemoSite, draft: str, who: str = TEACHER) -> Filled:
    return open_step(site.visitor(who), draft, "informations")


# --- what a person can enter wrongly is kept ------------------------------------------------------


def test_what_is_no_number_is_kept_and_explained(site: DemoSite, draft: str) -> None:
    page = first(site, draft).fill("duree", "six")
    assert page.send().status == 303
    assert answers(site, draft)["duree"] == {"raw": "six"}
    again = open_step(page.visitor, draft, "informations")
    assert again.value("duree") == "six"
    text = shown(page.visitor.get(f"/documents/{draft}/etapes/informations"))
    assert "« six » n’est pas un nombre" in text.replace("\u202f", " ").replace("\xa0", " ")


def test_a_text_too_long_is_kept_whole_and_explained(site: DemoSite, draft: str) -> None:
    page = open_step(site.visitor(TEACHER), draft, "mise_en_oeuvre")
    row = page.value("objectifs~rows")
    long = "é" * 1001
    page.fill(f"objectifs.{row}.intitule", "Lire").fill(f"objectifs.{row}.competences", long)
    assert page.send().status == 303
    (kept,) = answers(site, draft)["objectifs"]
    assert kept["competences"] == {"raw": long}
    assert kept["intitule"] == "Lire"
    again = open_step(page.visitor, draft, "mise_en_oeuvre")
    assert again.value(f"objectifs.{row}.competences") == long


def test_the_same_first_pick_twice_is_kept_and_blocks_the_gate(site: DemoSite, draft: str) -> None:
    page = open_step(site.visitor(TEACHER), draft, "etape_points_appui")
    page.fill("points_appui~1", "pa.maths-sciences").fill("points_appui~2", "pa.maths-sciences")
    answer = page.send("suivant")
    assert answer.status == 422
    assert "est déjà choisi au n° 1" in shown(answer).replace("\xa0", " ")
    assert answers(site, draft)["points_appui"] == ["pa.maths-sciences", "pa.maths-sciences"]


def test_a_pick_of_a_small_list_draws_nothing_anew(site: DemoSite, draft: str) -> None:
    """The page shows by itself what it opens, and tells the other slots; a new page says the same."""
    page = open_step(site.visitor(TEACHER), draft, "etape_points_appui")
    answer = page.fill("points_appui~1", "pa.maths-sciences").send("auto")
    assert b"z-points_appui" not in answer.body
    again = page.visitor.get(f"/documents/{draft}/etapes/etape_points_appui")
    assert "déjà choisi au n°" in shown(again)


def test_a_fourth_first_pick_is_kept_and_blocks_the_gate(site: DemoSite, draft: str) -> None:
    page = open_step(site.visitor(TEACHER), draft, "etape_points_appui")
    codes = ["pa.methodes-outils", "pa.personne-citoyen", "pa.maths-sciences", "pa.arts-eps"]
    for n, code in enumerate(codes, start=1):
        page.fill(f"points_appui~{n}", code)
    answer = page.send("suivant")
    assert answer.status == 422
    assert answers(site, draft)["points_appui"] == codes


def test_half_a_row_is_kept_and_blocks_the_end(site: DemoSite, draft: str) -> None:
    page = first(site, draft)
    row = page.value("participants~rows")
    page.fill(f"participants.{row}.nom", "Tournier")
    assert page.send().status == 303
    assert answers(site, draft)["participants"] == [{"row": row, "nom": "Tournier"}]
    text = shown(page.visitor.get(f"/documents/{draft}/actions/finaliser"))
    assert "retirez la ligne" in text


def test_an_empty_row_is_not_kept(site: DemoSite, draft: str) -> None:
    assert first(site, draft).send().status == 303
    assert not answers(site, draft).get("participants")


# --- what nobody could have entered is refused, the rest is kept ----------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("points_appui~1", "pa.maths-sciences"),  # another step
        ("type_ppre", "ppre-type.passerelle-gs-cp"),  # outside the cycle
        ("type_ppre", "inconnu"),
        ("date_fin", "2027-01-01"),  # computed
        ("inconnu", "x"),
        ("participants.zz.nom", "Forgé"),  # a row that is not there
    ],
)
def test_a_forged_entry_is_not_stored_and_says_so(site: DemoSite, draft: str, name: str, value: str) -> None:
    page = first(site, draft).fill("duree", "4").fill(name, value)
    answer = page.send()
    assert answer.status == 200
    assert "enregistrée" in shown(answer) or "enregistré" in shown(answer)
    kept = answers(site, draft)
    assert kept["duree"] == 4
    assert value not in repr({key: kept[key] for key in kept if key != "duree"})


def test_a_hidden_field_that_comes_along_keeps_its_former_value(site: DemoSite, draft: str) -> None:
    page = first(site, draft)
    row = page.value("participants~rows")
    page.fill(f"participants.{row}.nom", "Ferrand").fill(f"participants.{row}.prenom", "Nadia")
    page.fill(f"participants.{row}.fonction", "fonction.professeur").send()
    page = open_step(page.visitor, draft, "informations")
    page.fill(f"participants.{row}.discipline", "discipline.francais").send()
    page = open_step(page.visitor, draft, "informations")
    page.fill(f"participants.{row}.fonction", "fonction.eleve")
    page.fill(f"participants.{row}.discipline", "discipline.anglais").send()
    (kept,) = answers(site, draft)["participants"]
    assert kept["discipline"] == ["discipline.francais"]


def test_a_restricted_answer_is_neither_shown_nor_writable(site: DemoSite) -> None:
    visitor = site.visitor("p-rossi")  # reads the finished document, not its restricted parts
    body = visitor.get("/documents/d-garnier-1").body.decode()
    assert visitor.get("/documents/d-garnier-1").status in {200, 404}
    assert "Origines des difficultés" not in body
    assert "rémunération" not in body


def test_a_closed_document_takes_nothing(site: DemoSite) -> None:
    visitor = site.visitor("p-ferrand")
    before = site.store.get("document", "d-morel-1")
    answer = visitor.post(
        "/documents/d-morel-1/etapes/informations", [("_do", "enregistrer"), ("_revision", "1")]
    )
    assert answer.status == 403
    assert "ne se modifie plus" in shown(answer)
    assert site.store.get("document", "d-morel-1") == before


# --- two people, two windows, one late answer -----------------------------------------------------


def test_different_answers_merge(site: DemoSite, draft: str) -> None:
    mine, theirs = first(site, draft), first(site, draft, HEAD)
    theirs.fill("duree", "8").send()
    answer = mine.fill("date_debut", "30/11/2026").send()
    assert answer.status == 200
    assert "Réuni avec" in shown(answer)
    kept = answers(site, draft)
    assert (kept["duree"], kept["date_debut"]) == (8, "2026-11-30")


def test_the_same_answer_waits_for_a_choice(site: DemoSite, draft: str) -> None:
    mine, theirs = first(site, draft), first(site, draft, HEAD)
    theirs.fill("duree", "8").send()
    answer = mine.fill("duree", "6").fill("date_debut", "30/11/2026").send()
    assert answer.status == 303
    assert answers(site, draft)["duree"] == 8, "never an overwrite"
    assert answers(site, draft)["date_debut"] == "2026-11-30", "what merges is kept"
    url = answer.headers["location"]
    page = mine.visitor.get(url)
    assert page.status == 409
    text = shown(page)
    assert "Hélène Tournier" in text
    assert "6 semaine(s)" in text
    assert "8 semaine(s)" in text
    assert mine.visitor.post(url, []).headers["location"] == url, "nothing is chosen for anybody"
    assert mine.visitor.post(url, [("choix-0", "mine")]).status == 303
    assert answers(site, draft)["duree"] == 6
    assert mine.visitor.get(url).status == 404


def test_a_stale_automatic_save_is_sent_to_the_choice(site: DemoSite, draft: str) -> None:
    mine, theirs = first(site, draft), first(site, draft, HEAD)
    theirs.fill("duree", "8").send()
    answer = mine.fill("duree", "6").send("auto")
    assert answer.status == 409
    assert "/conflit/" in answer.headers["hx-redirect"]


def test_the_page_itself_never_clashes_with_its_own_late_save(site: DemoSite, draft: str) -> None:
    page = first(site, draft)
    page.fill("duree", "1").send("auto")  # its answer is still on the way…
    assert page.fill("duree", "12").send("suivant").status == 303  # …when the button is pressed
    assert answers(site, draft)["duree"] == 12


def test_two_windows_of_one_person_clash_too(site: DemoSite, draft: str) -> None:
    one, two = first(site, draft), first(site, draft)
    one.fill("duree", "5").send()
    assert "/conflit/" in two.fill("duree", "7").send().headers["location"]
    assert answers(site, draft)["duree"] == 5


def test_rows_and_ticks_merge_one_by_one(site: DemoSite, draft: str) -> None:
    query = "?onglet=onglets:onglet_amenagements"
    mine = open_step(site.visitor(TEACHER), draft, "mise_en_oeuvre", query)
    theirs = open_step(site.visitor(HEAD), draft, "mise_en_oeuvre", query)
    branch = mine.value("amenagements~")
    assert branch
    listing = site.deps.catalogue.newest("livret").skeleton.named["amenagements"].listing  # type: ignore[union-attr]
    assert listing is not None
    one, two = list(listing.leaves(branch))[:2]
    theirs.fill("amenagements", *theirs.values("amenagements"), one).send()
    mine.fill("amenagements", *mine.values("amenagements"), two).send()
    assert answers(site, draft)["amenagements"] == [one, two]


def test_automatic_saves_make_one_line_of_history(site: DemoSite, draft: str) -> None:
    page = first(site, draft)
    for weeks in ("1", "12", "10"):
        assert page.fill("duree", weeks).auto().status == 200
    lines = site.store.history("document", draft)
    assert len(lines) == 2, "the creation, then one sitting"
    assert answers(site, draft)["duree"] == 10


# --- defaults ------------------------------------------------------------------------------------


def test_a_default_follows_until_somebody_answers(site: DemoSite, draft: str) -> None:
    page = first(site, draft).fill("type_ppre", "ppre-type.remediation")
    assert 'value="6"' in page.send("auto").body.decode(), "the script gets the new default"
    assert "duree" not in answers(site, draft)
    page.send()  # the page still shows an empty control: sending it back is no answer
    assert "duree" not in answers(site, draft)
    page = first(site, draft)
    assert page.value("duree") == "6"
    page.fill("duree", "").send()
    assert answers(site, draft)["duree"] is None, "emptied by hand"


# --- keys, lists, transactions --------------------------------------------------------------------


def test_a_list_opens_no_document(site: DemoSite, monkeypatch: pytest.MonkeyPatch) -> None:
    here = services.desk(site.deps, HEAD)
    opened: list[str] = []
    real = type(site.store).get

    def watched(store: Any, kind: str, id: str) -> Any:
        opened.append(kind)
        return real(store, kind, id)

    monkeypatch.setattr(type(site.store), "get", watched)
    page = list_page(site.deps, here, "livret", "", ("je_suis_responsable", "avec_dispositif"))
    assert page.status
    assert "document" not in opened


def test_the_record_s_keys_follow_its_documents(site: DemoSite, draft: str) -> None:
    entry = site.store.find("document", {"form": "livret"}).entries
    keys = {one.id: one.keys for one in entry}["l-roussel"]
    assert keys["filter.avec_dispositif"] is True
    revision = site.store.get("document", draft).revision  # type: ignore[union-attr]
    services.act(site.deps, TEACHER, draft, "abandonner", revision)
    keys = {one.id: one.keys for one in site.store.find("document", {"form": "livret"}).entries}["l-roussel"]
    assert keys["filter.avec_dispositif"] is False


def test_an_action_with_effects_is_all_or_nothing(site: DemoSite, monkeypatch: pytest.MonkeyPatch) -> None:
    bilan = services.create_document(site.deps, "p-ferrand", "d-garnier-1", "bilan")
    services.fill(
        site.deps, "p-ferrand", bilan, {"bilan_general": "Bien.", "suites": ["bilan-action.renouvellement"]}
    )
    before = {one.id: one for one in site.store.find("document", {}).entries}

    def broken(*_args: Any, **_named: Any) -> str:
        raise RuntimeError("a write fails half-way")

    stored = site.store.get("document", bilan)
    assert stored is not None
    with monkeypatch.context() as patch:
        patch.setattr(acting, "write_new", broken)
        with pytest.raises(RuntimeError):
            services.act(site.deps, "p-ferrand", bilan, "finaliser", stored.revision)
    assert {one.id: one for one in site.store.find("document", {}).entries} == before
    acted = services.act(site.deps, "p-ferrand", bilan, "finaliser", stored.revision)
    assert len(acted.created) == 1
    states = {one.id: one.keys["state"] for one in site.store.find("document", {}).entries}
    assert (states["d-garnier-1"], states[bilan], states[acted.created[0]]) == (
        "renouvele",
        "finalise",
        "brouillon",
    )


def test_a_shared_field_is_merged_three_ways_when_its_step_closes(site: DemoSite) -> None:
    """What the record gained meanwhile stays; what the document added and removed is applied."""
    listing = site.deps.catalogue.newest("livret").skeleton.named["amenagements"].listing  # type: ignore[union-attr]
    assert listing is not None
    codes = [
        code for code in listing.leaves("am-sec.methodes-outils.communication") if not listing.asks(code)
    ]
    kept, removed, added, meanwhile = codes[:4]
    services.fill(site.deps, TEACHER, "l-roussel", {"amenagements": [kept, removed]})
    draft = services.create_document(site.deps, TEACHER, "l-roussel", "ppre")
    page = open_step(site.visitor(TEACHER), draft, "mise_en_oeuvre", "?onglet=onglets:onglet_amenagements")
    page.fill("amenagements", kept, added).send()
    services.fill(site.deps, HEAD, "l-roussel", {"amenagements": [kept, removed, meanwhile]})
    services.fill(
        site.deps,
        TEACHER,
        draft,
        {
            "type_ppre": ["ppre-type.remediation"],
            "points_appui": ["pa.maths-sciences"],
            "difficultes": ["df.maths-sciences"],
            "objectifs": [{"row": "a", "intitule": "Poser une soustraction"}],
        },
    )
    revision = site.store.get("document", draft).revision  # type: ignore[union-attr]
    services.act(site.deps, TEACHER, draft, "finaliser", revision)
    assert set(answers(site, "l-roussel")["amenagements"]) == {kept, meanwhile, added}


# --- whatever is posted, never a fault of ours ----------------------------------------------------

NAMES = st.sampled_from(
    [
        "duree",
        "type_ppre",
        "participants",
        "participants~rows",
        "participants.a.nom",
        "points_appui~1",
        "points_appui~1~p",
        "points_appui~d~1~pa.x",
        "amenagements",
        "amenagements~",
        "objectifs.a.b",
        "_base",
        "_revision",
        "_sitting",
        "a.b.c",
        "~",
        ".",
        "x~",
        "participants.a",
        "objectifs~rows",
        "personnes~d~0~mobilise.autres",
        "date_debut",
        "date_debut~",
    ]
)
TEXTS = st.text(max_size=30).filter(lambda text: "\0" not in text) | st.sampled_from(
    ["1", "31/02/2027", "9" * 40, "-1", "1e9", "ppre-type.remediation", "{}", '{"a":1}', "é" * 2000, "a\r\nb"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(st.tuples(NAMES, TEXTS), max_size=12),
    do=st.sampled_from(
        [
            "enregistrer",
            "auto",
            "suivant",
            "ajouter:x",
            "retirer:participants:a",
            "onglet::",
            "aller:",
            "rien",
        ]
    ),
)
def test_no_post_breaks_the_site(site: DemoSite, draft: str, pairs: list[tuple[str, str]], do: str) -> None:
    visitor: Visitor = site.visitor(TEACHER)
    page = open_step(visitor, draft, "informations")
    sent = [pair for pair in page.pairs if pair[0] != "_csrf"] + pairs
    answer = visitor.post(page.action, [*sent, ("_do", do)])
    assert answer.status < 500, site.incidents()
    assert visitor.get(f"/documents/{draft}/etapes/informations").status == 200, site.incidents()
    if answer.status == 200 and do != "auto":
        assert read_page(visitor, answer).action

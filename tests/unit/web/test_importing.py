"""Records brought in from files: what changes, what is refused, and what is never touched."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from demo_site import DemoSite, catalogue, make_site
from hypothesis import given
from hypothesis import strategies as st
from import_files import HEADS, child, onde, siecle, zipped
from web_trial import Raw, ask

from cli import keeping
from cli.importing import run_import
from storage.base import Body
from web import services
from web.importing.applying import BATCH, OPERATOR, Brought, Preview, bring, bringing_of, preview
from web.importing.rows import Bounds, FileRefused, read_rows

BOUNDS = Bounds(5_000_000, 3_000)
HEAD_CURIE, HEAD_CESAIRE, TEACHER = "p-marchand", "p-tournier", "p-delmas"
CURIE, CESAIRE, VERNE = "e-curie", "e-cesaire", "e-verne"
UAI = {CESAIRE: "0991003C", VERNE: "0981001F", CURIE: "0991002B"}


def shown(
    site: DemoSite, raw: bytes, *, by: str = HEAD_CURIE, name: str = "onde", place: str = CURIE
) -> Preview:
    mapping = catalogue().imports[name]
    return preview(site.deps, bringing_of(site.deps, by, mapping), read_rows(raw, mapping, BOUNDS), place)


def brought(
    site: DemoSite, raw: bytes, *, by: str = HEAD_CURIE, name: str = "onde", place: str = CURIE
) -> Brought:
    return bring(site.deps, shown(site, raw, by=by, name=name, place=place))


def records(site: DemoSite, surname: str) -> list[Body]:
    found = site.store.find("document", {"form": "livret", "col.nom": surname}).entries
    return [stored.body for one in found if (stored := site.store.get("document", one.id)) is not None]


@pytest.fixture
def site() -> DemoSite:
    return make_site()


@pytest.mark.parametrize("encoding", ["iso-8859-15", "utf-8", "utf-8-sig"])
def test_a_file_makes_records_whatever_its_encoding(site: DemoSite, encoding: str) -> None:
    done = brought(site, onde([child(1), child(2, niveau="CE2")], encoding))
    (one,) = records(site, "Nom00001")
    assert dict(done.counts) == {"same": 0, "new": 2}
    assert {key: one["answers"][key] for key in ("prenom", "date_naissance", "niveau", "classe")} == {
        "prenom": "Zoé",
        "date_naissance": "2016-03-02",
        "niveau": ["niveau.cm2"],
        "classe": "CM2 A",
    }
    assert one["answers"]["etablissement"][0]["id"] == CURIE
    assert one["answers"]["responsable"] is None


def test_headers_are_told_by_what_they_say(site: DemoSite) -> None:
    heads = HEADS.replace("'", "’").replace("Prénom élève", " prenom  ELEVE*").replace("INE", "ine")
    assert shown(site, onde([child(1)], "utf-8", heads)).counts == {"new": 1}


def test_the_same_file_again_changes_nothing(site: DemoSite) -> None:
    raw = onde(child(n) for n in range(250))
    brought(site, raw)
    before = list(site.store.dump())
    again = shown(site, raw)
    bring(site.deps, again)
    assert again.counts == {"same": 250}
    assert list(site.store.dump()) == before


def test_an_import_that_is_cut_goes_on_where_it_was(site: DemoSite) -> None:
    raw = onde(child(n) for n in range(400))

    def cut(done: int, _total: int) -> None:
        if done == BATCH:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(site.deps, shown(site, raw), cut)
    assert shown(site, raw).counts == {"same": BATCH, "new": 400 - BATCH}
    brought(site, raw)
    assert len(records(site, "Nom00007")) == 1


def test_a_new_class_is_shown_then_written_and_a_leaver_is_named_and_left(site: DemoSite) -> None:
    brought(site, onde([child(1), child(2)]))
    second = shown(site, onde([child(1, classe="CM2 B")]))
    assert [(one.kind, one.changes) for one in second.planned] == [("changed", ("classe",))]
    assert len(second.leavers) == 1
    bring(site.deps, second)
    assert records(site, "Nom00001")[0]["answers"]["classe"] == "CM2 B"
    assert records(site, "Nom00002")[0]["state"] == "ouvert"


def test_what_somebody_corrected_by_hand_stays_until_the_file_says_otherwise(site: DemoSite) -> None:
    brought(site, onde([child(1)]))
    (entry,) = site.store.find("document", {"form": "livret", "col.nom": "Nom00001"}).entries
    services.fill(site.deps, HEAD_CURIE, entry.id, {"classe": "ULIS"})
    assert shown(site, onde([child(1)])).counts == {"same": 1}
    assert shown(site, onde([child(1, classe="CM2 C")])).counts == {"changed": 1}


def test_a_record_made_by_hand_is_found_again(site: DemoSite) -> None:
    zoe = child(1, nom="MARTIN", prenom="Zoé", ne="14/03/2016", classe="CM2 B")
    done = shown(site, onde([zoe]))
    assert [(one.kind, one.record, one.changes) for one in done.planned] == [
        ("changed", "l-martin", ("nom",))
    ]


TWINS = [child(1, nom="Martin", ne="14/03/2016"), child(2, nom="Martin", ne="14/03/2016")]


def test_two_namesakes_never_share_a_record(site: DemoSite) -> None:
    """A record made by hand is of one of them at most: somebody says whose."""
    seen = shown(site, onde(TWINS))
    assert [(one.kind, one.record) for one in seen.planned] == [("unsure", "l-martin")] * 2
    bring(site.deps, seen)
    assert len(records(site, "Martin")) == 1
    chosen = preview(
        site.deps,
        seen.bringing,
        read_rows(onde(TWINS), catalogue().imports["onde"], BOUNDS),
        CURIE,
        {2: True, 3: True},
    )
    done = bring(site.deps, chosen)
    assert done.counts["refused"] == 1 and "autre ligne" in done.faults[0].text
    rest = shown(site, onde(TWINS))
    assert [one.kind for one in rest.planned] == ["same", "new"]
    bring(site.deps, rest)
    assert len(records(site, "Martin")) == 2
    assert shown(site, onde(TWINS)).counts == {"same": 2}


def test_a_newcomer_with_the_name_of_somebody_else_is_asked_about(site: DemoSite) -> None:
    brought(site, onde([child(1)]))
    newcomer = onde([child(1, ine=child(2)["ine"], classe="CM1")])
    assert shown(site, newcomer).counts == {"unsure": 1}
    brought(site, newcomer)
    assert [one["answers"]["classe"] for one in records(site, "Nom00001")] == ["CM2 A"]
    both = onde([child(1), child(1, ine=child(2)["ine"], classe="CM1")])
    assert shown(site, both).counts == {"same": 1, "new": 1}
    brought(site, both)
    assert sorted(one["answers"]["classe"] for one in records(site, "Nom00001")) == ["CM1", "CM2 A"]


def test_a_corrected_key_goes_on_with_the_record_when_somebody_says_so(site: DemoSite) -> None:
    brought(site, onde([child(1)]))
    corrected = onde([child(1, ine=child(2)["ine"], classe="CM1")])
    page = sent(site, HEAD_CURIE, corrected, sorte="onde", lieu=CURIE).body.decode()
    action = re.search(r'action="(/imports/[^"]+)"', page)
    assert action is not None and 'name="choix.2"' in page
    assert site.visitor(HEAD_CURIE).post(action[1], [("choix.2", "meme")]).status == 303
    assert [one["answers"]["classe"] for one in records(site, "Nom00001")] == ["CM1"]
    assert shown(site, corrected).counts == {"same": 1}


def test_several_records_alike_are_nobody_s_to_choose_from(site: DemoSite) -> None:
    brought(site, onde(TWINS[:1]))
    other = services.create_record(site.deps, HEAD_CURIE, "livret", CURIE)
    stored = site.store.get("document", "l-martin")
    assert stored is not None
    alike = {key: stored.body["answers"][key] for key in ("nom", "prenom", "date_naissance")}
    services.fill(site.deps, HEAD_CURIE, other, alike)
    keyless = shown(site, onde([TWINS[0] | {"ine": ""}]))
    assert keyless.counts == {"refused": 1}
    assert "plusieurs fiches" in str(keyless.faults[0])


def test_a_move_takes_the_record_and_its_documents_along(site: DemoSite) -> None:
    zoe = child(1, nom="Martin", ne="14/03/2016", classe="CM2 B")
    brought(site, onde([zoe]))
    moved = siecle([zoe | {"classe": "6e A"}], UAI[CESAIRE])
    assert shown(site, moved, by=OPERATOR, name="siecle", place="").counts == {"moved": 1}
    brought(site, moved, by=OPERATOR, name="siecle", place="")
    record, document = site.store.get("document", "l-martin"), site.store.get("document", "d-martin-1")
    assert record is not None and document is not None
    assert record.keys["place"] == document.keys["place"] == CESAIRE
    assert site.visitor(HEAD_CESAIRE).get("/documents/l-martin").status == 200
    assert [site.visitor(who).get("/documents/l-martin").status for who in (HEAD_CURIE, TEACHER)] == [
        404,
        404,
    ]
    assert shown(site, moved, by=OPERATOR, name="siecle", place="").counts == {"same": 1}


def test_another_place_is_neither_touched_nor_told(site: DemoSite) -> None:
    brought(site, onde([child(1)]))
    before = records(site, "Nom00001")
    seen = shown(site, siecle([child(1)], UAI[CESAIRE]), by=HEAD_CESAIRE, name="siecle", place="")
    assert seen.counts == {"new": 1}
    bring(site.deps, seen)
    assert [one for one in records(site, "Nom00001") if one in before] == before
    theirs = shown(site, siecle([child(2)], UAI[VERNE]), by=HEAD_CESAIRE, name="siecle", place="")
    unknown = shown(site, siecle([child(2)], "0750655E"), by=HEAD_CESAIRE, name="siecle", place="")
    assert theirs.planned == unknown.planned == ()
    assert theirs.faults == unknown.faults


def test_who_may_not_import_has_no_place(site: DemoSite) -> None:
    mapping = catalogue().imports["onde"]
    assert [
        dict(bringing_of(site.deps, who, mapping).places) for who in (TEACHER, "p-morvan", "p-legrand")
    ] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("children", "kinds", "words"),
    [
        ([child(1), child(2, ine=child(1)["ine"]), child(3)], {"new": 1, "refused": 2}, "ligne 3"),
        ([child(1, ine=""), child(1, ine="")], {"refused": 2}, "même identité"),
        ([child(1, ine="12")], {"new": 1}, "120890177FA"),
        ([child(1, ne="31/02/2016"), child(2)], {"new": 1, "refused": 1}, "Date de naissance"),
        ([child(1, nom=""), child(2)], {"new": 1, "refused": 1}, "rien n'est écrit"),
        ([child(1, niveau="Terminale")], {"new": 1}, "à compléter"),
        ([child(1, nom="N" * 100)], {"refused": 1}, "ne convient pas"),
    ],
)
def test_a_wrong_row_is_said_and_the_others_pass(
    site: DemoSite, children: list[dict[str, str]], kinds: dict[str, int], words: str
) -> None:
    seen = shown(site, onde(children))
    assert seen.counts == kinds
    assert any(words in str(fault) for fault in seen.faults), seen.faults
    assert seen.leavers == ()


def test_a_wrong_check_letter_is_refused(site: DemoSite) -> None:
    seen = shown(site, siecle([child(1)], "0991003D"), by=HEAD_CESAIRE, name="siecle", place="")
    assert not seen.planned
    assert any("lettre finale" in str(fault) for fault in seen.faults)


BOMB = "<!DOCTYPE a [<!ENTITY x 'y'>]><BEE_ELEVES>&x;</BEE_ELEVES>"
REFUSED = [
    pytest.param("siecle", siecle([child(n) for n in range(50)], "0991003C")[:-40], "coupée", id="cut zip"),
    pytest.param("siecle", zipped({"a.xml": b" " * 5_000_000}), "démesuré", id="zip bomb"),
    pytest.param("siecle", zipped({"a.xml": b"<a/>", "b.xml": b"<a/>"}), "un seul", id="two files"),
    pytest.param("siecle", BOMB.encode(), "type de document", id="entities"),
    pytest.param("siecle", b"<BEE_ELEVES><DONNEES>", "coup", id="cut tree"),
    pytest.param("siecle", b"<a>" * 50, "imbriqu", id="deep"),
    pytest.param("onde", b"", "vide", id="nothing"),
    pytest.param("onde", b"a;b\n1;2\n", "Il manque les colonnes", id="other file"),
    pytest.param("onde", HEADS.encode() + b'\n"abc', "guillemets", id="open quote"),
    pytest.param("onde", b"x" * 5_000_001, "dépasse", id="too large"),
    pytest.param("onde", HEADS.encode(), "aucune ligne", id="no row"),
    pytest.param("onde", onde(child(n) for n in range(3_001)), "plus de 3000 lignes", id="too many rows"),
]


@pytest.mark.parametrize(("name", "raw", "words"), REFUSED)
def test_a_file_that_cannot_be_read_is_refused_whole(name: str, raw: bytes, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        read_rows(raw, catalogue().imports[name], BOUNDS)


@given(raw=st.binary(max_size=400), name=st.sampled_from(["onde", "siecle"]), zip_=st.booleans())
def test_whatever_the_bytes_rows_or_a_refusal(raw: bytes, name: str, zip_: bool) -> None:
    try:
        read_rows(b"PK\x03\x04" + raw if zip_ else raw, catalogue().imports[name], BOUNDS)
    except FileRefused as refused:
        assert str(refused)


def sent(site: DemoSite, person: str, raw: bytes, *, csrf: str | None = None, **texts: str) -> Raw:
    """Send a file as a browser does."""
    visitor = site.visitor(person)
    token = visitor.csrf if csrf is None else csrf
    parts = [
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in {"_csrf": token, **texts}.items()
    ]
    head = b'--B\r\nContent-Disposition: form-data; name="fichier"; filename="a"\r\n\r\n'
    body = b"".join(parts) + head + raw + b"\r\n--B--\r\n"
    headers = {
        "host": "127.0.0.1:8000",
        "cookie": f"canevas={visitor.token}",
        "content-type": "multipart/form-data; boundary=B",
        "content-length": str(len(body)),
    }
    return ask(site.app, "POST", b"/imports", headers, body)


def test_from_the_web_a_file_is_previewed_then_written_once(site: DemoSite) -> None:
    page = sent(site, HEAD_CURIE, onde([child(1), child(2)]), sorte="onde", lieu=CURIE)
    assert page.status == 200, page.body.decode()[:2000]
    assert "Nom00001" in page.body.decode() and not records(site, "Nom00001")
    action = re.search(r'action="(/imports/[^"]+)"', page.body.decode())
    assert action is not None
    assert site.visitor(HEAD_CESAIRE).post(action[1]).status == 404
    assert site.visitor(HEAD_CURIE).post(action[1]).status == 303
    assert len(records(site, "Nom00001")) == 1
    assert site.visitor(HEAD_CURIE).post(action[1]).status == 404


@pytest.mark.parametrize(
    ("raw", "texts", "words"),
    [
        (b"", {"sorte": "onde"}, "Aucun fichier"),
        (b"x", {"sorte": "absente"}, "sorte de fichier"),
        (onde([child(1)]), {"sorte": "onde", "lieu": CESAIRE}, "pas ouvert"),
        (siecle([child(1)], "0991002B")[:-30], {"sorte": "siecle"}, "coupée"),
    ],
)
def test_from_the_web_what_cannot_be_taken_is_said(
    site: DemoSite, raw: bytes, texts: dict[str, str], words: str
) -> None:
    page = sent(site, HEAD_CURIE, raw, **texts)
    assert (page.status, words in page.body.decode()) == (422, True)


def test_a_file_is_bounded_and_carries_the_token(site: DemoSite) -> None:
    before = list(site.store.dump())
    assert sent(site, HEAD_CURIE, b"x" * 10_000_001, sorte="onde").status == 413
    assert sent(site, HEAD_CURIE, onde([child(1)]), csrf="faux", sorte="onde", lieu=CURIE).status == 403
    assert [one for one in site.store.dump() if one not in before and one.get("kind") == "document"] == []


def test_a_file_of_two_gigabytes_is_not_even_read(tmp_path: Path) -> None:
    vast, out = tmp_path / "vaste.csv", io.StringIO()
    with vast.open("wb") as file:
        file.truncate(2_000_000_000)
    assert run_import("onde", vast, "", True, "memory:", out) == keeping.REFUSED
    assert "dépasse 200 Mo : rien n'a été lu" in out.getvalue()

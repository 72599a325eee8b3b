"""Files joined to a document: kept with it, given to its readers alone, refused with a reason."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from filling import open_step
from network_site import WORLD, Network, catalogue_of, make_network, text_of, words

from cli import store as cli_store
from storage import moving
from storage.registry import open_store
from web import files
from web.sniffing import sniffed
from web.world import DOCUMENT

FORM = json.loads((Path(__file__).parent.parent / "cases" / "pieces_jointes.json").read_text("utf-8"))["form"]
PDF = b"%PDF-1.4\nfacture\n%%EOF\n"
OTHER = b"%PDF-1.4\nautre\n%%EOF\n"
SERVED = catalogue_of([*WORLD["forms"], FORM])


@pytest.fixture
def network() -> Network:
    return make_network(SERVED)


@pytest.fixture
def bill(network: Network) -> str:
    """A document to join files to."""
    return network.made("p-coord", f"/documents/{network.bike()}/creer/facture")


def join(
    network: Network, id: str, *sent: tuple[str, str, bytes], person: str = "p-coord", **typed: str
) -> Any:
    page = open_step(network.visitor(person), id, "pieces")
    for name, value in typed.items():
        page.fill(name, value)
    return page.send_files(*sent)


def zipped(**parts: bytes) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return raw.getvalue()


# --- joined, read, given --------------------------------------------------------------------------


def test_a_file_is_kept_with_the_words_around_it_and_given_back(network: Network, bill: str) -> None:
    assert "multipart/form-data" in text_of(
        network.visitor("p-coord").get(f"/documents/{bill}/etapes/pieces")
    )
    sent = join(network, bill, ("_fichier.photos", "devis été.pdf", PDF), objet="Roue", note="À revoir")
    assert sent.status == 303
    answers = network.body(bill)["answers"]
    (one,) = answers["photos"]
    assert (one["name"], one["size"]) == ("devis été.pdf", len(PDF))
    assert one["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (answers["objet"], answers["note"]) == ("Roue", "À revoir")
    page = network.read("p-soudeur", bill)
    assert f'href="/documents/{bill}/fichiers/{one["file"]}"' in text_of(page)
    assert f"devis été.pdf ({len(PDF)} octets)" in words(page)
    given = network.visitor("p-soudeur").get(f"/documents/{bill}/fichiers/{one['file']}")
    assert (given.status, given.body, given.headers["content-type"]) == (200, PDF, "application/pdf")
    assert given.headers["content-disposition"] == "attachment; filename*=UTF-8''devis%20%C3%A9t%C3%A9.pdf"
    assert "sandbox" in given.headers["content-security-policy"]
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["cache-control"] == "no-store"
    assert "p-soudeur" in network.reads(bill)


def test_it_is_still_given_when_its_step_has_closed(network: Network, bill: str) -> None:
    join(network, bill, ("_fichier.photos", "a.pdf", PDF))
    assert network.act("p-coord", bill, "clore").status == 303
    (one,) = network.body(bill)["frozen"]["pieces"]["answers"]["photos"]
    given = network.visitor("p-chef").get(f"/documents/{bill}/fichiers/{one['file']}")
    assert (given.status, given.body) == (200, PDF)


def test_who_may_not_read_the_field_or_the_document_has_no_file(network: Network, bill: str) -> None:
    join(network, bill, ("_fichier.reserve", "secret.pdf", PDF))
    (one,) = network.body(bill)["answers"]["reserve"]
    url = f"/documents/{bill}/fichiers/{one['file']}"
    assert network.visitor("p-coord").get(url).status == 200
    for person in ("p-chef", "p-soudeur", "p-sud"):
        assert network.visitor(person).get(url).status == 404
    for person in ("p-chef", "p-soudeur"):
        assert "secret.pdf" not in text_of(network.read(person, bill))
    elsewhere = network.made("p-coord", f"/documents/{network.bike()}/creer/facture")
    assert network.visitor("p-coord").get(f"/documents/{elsewhere}/fichiers/{one['file']}").status == 404


def test_who_may_not_write_the_field_joins_nothing(network: Network, bill: str) -> None:
    join(network, bill, ("_fichier.reserve", "a.pdf", PDF), person="p-chef", objet="Selle")
    answers = network.body(bill)["answers"]
    assert "reserve" not in answers and answers["objet"] == "Selle"
    assert not network.site.store.find(files.FILE, {}).total


def test_a_box_takes_one_away_and_the_history_says_so(network: Network, bill: str) -> None:
    join(network, bill, ("_fichier.photos", "un.pdf", PDF), ("_fichier.photos", "deux.pdf", OTHER))
    first, second = network.body(bill)["answers"]["photos"]
    network.site.clock.advance(hours=3)
    page = open_step(network.visitor("p-coord"), bill, "pieces")
    assert f'value="{first["file"]}"' in text_of(network.visitor("p-coord").get(page.action))
    page.fill("_retirer.photos", first["file"])
    page.send()
    assert network.body(bill)["answers"]["photos"] == [second]
    told = words(network.visitor("p-coord").get(f"/documents/{bill}/historique"))
    assert "un.pdf" in told and "deux.pdf" in told
    assert network.visitor("p-coord").get(f"/documents/{bill}/fichiers/{first['file']}").status == 404
    assert files.fetch(network.site.store, first["sha256"]) == PDF  # its history still names it


def test_an_automatic_save_joins_and_takes_away_nothing(network: Network, bill: str) -> None:
    join(network, bill, ("_fichier.photos", "un.pdf", PDF))
    (one,) = network.body(bill)["answers"]["photos"]
    page = open_step(network.visitor("p-coord"), bill, "pieces").fill("_retirer.photos", one["file"])
    page.fill("objet", "Pneu").auto()
    answers = network.body(bill)["answers"]
    assert answers["photos"] == [one] and answers["objet"] == "Pneu"


def test_two_people_join_at_once_and_both_files_stay(network: Network, bill: str) -> None:
    mine, theirs = (open_step(network.visitor(one), bill, "pieces") for one in ("p-coord", "p-chef"))
    assert theirs.send_files(("_fichier.photos", "deux.pdf", OTHER)).status == 303
    sent = mine.fill("objet", "Frein").send_files(("_fichier.photos", "un.pdf", PDF))
    assert sent.status in {200, 303}
    answers = network.body(bill)["answers"]
    assert {one["name"] for one in answers["photos"]} == {"un.pdf", "deux.pdf"}
    assert answers["objet"] == "Frein"


def test_in_a_row(network: Network, bill: str) -> None:
    page = open_step(network.visitor("p-coord"), bill, "pieces", "?ajout=lignes:x")
    page.fill("lignes.x.poste", "Câble")
    assert page.send_files(("_fichier.lignes.x.ticket", "t.pdf", PDF)).status == 303
    (row,) = network.body(bill)["answers"]["lignes"]
    assert row["poste"] == "Câble" and row["ticket"][0]["name"] == "t.pdf"


def test_pressing_join_without_a_file_says_so(network: Network, bill: str) -> None:
    page = open_step(network.visitor("p-coord"), bill, "pieces").fill("objet", "Guidon")
    sent = page.send_files(("_fichier.photos", "", b""), do="joindre:photos")
    assert sent.status == 303 and sent.headers["location"].endswith("#q-photos")
    assert network.body(bill)["answers"] == {"objet": "Guidon"}


# --- bad input ------------------------------------------------------------------------------------

BOMB = zipped(**{"word__document_dot_xml": b"", "[Content_Types].xml": b"x"})
BAD = [
    ("vide.pdf", b"", "« vide.pdf » est vide"),
    ("gros.pdf", b"%PDF-" + b"0" * 1_000_000 + b"%%EOF", "« gros.pdf » dépasse 1 Mo"),
    ("énorme.pdf", b"%PDF-" + b"0" * 10_000_001, "« énorme.pdf » dépasse 1 Mo"),
    ("page.html", b"<script>alert(1)</script>", "« page.html » n'est pas d'un type accepté ici"),
    ("photo.jpg", PDF, "« photo.jpg » ne contient pas un fichier JPEG lisible"),
    ("coupé.pdf", PDF[:12], "« coupé.pdf » ne contient pas un fichier PDF lisible"),
    (
        "macros.docx",
        zipped(**{"word__document_dot_xml": b"", "[Content_Types].xml": b"", "word__vbaProject.bin": b""}),
        "« macros.docx » ne contient pas un fichier DOCX lisible",
    ),
    ("../../etc/passwd", b"x", "« passwd » n'est pas d'un type accepté ici"),
]


@pytest.mark.parametrize(("name", "content", "told"), BAD, ids=[one[0] for one in BAD])
def test_a_file_that_is_refused_says_why_and_loses_no_word(
    network: Network, bill: str, name: str, content: bytes, told: str
) -> None:
    sent = join(network, bill, ("_fichier.photos", name, content), objet="Roue voilée", note="Après la chute")
    assert sent.status == 422, network.site.incidents()
    assert f"Photos : {told}" in words(sent).translate({0x202F: " ", 0xA0: " ", 0x2019: "'"})
    answers = network.body(bill)["answers"]
    assert answers == {"objet": "Roue voilée", "note": "Après la chute"}
    assert not network.site.store.find(files.FILE, {}).total


@pytest.mark.parametrize(
    "control", ["_fichier.objet", "_fichier.lignes", "_fichier.absent", "_fichier.", "photos"]
)
def test_a_file_sent_for_what_holds_none_joins_nothing(network: Network, bill: str, control: str) -> None:
    sent = join(network, bill, (control, "a.pdf", PDF), objet="Selle")
    assert sent.status in {200, 303}, network.site.incidents()
    assert network.body(bill)["answers"].get("photos") is None
    assert not network.site.store.find(files.FILE, {}).total


def test_a_name_keeps_no_path(network: Network, bill: str) -> None:
    join(network, bill, ("_fichier.photos", "..\\..\\sous/../devis.pdf", PDF))
    assert network.body(bill)["answers"]["photos"][0]["name"] == "devis.pdf"


def test_a_post_cut_on_its_way_changes_nothing_and_shows_what_was_typed(network: Network, bill: str) -> None:
    visitor = network.visitor("p-coord")
    page = open_step(visitor, bill, "pieces").fill("objet", "Une phrase à garder")
    pairs = [pair for pair in page.pairs if pair[0] != "_csrf"]
    sent = visitor.upload(page.action, pairs, [("_fichier.photos", "a.pdf", PDF)], cut=20)
    assert sent.status == 400
    assert "coupé" in words(sent) and "Une phrase à garder" in words(sent)
    assert network.body(bill)["answers"] == {}


def test_two_gigabytes_are_refused_before_they_are_read(network: Network, bill: str) -> None:
    from web_trial import ask

    visitor = network.visitor("p-coord")
    headers = visitor._headers(
        {"content-type": "multipart/form-data; boundary=B", "content-length": str(2 * 10**9)}
    )
    answer = ask(network.site.app, "POST", f"/documents/{bill}/etapes/pieces".encode(), headers, b"--B")
    assert answer.status == 413


def test_files_posted_by_somebody_whose_session_has_expired_lose_no_word(network: Network, bill: str) -> None:
    page = open_step(network.visitor("p-coord"), bill, "pieces").fill("objet", "Écrit avant la fin")
    network.site.clock.advance(hours=13)
    sent = page.send_files(("_fichier.photos", "a.pdf", PDF))
    assert sent.status == 303 and "reprise" in sent.headers["location"]


def test_what_an_archive_is_told_from_its_list_alone() -> None:
    word = {"word__document_dot_xml": b"", "[Content_Types].xml": b""}
    assert sniffed(zipped(**word)) == "docx"
    assert sniffed(zipped(**word, word__vbaProject_dot_bin=b"")) == ""
    assert sniffed(zipped(mimetype=b"application/vnd.oasis.opendocument.text", content_dot_xml=b"")) == "odt"
    assert sniffed(zipped(a=b"x")) == "" and sniffed(b"PK\x03\x04" + b"x" * 50) == ""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"")
        archive.writestr("word/document.xml", b"0" * 210_000_000)
    assert len(bomb.getvalue()) < 1_000_000 and sniffed(bomb.getvalue()) == ""


# --- the store --------------------------------------------------------------------------------------


def test_one_content_is_kept_once_however_often_it_is_joined(network: Network, bill: str) -> None:
    other = network.made("p-coord", f"/documents/{network.bike()}/creer/facture")
    for id in (bill, other):
        join(network, id, ("_fichier.photos", "a.pdf", PDF))
    assert network.site.store.find(files.FILE, {}).total == 1
    left = files.left_alone(network.site.store, [bill])
    assert [kind for kind, _ in left] == [files.JOINED]  # the other still holds it
    assert (files.FILE, hashlib.sha256(PDF).hexdigest()) in files.left_alone(
        network.site.store, [bill, other]
    )


def test_a_copy_a_check_and_a_purge_take_the_files_along(tmp_path: Path) -> None:
    place, out = f"tiny:{tmp_path}/base", io.StringIO()
    form = SERVED.forms["facture", "1.0.0"]
    opened = open_store(place)
    with opened.transaction("p", "2026-11-23T08:00:00Z") as tx:
        name = files.keep(tx, PDF)
        body = {"answers": {"photos": [{"file": "f", "name": "a.pdf", "size": len(PDF), "sha256": name}]}}
        files.tie(tx, form, "d", body)
        tx.put(DOCUMENT, "d", body, {}, expected_revision=0)
    opened.close()
    copy = tmp_path / "copie.jsonl"
    assert cli_store.run_export(copy, place, out) == 0
    assert cli_store.run_verify(copy, place, out) == 0
    assert cli_store.run_load(copy, f"tiny:{tmp_path}/autre", out) == 0
    again = open_store(f"tiny:{tmp_path}/autre")
    assert files.fetch(again, name) == PDF
    again.close()
    assert cli_store.run_purge(("d",), place, True, out) == 0
    assert cli_store.run_verify(None, place, out) == 0
    assert not any(
        line.get("kind") in {files.FILE, files.JOINED} and "body" in line for line in _lines(place)
    )
    content = files.base64.b64encode(PDF)
    assert not any(content in one.read_bytes() for one in tmp_path.glob("base/*"))


def _lines(place: str) -> list[Any]:
    from storage.registry import open_reader

    with open_reader(place) as lines:
        return list(moving.checked(lines))

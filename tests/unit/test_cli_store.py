"""`canevas store` and `canevas audit`: every copy comes back whole, every damage and refusal is said."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from store_places import PLACES

from cli import audit, store
from cli.bars import bars
from cli.main import make_app
from storage import base, dumping, moving
from storage.base import Body, Busy, StorageError, Store
from storage.moving_check import CAUSES, Fault
from storage.registry import open_reader, open_store
from web.store_words import CAUSES as FRENCH
from web.store_words import WORDS, say, say_fault

AT = datetime(2026, 11, 23, 14, 30, tzinfo=ZoneInfo("Europe/Paris"))
CANARY = "canari à effacer"


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A base with a past."""
    where = f"tiny:{tmp_path}/base"
    opened = open_store(where)
    with opened.transaction("p1", AT) as tx:
        tx.put("person", "p1", {"label": "Nadia Ferrand"}, {}, expected_revision=0)
        tx.put("document", "r", {"t": "fiche"}, {}, expected_revision=0)
        tx.put("document", "d", {"t": CANARY}, {"subject": "r"}, expected_revision=0)
        tx.log("read", "document", "d", 1)
    with opened.transaction("p1", AT) as tx:
        tx.put("document", "r", {"t": "fiche changée"}, {}, expected_revision=1)
    opened.close()
    return where


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def lines_of(place: str) -> list[Body]:
    with open_reader(place) as lines:
        return list(lines)


@pytest.fixture
def owned(place: str) -> Iterator[Store]:
    """The base, held by the site."""
    opened = open_store(place)
    yield opened
    opened.close()


def test_an_export_comes_back_whole(place: str, tmp_path: Path, out: io.StringIO) -> None:
    file, other = tmp_path / "copie.jsonl", f"tiny:{tmp_path}/autre"
    assert store.run_export(file, place, out) == 0
    assert store.run_load(file, other, out) == 0
    assert lines_of(other) == lines_of(place)
    assert "3 documents, 4 révisions, 5 enregistrements au registre" in out.getvalue()


def test_an_export_replaces_nothing(
    place: str, tmp_path: Path, out: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "copie.jsonl"
    file.write_text("à garder")
    assert store.run_export(file, place, out) == 2
    assert "existe déjà" in capsys.readouterr().err
    assert file.read_text() == "à garder"


def test_an_export_goes_to_the_output(place: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(SystemExit) as stopped:
        make_app()(["store", "export", "--store", place])
    assert stopped.value.code == 0
    raw = capfdbinary.readouterr().out
    assert list(moving.checked(moving.parse(io.BytesIO(raw)))) == lines_of(place)


def test_a_backup_is_taken_and_checked_while_the_site_serves(
    place: str, owned: Store, tmp_path: Path, out: io.StringIO
) -> None:
    assert store.run_backup(tmp_path, place, AT, out) == 0
    (file,) = tmp_path.glob("canevas-2026-11-23-14h30.jsonl.gz")
    assert "tout est en ordre" in out.getvalue()
    with owned.transaction("p1", AT) as tx:  # the site went on
        tx.log("read", "document", "r", 2)
    assert store.run_verify(file, place, out) == 0
    assert store.run_verify(None, place, out) == 0
    assert audit.run_verify(None, place, "", out) == 0
    assert store.run_drill(file, out) == 0
    assert "la restauration réussirait" in out.getvalue()
    assert store.run_backup(tmp_path, place, AT, out) == 2
    assert store.run_backup(tmp_path / "absent", place, AT, out) == 2


@pytest.mark.parametrize(
    "work",
    [
        lambda file, place: ["store", "import", str(file), "--store", place],
        lambda file, place: ["store", "restore", str(file), "--store", place],
        lambda file, place: ["store", "purge", "r", "--yes", "--store", place],
        lambda file, place: ["store", "copy", place, place],
    ],
)
def test_what_writes_names_the_owner(
    work: Callable[[Path, str], list[str]],
    place: str,
    owned: Store,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "copie.jsonl"
    store.run_export(file, place, io.StringIO())
    before = lines_of(place)
    with pytest.raises(SystemExit) as stopped:
        make_app()(work(file, place))
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "est tenue par le processus" in said
    assert "rien n'a été écrit" in said
    assert lines_of(place) == before


def test_only_an_empty_base_is_filled(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "copie.jsonl"
    store.run_export(file, place, io.StringIO())
    before = lines_of(place)
    assert store.restore(file, store=place) == 2
    assert "contient déjà des données" in capsys.readouterr().err
    assert lines_of(place) == before


def test_a_damaged_copy_is_refused_and_named(place: str, tmp_path: Path, out: io.StringIO) -> None:
    file, other = tmp_path / "copie.jsonl", tmp_path / "autre"
    lines = lines_of(place)
    at = next(n for n, line in enumerate(lines) if line.get("id") == "d")
    lines[at] = lines[at] | {"body": {"t": "faux"}}
    moving.write(file, dumping.ended(lines[:-1]))
    assert store.run_verify(file, place, out) == 1
    assert store.run_load(file, f"tiny:{other}", out) == 1
    assert store.run_drill(file, out) == 1
    assert f"Ligne {at + 1} (document/d, révision 1) : le contenu n'est pas celui" in out.getvalue()
    assert not other.exists()
    file.write_bytes(file.read_bytes()[:-5])
    assert store.run_verify(file, place, out) == 1
    assert "la ligne est coupée avant sa fin" in out.getvalue()


def test_a_copy_goes_from_base_to_base(place: str, owned: Store, tmp_path: Path, out: io.StringIO) -> None:
    other = f"tiny:{tmp_path}/autre"
    assert store.run_copy(place, other, out) == 0
    assert lines_of(other) == lines_of(place)


def test_a_purge_takes_what_is_about_a_document_and_the_log_holds(
    place: str, tmp_path: Path, out: io.StringIO
) -> None:
    assert store.run_purge(("r",), place, True, out) == 0
    assert "document/d" in out.getvalue()
    raw = b"".join(path.read_bytes() for path in (tmp_path / "base").iterdir())
    assert CANARY.encode() not in raw
    assert json.dumps(CANARY).encode().strip(b'"') not in raw
    assert store.run_verify(None, place, out) == 0
    assert audit.run_verify(None, place, "", out) == 0
    assert store.run_purge(("r",), place, True, out) == 2


def test_a_purge_waits_for_a_yes(place: str, out: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("oui\n"))
    before = lines_of(place)
    assert store.run_purge(("r",), place, False, out) == 2  # nobody is there
    assert lines_of(place) == before


def test_the_first_bad_record_is_named(place: str, tmp_path: Path, out: io.StringIO) -> None:
    file, lines = tmp_path / "copie.jsonl", lines_of(place)
    third = [n for n, line in enumerate(lines) if line["line"] == "audit"][2]
    lines[third] = lines[third] | {"author": "p2"}
    moving.write(file, dumping.ended(lines[:-1]))
    assert audit.run_verify(file, place, "", out) == 1
    assert "le premier enregistrement faux du registre est le n° 3 (23/11/2026 14 h 30, p2" in out.getvalue()


def test_a_log_cut_behind_a_kept_head_is_found(place: str, tmp_path: Path, out: io.StringIO) -> None:
    lines = lines_of(place)
    head = f"{lines[-2]['number']}:{lines[-2]['chain']}"
    assert audit.run_verify(None, place, head, out) == 0
    assert f"Tête, à garder ailleurs : {head}" in out.getvalue()
    file = tmp_path / "coupe.jsonl"
    moving.write(file, dumping.ended(lines[:-2]))
    assert audit.run_verify(file, place, "", out) == 0
    assert audit.run_verify(file, place, head, out) == 1
    assert audit.run_verify(file, place, "x", out) == 2


def test_the_log_is_shown_with_names(place: str, out: io.StringIO) -> None:
    assert audit.run_show(place, ("d", "", "read"), 50, out) == 0
    line = "      4  23/11/2026 14 h 30  consulté  document/d, révision 1  par Nadia Ferrand (p1)\n"
    assert out.getvalue() == line
    audit.run_show(place, ("", "", ""), 2, out)
    assert len(out.getvalue().splitlines()) == 3
    audit.run_show(place, ("absent", "", ""), 2, out)
    assert "Aucun enregistrement" in out.getvalue()


def test_a_base_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert store.verify(store=f"tiny:{tmp_path}/absente") == 2
    assert f"La base tiny:{tmp_path}/absente ne peut pas être lue" in capsys.readouterr().err
    assert store.verify(store="autre:x") == 2
    assert "n'a pas un nom connu" in capsys.readouterr().err


def test_every_refusal_has_its_french() -> None:
    own = {kind for kind in vars(base).values() if isinstance(kind, type) and issubclass(kind, StorageError)}
    assert own - {StorageError} <= set(WORDS)
    assert set(FRENCH) == set(CAUSES)
    for cause in CAUSES:
        assert say_fault(Fault(2, "document/d revision 1", cause, "7")).startswith(
            "Ligne 2 (document/d, révision"
        )
    assert "secret" not in say(Busy("x"), "postgresql://canevas:secret@serveur/base")
    assert say(StorageError("closed"), "memory:").startswith("La base memory: ne peut pas")


def test_bars_are_for_terminals_only() -> None:
    quiet, seen = io.StringIO(), io.StringIO()
    for stream, terminal in ((quiet, False), (seen, True)):
        with bars(Console(file=stream, force_terminal=terminal)) as shown:
            assert list(shown.over([1, 2], "Lecture")) == [1, 2]
    assert quiet.getvalue().strip() == ""
    assert "Lecture" in seen.getvalue()


def test_nothing_is_lost_through_every_store_and_back(place: str, tmp_path: Path, out: io.StringIO) -> None:
    def held(where: str) -> list[str]:
        return sorted(json.dumps(line, sort_keys=True) for line in lines_of(where) if line["line"] != "end")

    through = PLACES["postgresql"](tmp_path)
    back = f"tiny:{tmp_path}/retour"
    assert store.run_copy(place, through, out) == 0
    assert store.run_verify(None, through, out) == 0
    assert audit.run_verify(None, through, "", out) == 0
    assert store.run_copy(through, back, out) == 0
    assert held(through) == held(back) == held(place)
    assert store.run_purge(("r",), through, True, out) == 0
    assert store.run_verify(None, through, out) == 0
    assert audit.run_verify(None, through, "", out) == 0

"""What only the TinyDB store promises: a durable folder, one owner, no loss in a fault, stock queries."""

import errno
import logging
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB, where

from storage.audit import first_broken
from storage.base import Erasing, StaleRevision, StorageError, Store, StoreBroken, StoreFull, StoreLocked
from storage.registry import open_reader
from storage.tiny import TinyStore, folder

AT = "2026-03-02T08:00:00Z"
ROOT = Path(__file__).parents[3]


def put(store: Store, id: str, expected: int = 0, **body: Any) -> None:
    with store.transaction("anne", AT) as work:
        work.put("livret", id, body, {"n": body.get("n")}, expected_revision=expected)


def numbers(store: Store) -> dict[str, Any]:
    """What the store holds, both by its lists and by its documents."""
    entries = store.find("livret", {}).entries
    documents = store.get_many("livret", [entry.id for entry in entries])
    assert {entry.id: entry.keys["n"] for entry in entries} == {
        id: stored.body["n"] for id, stored in documents.items()
    }
    return {id: stored.body["n"] for id, stored in documents.items()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "base"


def child(code: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run code in another process, with the base's path as `path`."""
    code = f"import os, signal, sys\nfrom storage.tiny import TinyStore\npath = sys.argv[1]\n{code}"
    command = [sys.executable, "-c", code, str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


def journal(path: Path) -> Path:
    (found,) = path.glob("journal-*")
    return found


def used(path: Path) -> int:
    """How many bytes of the journal hold something."""
    return len(journal(path).read_bytes().rstrip(b"\0"))


def raw(path: Path) -> bytes:
    """Every byte of the base's files."""
    return b"".join(file.read_bytes() for file in sorted(path.iterdir()))


# --- persistence


def test_everything_is_there_after_closing_and_opening(path: Path) -> None:
    store = TinyStore(path)
    put(store, "é/1", n="Zoë")
    put(store, "é/1", 1, n="Œdipe")
    before = list(store.dump())
    for _ in range(2):  # with the notes, then without
        store.close()
        store = TinyStore(path)
        assert list(store.dump()) == before
        assert [line.last for line in store.history("livret", "é/1")] == [2, 1]
        assert store.find("livret", {"n": "Œdipe"}).total == 1
        (notes,) = path.glob("contents-*")
        notes.unlink()
    put(store, "é/1", 2, n=3)
    store.close()


@pytest.mark.parametrize(
    "damage", [lambda old: old[:-1], lambda old: b"", lambda old: old[:9] + b"x" + old[10:]]
)
def test_notes_that_are_not_whole_are_made_again(path: Path, damage: Callable[[bytes], bytes]) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    store.close()
    (notes,) = path.glob("contents-*")
    notes.write_bytes(damage(notes.read_bytes()))
    store = TinyStore(path)
    assert numbers(store) == {"a": 1}
    store.close()


def test_old_notes_are_followed_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "APART", 300)
    store = TinyStore(path)
    for expected in range(20):
        put(store, "a", expected, n=expected)
        put(store, f"b{expected}", n=expected)
    before = list(store.dump())
    copy = path.with_name("copy")
    copy.mkdir()
    for file in path.iterdir():  # as a power cut would leave it
        (copy / file.name).write_bytes(file.read_bytes())
    store.close()
    assert list(copy.glob("contents-*"))
    store = TinyStore(copy)
    assert list(store.dump()) == before
    assert len(store.history("livret", "a")) == 20
    store.close()


def test_the_files_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "base"
    store = TinyStore(path)
    put(store, "a", n=1)
    store.close()
    assert {file.name for file in path.iterdir()} == {"base.lock", "contents-1", "head.json", "journal-1"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.iterdir()} == {0o600}
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)] == [0o700] * 2


def test_a_transaction_is_one_write_and_none_when_it_fails_or_changes_nothing(path: Path) -> None:
    store = TinyStore(path)
    sizes = [used(path)]

    def grown() -> bool:
        sizes.append(used(path))
        return sizes[-1] > sizes[-2]

    with store.transaction("anne", AT) as work:
        for id in "abc":
            work.put("livret", id, {"n": 1}, {"n": 1}, expected_revision=0)
            assert not grown()
    assert grown()
    with pytest.raises(StaleRevision):
        put(store, "a", n=2)
    with store.transaction("anne", AT) as work:
        work.get("livret", "a")
        work.delete("livret", "unknown", 0)
    assert not grown()
    store.close()


def test_a_write_costs_its_document(path: Path) -> None:
    """The bytes that a write adds don't depend on what is there."""
    store = TinyStore(path)
    added = []
    for number in range(100, 200):
        before = used(path)
        put(store, str(number), n="x" * 100)
        added.append(used(path) - before)
    assert max(added) - min(added) <= 4  # the digits of the numbers
    store.close()


# --- rewriting and purging


def test_the_journal_is_rewritten_when_most_of_it_is_dead(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "ROOM", 4000)
    store = TinyStore(path)
    put(store, "b", n=0)
    for expected in range(100):
        with store.transaction("anne", AT) as work:
            work.put("livret", "a", {"n": expected}, {"n": expected}, expected_revision=expected, sitting="s")
    before = list(store.dump())
    assert journal(path).name != "journal-1"
    assert used(path) < 60 * 300
    assert numbers(store) == {"a": 99, "b": 0}
    assert first_broken(store.audit()) is None
    assert len(list(store.audit(after=90))) == 11
    store.close()
    store = TinyStore(path)
    assert list(store.dump()) == before
    assert [line.first for line in store.history("livret", "a")] == [1]
    store.close()


def test_a_write_is_kept_when_there_is_no_room_to_tidy_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "ROOM", 1000)
    store = TinyStore(path)
    tried = 0

    def refused(self: object, number: int) -> tuple[str, ...]:
        nonlocal tried
        tried += 1
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder.Folder, "_seal", refused)
    for expected in range(40):
        put(store, "a", expected, n=expected)
    assert 1 <= tried <= 5  # not at each write
    assert numbers(store) == {"a": 39}
    store.close()
    store = TinyStore(path)
    assert numbers(store) == {"a": 39}
    store.close()


def test_no_word_of_what_was_purged_is_in_the_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "APART", 300)
    store = TinyStore(path)
    for expected in range(5):
        put(store, "a", expected, n=f"canari {expected}")
        put(store, f"b{expected}", n=f"reste {expected}")
    kept = os.open(journal(path), os.O_RDONLY)  # what the disk may still hold of the file that went
    assert b"canari" in raw(path)
    store.purge([("livret", "a")], "paul", AT)
    assert b"canari" not in raw(path)
    assert b"reste 4" in raw(path)
    assert not os.pread(kept, 10_000, 0).strip(b"\0")
    os.close(kept)
    assert first_broken(store.audit()) is None
    store.close()
    assert b"canari" not in raw(path)
    store = TinyStore(path)
    assert sorted(numbers(store)) == ["b0", "b1", "b2", "b3", "b4"]
    assert first_broken(store.audit()) is None
    store.close()


def test_no_word_that_others_told_of_it_is_in_the_files(path: Path) -> None:
    store = TinyStore(path)
    put(store, "a", n="x")
    for expected in range(3):
        with store.transaction("anne", AT) as work:
            body = {"of": "a", "n": f"canari {expected}"}
            work.put("livret", "b", body, {"n": "vide"}, expected_revision=expected)
    put(store, "c", n="reste")

    def also(work: Erasing) -> None:
        work.erase("livret", "b", {line.revision: {"n": "vide"} for line in work.lines("livret", "b")})

    store.purge([("livret", "a")], "paul", AT, also)
    for _ in range(2):
        assert b"canari" not in raw(path)
        assert numbers(store) == {"b": "vide", "c": "reste"}
        assert [line.first for line in store.history("livret", "b")] == [3, 2, 1]
        assert first_broken(store.audit()) is None
        store.close()
        store = TinyStore(path)
    store.close()


def test_a_history_that_was_erased_in_part_is_read_again_from_the_journal(path: Path) -> None:
    """As after a crash between the purge's transaction and the rewriting of the files."""
    store = TinyStore(path)
    for expected in range(3):
        put(store, "b", expected, n=expected)
    with store._transaction("paul", AT) as work:
        work.erase("livret", "b", {1: {"n": "vide"}})
    before = list(store.dump())
    store.close()
    for name in path.glob("contents-*"):
        name.unlink()
    store = TinyStore(path)
    assert list(store.dump()) == before
    found = [store.at_revision("livret", "b", number) for number in (1, 2, 3)]
    assert [one and one.body["n"] for one in found] == ["vide", 1, 2]
    store.close()


# --- reading beside the owner


def test_a_base_is_read_while_its_owner_writes(path: Path) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    with open_reader(f"tiny:{path}") as lines:
        first = next(lines)
        put(store, "a", 1, n=2)
        read = [first, *lines]
    assert [line["body"]["n"] for line in read if line["line"] == "revision"] == [1]
    with open_reader(f"tiny:{path}") as lines:
        assert [line["body"]["n"] for line in lines if line["line"] == "revision"] == [1, 2]
    store.close()


def test_reading_leaves_a_write_that_is_under_way_alone(path: Path) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    with open(journal(path), "r+b") as file:
        file.seek(used(path))
        file.write(b"cnv\x01\0\0\x01")
    size = used(path)
    with open_reader(f"tiny:{path}") as lines:
        assert [line["line"] for line in lines] == ["store", "revision", "audit", "end"]
    assert used(path) == size
    store.close()


def test_where_no_base_is_nothing_is_made(path: Path) -> None:
    with pytest.raises(StoreBroken, match="no base here"), open_reader(f"tiny:{path}") as lines:
        next(lines)
    assert not path.exists()


# --- damage


def frames_of(path: Path) -> tuple[bytes, list[int]]:
    """A base of three writes: its journal's bytes and where each frame begins."""
    store = TinyStore(path)
    starts = [0]
    for n in range(3):
        starts.append(used(path))
        put(store, "abc"[n], n=n)
    store.close()
    content = journal(path).read_bytes()
    for notes in path.glob("contents-*"):
        notes.unlink()
    return content, starts


def test_whatever_is_torn_at_the_end_is_cut_and_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Every truncation of the last write, and every bit of it flipped."""
    content, starts = frames_of(path)
    last = starts[-1]
    torn = [content[:end] for end in range(last, len(content))]
    for place in range(last, len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        torn.append(bytes(flipped))
    file = journal(path)
    for bytes_left in torn:
        file.write_bytes(bytes_left)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            store = TinyStore(path)
        assert numbers(store) == {"a": 0, "b": 1}
        cut = len(bytes_left[last:].rstrip(b"\0"))
        assert bool(cut) == (f"cut {cut} bytes" in caplog.text)
        store._backing._release()  # type: ignore[attr-defined]  # as a kill: without notes
        assert file.read_bytes().rstrip(b"\0") == content[:last]


def test_what_is_damaged_before_the_end_is_named_and_left_alone(path: Path) -> None:
    content, starts = frames_of(path)
    file = journal(path)
    for place in range(0, starts[-1], 7):
        damaged = bytearray(content)
        damaged[place] ^= 0x10
        file.write_bytes(damaged)
        with pytest.raises(StoreBroken, match=r"journal-1: damaged at byte \d+, .* put a backup"):
            TinyStore(path)
        with pytest.raises(StoreBroken, match="damaged"), open_reader(f"tiny:{path}") as lines:
            list(lines)
        assert file.read_bytes() == damaged
    file.write_bytes(content)
    store = TinyStore(path)
    assert numbers(store) == {"a": 0, "b": 1, "c": 2}
    store.close()


@pytest.mark.parametrize("head", [b"", b"{", b"[]", b'{"format": 2}'])
def test_a_head_that_is_not_one_is_named_and_left_alone(path: Path, head: bytes) -> None:
    frames_of(path)
    (path / "head.json").write_bytes(head)
    for _ in range(2):  # the lock was let go
        with pytest.raises(StoreBroken, match=r"head\.json"):
            TinyStore(path)
    assert (path / "head.json").read_bytes() == head


def test_a_base_whose_head_is_gone_is_not_begun_again(path: Path) -> None:
    content, _ = frames_of(path)
    (path / "head.json").unlink()
    with pytest.raises(StoreBroken, match=r"head\.json is missing"):
        TinyStore(path)
    assert journal(path).read_bytes() == content


def test_a_place_that_cannot_hold_a_base_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreBroken, match="file: a file, where the base's folder should be"):
        TinyStore(tmp_path / "file")
    with pytest.raises(StoreBroken, match="opening the base"):
        TinyStore(tmp_path / "file" / "base")


# --- one owner


def test_a_second_store_on_the_base_is_refused(path: Path) -> None:
    store = TinyStore(path)
    link = path.with_name("link")
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(StoreLocked, match=rf"base/base: in use by process {os.getpid()}: stop"):
            TinyStore(name)
    store.close()
    TinyStore(link).close()


def test_a_base_that_was_let_go_is_not_written(path: Path) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    store._backing._release()  # type: ignore[attr-defined]
    with pytest.raises(StorageError, match="the base is closed: open it again"):
        put(store, "a", 1, n=2)
    assert numbers(store) == {"a": 1}


def test_another_process_is_refused_and_told_who_owns_the_base(path: Path) -> None:
    store = TinyStore(path)
    refused = child("TinyStore(path)", path)
    assert refused.returncode != 0
    assert f"StoreLocked: {path}/base: in use by process {os.getpid()}: stop that one" in refused.stderr
    store.close()


def test_the_lock_goes_with_its_process(path: Path) -> None:
    killed = child("store = TinyStore(path)\nos.kill(os.getpid(), signal.SIGKILL)", path)
    assert killed.returncode == -signal.SIGKILL
    TinyStore(path).close()


# --- faults


def failing(call: Callable[..., Any], code: int, *, at: int) -> Callable[..., Any]:
    """A system call whose `at`-th use fails, as others do not."""
    uses = 0

    def one(*arguments: Any, **options: Any) -> Any:
        nonlocal uses
        uses += 1
        if uses == at:
            raise OSError(code, os.strerror(code))
        return call(*arguments, **options)

    return one


def change(store: Store) -> None:
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", {"n": 2}, {"n": 2}, expected_revision=1)
        work.put("livret", "b", {"n": 2}, {"n": 2}, expected_revision=0)


@pytest.mark.parametrize("name", ["pwrite", "fdatasync"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_changes_nothing_and_passes(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int
) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    before = list(store.dump())
    with monkeypatch.context() as patch:
        patch.setattr(os, name, failing(getattr(os, name), code, at=1))
        with pytest.raises(StoreFull, match=r"journal-1: saving: .*nothing was kept; make room"):
            change(store)
    assert numbers(store) == {"a": 1}
    assert list(store.dump()) == before
    change(store)
    store.close()
    store = TinyStore(path)
    assert numbers(store) == {"a": 2, "b": 2}
    assert first_broken(store.audit()) is None
    store.close()


@pytest.mark.parametrize("name", ["pwrite", "fdatasync"])
def test_a_disk_that_fails_is_not_written_any_more(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    with monkeypatch.context() as patch:
        patch.setattr(os, name, failing(getattr(os, name), errno.EIO, at=1))
        with pytest.raises(StoreBroken, match="nothing was kept"):
            change(store)
    with pytest.raises(StoreBroken, match="no more writes; check the disk, then restart"):
        change(store)
    assert numbers(store) == {"a": 1}
    store.close()
    store = TinyStore(path)
    change(store)
    assert numbers(store) == {"a": 2, "b": 2}
    store.close()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("open", 1),
        ("open", 2),
        ("open", 3),
        ("pwrite", 2),
        ("fdatasync", 1),
        ("fdatasync", 2),
        ("fsync", 1),
        ("fsync", 2),
        ("fsync", 3),
        ("replace", 1),
    ],
)
def test_a_rewrite_that_fails_leaves_the_base_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, at: int, code: int
) -> None:
    store = TinyStore(path)
    for expected in range(2):
        put(store, "a", expected, n=expected)
    with monkeypatch.context() as patch:
        patch.setattr(os, name, failing(getattr(os, name), code, at=at))
        with pytest.raises(StorageError):
            store.purge([("livret", "unknown")], "paul", AT)
            store._rewrite(wipe=False)
    assert numbers(store) == {"a": 1}
    put(store, "b", n=3)
    before = list(store.dump())
    store.close()
    store = TinyStore(path)
    assert list(store.dump()) == before
    store.purge([("livret", "a")], "paul", AT)
    assert numbers(store) == {"b": 3}
    store.close()


def test_a_full_disk_is_told_and_survived(path: Path) -> None:
    """A real limit, not a fake: the kernel refuses to let the file grow."""
    code = """
import resource
from storage.base import StorageError
def put(id, expected, n):
    with store.transaction("anne", "2026-03-02T08:00:00Z") as work:
        work.put("livret", id, {"n": n}, {"n": n}, expected_revision=expected)
store = TinyStore(path)
put("a", 0, 1)
put("b", 0, 1)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
try:
    put("c", 0, "x" * 5000)
except StorageError as error:
    print(error)
put("a", 1, 2)
"""
    done = child(code, path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "journal-1: saving: File too large: nothing was kept" in done.stdout
    store = TinyStore(path)
    assert numbers(store) == {"a": 2, "b": 1}
    store.close()


# --- stock TinyDB


def test_stock_queries_read_bodies_keys_and_ids(path: Path) -> None:
    store = TinyStore(path)
    for number, id in enumerate("abc"):
        put(store, id, n=number, state={"open": number > 0})
    table = store.db.table("livret")
    assert [str(found.doc_id) for found in table.search(where("state").open.one_of([True]))] == [
        "b",
        "c",
    ]
    assert table.get(where("n") == 1).doc_id == "b"  # type: ignore[union-attr]
    assert table.get(doc_id="c")["n"] == 2  # type: ignore[call-overload]
    assert (len(table), table.count(where("n") >= 1), store.db.tables()) == (3, 2, {"livret"})
    put(store, "a", 1, n=1, state={"open": True})
    assert table.count(where("state").open.one_of([True])) == 3  # no stale query cache
    assert table.contains(doc_id="a")  # type: ignore[arg-type]
    store.close()


def test_what_tinydb_gives_out_is_not_live(path: Path) -> None:
    store = TinyStore(path)
    put(store, "a", n=1, rows=[1])
    table = store.db.table("livret")
    query = where("n") == 1
    for found in (table.get(query), *table.search(query), *table.all(), *table, table.get(doc_id="a")):  # type: ignore[call-overload]
        found["rows"].append(2)
        found["n"] = 2
    assert store.get("livret", "a").body["rows"] == [1]  # type: ignore[union-attr]
    assert numbers(store) == {"a": 1}
    store.close()


@pytest.mark.parametrize(
    "write",
    [
        lambda db: db.table("livret").insert({"n": 2}),
        lambda db: db.table("livret").insert_multiple([{"n": 2}]),
        lambda db: db.table("livret").update({"author": "eve"}),
        lambda db: db.table("livret").update_multiple([({"author": "eve"}, where("n") == 1)]),
        lambda db: db.table("livret").upsert({"author": "eve"}, where("n") == 1),
        lambda db: db.table("livret").remove(doc_ids=["a"]),
        lambda db: db.table("livret").truncate(),
        lambda db: db.insert({"n": 2}),
        lambda db: db.drop_table("livret"),
        lambda db: db.drop_tables(),
    ],
)
def test_tinydb_cannot_write_past_the_store(path: Path, write: Callable[[TinyDB], object]) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    before = (store.get("livret", "a"), raw(path))
    with pytest.raises(StorageError, match="write in a transaction"):
        write(store.db)
    assert (store.get("livret", "a"), raw(path)) == before
    store.close()

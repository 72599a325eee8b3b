"""What only the TinyDB store promises: a durable file, one owner, faults that lose nothing, stock queries."""

import errno
import json
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

from storage.base import StaleRevision, StorageError, Store, StoreBroken, StoreFull, StoreLocked
from storage.tiny import TinyStore

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
    return tmp_path / "base.json"


def child(code: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run code in another process, with the base's path as `path`."""
    code = f"import os, signal, sys\nfrom storage.tiny import TinyStore\npath = sys.argv[1]\n{code}"
    command = [sys.executable, "-c", code, str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


# --- persistence


def test_everything_is_there_after_closing_and_opening(path: Path) -> None:
    store = TinyStore(path)
    put(store, "é/1", n="Zoë")
    put(store, "é/1", 1, n="Œdipe")
    before = (
        store.get("livret", "é/1"),
        store.at_revision("livret", "é/1", 1),
        store.history("livret", "é/1"),
    )
    store.close()
    store = TinyStore(path)
    after = (
        store.get("livret", "é/1"),
        store.at_revision("livret", "é/1", 1),
        store.history("livret", "é/1"),
    )
    assert before == after
    assert store.find("livret", {"n": "Œdipe"}).total == 1
    put(store, "é/1", 2, n=3)
    store.close()


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "base.json"
    store = TinyStore(path)
    put(store, "a", n=1)
    store.close()
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (path, *path.parent.iterdir())}
    assert modes == {"base.json": 0o600, "base.json.lock": 0o600}
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)] == [
        0o700
    ] * 2


def test_a_transaction_is_one_write_and_none_when_it_fails_or_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TinyStore(path)
    replaced: list[str] = []
    replace = os.replace

    def noting(old: Path, new: Path) -> None:
        replaced.append(str(new))
        replace(old, new)

    monkeypatch.setattr(os, "replace", noting)
    with store.transaction("anne", AT) as work:
        for id in "abc":
            work.put("livret", id, {"n": 1}, {"n": 1}, expected_revision=0)
    assert replaced == [str(path)]
    with pytest.raises(StaleRevision):
        put(store, "a", n=2)
    with store.transaction("anne", AT) as work:
        work.get("livret", "a")
        work.delete("livret", "unknown", 0)
    assert replaced == [str(path)]
    store.close()


def test_what_is_deleted_is_gone_from_the_file(path: Path) -> None:
    store = TinyStore(path)
    for expected in range(3):
        put(store, "a", expected, n=f"canary {expected}")
    with store.transaction("anne", AT) as work:
        work.delete("livret", "a", 3)
    assert json.loads(path.read_text()) == {"livret": {}, "livret/revisions": {}}
    store.close()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"livret": []}',
        '{"livret": {"a": {}}}',
        '{"livret": {"a": 1}}',
        "\udcff",
        "[" * 9999,
    ],
)
def test_a_damaged_base_is_named_and_left_alone(path: Path, content: str) -> None:
    raw = content.encode(errors="surrogateescape")
    path.write_bytes(raw)
    for _ in range(2):  # the lock was let go
        with pytest.raises(StoreBroken, match=r"base\.json: not a base of this store .* backup"):
            TinyStore(path)
    assert path.read_bytes() == raw


def test_a_base_whose_history_has_a_hole_is_damaged(path: Path) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    put(store, "a", 1, n=2)
    store.close()
    tables = json.loads(path.read_text())
    del tables["livret/revisions"]["a/1"]
    path.write_text(json.dumps(tables))
    with pytest.raises(StoreBroken, match="a/1"):
        TinyStore(path)


def test_a_place_that_cannot_hold_a_base_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreBroken, match="opening the base"):
        TinyStore(tmp_path / "file" / "base.json")


# --- one owner


def test_a_second_store_on_the_base_is_refused(path: Path) -> None:
    store = TinyStore(path)
    link = path.with_name("link.json")
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(StoreLocked, match=rf"base\.json: in use by process {os.getpid()}: stop"):
            TinyStore(name)
    store.close()
    TinyStore(link).close()


def test_a_base_that_was_let_go_is_not_written(path: Path) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    store.db.close()
    with pytest.raises(StorageError, match="the base is closed: open it again"):
        put(store, "a", 1, n=2)
    assert numbers(store) == {"a": 1}


def test_another_process_is_refused_and_told_who_owns_the_base(path: Path) -> None:
    store = TinyStore(path)
    refused = child("TinyStore(path)", path)
    assert refused.returncode != 0
    assert f"StoreLocked: {path}: in use by process {os.getpid()}: stop that one" in refused.stderr
    store.close()


def test_the_lock_goes_with_its_process(path: Path) -> None:
    killed = child("store = TinyStore(path)\nos.kill(os.getpid(), signal.SIGKILL)", path)
    assert killed.returncode == -signal.SIGKILL
    TinyStore(path).close()


# --- faults

PUT = """
def put(id, expected, n):
    with store.transaction("anne", "2026-03-02T08:00:00Z") as work:
        work.put("livret", id, {"n": n}, {"n": n}, expected_revision=expected)
store = TinyStore(path)
put("a", 0, 1)
put("b", 0, 1)
"""


@pytest.mark.parametrize(
    ("kill_at", "kept"),
    [
        ("write", {"a": 1, "b": 1}),
        ("fsync", {"a": 1, "b": 1}),
        ("replace", {"a": 1, "b": 1}),
        ("renamed", {"a": 2, "b": 2}),
    ],
)
def test_a_kill_leaves_the_former_base_or_the_new_one(path: Path, kill_at: str, kept: dict[str, int]) -> None:
    kill = {
        "write": "from storage import tiny\ntiny._encoded = lambda tables: die()",
        "fsync": "os.fsync = die",
        "replace": "os.replace = die",
        "renamed": "from storage import files\nfiles.sync_folder = die",
    }[kill_at]
    code = f"""{PUT}
def die(*arguments): os.kill(os.getpid(), signal.SIGKILL)
{kill}
with store.transaction("anne", "2026-03-02T08:00:00Z") as work:
    for id in "ab":
        work.put("livret", id, {{"n": 2}}, {{"n": 2}}, expected_revision=1)
"""
    killed = child(code, path)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    store = TinyStore(path)
    assert numbers(store) == kept
    put(store, "c", n=3)
    store.close()
    assert not path.with_name("base.json.new").exists()


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


@pytest.mark.parametrize(
    ("code", "fault"), [(errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EIO, StoreBroken)]
)
@pytest.mark.parametrize(
    ("name", "at"), [("open", 1), ("fchmod", 1), ("fsync", 1), ("replace", 1), ("open", 2), ("fsync", 2)]
)
def test_a_failed_write_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, at: int, code: int, fault: type[StorageError]
) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, name, failing(getattr(os, name), code, at=at))
        with (
            pytest.raises(fault, match=r"base\.json: saving the base: .*nothing was kept; "),
            store.transaction("anne", AT) as work,
        ):
            work.put("livret", "a", {"n": 2}, {"n": 2}, expected_revision=1)
            work.put("livret", "b", {"n": 2}, {"n": 2}, expected_revision=0)
    assert numbers(store) == {"a": 1}
    assert len(store.history("livret", "a")) == 1
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["base.json", "base.json.lock"]
    put(store, "b", n=3)
    store.close()
    store = TinyStore(path)
    assert numbers(store) == {"a": 1, "b": 3}
    store.close()


def test_a_disk_that_fails_twice_is_not_written_any_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = TinyStore(path)
    put(store, "a", n=1)
    with monkeypatch.context() as patch:
        # the folder's, then, counted by the inner one, that of the file that is put back
        patch.setattr(os, "fsync", failing(failing(os.fsync, errno.EIO, at=2), errno.EIO, at=2))
        with pytest.raises(StoreBroken):
            put(store, "a", 1, n=2)
    with pytest.raises(StoreBroken, match="no more writes; check the disk, then restart"):
        put(store, "a", 1, n=3)
    assert numbers(store) == {"a": 1}
    store.close()


def test_a_full_disk_is_told_and_survived(path: Path) -> None:
    """A real limit, not a fake: the kernel refuses to let the file grow."""
    code = f"""{PUT}
import resource
from storage.base import StorageError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    put("c", 0, "x" * 5000)
except StorageError as error:
    print(error)
put("a", 1, 2)
"""
    done = child(code, path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "base.json: saving the base: File too large: nothing was kept" in done.stdout
    store = TinyStore(path)
    assert numbers(store) == {"a": 2, "b": 1}
    store.close()


# --- stock TinyDB


def test_stock_queries_read_bodies_keys_and_ids(path: Path) -> None:
    store = TinyStore(path)
    for number, id in enumerate("abc"):
        put(store, id, n=number, state={"open": number > 0})
    table = store.db.table("livret")
    assert [str(found.doc_id) for found in table.search(where("body").state.open.one_of([True]))] == [
        "b",
        "c",
    ]
    assert table.get(where("keys")["n"] == 1).doc_id == "b"  # type: ignore[union-attr]
    assert table.get(doc_id="c")["revision"] == 1  # type: ignore[call-overload]
    assert (len(table), table.count(where("author") == "anne"), store.db.tables()) == (3, 3, {"livret"})
    put(store, "a", 1, n=1, state={"open": True})
    assert table.count(where("body").state.open.one_of([True])) == 3  # no stale query cache
    assert table.contains(doc_id="a")  # type: ignore[arg-type]
    assert [str(line.doc_id) for line in store.db.table("livret/revisions")] == ["a/1"]
    store.close()


def test_what_tinydb_gives_out_is_not_live(path: Path) -> None:
    store = TinyStore(path)
    put(store, "a", n=1, rows=[1])
    table = store.db.table("livret")
    query = where("revision") == 1
    for found in (table.get(query), *table.search(query), *table.all(), *table, table.get(doc_id="a")):  # type: ignore[call-overload]
        found["body"]["rows"].append(2)
        found["keys"]["n"] = 2
    assert store.get("livret", "a").body["rows"] == [1]  # type: ignore[union-attr]
    assert numbers(store) == {"a": 1}
    store.close()


@pytest.mark.parametrize(
    "write",
    [
        lambda db: db.table("livret").insert({"n": 2}),
        lambda db: db.table("livret").insert_multiple([{"n": 2}]),
        lambda db: db.table("livret").update({"author": "eve"}),
        lambda db: db.table("livret").update_multiple([({"author": "eve"}, where("revision") == 1)]),
        lambda db: db.table("livret").upsert({"author": "eve"}, where("revision") == 1),
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
    before = (store.get("livret", "a"), path.read_bytes())
    with pytest.raises(StorageError, match="write in a transaction"):
        write(store.db)
    assert (store.get("livret", "a"), path.read_bytes()) == before
    store.close()

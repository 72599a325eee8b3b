"""What only the PostgreSQL store promises: several processes, lists on disk, a server that goes away."""

import contextlib
import json
import secrets
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test
from postgres_server import HASTY, Server, shared
from test_store_model import JSON, KINDS, StoreAgainstModel

from storage import audit
from storage.base import (
    AnyOf,
    Busy,
    Erasing,
    Index,
    NotJson,
    OutcomeUnknown,
    StorageError,
    Store,
    StoreBroken,
    StoreNotEmpty,
    Where,
)
from storage.memory import open_memory
from storage.moving import faults
from storage.postgres import lists, log, read_postgres, schema
from storage.registry import open_replicated, open_store

AT = "2026-03-02T08:00:00Z"


@pytest.fixture
def place() -> str:
    return shared().emptied()


@pytest.fixture
def fresh() -> str:
    return shared().fresh()


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with contextlib.closing(open_store(place)) as opened:
        yield opened


@pytest.fixture
def other(place: str, store: Store) -> Iterator[Store]:
    """Another process on the same database, as far as the database can tell."""
    with contextlib.closing(open_store(place)) as opened:
        yield opened


def put(store: Store, id: str = "a", body: Any = None, keys: Any = None, expected: int = 0) -> None:
    with store.transaction("anne", AT) as work:
        work.put("livret", id, body or {}, keys or {}, expected_revision=expected)


def admin(place: str, *statements: str) -> list[Any]:
    """Run statements as the database's owner would by hand; return the rows of the last."""
    with psycopg.connect(place, autocommit=True, options="-c search_path=canevas") as connection:
        for statement in statements:
            found = connection.execute(statement)
        return found.fetchall() if found.description else []


# --- bodies


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.text("abé", max_size=2), JSON | st.floats(1e15, 1e300), max_size=4))
def test_a_body_keeps_its_digest(store: Store, body: dict[str, Any]) -> None:
    """JSONB makes 1e22 an integer and -0.0 a zero: neither may show."""
    id = secrets.token_hex(8)
    put(store, id, body)
    read = store.get("livret", id)
    assert read is not None
    assert json.dumps(read.body, sort_keys=True) == json.dumps(body, sort_keys=True)
    salt = next(line["salt"] for line in store.dump() if line.get("id") == id)
    logged = [record for record in store.audit() if record.id == id]
    assert [record.digest for record in logged] == [audit.digest(salt, audit.canonical(read.body))]


@pytest.mark.parametrize("number", [1e22, -1e22, 1e16, 1.5e300, -0.0, 5e-324, 1e-7, 2**63 - 1, -(2**63), 1.0])
def test_numbers_keep_their_spelling(store: Store, number: float) -> None:
    put(store, body={"n": [number, {"m": number}], "text": f":{number}"})
    assert json.dumps(store.get("livret", "a").body) == json.dumps(  # type: ignore[union-attr]
        {"n": [number, {"m": number}], "text": f":{number}"}
    )


# --- lists

INDEXES = [
    Index(kind, where, sort)
    for kind in KINDS
    for where in [(), ("x",), ("y", "x")]
    for sort in [(), ("x",), ("-x",), ("y", "-x")]
]


class DeclaredLists(StoreAgainstModel):
    scheme = "postgresql"

    @initialize()
    def start(self) -> None:
        super().start()
        self.store.declare(INDEXES)


def test_declared_lists_agree_with_model() -> None:
    run_state_machine_as_test(
        DeclaredLists,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("sort", [["name"], ["-name", "n"], ["n", "-name"]])
def test_a_declared_list_is_what_it_was_before(
    place: str, store: Store, sort: Sequence[str], late: bool
) -> None:
    """Pages of a list, declared before or after the documents came, are those of a search without."""
    index = Index("livret", ("reach", "form"), tuple(sort))
    if not late:
        store.declare([index])
    for number in range(40):
        reach = [f"p{number % 3}", f"p{number % 5}", "all"]
        name = [None, "Été", "ete" * 1000, "zoé", "été" * 1000 + "a"][number % 5]
        put(store, str(number), keys={"reach": reach, "form": "f", "name": name, "n": number % 4})
    store.declare([index])
    plain = open_store(place)  # declares nothing: searches without the list
    try:
        several: Where = {"reach": AnyOf(["p0", "p4", "x"]), "form": AnyOf(["f", 1])}
        for where in ({"reach": "p1", "form": "f"}, several):
            after = None
            for _ in range(20):
                page = store.find("livret", where, sort=sort, limit=3, after=after)
                assert page == plain.find("livret", where, sort=sort, limit=3, after=after)
                after = page.after
                if after is None:
                    break
    finally:
        plain.close()


def test_a_page_costs_what_it_shows(place: str, store: Store) -> None:
    """Blocks that a page of a school's 20 documents touches, among few and among many documents."""
    store.declare([Index("livret", ("school",), ("name",))])
    costs = []
    for documents in (200, 3000):
        with store.transaction("anne", AT) as work:
            for number in range(documents):
                school = number if number >= 20 else -documents
                keys = {"school": school, "name": f"N{number}"}
                work.put("livret", f"{documents}.{number}", {}, keys, expected_revision=0)
        admin(place, "VACUUM ANALYZE")
        costs.append(blocks(place, -documents))
    assert costs[1] <= 1.5 * costs[0]


def blocks(place: str, school: int) -> int:
    """Return how many blocks PostgreSQL touches to show a page of ten."""
    with psycopg.connect(place, autocommit=True, options="-c search_path=canevas") as connection:
        known = lists.known(connection)
        # the first time on a connection also reads what describes the tables
        for _ in range(2):
            page = lists.find(
                Explaining(connection),
                known,
                "livret",
                {"school": school},
                sort=["name"],
                limit=10,
                after=None,
            )
        assert len(page.entries) == 10
    return Explaining.touched[-1]


class Explaining:
    """A connection that notes what each statement touches."""

    touched: ClassVar[list[int]] = []

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, sql: str, values: Any) -> Any:
        plan = self.connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", values).fetchone()[0]
        self.touched.append(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])
        return self.connection.execute(sql, values)


def test_a_list_declared_meanwhile_misses_nothing(store: Store, other: Store) -> None:
    """A transaction that began before a list was declared can't leave its document out of it."""
    put(store, "a", keys={"school": 1})
    with ThreadPoolExecutor(1) as pool:
        with contextlib.suppress(Busy), store.transaction("anne", AT) as work:
            work.put("livret", "b", {}, {"school": 1}, expected_revision=0)
            declared = pool.submit(other.declare, [Index("livret", ("school",), ())])
            with contextlib.suppress(TimeoutError):
                declared.result(timeout=0.2)  # waits for the transaction, or wins over it
        declared.result(timeout=10)
    for id in ("b", "c"):
        if store.get("livret", id) is None:
            put(store, id, keys={"school": 1})
    found = other.find("livret", {"school": 1}, limit=10)
    assert [entry.id for entry in found.entries] == ["a", "b", "c"]


# --- several processes


def test_what_a_transaction_read_is_true_when_it_commits(store: Store, other: Store) -> None:
    """Write skew: each of two transactions reads what the other writes; one of them must fail."""
    for id in ("a", "b"):
        put(store, id, keys={"on_duty": True})

    def leaves(work: Any, id: str) -> None:
        assert work.find("livret", {"on_duty": True}).total == 2
        work.put("livret", id, {}, {"on_duty": False}, expected_revision=1)

    with pytest.raises(Busy, match="run it again"), store.transaction("anne", AT) as mine:
        leaves(mine, "a")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: in_one(other, lambda theirs: leaves(theirs, "b"))).result(timeout=10)
    assert store.find("livret", {"on_duty": True}).total == 1


def in_one(store: Store, run: Any) -> None:
    with store.transaction("bob", AT) as work:
        run(work)


def test_a_failure_that_was_swallowed_still_fails_the_transaction(store: Store, other: Store) -> None:
    put(store, "a")
    with pytest.raises(Busy), store.transaction("anne", AT) as mine:
        assert mine.get("livret", "a") is not None
        put(other, "a", expected=1)
        with contextlib.suppress(Busy):
            mine.put("livret", "a", {"mine": 1}, {}, expected_revision=1)
    assert store.get("livret", "a").body == {}  # type: ignore[union-attr]


def test_the_same_new_document_of_two_processes_is_written_once(store: Store, other: Store) -> None:
    with pytest.raises(Busy), store.transaction("anne", AT) as mine:
        assert mine.get("once", "key") is None
        in_one(other, lambda work: work.put("once", "key", {"n": 2}, {}, expected_revision=0))
        mine.put("once", "key", {"n": 1}, {}, expected_revision=0)
    assert store.get("once", "key").body == {"n": 2}  # type: ignore[union-attr]


def test_the_audit_chain_of_many_processes_holds(place: str, store: Store, other: Store) -> None:
    stores = [store, other, open_store(place), open_store(place)]

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(put_many, stores[number % 4], number) for number in range(8)]:
            done.result(timeout=30)
    records = list(store.audit())
    assert audit.first_broken(records) is None
    assert [record.number for record in records] == list(range(1, 121))
    assert [record.number for record in other.audit(after=118)] == [119, 120]
    for opened in stores[2:]:
        opened.close()


def put_many(store: Store, number: int) -> None:
    for turn in range(15):
        while True:  # until nobody was faster
            try:
                put(store, f"{number}.{turn}")
                break
            except Busy:
                pass


@pytest.mark.parametrize("sql", ["UPDATE audit SET author = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_the_audit_log_only_grows(place: str, store: Store, sql: str) -> None:
    put(store)
    with pytest.raises(psycopg.errors.RaiseException, match="only grows"):
        admin(place, sql)


def test_a_changed_record_is_named(place: str, store: Store) -> None:
    for number in range(5):
        put(store, str(number))
    admin(place, "SET session_replication_role = replica", "UPDATE audit SET author = 'x' WHERE number = 3")
    assert audit.first_broken(store.audit()) == 3


# --- purge, moving


def test_a_purged_word_is_in_no_file_of_the_database(place: str, store: Store) -> None:
    store.declare([Index("livret", ("school",), ("name",))])
    word = "Zyxwvut"
    for expected in range(3):
        put(store, "a", {"text": word * 3, "n": expected}, {"name": word, "school": 1}, expected)
    put(store, "b", {"text": "kept"}, {"name": "b", "school": 1})
    admin(place, "VACUUM ANALYZE", "CHECKPOINT")
    folder = shared().data / "base"
    assert holding(folder, word)
    store.purge([("livret", "a"), ("livret", "unknown")], "anne", AT)
    admin(place, "CHECKPOINT")
    assert holding(folder, word) == []
    assert store.get("livret", "a") is None
    assert store.find("livret", {"school": 1}, sort=["name"]).total == 1
    assert audit.first_broken(store.audit()) is None
    assert [record.action for record in store.audit()][-2:] == ["delete", "purge"]


def test_a_word_that_others_told_of_it_is_in_no_file_of_the_database(place: str, store: Store) -> None:
    word = "Zyxwvutold"
    put(store, "a", {"text": "x"})
    for expected in range(2):
        put(store, "b", {"of": "a", "text": word * 3, "n": 1e22, "turn": expected}, {}, expected)
    admin(place, "VACUUM ANALYZE", "CHECKPOINT")
    folder = shared().data / "base"
    assert holding(folder, word)

    def also(work: Erasing) -> None:
        for kind, id in work.mentioning(["a"]):
            work.erase(kind, id, {line.revision: {"n": 1e22} for line in work.lines(kind, id)})

    store.purge([("livret", "a")], "anne", AT, also)
    admin(place, "CHECKPOINT")
    assert holding(folder, word) == []
    assert [line.first for line in store.history("livret", "b")] == [2, 1]
    assert audit.first_broken(store.audit()) is None


def test_a_purge_that_misses_what_is_kept_meanwhile_erases_nothing(store: Store, other: Store) -> None:
    put(store, "a", {"text": "x"})
    put(store, "b", {"n": 0})

    def also(work: Erasing) -> None:
        assert work.mentioning(["x"]) == []
        with other.transaction("paul", AT) as keeping:
            there = keeping.get("livret", "a")
            assert there is not None
            keeping.put("livret", "b", {"kept": there.body["text"]}, {}, expected_revision=1)

    with pytest.raises(Busy):
        store.purge([("livret", "a")], "anne", AT, also)
    assert store.get("livret", "a") is not None


def holding(folder: Path, word: str) -> list[Path]:
    wanted = [word.encode(), word.lower().encode()]
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(one in path.read_bytes() for one in wanted)
    ]


def test_a_dump_fills_an_empty_database(store: Store) -> None:
    for number in range(3):
        put(store, "a", {"n": 1e22, "turn": number}, {"school": 1, "levels": ["b", "a"]}, number)
    put(store, "b", keys={"school": 1})
    with store.transaction("anne", AT) as work:
        work.log("read", "livret", "a", 3)
    lines = list(store.dump())
    copy = open_store(shared().fresh())
    copy.declare([Index("livret", ("school",), ("levels",))])
    copy.load(lines)
    assert list(copy.dump()) == lines
    assert copy.history("livret", "a") == store.history("livret", "a")
    assert [entry.id for entry in copy.find("livret", {"school": 1}, sort=["levels"]).entries] == ["a", "b"]
    put(copy, "a", expected=3)
    assert audit.first_broken(copy.audit()) is None
    with pytest.raises(StoreNotEmpty):
        copy.load(lines)
    copy.close()


@pytest.mark.parametrize("bad", [{}, {"line": "x"}, {"line": "store", "format": 9}, {"line": "revision"}])
def test_a_bad_dump_leaves_the_database_empty(store: Store, bad: Any) -> None:
    put(store)
    lines = list(store.dump())
    copy = open_store(shared().fresh())
    with pytest.raises(NotJson, match="line 3 of the dump"):
        copy.load([*lines[:2], bad, *lines[2:]])
    assert copy.get("livret", "a") is None
    assert [line["line"] for line in copy.dump()] == ["store", "end"]
    copy.close()


def test_a_dump_is_read_beside_its_owner(place: str, store: Store) -> None:
    put(store)
    with read_postgres(place.removeprefix("postgresql:")) as lines:
        put(store, "b")
        found = list(lines)
    assert list(faults(found)) == []
    assert [line["line"] for line in found] == ["store", "revision", "revision", "audit", "audit", "end"]


def test_a_dump_holds_what_the_log_has_not_numbered_yet(place: str, store: Store, other: Store) -> None:
    put(store)
    with psycopg.connect(place) as sealing:
        sealing.execute("SELECT pg_advisory_xact_lock(%s)", [log._SEALING])  # holds the log up
        put(store, "b")
        admin(place, "CREATE ROLE reader LOGIN", "GRANT USAGE ON SCHEMA canevas TO reader",
              "GRANT SELECT ON ALL TABLES IN SCHEMA canevas TO reader")  # fmt: skip
        with read_postgres(place.removeprefix("postgresql:").replace("canevas@", "reader@")) as lines:
            found = list(lines)
    assert list(faults(found)) == []
    assert [line["number"] for line in found if line["line"] == "audit"] == [1, 2]
    assert list(store.dump())[:-1] == found[:-1]


# --- a replica


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    """A primary and its replica."""
    with contextlib.ExitStack() as stack:
        primary = Server(HASTY)
        stack.callback(primary.remove)
        primary.start()
        replica = Server(HASTY, primary)
        stack.callback(replica.remove)
        replica.start()
        yield primary, replica


def test_lists_are_read_from_a_replica_but_never_behind(pair: tuple[Server, Server]) -> None:
    primary, replica = pair
    place = primary.fresh()
    admin(place, "CREATE ROLE web LOGIN", "GRANT CREATE ON DATABASE fresh_1 TO web")
    place, copy = (address.replace("canevas@", "web@") for address in (place, replica.address("fresh_1")))
    with contextlib.closing(open_replicated(place, copy)) as store:
        store.declare([Index("livret", ("school",), ())])

        def written(first: int) -> None:
            """Nobody ever misses what was just written."""
            for number in range(first, first + 10):
                put(store, str(number), keys={"school": 1})
                assert store.find("livret", {"school": 1}).total == number + 1

        def asked() -> bool:
            sql = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'web' AND query LIKE '%FROM listed%'"
            return bool(admin(replica.address("postgres"), sql)[0][0])

        written(0)
        assert asked()
        admin(replica.address("postgres"), "SELECT pg_wal_replay_pause()")
        written(10)
        replica.stop()
        written(20)
    with pytest.raises(StorageError, match="closed"):
        store.find("livret", {})


def test_another_base_is_not_taken_for_a_replica(place: str, mortal: Server) -> None:
    other = mortal.fresh()
    with contextlib.closing(open_store(other)) as stranger:
        put(stranger, "theirs")
    with contextlib.closing(open_replicated(place, other)) as store:
        assert store.find("livret", {}).total == 0


# --- the schema


def test_a_newer_schema_is_refused(fresh: str) -> None:
    open_store(fresh).close()
    admin(fresh, "INSERT INTO migrations VALUES (99)")
    with pytest.raises(StorageError, match="number 99, this version knows 3: start the newer version"):
        open_store(fresh)


def statements() -> list[tuple[int, int]]:
    return [
        (number, at) for number, migration in enumerate(schema.MIGRATIONS) for at in range(len(migration) + 1)
    ]


@pytest.mark.parametrize(("number", "at"), statements())
def test_a_migration_cut_anywhere_is_finished_by_the_next(fresh: str, number: int, at: int) -> None:
    class Cut(BaseException):
        pass

    class Fails:
        def __getattr__(self, name: str) -> Any:
            raise Cut

    cut = list(map(list, schema.MIGRATIONS))
    cut[number].insert(at, Fails())  # type: ignore[arg-type]
    with (
        psycopg.connect(fresh, autocommit=True, options="-c search_path=canevas") as connection,
        pytest.raises((Cut, TypeError)),
    ):
        schema.migrate(connection, fresh, cut)
    with contextlib.closing(open_store(fresh)) as store:
        put(store)
        assert store.get("livret", "a") is not None
    assert admin(fresh, "SELECT count(*) FROM migrations") == [(len(schema.MIGRATIONS),)]


# --- a server that goes away, and secrets


@pytest.fixture(scope="module")
def mortal() -> Iterator[Server]:
    server = Server(HASTY)
    server.start()
    yield server
    server.remove()


def test_a_restarted_server_is_found_again(mortal: Server) -> None:
    with contextlib.closing(open_store(mortal.fresh())) as store:
        put(store, "a")
        mortal.stop()
        mortal.start()
        put(store, "b")
        mortal.stop()
        mortal.start()
        assert list(store.get_many("livret", ["a", "b"])) == ["a", "b"]
        mortal.stop()
        with pytest.raises(StoreBroken, match=r"^postgresql://\S+/fresh_\d+: the server"):
            store.get("livret", "a")
        mortal.start()
        assert store.history("livret", "b")


def test_a_server_lost_in_a_transaction_loses_all_of_it(mortal: Server) -> None:
    with contextlib.closing(open_store(mortal.fresh())) as store:
        with pytest.raises(StoreBroken), store.transaction("anne", AT) as work:
            work.put("livret", "a", {}, {}, expected_revision=0)
            mortal.stop()
            mortal.start()
            work.put("livret", "b", {}, {}, expected_revision=0)
        assert store.find("livret", {}).total == 0


def test_a_commit_without_an_answer_is_not_told_as_failed(mortal: Server) -> None:
    with contextlib.closing(open_store(mortal.fresh())) as store:
        store.declare(passing=["livret"])  # nothing is left to be done before the commit
        with pytest.raises(OutcomeUnknown, match="look before"), store.transaction("anne", AT) as work:
            work.put("livret", "a", {}, {}, expected_revision=0)
            mortal.stop()
            mortal.start()
        assert store.get("livret", "a") is None


@pytest.mark.parametrize(
    "place",
    [
        "postgresql://anne:s3cret@127.0.0.1:1/base",
        "postgresql://anne:s3cr@et@127.0.0.1:1/base",
        "postgresql://anne:s3/et@127.0.0.1:1/base",
        "postgresql://anne:s3cret@127.0.0.1:1/base?wrong=s3cret",
        "postgres://anne:s3cret@127.0.0.1:1/base",
    ],
)
def test_no_message_holds_a_password(
    place: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres.links.PATIENCE", 0.1)
    with pytest.raises(StorageError) as caught:
        open_store(place)
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert not any(part in told.replace(place, "") for part in ("s3cret", "s3cr", "s3/et"))
    assert place not in str(caught.value)


def test_what_postgresql_cannot_hold_is_refused_by_name(store: Store) -> None:
    with pytest.raises(NotJson, match="too long"):
        put(store, secrets.token_hex(5000))
    assert store.find("livret", {}).total == 0


def test_a_memory_store_moves_here(store: Store) -> None:
    memory = open_memory()
    put(memory, "a", {"n": 1})
    if hasattr(memory, "dump"):
        store.load(memory.dump())
        assert store.get("livret", "a") == memory.get("livret", "a")

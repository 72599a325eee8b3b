"""What every store promises, by example."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

import pytest

from storage.audit import canonical, digest, first_broken
from storage.base import (
    AnyOf,
    Entry,
    Erasing,
    Keys,
    NotJson,
    Revision,
    StaleRevision,
    StorageError,
    Store,
    Stored,
    StoreNotEmpty,
)
from storage.index import cursor
from storage.moving_check import Check
from storage.registry import open_store

AT = "2026-03-02T08:00:00Z"
LATER = "2026-03-02T08:05:00Z"


def put(
    store: Store,
    id: str = "a",
    body: Mapping[str, Any] | None = None,
    keys: Keys | None = None,
    *,
    kind: str = "livret",
    expected: int = 0,
    author: str = "anne",
    at: str = AT,
    sitting: str | None = None,
    note: str = "",
) -> Stored:
    with store.transaction(author, at) as work:
        return work.put(
            kind, id, body or {}, keys or {}, expected_revision=expected, sitting=sitting, note=note
        )


def ids(
    store: Store, where: Mapping[str, Any], sort: Sequence[str] = (), limit: int | None = None
) -> list[str]:
    return [entry.id for entry in store.find("livret", where, sort=sort, limit=limit).entries]


# --- documents


def test_a_put_document_is_read_back(store: Store) -> None:
    body = {"nom": "Zoé", "notes": [1, 2.5, None, True], "détails": {"x": []}}
    given = put(store, body=body, keys={"school": "0750001A", "levels": ["ce1", "ce2"], "open": True})
    assert given == store.get("livret", "a") == store.get_many("livret", ["a"])["a"]
    assert given.body == body
    assert given.keys == {"school": "0750001A", "levels": ("ce1", "ce2"), "open": True}
    assert (given.revision, given.author, given.at, given.created_at) == (1, "anne", AT, AT)


def test_what_does_not_exist_is_none_or_empty(store: Store) -> None:
    assert store.get("livret", "a") is None
    assert store.get_many("livret", ["a"]) == {}
    assert store.history("livret", "a") == ()
    assert store.at_revision("livret", "a", 1) is None
    assert store.find("livret", {"x": 1}).total == 0


def test_many_come_in_the_order_asked_without_the_missing(store: Store) -> None:
    for id in "abc":
        put(store, id)
    assert list(store.get_many("livret", ["c", "x", "a"])) == ["c", "a"]


def test_kinds_do_not_mix(store: Store) -> None:
    put(store, "a", {"n": 1}, {"x": 1})
    put(store, "a", {"n": 2}, {"x": 1}, kind="revisions")
    assert [store.get(kind, "a").body for kind in ("livret", "revisions")] == [{"n": 1}, {"n": 2}]  # type: ignore[union-attr]
    assert store.find("revisions", {"x": 1}).total == 1


def test_created_at_stays_at_the_first_revision(store: Store) -> None:
    put(store)
    second = put(store, expected=1, at=LATER)
    assert (second.revision, second.created_at, second.at) == (2, AT, LATER)


def test_ids_with_slashes_keep_their_own_histories(store: Store) -> None:
    for id in ("a", "a/1", "a/1/2"):
        put(store, id, {"first": id})
        put(store, id, {"second": id}, expected=1)
    for id in ("a", "a/1", "a/1/2"):
        assert store.at_revision("livret", id, 1).body == {"first": id}  # type: ignore[union-attr]


# --- revisions


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_a_stale_put_gets_the_current_document(store: Store, expected: int) -> None:
    put(store)
    current = put(store, body={"n": 2}, expected=1)
    with pytest.raises(
        StaleRevision, match=r"livret/a: expected .*, found at revision 2, by anne: "
    ) as caught:
        put(store, body={"n": 3}, expected=expected)
    assert caught.value.actual == current == store.get("livret", "a")
    assert (caught.value.kind, caught.value.id, caught.value.expected) == ("livret", "a", expected)


def test_a_put_over_what_is_gone_is_stale(store: Store) -> None:
    with pytest.raises(StaleRevision, match="found absent") as caught:
        put(store, expected=4)
    assert caught.value.actual is None


def test_every_put_without_sitting_has_its_line(store: Store) -> None:
    put(store, note="créé")
    put(store, expected=1, author="bob", at=LATER)
    assert store.history("livret", "a") == (
        Revision(2, 2, "bob", LATER, LATER, None, ""),
        Revision(1, 1, "anne", AT, AT, None, "créé"),
    )


def test_one_sitting_of_one_author_is_one_line(store: Store) -> None:
    put(store, body={"n": 0})
    for number in (1, 2, 3):
        at = LATER if number == 3 else AT
        note = "relu" if number == 2 else ""
        put(store, body={"n": number}, expected=number, at=at, sitting="s1", note=note)
    assert store.history("livret", "a") == (
        Revision(2, 4, "anne", AT, LATER, "s1", "relu"),
        Revision(1, 1, "anne", AT, AT, None, ""),
    )
    bodies = [store.at_revision("livret", "a", number).body for number in (1, 2, 3, 4)]  # type: ignore[union-attr]
    assert bodies == [{"n": 0}, {"n": 3}, {"n": 3}, {"n": 3}]
    assert store.at_revision("livret", "a", 0) is store.at_revision("livret", "a", 5) is None


def test_a_sitting_does_not_reach_across_another_author(store: Store) -> None:
    put(store, sitting="s1")
    put(store, expected=1, author="bob", sitting="s1")
    put(store, expected=2, sitting="s1")
    put(store, expected=3, sitting="s2")
    assert [(line.first, line.last) for line in store.history("livret", "a")] == [
        (4, 4),
        (3, 3),
        (2, 2),
        (1, 1),
    ]


def test_an_earlier_revision_keeps_its_keys_author_and_times(store: Store) -> None:
    first = put(store, body={"n": 1}, keys={"x": [1]})
    put(store, body={"n": 2}, keys={"x": [2]}, expected=1, author="bob", at=LATER)
    assert store.at_revision("livret", "a", 1) == first


def test_delete_removes_history_and_checks_the_revision(store: Store) -> None:
    for expected in range(3):
        put(store, keys={"x": 1}, expected=expected)
    with pytest.raises(StaleRevision), store.transaction("anne", AT) as work:
        work.delete("livret", "a", 2)
    with store.transaction("anne", AT) as work:
        work.delete("livret", "a", 3)
    assert store.get("livret", "a") is None
    assert store.history("livret", "a") == ()
    assert ids(store, {"x": 1}) == []
    assert put(store, body={"again": True}).revision == 1
    assert len(store.history("livret", "a")) == 1


# --- transactions


def test_two_documents_are_written_together_or_not_at_all(store: Store) -> None:
    put(store, "b")
    with pytest.raises(StaleRevision), store.transaction("anne", AT) as work:
        work.put("livret", "a", {}, {"x": 1}, expected_revision=0)
        work.put("livret", "b", {}, {"x": 1}, expected_revision=0)
    assert store.get("livret", "a") is None
    assert ids(store, {"x": 1}) == []
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", {}, {"x": 1}, expected_revision=0)
        work.put("livret", "b", {}, {"x": 1}, expected_revision=1)
    assert ids(store, {"x": 1}) == ["a", "b"]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_no_trace(store: Store, fault: type[BaseException]) -> None:
    before = put(store, "old", {"n": 1}, {"x": 1})
    with pytest.raises(fault), store.transaction("anne", AT) as work:
        work.put("livret", "old", {"n": 2}, {"x": 2}, expected_revision=1)
        work.put("livret", "new", {}, {"x": 2}, expected_revision=0)
        raise fault
    assert store.get("livret", "old") == before
    assert len(store.history("livret", "old")) == 1
    assert (ids(store, {"x": 1}), ids(store, {"x": 2})) == (["old"], [])


def test_a_transaction_reads_its_own_writes_and_the_store_does_not(store: Store) -> None:
    put(store, "a", keys={"x": 1})
    put(store, "b", keys={"x": 1})
    put(store, "c", keys={"x": 1})
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", {}, {"x": 2}, expected_revision=1)
        work.put("livret", "d", {"n": 1}, {"x": 1}, expected_revision=0)
        work.delete("livret", "c", 1)
        found = work.find("livret", {"x": 1})
        assert ([entry.id for entry in found.entries], found.total) == (["b", "d"], 2)
        assert work.get("livret", "d").body == {"n": 1}  # type: ignore[union-attr]
        assert work.get("livret", "c") is None
        assert ids(store, {"x": 1}) == ["a", "b", "c"]
        assert store.get("livret", "d") is None
    assert ids(store, {"x": 1}) == ["b", "d"]


def test_a_caught_stale_put_does_not_spoil_the_transaction(store: Store) -> None:
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", {}, {}, expected_revision=0)
        with pytest.raises(StaleRevision):
            work.put("livret", "a", {}, {}, expected_revision=0)
        work.put("livret", "a", {"n": 2}, {}, expected_revision=1)
    assert [line.last for line in store.history("livret", "a")] == [2, 1]


def test_transactions_do_not_nest_and_do_not_outlive_their_block(store: Store) -> None:
    with store.transaction("anne", AT) as work:
        with pytest.raises(StorageError, match="inside a transaction"), store.transaction("anne", AT):
            pass
        with pytest.raises(StorageError, match="inside a transaction"):
            store.close()
    with pytest.raises(StorageError, match="over"):
        work.put("livret", "a", {}, {}, expected_revision=0)
    assert put(store).revision == 1


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StorageError, match="closed: open it again"):
        store.get("livret", "a")
    with pytest.raises(StorageError, match="closed"):
        store.find("livret", {})
    with pytest.raises(StorageError, match="closed"):
        put(store)


@pytest.mark.parametrize("at", ["yesterday", "2026-03-02", datetime(2026, 3, 2), "2026-03-02T08:00:00"])
def test_a_time_without_zone_is_refused(store: Store, at: Any) -> None:
    with pytest.raises(NotJson, match="time"), store.transaction("anne", at):
        pass


def test_an_aware_time_is_kept_as_text(store: Store) -> None:
    with store.transaction("anne", datetime(2026, 3, 2, 8, tzinfo=UTC)) as work:
        assert work.put("livret", "a", {}, {}, expected_revision=0).at == "2026-03-02T08:00:00+00:00"


# --- copies


def test_nothing_given_out_or_taken_in_is_live(store: Store) -> None:
    body: dict[str, Any] = {"rows": [{"n": 1}]}
    levels = ["ce1"]
    given = put(store, body=body, keys={"levels": levels})
    copies = [body, given.body, store.get("livret", "a").body, store.at_revision("livret", "a", 1).body]  # type: ignore[union-attr]
    with store.transaction("anne", AT) as work:
        copies.append(work.get("livret", "a").body)  # type: ignore[union-attr]
    with pytest.raises(StaleRevision) as stale:
        put(store)
    copies.append(stale.value.actual.body)  # type: ignore[union-attr]
    for copy in copies:
        copy["rows"][0]["n"] = 2
        copy["rows"].append(3)
    levels.append("ce2")
    assert store.get("livret", "a").body == {"rows": [{"n": 1}]}  # type: ignore[union-attr]
    assert ids(store, {"levels": "ce2"}) == []
    with pytest.raises(TypeError):
        store.find("livret", {}).entries[0].keys["levels"] = 1  # type: ignore[index]


def test_a_document_can_be_put_back_as_it_was_read(store: Store) -> None:
    first = put(store, body={"n": [1]}, keys={"levels": ["ce1", "ce2"], "x": None})
    second = put(store, body=first.body, keys=first.keys, expected=1)
    assert (second.body, second.keys) == (first.body, first.keys)


class Level(StrEnum):
    CE1 = "ce1"


def test_what_json_has_no_name_for_becomes_plain(store: Store) -> None:
    put(store, body={"level": Level.CE1, "pair": (1, 2)}, keys={"level": Level.CE1})
    read = store.get("livret", "a")
    assert read is not None
    assert json.dumps(read.body, sort_keys=True) == '{"level": "ce1", "pair": [1, 2]}'
    assert type(read.body["level"]) is type(read.keys["level"]) is str
    assert ids(store, {"level": Level.CE1}) == ids(store, {"level": "ce1"}) == ["a"]


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), r"livret/a body\.x\[0\]: nan is not a JSON number"),
        (float("-inf"), "-inf is not"),
        ({1: "a"}, r"body\.x\[0\]: member name 1 is not text"),
        ({"d": {"e": b""}}, r"body\.x\[0\]\.d\.e: a bytes is not JSON"),
        ({1, 2}, "a set is not JSON"),
        (datetime(2026, 3, 2), "a datetime is not JSON"),
        (2**63, "beyond 64 bits"),
        ("\ud800", "surrogate"),
        ("a\0b", "NUL"),
        ({"\udfff": 1}, "surrogate"),
        (LOOP, "nested more than 100 deep"),
    ],
)
def test_what_is_not_json_is_refused_by_name(store: Store, value: object, message: str) -> None:
    with pytest.raises(NotJson, match=message):
        put(store, body={"x": [value]})
    assert store.get("livret", "a") is None


@pytest.mark.parametrize("body", [None, [], "text", 1])
def test_a_body_is_an_object(store: Store, body: Any) -> None:
    with pytest.raises(NotJson, match="not a JSON object"), store.transaction("anne", AT) as work:
        work.put("livret", "a", body, {}, expected_revision=0)


@pytest.mark.parametrize(
    "keys", [{"x": 1.5}, {"x": {"y": 1}}, {"x": [[1]]}, {"": 1}, {"-x": 1}, {"x": [b""]}]
)
def test_keys_are_flat(store: Store, keys: Any) -> None:
    with pytest.raises(NotJson, match="livret/a keys"):
        put(store, keys=keys)


@pytest.mark.parametrize(
    ("kind", "id", "author"), [("", "a", "x"), ("k/l", "a", "x"), ("k", "", "x"), ("k", "a", "")]
)
def test_names_are_checked(store: Store, kind: str, id: str, author: str) -> None:
    with pytest.raises(NotJson):
        put(store, id, kind=kind, author=author)


# --- lists


def test_equality_membership_and_any_of(store: Store) -> None:
    put(store, "a", keys={"school": "s1", "levels": ["ce1", "ce2"], "n": 1})
    put(store, "b", keys={"school": "s1", "levels": [], "n": True})
    put(store, "c", keys={"school": "s2", "levels": ["ce2", "ce2", None], "n": "1"})
    put(store, "d", keys={"school": None, "levels": "ce2"})
    assert ids(store, {}) == ["a", "b", "c", "d"]
    assert ids(store, {"school": "s1"}) == ["a", "b"]
    assert ids(store, {"levels": "ce2"}) == ["a", "c", "d"]
    assert ids(store, {"levels": "ce2", "school": "s1"}) == ["a"]
    assert ids(store, {"levels": AnyOf(["ce1", "ce2"]), "school": AnyOf(["s1", "s2"])}) == ["a", "c"]
    assert ids(store, {"school": None}) == ["d"]
    assert ids(store, {"levels": None}) == ["c"]
    assert [ids(store, {"n": value}) for value in (1, True, "1", None)] == [["a"], ["b"], ["c"], []]
    assert ids(store, {"n": AnyOf([1, True])}) == ["a", "b"]
    assert ids(store, {"school": AnyOf([])}) == ids(store, {"unknown": "x"}) == []


def test_a_list_sees_keys_only(store: Store) -> None:
    put(store, "a", {"secret": 1}, {"x": 1})
    assert store.find("livret", {"x": 1}).entries == (Entry("livret", "a", 1, {"x": 1}, AT),)


@pytest.mark.parametrize("wanted", [1.5, ["a"], ("a",), {"a": 1}, AnyOf(cast(Any, [1.5]))])
def test_a_condition_that_cannot_match_is_an_error(store: Store, wanted: Any) -> None:
    put(store, keys={"x": "a"})
    with pytest.raises(TypeError, match="key 'x'"):
        store.find("livret", {"x": wanted})


def test_one_text_is_not_several_values() -> None:
    with pytest.raises(TypeError, match="AnyOf"):
        AnyOf("abc")


def test_texts_sort_without_case_and_accents_and_none_last(store: Store) -> None:
    names = {"1": "Étienne", "2": "ethan", "3": "Œdipe", "4": "odile", "5": None, "6": "ETIENNE", "7": "Zoë"}
    for id, name in names.items():
        put(store, id, keys={"name": name})
    put(store, "8")
    assert ids(store, {}, ["name"]) == ["2", "1", "6", "4", "3", "7", "5", "8"]
    assert ids(store, {}, ["-name"]) == ["7", "3", "4", "1", "6", "2", "5", "8"]


def test_several_sorts_numbers_and_multiple_values(store: Store) -> None:
    put(store, "a", keys={"level": ["ce2", "ce0"], "n": 10})
    put(store, "b", keys={"level": "ce1", "n": 9})
    put(store, "c", keys={"level": "ce1", "n": -1})
    put(store, "d", keys={"level": [], "n": 0})
    assert ids(store, {}, ["level", "n"]) == ["c", "b", "a", "d"]
    assert ids(store, {}, ["level", "-n"]) == ["b", "c", "a", "d"]
    assert ids(store, {}, ["n"]) == ["c", "d", "b", "a"]


def test_pages_follow_each_other_when_the_list_changes(store: Store) -> None:
    for id in "abcdef":
        put(store, id, keys={"name": id.upper()})
    first = store.find("livret", {}, sort=["-name"], limit=2)
    assert ([entry.id for entry in first.entries], first.total) == (["f", "e"], 6)
    with store.transaction("anne", AT) as work:
        work.delete("livret", "e", 1)
        work.put("livret", "g", {}, {"name": "G"}, expected_revision=0)
    assert first.after == cursor(first.entries[-1], ["-name"])
    second = store.find("livret", {}, sort=["-name"], limit=2, after=first.after)
    assert [entry.id for entry in second.entries] == ["d", "c"]
    last = store.find("livret", {}, sort=["-name"], limit=2, after=second.after)
    assert ([entry.id for entry in last.entries], last.after, last.total) == (["b", "a"], None, 6)


def test_a_limit_of_zero_counts(store: Store) -> None:
    put(store)
    page = store.find("livret", {}, limit=0)
    assert (page.entries, page.total) == ((), 1)


def test_a_wrong_limit_or_cursor_is_an_error(store: Store) -> None:
    for id in "ab":
        put(store, id)
    after = store.find("livret", {}, limit=1).after
    with pytest.raises(ValueError, match="limit -1"):
        store.find("livret", {}, limit=-1)
    with pytest.raises(ValueError, match="keep the sort"):
        store.find("livret", {}, sort=["name"], after=after)


# --- the audit log


def told(store: Store) -> list[tuple[Any, ...]]:
    return [(one.number, one.author, one.action, one.id, one.revision) for one in store.audit()]


def test_puts_deletes_and_what_is_logged_are_in_the_audit_log(store: Store) -> None:
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", {"n": 1}, {}, expected_revision=0)
        work.log("read", "livret", "a", 1)
    with store.transaction("paul", LATER) as work:
        work.put("livret", "a", {"n": 2}, {}, expected_revision=1, sitting="s")
        work.rekey("livret", "a", {"x": 1})
        work.delete("livret", "a", 2)
    assert told(store) == [
        (1, "anne", "put", "a", 1),
        (2, "anne", "read", "a", 1),
        (3, "paul", "put", "a", 2),
        (4, "paul", "delete", "a", 2),
    ]
    records = list(store.audit())
    assert [one.at for one in records] == [AT, AT, LATER, LATER]
    assert [one.digest is None for one in records] == [False, True, False, True]
    assert first_broken(records) is None
    assert [one.number for one in store.audit(after=2)] == [3, 4]


def test_what_is_not_kept_is_not_logged(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction("anne", AT) as work:
        work.put("livret", "a", {}, {}, expected_revision=0)
        work.log("read", "livret", "a")
        raise RuntimeError
    assert told(store) == []


def test_kinds_that_pass_are_not_logged(store: Store) -> None:
    store.declare(passing=["session"])
    with store.transaction("anne", AT) as work:
        work.put("session", "s", {}, {}, expected_revision=0)
        work.delete("session", "s", 1)
        work.put("livret", "a", {}, {}, expected_revision=0)
    assert told(store) == [(1, "anne", "put", "a", 1)]


def test_a_digest_is_that_of_the_body_with_its_salt(store: Store) -> None:
    body = {"b": "É", "a": [1.5, None, 10**22 / 10**22], "c": {"z": 1, "y": True}}
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", body, {}, expected_revision=0)
    line = next(line for line in store.dump() if line["line"] == "revision")
    (record,) = store.audit()
    assert record.digest == digest(line["salt"], canonical(line["body"]))
    assert record.digest != digest("", canonical(line["body"]))


# --- purge


def test_a_purge_removes_documents_with_their_history(store: Store) -> None:
    for expected in range(2):
        with store.transaction("anne", AT) as work:
            work.put("livret", "a", {"n": expected}, {"x": 1}, expected_revision=expected)
            work.put("livret", "b", {"n": expected}, {"x": 1}, expected_revision=expected)
    before = list(store.audit())
    store.purge([("livret", "a"), ("livret", "unknown")], "paul", LATER)
    assert store.get("livret", "a") is None
    assert store.history("livret", "a") == ()
    assert store.at_revision("livret", "a", 1) is None
    assert [entry.id for entry in store.find("livret", {"x": 1}).entries] == ["b"]
    assert len(store.history("livret", "b")) == 2
    after = list(store.audit())
    assert after[: len(before)] == before
    assert [(one.action, one.id) for one in after[len(before) :]] == [("delete", "a"), ("purge", "a")]
    assert first_broken(after) is None
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", {}, {}, expected_revision=0)


def test_a_purge_erases_what_others_tell_in_every_revision(store: Store) -> None:
    store.declare(passing=["session"])
    put(store, "a", {"nom": "Zoé"})
    bodies: list[dict[str, Any]] = [{"n": 0}, {"of": "a", "nom": "Zoé"}, {"of": "a", "nom": "Zoé", "n": 1e22}]
    for expected, body in enumerate(bodies):
        put(store, "b", body, {"x": expected}, expected=expected)
    put(store, "c", {"of": "ab", "nom": "Anne"})
    put(store, "s", {"of": "a"}, kind="session")
    told: list[tuple[str, str]] = []

    def also(work: Erasing) -> None:
        told.extend(work.mentioning(["a", "never"]))
        for kind, id in told:
            without = {
                line.revision: {**line.body, "nom": ""} for line in work.lines(kind, id) if "of" in line.body
            }
            work.erase(kind, id, without)
        work.erase("livret", "c", {})

    before = store.history("livret", "b")
    store.purge([("livret", "a")], "paul", LATER, also)
    assert sorted(told) == [("livret", "b"), ("session", "s")]
    found = [store.at_revision("livret", "b", number) for number in (1, 2, 3)]
    assert [one and one.body for one in found] == [
        {"n": 0},
        {"of": "a", "nom": ""},
        {"of": "a", "nom": "", "n": 1e22},
    ]
    assert store.history("livret", "b") == before, "no revision more, nor another author"
    assert ids(store, {"x": 2}) == ["b"]
    last = [(one.action, one.id, one.revision) for one in store.audit()][-4:]
    assert last == [("delete", "a", 1), ("purge", "a", None), ("erase", "b", 2), ("erase", "b", 3)]
    lines = list(store.dump())
    assert faults_of(lines) == []
    put(store, "b", {"n": 4}, expected=3)
    assert len(store.history("livret", "b")) == 4


def faults_of(lines: list[Any]) -> list[Any]:
    check = Check()
    return [*(fault for line in lines for fault in check.take(line)), *check.finish()]


def test_a_salt_is_another_once_a_line_was_erased(store: Store) -> None:
    put(store, "b", {"nom": "Zoé"})
    salts = [line["salt"] for line in store.dump() if line["line"] == "revision"]
    store.purge([], "paul", LATER, lambda work: work.erase("livret", "b", {1: {"nom": ""}}))
    after = [line["salt"] for line in store.dump() if line["line"] == "revision"]
    assert len(after) == 1 and after != salts, "the old one would let a name be tried on the old digest"


def test_a_purge_that_fails_erases_nothing(store: Store) -> None:
    put(store, "a", {"nom": "Zoé"})
    put(store, "b", {"of": "a"})
    before = list(store.dump())

    def also(work: Erasing) -> None:
        work.erase("livret", "b", {1: {}})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.purge([("livret", "a")], "paul", LATER, also)
    assert list(store.dump()) == before


# --- dump and load


def filled(store: Store) -> None:
    store.declare(passing=["session"])
    with store.transaction("anne", AT) as work:
        work.put("livret", "é/1", {"n": "Zoë"}, {"x": ["b", "a"]}, expected_revision=0, sitting="s", note="!")
        work.put("session", "s", {"token": None}, {}, expected_revision=0)
        work.log("read", "livret", "é/1", 1)
    for expected, sitting in ((1, "s"), (2, None), (3, "t")):
        with store.transaction("anne", LATER) as work:
            work.put(
                "livret",
                "é/1",
                {"n": expected / 2},
                {"x": None},
                expected_revision=expected,
                sitting=sitting,
            )


def test_a_dump_goes_into_another_store_without_loss(store: Store) -> None:
    filled(store)
    lines = list(store.dump())
    assert [line["line"] for line in lines[:1] + lines[-1:]] == ["store", "end"]
    assert (lines[-1]["revisions"], lines[-1]["audit"]) == (4, 5)
    other = open_store("memory:")
    other.load(json.loads(json.dumps(line)) for line in lines)
    assert list(other.dump()) == lines
    assert list(other.audit()) == list(store.audit())
    assert other.history("livret", "é/1") == store.history("livret", "é/1")
    assert [other.at_revision("livret", "é/1", n) for n in range(6)] == [
        store.at_revision("livret", "é/1", n) for n in range(6)
    ]
    assert other.find("livret", {"x": None}) == store.find("livret", {"x": None})


def test_a_loaded_store_goes_on(store: Store) -> None:
    source = open_store("memory:")
    filled(source)
    store.load(source.dump())
    with store.transaction("anne", LATER) as work:
        work.put("livret", "é/1", {}, {"x": "z"}, expected_revision=4)
    assert [line.last for line in store.history("livret", "é/1")] == [5, 4, 3, 2]
    assert first_broken(store.audit()) is None
    assert len(list(store.audit())) == 6
    assert store.find("livret", {"x": "z"}).total == 1
    assert next(iter(store.dump())) == {"line": "store", "format": 1}


def test_only_an_empty_store_is_loaded(store: Store) -> None:
    source = open_store("memory:")
    filled(source)
    with store.transaction("anne", AT) as work:
        work.put("livret", "b", {}, {}, expected_revision=0)
    with pytest.raises(StoreNotEmpty):
        store.load(source.dump())
    assert store.find("livret", {}).total == 1


def test_a_dump_that_breaks_off_leaves_an_empty_store(store: Store) -> None:
    source = open_store("memory:")
    filled(source)

    def broken() -> Iterator[Any]:
        yield from list(source.dump())[:3]
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        store.load(broken())
    with pytest.raises(NotJson, match="line 2 of the dump"):
        store.load([{"line": "store", "format": 1}, {"line": "revision"}])
    assert store.find("livret", {}).total == 0
    assert list(store.audit()) == []
    store.load(source.dump())
    assert list(store.dump()) == list(source.dump())

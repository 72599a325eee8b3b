"""A dump on its way: written, read, and every damage on the way found and named."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import dumping, moving
from storage.base import Body, StorageError
from storage.memory import open_memory
from storage.moving_check import CAUSES, Broken, Fault

AT = "2026-11-23T08:00:00+01:00"


@dataclass(frozen=True)
class Step:
    """One change of a store, in a transaction of its own."""

    what: str
    id: str
    text: str
    sitting: str | None


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["put", "put", "put", "delete", "rekey", "read", "pass"]),
        st.sampled_from(["a", "b", "c"]),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
        st.sampled_from([None, None, "s"]),
    ),
    min_size=1,
    max_size=12,
)


def dump(steps: Iterable[Step], purged: Iterable[str] = ()) -> list[Body]:
    """The lines of a store with this past."""
    store = open_memory()
    store.declare(passing=["passing"])
    for step in steps:
        kind = "passing" if step.what == "pass" else "fiche"
        with store.transaction("p1", AT) as tx:
            there = tx.get(kind, step.id)
            revision = there.revision if there else 0
            if step.what in {"put", "pass"}:
                body: Body = {"t": step.text, "n": 1.5}
                tx.put(
                    kind, step.id, body, {"k": step.text}, expected_revision=revision, sitting=step.sitting
                )
            elif step.what == "delete":
                tx.delete(kind, step.id, revision)
            elif step.what == "rekey":
                tx.rekey(kind, step.id, {"k": "autre"})
            else:
                tx.log("read", kind, step.id, revision or None)
    store.purge([("fiche", id) for id in purged], "p1", AT)
    return list(store.dump())


PAST = [
    Step("put", "a", "un", "s"),
    Step("put", "a", "deux", "s"),
    Step("put", "a", "trois", None),
    Step("put", "b", "é", None),
    Step("read", "a", "", None),
    Step("delete", "b", "", None),
    Step("put", "b", "revenu", None),
    Step("put", "c", "effacé", None),
    Step("pass", "d", "x", None),
]


def spelled(lines: Iterable[Body]) -> bytes:
    file = io.BytesIO()
    moving.spell(file, lines)
    return file.getvalue()


def found(raw: bytes) -> list[Fault]:
    """What is wrong with the bytes of a dump."""
    try:
        return list(moving.faults(moving.parse(io.BytesIO(raw))))
    except Broken as error:
        return [error.fault]


def resealed(lines: Iterable[Body]) -> list[Body]:
    """Lines whose end fits them again: the damage was done before the dump."""
    return list(dumping.ended(line for line in lines if line["line"] != "end"))


@given(STEPS, st.sampled_from([(), ("a",)]))
@settings(max_examples=60, deadline=None)
def test_what_a_store_gives_is_right_and_goes_through_a_file(steps: list[Step], purged: Any) -> None:
    lines = dump(steps, purged)
    raw = spelled(lines)
    assert found(raw) == []
    assert list(moving.checked(moving.parse(io.BytesIO(raw)))) == lines


def test_every_flipped_byte_is_found() -> None:
    raw = spelled(dump(PAST, ["c"]))
    for at in range(len(raw)):
        damaged = bytearray(raw)
        damaged[at] ^= 1 << (at % 8)
        assert found(bytes(damaged)), f"byte {at}: {raw[max(0, at - 20) : at + 20]!r}"


def test_every_cut_is_found() -> None:
    raw = spelled(dump(PAST))
    for size in range(len(raw)):
        assert found(raw[:size]), size


@given(STEPS, st.data())
@settings(max_examples=60, deadline=None)
def test_every_removed_doubled_or_swapped_line_is_found(steps: list[Step], data: st.DataObject) -> None:
    lines = dump(steps)
    n = data.draw(st.integers(0, len(lines) - 1), label="line")
    m = data.draw(st.integers(0, len(lines) - 1), label="with")
    assert list(moving.faults(lines[:n] + lines[n + 1 :]))
    assert list(moving.faults([*lines[: n + 1], *lines[n:]]))
    if n != m:
        swapped = list(lines)
        swapped[n], swapped[m] = lines[m], lines[n]
        assert list(moving.faults(swapped))


@given(STEPS, st.data())
@settings(max_examples=60, deadline=None)
def test_the_log_finds_what_was_changed_before_the_dump(steps: list[Step], data: st.DataObject) -> None:
    lines = dump(steps)
    audited = [n for n, line in enumerate(lines) if line["line"] == "revision" and line["kind"] == "fiche"]
    if not audited:
        return
    n = data.draw(st.sampled_from(audited), label="line")
    changed = lines[n] | {"body": lines[n]["body"] | {"t": "falsifié, et long"}}
    (fault,) = moving.faults(resealed([*lines[:n], changed, *lines[n + 1 :]]))
    assert (fault.line, fault.cause) == (n + 1, "digest")
    assert list(moving.faults(resealed(lines[:n] + lines[n + 1 :])))


def where(steps: Iterable[Step], what: str, n: int) -> tuple[list[Body], int]:
    """The lines of a store, and the place of the n-th line of a kind."""
    lines = dump(steps)
    return lines, [at for at, line in enumerate(lines) if line["line"] == what][n]


def test_a_broken_chain_is_named() -> None:
    lines, at = where(PAST, "audit", 3)
    lines[at] = lines[at] | {"author": "p2"}
    (fault,) = moving.faults(resealed(lines))
    assert (fault.line, fault.place, fault.cause) == (at + 1, "audit record 4", "chain")


def test_a_document_that_the_log_knows_and_is_not_there_is_lost() -> None:
    lines = [line for line in dump(PAST) if (line["line"], line.get("id")) != ("revision", "b")]
    (fault,) = moving.faults(resealed(lines))
    assert (fault.place, fault.cause) == ("fiche/b revision 1", "lost")


def test_a_document_that_the_log_says_is_gone_is_named() -> None:
    lines = dump([Step("put", "a", "x", None)])
    gone = dump([Step("put", "a", "x", None), Step("delete", "a", "", None)])
    kept = [line for line in lines if line["line"] == "revision"]
    log = [line for line in gone if line["line"] == "audit"]
    salted = [line | {"salt": ""} for line in kept]  # its digest differs too: two faults, one document
    causes = {fault.cause for fault in moving.faults(resealed([lines[0], *salted, *log]))}
    assert causes == {"digest", "gone"}


@pytest.mark.parametrize(
    ("lines", "line", "cause"),
    [
        ([], 0, "empty"),
        ([{"line": "store", "format": 2}], 1, "format"),
        ([{"line": "store", "format": True}], 1, "shape"),
        ([{"line": "store"}], 1, "shape"),
        ([{"line": "autre"}], 1, "shape"),
        ([{"line": ["store"]}], 1, "shape"),
        ([{"line": "end", "revisions": 0, "audit": 0, "sha256": ""}], 1, "start"),
        ([{"line": "store", "format": 1}], 1, "end"),
    ],
)
def test_the_first_fault(lines: list[Body], line: int, cause: str) -> None:
    fault = next(iter(moving.faults(lines)))
    assert (fault.line, fault.cause) == (line, cause)
    with pytest.raises(Broken, match="line 1" if line else "dump"):
        list(moving.checked(lines))


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (b"{}", "cut"),
        (b"[1]\n", "json"),
        (b"\xff\n", "json"),
        (b"{\n", "json"),
        (b"[" * 5000 + b"\n", "json"),
        (b'{"b": 1}\n', "spelling"),
        (b'{"b":1,"a":1}\n', "spelling"),
        (b'{"a":1,"a":1}\n', "spelling"),
        (b'{"a":NaN}\n', "json"),
        (b"\n", "json"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(raw: bytes, cause: str) -> None:
    (fault,) = found(b'{"format":1,"line":"store"}\n' + raw)
    assert (fault.line, fault.cause) == (2, cause)


@pytest.mark.parametrize("name", ["copie.jsonl", "copie.jsonl.gz"])
def test_a_file_holds_a_dump(tmp_path: Path, name: str) -> None:
    lines, path = dump(PAST), tmp_path / name
    moving.write(path, lines)
    assert list(moving.checked(moving.read(path))) == lines
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [name]
    first = path.read_bytes()
    moving.write(path, lines)
    assert path.read_bytes() == first  # the same bytes each time
    path.write_bytes(first[:-9])
    with pytest.raises(Broken) as caught:
        list(moving.checked(moving.read(path)))
    assert caught.value.fault.cause in {"file", "cut", "end"}


def test_a_file_that_is_not_written_to_its_end_does_not_appear(tmp_path: Path) -> None:
    path = tmp_path / "copie.jsonl"
    moving.write(path, dump(PAST))
    before = path.read_bytes()

    def broken() -> Iterator[Body]:
        yield {"line": "store", "format": 1}
        raise StorageError("broken off")

    with pytest.raises(StorageError, match="broken off"):
        moving.write(path, broken())
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(StorageError, match="writing the dump"):
        moving.write(tmp_path / "absent" / "copie.jsonl", [])
    with pytest.raises(Broken, match="can't be read"):
        list(moving.read(tmp_path / "absent.jsonl"))


def test_every_cause_has_its_words() -> None:
    for cause in CAUSES:
        assert str(replace(Fault(3, "fiche/a", "json"), cause=cause, detail="9")).startswith(
            "line 3, fiche/a: "
        )


def test_a_dump_can_be_read_by_anyone(tmp_path: Path) -> None:
    path = tmp_path / "copie.jsonl"
    moving.write(path, dump(PAST))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["body"]["t"] for line in lines if line["line"] == "revision" and line["current"]][:1] == [
        "trois"
    ]

"""What the library in C writes and reads is what the standard one does, to the byte."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import swift_json
from storage.audit import canonical
from storage.base import NotJson
from storage.checks import encoded, json_object

WHOLE = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\0\b\t\n\f\r"\\/\x7f\u2028é'))
SURE = st.none() | st.booleans() | WHOLE | TEXT


def nested(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    inner = st.recursive(
        leaf, lambda one: st.lists(one, max_size=4) | st.dictionaries(TEXT, one, max_size=4), max_leaves=12
    )
    return st.dictionaries(TEXT, inner, max_size=5)


@given(body=nested(SURE))
def test_what_it_writes_is_canonical_and_reads_back(body: dict[str, Any]) -> None:
    text = swift_json.write(body)
    assert text == canonical(body)
    assert swift_json.read(text) == json.loads(text) == body


class Rank(IntEnum):
    FIRST = 1


STRANGE = (
    st.floats()
    | st.integers(-(2**70), 2**70)
    | st.binary(max_size=2)
    | st.dates()
    | st.tuples(st.text(max_size=1))
    | st.sampled_from([Rank.FIRST, Decimal("1.5"), {1: 2}, {None: 1}, {"a", "b"}, "\ud800", "\0"])
)


@given(body=nested(SURE | STRANGE))
def test_a_store_takes_and_refuses_what_the_careful_walk_does(body: dict[str, Any]) -> None:
    try:
        wanted = json_object(body, "x")
    except NotJson as refused:
        with pytest.raises(NotJson) as found:
            encoded(body, "x")
        assert str(found.value) == str(refused)
        return
    text, copy = encoded(body, "x")
    assert (text, copy) == (canonical(wanted), wanted)
    assert canonical(copy) == canonical(wanted), "1, 1.0 and true are not the same"


NUMBERS = [0.1, 1e-05, 1e-07, 1e16, 1e22, -0.0, 2**63 - 1, -(2**63), 1.2345678901234568e17]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_stay_what_the_standard_library_writes(number: float) -> None:
    body = {"a": [number], "b": f"{number}", "c": "12e5"}
    assert encoded(body, "x") == (canonical(body), body)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 2**64, float("nan"), date(2026, 1, 1), b"x"])
def test_what_is_no_json_of_64_bits_is_refused(value: Any) -> None:
    with pytest.raises(NotJson):
        encoded({"a": {"b": value}}, "x")


@given(raw=st.binary(max_size=30) | st.sampled_from([b'"\\ud800"', b"1e400", b"NaN", b"-0", b"1" * 400]))
def test_it_reads_what_the_standard_library_reads(raw: bytes) -> None:
    try:
        wanted = json.loads(raw)
    except ValueError as refused:
        with pytest.raises(type(refused)):
            swift_json.read(raw)
        return
    assert repr(swift_json.read(raw)) == repr(wanted)

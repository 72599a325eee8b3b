"""Strict JSON: what cannot be read says where and why, and all of it at once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.faults import Fault, FaultyDefinition
from engine.model import Block, CodeList, Form, Roles
from engine.reading import MAX_BYTES, MAX_DEPTH, parse, read, validate

BLOCK = b'{"block": "b", "title": "B", "items": []}'


def faults_of(raw: bytes) -> tuple[Fault, ...]:
    with pytest.raises(FaultyDefinition) as caught:
        parse(raw, "f.json")
    return caught.value.faults


@pytest.mark.parametrize(
    ("raw", "path", "text"),
    [
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "$.b.c", "la clé « c » est écrite deux fois"),
        (b'{"a": [NaN]}', "$.a[0]", "« NaN » n'est pas un nombre"),
        (b'{"a": -Infinity}', "$.a", "« -Infinity »"),
        (b'{"a": 1e999}', "$.a", "15 chiffres au plus"),
        (b'{"a": 1234567890123456}', "$.a", "15 chiffres au plus"),
        (b'{"a": 1e15}', "$.a", "15 chiffres au plus"),
        (b'{"a": "\\u0000"}', "$.a", "un caractère de contrôle"),
        (b'{"a": "\\ud800"}', "$.a", "un caractère de contrôle"),
        (b'{"\\u0007": 1}', "$", "trop longue ou contient un caractère"),
        (b"{" + b'"' + b"k" * 201 + b'": 1}', "$", "trop longue"),
        (b"[" * 61 + b"]" * 61, "$" + "[0]" * 60, "60 niveaux"),
        (b"[" * 100_000, "$", "60 niveaux"),
        (b'{"a": 1,}', "$", "ligne 1, colonne"),
        (b'{"a" 1}', "$", "il manque « : »"),
        (b'{"a": 1\n "b": 2}', "$", "ligne 2, colonne 2 : il manque une virgule"),
        (b'{"a": }', "$", "une valeur est attendue"),
        (b'{"a": "x}', "$", "n'est pas fermé"),
        (b'{"a": "x\ny"}', "$", "s'écrit \\n"),
        (b'{"a": "\\x"}', "$", "ne précède que"),
        (b"{} {}", "$", "du texte après la fin"),
        (b"", "$", "une valeur est attendue"),
        ('{"a": "é"}'.encode("latin-1"), "$", "n'est pas en UTF-8 (octet 7)"),
        (b" " * (MAX_BYTES + 1), "$", "dépasse 1 Mo"),
    ],
)
def test_what_cannot_be_read(raw: bytes, path: str, text: str) -> None:
    (fault,) = faults_of(raw)
    assert fault.file == "f.json" and fault.path == path
    assert text in fault.text


def test_all_at_once() -> None:
    assert [fault.path for fault in faults_of(b'{"a": NaN, "b": "\\u0001", "c": [1, 1e400]}')] == [
        "$.a",
        "$.b",
        "$.c[1]",
    ]


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read(b"\xef\xbb\xbf" + BLOCK, "b.json", Block).block == "b"


def test_depth_and_size_at_their_limit() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "f")
    assert parse(BLOCK + b" " * (MAX_BYTES - len(BLOCK)), "f")


def test_numbers_are_not_texts_and_texts_are_not_numbers() -> None:
    with pytest.raises(FaultyDefinition) as caught:
        validate({"block": "b", "title": 3, "items": [{"id": "a", "type": "text", "max": "3"}]}, "b", Block)
    assert [fault.path for fault in caught.value.faults] == ["$.items[0].max", "$.title"]


def test_many_faults_are_cut_and_said_so() -> None:
    items = [{"id": "a", "type": "text", "x": 1} for _ in range(600)]
    with pytest.raises(FaultyDefinition) as caught:
        validate({"block": "b", "title": "B", "items": items}, "b", Block)
    assert len(caught.value.faults) == 501
    assert "plus de 500 fautes" in caught.value.faults[0].text


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=60) | JSONS.map(lambda data: json.dumps(data).encode()))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for kind in (Form, Block, Roles, CodeList):
        try:
            read(raw, "f.json", kind)
        except FaultyDefinition as error:
            assert error.faults
            assert all(fault.text and str(fault).encode() for fault in error.faults)

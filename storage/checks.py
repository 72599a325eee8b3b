"""What a store may take, checked and copied on the way in: bodies, keys, names, times.

The rules are those that every store can hold, so that a document moves from one store to another.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage import swift_json
from storage.audit import canonical
from storage.base import Body, Keys, NotJson

MAX_DEPTH = 100
MAX_INTEGER = 2**63 - 1


_NOT_KEYS = (float, dict, list)


class _Unfit(Exception):
    """A value that no store may take; `path` grows from the value outwards as the walk unwinds."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.path = ""


def json_object(body: object, place: str) -> Body:
    """Return a plain copy of a JSON object, sharing nothing with it.

    >>> json_object({"a": [1.5, float("nan")]}, "file/1 body")
    Traceback (most recent call last):
    storage.base.NotJson: file/1 body.a[1]: nan is not a JSON number: store a finite number or null
    """
    if not isinstance(body, Mapping):
        raise NotJson(f"{place}: a {type(body).__name__} is not a JSON object: give a dict")
    try:
        copy: Body = _copied(body, MAX_DEPTH)
    except _Unfit as unfit:
        raise NotJson(f"{place}{unfit.path}: {unfit.reason}") from None
    return copy


def encoded(body: object, place: str) -> tuple[bytes, Body]:
    """Return a JSON object as canonical bytes, and a copy; NotJson like `json_object`, which says where.

    >>> encoded({"b": (1, "é"), "a": None}, "file/1 body")[0].decode()
    '{"a":null,"b":[1,"é"]}'
    """
    # What comes back equal was plain JSON; the walk that copies and explains is for the others.
    again = swift_json.same_again(body) if type(body) is dict else None
    if again is not None and _fits(again[0]):
        return again
    copy = json_object(body, place)
    return canonical(copy), copy


def _fits(text: bytes) -> bool:
    """Tell whether JSON holds surely no NUL and nothing too deep."""
    return b"\\u0000" not in text and text.count(b"{") + text.count(b"[") <= MAX_DEPTH


def key_values(keys: Keys, place: str) -> Body:
    """Return keys as a plain JSON object of scalars and lists of scalars."""
    if _is_flat(keys):
        return dict(keys)
    values = json_object(keys, place)
    for name, value in values.items():
        if not name or name.startswith("-"):
            raise NotJson(f"{place}: key name {name!r} is empty or begins with '-' (descending): rename it")
        for scalar in value if type(value) is list else (value,):
            if type(scalar) in _NOT_KEYS:
                unfit = type(scalar).__name__
                raise NotJson(
                    f"{place}.{name}: a {unfit} can't be a key: give text, integer, boolean or null"
                )
    return values


def _is_flat(keys: Keys) -> bool:
    """Tell whether keys are what they mostly are: exact texts, numbers and the like, or lists of texts."""
    if type(keys) is not dict:
        return False
    for name, value in keys.items():
        if not _is_clean(name) or not name or name[0] == "-":
            return False
        kind = type(value)
        if kind is str:
            if not _is_clean(value):
                return False
        elif kind is list:
            if not all(map(_is_clean, value)):
                return False
        elif kind is not bool and value is not None:
            return False
    return True


def _is_clean(value: object) -> bool:
    if type(value) is not str or "\0" in value:
        return False
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def text(value: str, what: str) -> str:
    """Return a text that every store can hold."""
    try:
        return _text(value)
    except _Unfit as unfit:
        raise NotJson(f"{what}: {unfit.reason}") from None


def name(value: object, what: str) -> str:
    """Return a kind, an id or an author, which is a non-empty text."""
    try:
        text = _text(value) if isinstance(value, str) else ""
    except _Unfit as unfit:
        raise NotJson(f"{what} {value!r}: {unfit.reason}") from None
    if not text:
        raise NotJson(f"{what} {value!r}: not a name: give a non-empty text")
    return text


def kind_name(value: object) -> str:
    """Return a kind, which has no slash: `<kind>/revisions` is the table of its history."""
    text = name(value, "kind")
    if "/" in text:
        raise NotJson(f"kind {text!r}: has a slash: choose a name without")
    return text


def instant(at: datetime | str) -> str:
    """Return a moment with its time zone as ISO 8601; a text stays as it is.

    >>> instant("2026-03-02T08:00:00Z")
    '2026-03-02T08:00:00Z'
    """
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    except ValueError:
        raise NotJson(f"time {at!r}: not ISO 8601: write it as 2026-03-02T08:00:00Z") from None
    if moment.tzinfo is None:
        raise NotJson(f"time {at!r}: has no time zone: give an aware time")
    return at if isinstance(at, str) else moment.isoformat()


def _copied(value: object, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _number(value)
    if depth == 0:
        raise _Unfit(f"nested more than {MAX_DEPTH} deep: flatten it")
    if isinstance(value, Mapping):
        return {_member(key): _inside(item, depth, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_inside(item, depth, index) for index, item in enumerate(value)]
    raise _Unfit(f"a {type(value).__name__} is not JSON: convert it before it is stored")


def _inside(value: object, depth: int, step: object) -> Any:
    try:
        return _copied(value, depth - 1)
    except _Unfit as unfit:
        unfit.path = (f"[{step}]" if isinstance(step, int) else f".{step}") + unfit.path
        raise


def _member(key: object) -> str:
    if not isinstance(key, str):
        raise _Unfit(f"member name {key!r} is not text: use text names")
    return _text(key)


def _text(value: str) -> str:
    if "\0" in value:
        raise _Unfit("text holds a NUL character: remove it")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _Unfit("text holds half a surrogate pair: remove it") from None
    # An exact str: a member of an enumeration would come back as another type than it went in.
    return value if type(value) is str else str.__str__(value)


def _integer(value: int) -> int:
    if not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
        raise _Unfit("a whole number beyond 64 bits: store it as text")
    return int(value)


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise _Unfit(f"{value} is not a JSON number: store a finite number or null")
    return float(value)

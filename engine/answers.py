"""Stored answers: nested JSON by field id, rows carry `row`; what could not be read stays raw.

Picks are a list of codes, or of `{"code", "details", "picks"}` where there is more to say. An entry
that is no answer yet (« six » for a number, a text too long) is kept as `{"raw": "six"}`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.paths import Path
from engine.types import exact, iso_day, iso_time, to_smallest

if TYPE_CHECKING:
    from engine.skeleton import Item

MISSING: Any = object()
TEXT_LIMIT = 20_000
NUMBER_LIMIT = 10**15
DEPTH = 6  # levels of a code list
ROW_ID = r"[A-Za-z0-9_-]{1,40}"
_ROW_ID = re.compile(ROW_ID).fullmatch
# fields in which a person reads a raw entry again
KEEPS_RAW = frozenset({"text", "number", "date", "time"})


def is_raw(stored: Any) -> bool:
    """Tell whether an entry was kept as it was written."""
    return isinstance(stored, Mapping) and "raw" in stored


def code_of(pick: Any) -> str:
    """The code of a pick."""
    return str(pick["code"]) if isinstance(pick, Mapping) else str(pick)


def details_of(pick: Any) -> tuple[str, ...]:
    """The precisions of a pick."""
    return tuple(pick.get("details", ())) if isinstance(pick, Mapping) else ()


def picks_of(pick: Any) -> Sequence[Any]:
    """The picks below a pick."""
    return pick.get("picks", ()) if isinstance(pick, Mapping) else ()


def make_pick(code: str, details: Sequence[str] = (), picks: Sequence[Any] = ()) -> Any:
    """Build a pick in its shortest form.

    >>> make_pick("a"), make_pick("b", ["x"])
    ('a', {'code': 'b', 'details': ['x']})
    """
    if not details and not picks:
        return code
    whole: dict[str, Any] = {"code": code}
    if details:
        whole["details"] = list(details)
    if picks:
        whole["picks"] = list(picks)
    return whole


def all_codes(picks: Sequence[Any]) -> Iterator[str]:
    """Walk the codes of nested picks."""
    for pick in picks:
        yield code_of(pick)
        yield from all_codes(picks_of(pick))


def is_empty(stored: Any) -> bool:
    """Tell whether nothing is answered."""
    return stored is None or stored == "" or stored == [] or stored == {}


def at(answers: Mapping[str, Any], path: Path) -> Any:
    """Read a stored answer at a path with row ids, MISSING when there is none."""
    found: Any = answers
    for part in path:
        if isinstance(found, Mapping):
            if part not in found:
                return MISSING
            found = found[part]
        elif isinstance(found, list):
            found = next((row for row in found if isinstance(row, Mapping) and row.get("row") == part), None)
            if found is None:
                return MISSING
        else:
            return MISSING
    return found


def typed_scalar(kind: str, stored: Any, unit: str | None = None) -> Any:
    """Type a stored scalar; raw and empty ones are unanswered."""
    if is_empty(stored) or is_raw(stored):
        return None
    if kind == "number":
        return to_smallest(exact(stored), unit)
    if kind == "date":
        return iso_day(stored)
    if kind == "time":
        return iso_time(stored)
    return stored


# --- what the store may hold --------------------------------------------------------------------


def fitting(stored: Any, item: Item) -> Any:
    """Give a stored answer in the shape that its field has; what has another shape becomes raw.

    An import, a move to another version or an older program may have left anything there: reading
    it never fails, and it is reported rather than lost.
    """
    if is_empty(stored) or is_raw(stored):
        return stored
    found = _FITTING[item.type](stored, item)
    if found is not MISSING:
        return found
    return {"raw": str(stored) if isinstance(stored, (str, int, float)) else ""}


def is_row_id(text: str) -> bool:
    """Tell whether a text may name a row."""
    return 0 < len(text) <= 40 and text.isascii() and (text.isalnum() or _ROW_ID(text) is not None)


def filled(row: Mapping[str, Any]) -> bool:
    """Tell whether something is written in a stored row; an unticked box is nothing."""
    return any(
        key not in {"row", "by"} and not is_empty(value) and value is not False for key, value in row.items()
    )


def row_ids(stored: Any) -> tuple[str, ...]:
    """The ids of stored rows; what is no row is passed over, as is a second row of the same id."""
    if not isinstance(stored, list):
        return ()
    ids = (row.get("row") for row in stored if isinstance(row, Mapping))
    return tuple(dict.fromkeys(one for one in ids if isinstance(one, str) and is_row_id(one)))


def _fitting_text(stored: Any, item: Item) -> Any:
    if not isinstance(stored, str) or len(stored) > (item.spec.max or TEXT_LIMIT):
        return MISSING
    return stored if stored.strip() else None


def _fitting_number(stored: Any, item: Item) -> Any:
    if isinstance(stored, bool) or not isinstance(stored, (int, float)):
        return MISSING
    if not math.isfinite(stored) or abs(stored) >= NUMBER_LIMIT:
        return MISSING
    return stored if (exact(stored) * 10**item.spec.decimals).denominator == 1 else MISSING


def _fitting_date(stored: Any, _item: Item) -> Any:
    return stored if iso_day(stored) is not None else MISSING


def _fitting_time(stored: Any, _item: Item) -> Any:
    return stored if iso_time(stored) is not None else MISSING


def _fitting_boolean(stored: Any, _item: Item) -> Any:
    return stored if isinstance(stored, bool) else MISSING


def _fitting_picks(stored: Any, _item: Item) -> Any:
    if not isinstance(stored, list):
        return MISSING
    picks = [_fitting_pick(pick, DEPTH) for pick in stored]
    return MISSING if any(pick is MISSING for pick in picks) else picks


def _fitting_pick(pick: Any, depth: int) -> Any:
    if isinstance(pick, str):
        return pick or MISSING
    if (
        depth == 0
        or not isinstance(pick, Mapping)
        or not isinstance(pick.get("code"), str)
        or not pick["code"]
    ):
        return MISSING
    details, inner = pick.get("details", []), pick.get("picks", [])
    if not isinstance(details, list) or not all(isinstance(one, str) for one in details):
        return MISSING
    if not isinstance(inner, list):
        return MISSING
    below = [_fitting_pick(one, depth - 1) for one in inner]
    if any(one is MISSING for one in below):
        return MISSING
    return make_pick(pick["code"], [one for one in details if one.strip()], below)


def _fitting_references(stored: Any, _item: Item) -> Any:
    if not isinstance(stored, list):
        return MISSING
    chosen: dict[str, Any] = {}
    for one in stored:
        if not isinstance(one, Mapping) or not isinstance(one.get("id"), str) or not one["id"]:
            return MISSING
        label = one.get("label")
        chosen.setdefault(
            one["id"], {"id": one["id"], "label": label if isinstance(label, str) else one["id"]}
        )
    return list(chosen.values())


def _fitting_signature(stored: Any, _item: Item) -> Any:
    if not isinstance(stored, Mapping) or iso_day(stored.get("date")) is None:
        return MISSING
    by, digest = stored.get("by"), stored.get("digest")
    if not isinstance(by, Mapping) or not isinstance(by.get("id"), str) or not isinstance(digest, str):
        return MISSING
    label = by.get("label")
    who = {"id": by["id"], "label": label if isinstance(label, str) else by["id"]}
    kept = {"by": who, "date": stored["date"], "digest": digest}
    return kept | ({"paper": True} if stored.get("paper") is True else {})


_SHA256 = re.compile(r"[0-9a-f]{64}").fullmatch


def _fitting_files(stored: Any, _item: Item) -> Any:
    if not isinstance(stored, list):
        return MISSING
    files: dict[str, Any] = {}
    for one in stored:
        if not isinstance(one, Mapping) or not all(isinstance(one.get(key), str) for key in _FILE_TEXTS):
            return MISSING
        size = one.get("size")
        if type(size) is not int or size < 0 or not is_row_id(one["file"]) or not _SHA256(one["sha256"]):
            return MISSING
        files.setdefault(one["file"], {key: one[key] for key in (*_FILE_TEXTS, "size")})
    return list(files.values())


_FILE_TEXTS = ("file", "name", "sha256")
_FITTING = {
    "text": _fitting_text,
    "number": _fitting_number,
    "date": _fitting_date,
    "time": _fitting_time,
    "boolean": _fitting_boolean,
    "choice": _fitting_picks,
    "cascade": _fitting_picks,
    "checklist": _fitting_picks,
    "reference": _fitting_references,
    "signature": _fitting_signature,
    "attachment": _fitting_files,
}

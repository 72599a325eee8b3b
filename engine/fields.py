"""Posted entries -> stored answers, one reader a field type.

An entry is what a form posts for one field: texts, codes, precisions. A reader never refuses what a
person wrote: what is no answer yet is kept raw and explained by `explain_raw`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, NamedTuple

from engine.answers import TEXT_LIMIT, fitting, make_pick
from engine.attachments import Received, joined
from engine.referentiels import Listing
from engine.skeleton import Item
from engine.types import iso_time

DIGITS = 15


class Entry(NamedTuple):
    """What was posted for one field.

    `texts`: values of the control. `details`: precisions by slot and code. `slots`: for a cascade,
    the first-level code and the codes ticked under it, in order. `shown`: the branch of a checklist
    that was on screen. `files`: those that came with it, which no text can name.
    """

    texts: Sequence[str] = ()
    details: Mapping[tuple[int, str], Sequence[str]] = MappingProxyType({})
    slots: Sequence[tuple[str, Sequence[str]]] = ()
    shown: str = ""
    files: Sequence[Received] = ()


Reader = Callable[[Entry, Item, Any], Any]


_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # categories Cc and Cs


def tidy(text: str) -> str:
    """Normalise a text: NFC, line feeds, no control characters, trimmed."""
    if text.isprintable():  # then there is nothing to remove
        return unicodedata.normalize("NFC", text).strip()
    clean = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", clean)).strip()


def tidy_calm(text: str) -> str:
    """Do as `tidy` to a text of which it is known that it would change but line ends and edges."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() if "\r" in text else text.strip()


def read_text(entry: Entry, item: Item, _former: Any) -> Any:
    """A text; one that is too long stays raw."""
    text = tidy(_first(entry))
    limit = item.spec.max or TEXT_LIMIT
    if len(text) > limit:
        return {"raw": text[: TEXT_LIMIT * 5]}
    return text or None


def read_number(entry: Entry, item: Item, _former: Any) -> Any:
    """A decimal written in French or in English.

    « 1 042,5 » is 1042.5; anything else stays raw.
    """
    text = tidy(_first(entry))
    if not text:
        return None
    amount = _decimal(text)
    if amount is None or _decimals(amount) > item.spec.decimals:
        return {"raw": text[:TEXT_LIMIT]}
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _decimal(text: str) -> Decimal | None:
    compact = re.sub(r"[\s  ]", "", text).replace(",", ".")
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", compact) or len(compact) > DIGITS:
        return None
    try:
        return Decimal(compact)
    except InvalidOperation:
        return None


def _decimals(amount: Decimal) -> int:
    return max(0, -int(amount.normalize().as_tuple().exponent))  # « 6,0 » is a whole number


_DAY = re.compile(r"(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def read_date(entry: Entry, _item: Item, _former: Any) -> Any:
    """A day, JJ/MM/AAAA or ISO; one that does not exist stays raw."""
    text = tidy(_first(entry))
    if not text:
        return None
    found = _parts(text)
    if found is None:
        return {"raw": text[:TEXT_LIMIT]}
    day = _existing(found)
    return {"raw": text} if day is None else day.isoformat()


def _existing(parts: tuple[int, int, int]) -> date | None:
    try:
        return date(*parts)
    except ValueError:
        return None


def _parts(text: str) -> tuple[int, int, int] | None:
    if match := _ISO.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DAY.fullmatch(text):
        return int(match[3]), int(match[2]), int(match[1])
    return None


_TIME = re.compile(r"(\d{1,2})\s*(?:[hH:]\s*(\d{2})?|heures?\s*(\d{2})?)")


def read_time(entry: Entry, _item: Item, _former: Any) -> Any:
    """A time of day, « 8 h 30 » or 08:30; one that does not exist stays raw."""
    text = tidy(_first(entry))
    if not text:
        return None
    found = _clock_parts(text)
    moment = None if found is None else iso_time(f"{found[0]:02d}:{found[1]:02d}")
    return {"raw": text[:TEXT_LIMIT]} if moment is None else moment.isoformat("minutes")


def _clock_parts(text: str) -> tuple[int, int] | None:
    match = _TIME.fullmatch(text)
    if match is None or text.endswith(":"):
        return None
    return int(match[1]), int(match[2] or match[3] or 0)


def read_boolean(entry: Entry, item: Item, _former: Any) -> Any:
    """Oui, non, or nothing; an unticked box is a no."""
    text = _first(entry)
    if text == "oui":
        return True
    if text == "non" or item.spec.display == "checkbox":
        return False
    return None


def read_choice(entry: Entry, item: Item, _former: Any) -> Any:
    """Ticked codes with their precisions, in the list's order."""
    codes = [code for code in dict.fromkeys(entry.texts) if code]
    return _picks(codes, item.listing, entry.details, 0) or None


def read_checklist(entry: Entry, item: Item, former: Any) -> Any:
    """Ticked codes; those outside the branch on screen keep their former state.

    A text that begins with « + » adds codes, wherever they stand: suggestions that somebody takes.
    """
    listing = item.listing
    if listing is None:
        return former
    here = entry.shown if entry.shown in listing else None
    picked = fitting(former, item) if isinstance(former, list) else None
    kept = [pick for pick in picked or () if here is not None and not _leaf(_code(pick), here, listing)]
    codes = [
        code
        for code in dict.fromkeys(entry.texts)
        if code[:1] not in {"", "+"} and (here is None or _leaf(code, here, listing))
    ]
    taken = [code for text in entry.texts if text.startswith("+") for code in text[1:].split(",")]
    held = {*codes, *map(_code, kept)}
    codes += [code for code in dict.fromkeys(taken) if code in listing and code not in held]
    picks = kept + _picks(codes, listing, entry.details, 0)
    return sorted(picks, key=lambda pick: listing.rank(_code(pick))) or None


def _leaf(code: str, branch: str, listing: Listing) -> bool:
    """Tell whether a code has none below it and lies in a branch."""
    return code in listing.childless and (code == branch or branch in listing.ancestors(code))


def read_cascade(entry: Entry, item: Item, _former: Any) -> Any:
    """One pick a slot, then the codes ticked under it, each only below a ticked parent."""
    listing = item.listing
    if listing is None:
        return None
    stored: list[Any] = []
    for n, (code, ticked) in enumerate(entry.slots, start=1):
        if code:
            depth = len(item.spec.levels) - 1
            stored.append(_branch(code, set(ticked), listing, entry.details, n, depth))
    return stored or None


def _branch(
    code: str,
    ticked: set[str],
    listing: Listing,
    details: Mapping[tuple[int, str], Sequence[str]],
    slot: int,
    depth: int,
) -> Any:
    inner: list[Any] = []
    if depth > 0:
        for child in listing.children(code):
            if child in ticked:
                inner.append(_branch(child, ticked, listing, details, slot, depth - 1))
    return make_pick(code, _asked(code, listing, details, slot), inner)


def _picks(
    codes: Sequence[str],
    listing: Listing | None,
    details: Mapping[tuple[int, str], Sequence[str]],
    slot: int,
) -> list[Any]:
    ordered = codes if listing is None else sorted(codes, key=listing.rank)
    return [make_pick(code, _asked(code, listing, details, slot)) for code in ordered]


def _asked(
    code: str, listing: Listing | None, details: Mapping[tuple[int, str], Sequence[str]], slot: int
) -> list[str]:
    if listing is None or listing.asks(code) is None:
        return []
    written = (tidy(text)[:TEXT_LIMIT] for text in details.get((slot, code), ()))
    return [text for text in written if text][:10]


def _code(pick: Any) -> str:
    return str(pick["code"]) if isinstance(pick, Mapping) else str(pick)


def read_reference(entry: Entry, _item: Item, _former: Any) -> Any:
    """Chosen ids; labels are added by who knows the people and places."""
    return [{"id": chosen} for chosen in dict.fromkeys(entry.texts) if chosen] or None


def read_signature(_entry: Entry, _item: Item, former: Any) -> Any:
    """What was there: a signature is made by `engine.edit`, which knows who signs."""
    return former


def read_attachment(entry: Entry, item: Item, former: Any) -> Any:
    """Files: those that were there, without those taken away, with those that came."""
    there = fitting(former, item) if isinstance(former, list) else None
    held = there if isinstance(there, list) else []
    return joined(held, entry.texts, entry.files, many=item.spec.many) or None


def _first(entry: Entry) -> str:
    return entry.texts[0] if entry.texts else ""


READERS: Mapping[str, Reader] = {
    "text": read_text,
    "number": read_number,
    "date": read_date,
    "time": read_time,
    "boolean": read_boolean,
    "choice": read_choice,
    "cascade": read_cascade,
    "checklist": read_checklist,
    "reference": read_reference,
    "signature": read_signature,
    "attachment": read_attachment,
}


# --- why an entry is no answer ------------------------------------------------------------------


def explain_raw(raw: str, item: Item) -> tuple[str, dict[str, Any]]:
    """Say why a raw entry is no answer: a problem's code and parameters."""
    return EXPLAIN.get(item.type, _explain_shape)(raw, item)


def _explain_shape(_raw: str, _item: Item) -> tuple[str, dict[str, Any]]:
    return "damaged", {}


def _explain_text(raw: str, item: Item) -> tuple[str, dict[str, Any]]:
    over = len(raw) - (item.spec.max or TEXT_LIMIT)
    return ("too_long", {"n": _grouped(len(raw)), "over": _grouped(over)}) if over > 0 else ("damaged", {})


def _explain_number(raw: str, item: Item) -> tuple[str, dict[str, Any]]:
    amount, value = _decimal(raw), _short(raw)
    if amount is None:
        return "not_number", {"value": value, "example": "6"}
    if _decimals(amount) <= item.spec.decimals:
        return "damaged", {}
    if item.spec.decimals == 0:
        return "whole", {"value": value}
    return "decimals", {"value": value, "decimals": item.spec.decimals}


def _explain_date(raw: str, _item: Item) -> tuple[str, dict[str, Any]]:
    found = _parts(raw)
    if found is None:
        return "not_date", {"value": _short(raw)}
    if _existing(found) is not None:
        return "damaged", {}
    return "no_such_day", {"day": _day_words(found)}


def _explain_time(raw: str, _item: Item) -> tuple[str, dict[str, Any]]:
    found = _clock_parts(raw)
    if found is None:
        return "not_time", {"value": _short(raw)}
    hour, minute = found
    if hour < 24 and minute < 60:
        return "damaged", {}
    return "no_such_time", {"value": f"{hour} h {minute:02d}"}


EXPLAIN: Mapping[str, Callable[[str, Item], tuple[str, dict[str, Any]]]] = {
    "text": _explain_text,
    "number": _explain_number,
    "date": _explain_date,
    "time": _explain_time,
}


def _short(raw: str) -> str:
    return raw if len(raw) <= 60 else raw[:57] + "…"


def _day_words(parts: tuple[int, int, int]) -> str:
    from engine.french import MONTHS

    year, month, day = parts
    if 1 <= month <= 12:
        return f"{day} {MONTHS[month - 1]}" + ("" if day > 29 or month != 2 else f" {year}")
    return f"{day:02d}/{month:02d}/{year}"


def _grouped(n: int) -> str:
    return str(n) if n < 1000 else f"{n:,}".replace(",", " ")

"""French typography, applied to text nodes at display; what is stored keeps its characters."""

from __future__ import annotations

import re
from functools import lru_cache

NARROW = "\u202f"  # narrow no-break space
FIXED = "\u00a0"  # no-break space
SPACES = f"[ {FIXED}{NARROW}]"

RULES = (  # a sign without which there is nothing to do
    ("'", re.compile(r"(?<=[^\W\d_])'(?=[^\W_]|…|\s?[«(“\"])"), "’"),
    ("", re.compile(rf"{SPACES}+(?=[;!?](?:\W|$))"), NARROW),
    (":", re.compile(rf"{SPACES}+(?=:(?:[\s»]|$))"), FIXED),
    ("«", re.compile(rf"«{SPACES}*"), f"«{FIXED}"),
    ("»", re.compile(rf"{SPACES}*»"), f"{FIXED}»"),
    ("°", re.compile(rf"(?<=\b[nN]°){SPACES}*(?=\d)"), FIXED),
    ("", re.compile(rf"(?<=\d){SPACES}(?=h\b|%|€)"), FIXED),
    ("", re.compile(rf"(?<=\d{FIXED}h){SPACES}(?=\d)"), FIXED),
)
ANY = re.compile(rf"['«»:;!?°]|\d{SPACES}")  # without one of these no rule applies
THOUSANDS = re.compile(rf"(?<![\d,.])\d{{1,3}}(?:{SPACES}\d{{3}})+(?!\d)")


def french(text: str) -> str:
    """Set apostrophes and no-break spaces as French printers do.

    >>> french("Qu'est-ce que c'est ?") == "Qu’est-ce que c’est\\u202f?"
    True
    """
    if not ANY.search(text):
        return text
    for sign, pattern, by in RULES:
        if sign in text:
            text = pattern.sub(by, text)
    return THOUSANDS.sub(lambda found: re.sub(SPACES, NARROW, found[0]), text)


def number(value: int) -> str:
    """Write a whole number: `1042` is « 1 042 »."""
    return f"{value:,}".replace(",", NARROW)


@lru_cache(maxsize=8192)
def counter(length: int, limit: int) -> str:
    """Say how many characters a text has and may still have (web/static/canevas.js says the same)."""
    if not length:
        return f"{number(limit)} caractères au maximum"
    unit = "caractères" if length > 1 else "caractère"
    if length > limit:
        return f"{number(length)} {unit}{FIXED}: retirez-en {number(length - limit)}"
    return f"{number(length)} {unit} sur {number(limit)} – il en reste {number(limit - length)}"

"""Dates, numbers and units in French words; pure text, no typography (that is the renderer's)."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from fractions import Fraction

MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
UNITS = {
    "minutes": "minute(s)",
    "hours": "heure(s)",
    "days": "jour(s)",
    "weeks": "semaine(s)",
    "months": "mois",
    "euros": "€",
}


def long_date(day: date) -> str:
    """Write a date in words.

    >>> long_date(date(2026, 11, 1))
    '1er novembre 2026'
    """
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """Write a date in figures.

    >>> short_date(date(2026, 11, 1))
    '01/11/2026'
    """
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def clock(moment: datetime | time) -> str:
    """Write a time of day.

    >>> clock(datetime(2026, 11, 1, 14, 5))
    '14 h 05'
    """
    return f"{moment.hour} h {moment.minute:02d}"


def duration(minutes: Fraction | int) -> str:
    """Write a number of minutes as hours and minutes; below an hour, or not whole, as minutes.

    >>> duration(135), duration(120), duration(-90), duration(40)
    ('2 h 15', '2 h', '-1 h 30', '40 minute(s)')
    """
    exact = Fraction(minutes)
    if abs(exact) < 60 or exact.denominator != 1:
        return f"{number(exact)} {UNITS['minutes']}"
    hours, rest = divmod(abs(exact.numerator), 60)
    return ("-" if exact < 0 else "") + f"{hours} h" + (f" {rest:02d}" if rest else "")


def number(value: Fraction | int, decimals: int = 6) -> str:
    """Write a number with a comma and thin groups of three, four figures together: a year is one word.

    >>> number(Fraction(25, 2)), number(2026), number(10420), number(Fraction(1, 3), 2)
    ('12,5', '2026', '10 420', '0,33')
    """
    exact = Fraction(value)
    scaled = round_half_up(exact, decimals)
    whole, rest = divmod(abs(scaled.numerator * 10**decimals // scaled.denominator), 10**decimals)
    text = f"{whole:,}".replace(",", " ") if whole >= 10_000 else str(whole)
    tail = f"{rest:0{decimals}d}".rstrip("0") if decimals else ""
    sign = "-" if scaled < 0 else ""
    return sign + text + (f",{tail}" if tail else "")


def weight(size: int) -> str:
    """Say how much a file holds.

    >>> weight(1_250_000), weight(340_200), weight(12)
    ('1,3 Mo', '340 ko', '12 octets')
    """
    if size >= 1_000_000:
        return f"{number(Fraction(size, 1_000_000), 1)} Mo"
    if size >= 1_000:
        return f"{number(Fraction(size, 1_000), 0)} ko"
    return f"{size} octet{'s' if size > 1 else ''}"


def round_half_up(value: Fraction, decimals: int) -> Fraction:
    """Round to `decimals`, halves away from zero.

    >>> round_half_up(Fraction(5, 2), 0)
    Fraction(3, 1)
    """
    scale = 10**decimals
    magnitude = (abs(value) * scale * 2 + 1) // 2
    return Fraction(magnitude if value >= 0 else -magnitude, scale)


def fold(text: str) -> str:
    """Drop case and accents, for search and comparison.

    >>> fold("Été")
    'ete'
    """
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def plain(text: str) -> str:
    """Write a text as it is searched: folded, without ligatures.

    >>> plain("Œuvre d'Été")
    "oeuvre d'ete"
    """
    return fold(text).translate(LIGATURES)


def enumerate_words(words: list[str], last: str = "et") -> str:
    """Join words as a sentence does.

    >>> enumerate_words(["a", "b", "c"])
    'a, b et c'
    """
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + f" {last} {words[-1]}"

"""Types of answers and values, their units, and what a piece of a definition reads.

Typed values at run time: text `str`, number `Fraction` (in the smallest unit of its family), date
`date`, time `time`, signature `Signed`, boolean `bool`, code `str`, codes `tuple[str, ...]`, reference
id `str`, references and names of files joined `tuple[str, ...]`, rows and collections tuples of
elements. Unanswered is None, always.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.referentiels import Listing
    from engine.skeleton import Item

# unit -> (family, size in the family's smallest unit)
UNITS: dict[str, tuple[str, int]] = {
    "minutes": ("clock", 1),
    "hours": ("clock", 60),
    "days": ("calendar", 1),
    "weeks": ("calendar", 7),
    "months": ("months", 1),
    "euros": ("euros", 1),
}

NAMES = {
    "text": "un texte",
    "number": "un nombre",
    "date": "une date",
    "time": "une heure",
    "signature": "une signature",
    "attachment": "des pièces jointes",
    "boolean": "un oui/non",
    "code": "un code",
    "codes": "plusieurs codes",
    "reference": "une personne, un lieu ou une fiche",
    "references": "plusieurs personnes, lieux ou fiches",
    "rows": "des lignes",
    "collection": "une collection de documents",
}


@dataclass(frozen=True)
class Type:
    """The type of a reference or a value."""

    kind: str
    unit: str | None = None
    listing: Listing | None = None
    target: str | None = None  # what a reference points at
    rows: Item | None = None  # the field whose rows these are
    forms: tuple[str, ...] = ()  # forms of a collection
    codes: frozenset[str] = frozenset()  # literal codes, where no list is known

    @property
    def family(self) -> str | None:
        """The family of the unit, None for a bare number."""
        return UNITS[self.unit][0] if self.unit else None

    def words(self) -> str:
        """Say the type in French."""
        return NAMES[self.kind]

    def same(self, other: Type) -> bool:
        """Tell whether values of both types may be compared."""
        return self.kind == other.kind and self.family == other.family


def to_smallest(amount: Fraction, unit: str | None) -> Fraction:
    """Convert an amount to the smallest unit of its family."""
    return amount * UNITS[unit][1] if unit else amount


def from_smallest(amount: Fraction, unit: str | None) -> Fraction:
    """Convert back from the smallest unit."""
    return amount / UNITS[unit][1] if unit else amount


def exact(value: int | float | str) -> Fraction:
    """Read a JSON number as the decimal that was written.

    >>> exact(12.1)
    Fraction(121, 10)
    """
    return Fraction(str(value))


def iso_day(text: Any) -> date | None:
    """Read a day written as 2026-10-05, None for anything else.

    >>> iso_day("2026-10-05"), iso_day("20261005"), iso_day("2026-02-30")
    (datetime.date(2026, 10, 5), None, None)
    """
    if not isinstance(text, str) or len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None  # Python reads other spellings too, all of another shape
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def iso_time(text: Any) -> time | None:
    """Read a time of day written as 08:30, None for anything else.

    >>> iso_time("08:30"), iso_time("8:30"), iso_time("24:00")
    (datetime.time(8, 30), None, None)
    """
    return time.fromisoformat(text) if isinstance(text, str) and _TIME.fullmatch(text) else None


def plain(value: Fraction) -> int | float:
    """Write an exact number as a JSON number."""
    return value.numerator if value.denominator == 1 else float(value)


@dataclass(frozen=True)
class Reads:
    """What a piece of a definition reads.

    `own`: static dotted paths of this form; `sources`: subject, link, collection, today, user,
    document; `context`: the references read outside the form, as written; `guards`: the sets of
    roles that must be met, all of them, to see what is read.
    """

    own: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    context: frozenset[str] = frozenset()
    guards: frozenset[frozenset[str]] = frozenset()

    def __or__(self, other: Reads) -> Reads:
        return Reads(
            self.own | other.own,
            self.sources | other.sources,
            self.context | other.context,
            self.guards | other.guards,
        )


NOTHING = Reads()

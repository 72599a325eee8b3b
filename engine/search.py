"""Words by which things are found: folded, cut at what is no letter or digit. Pure text.

A store finds equal keys only, so each word is kept by its beginnings of a few lengths: what somebody
types is looked up by the longest of them that it has, and the few that are found so are compared whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.compile import CompiledForm
from engine.french import fold

SHORT, LONG = 3, 6  # lengths of the beginnings that are kept
MOST_WORDS = 8  # of a query
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Cut a text into folded words.

    >>> words("L'Œuvre de Jean-Rémi N°12")
    ['l', 'oeuvre', 'de', 'jean', 'remi', 'n', '12']
    """
    return _WORD.findall(fold(text).translate(_LIGATURES))


def beginnings(texts: Iterable[str]) -> list[str]:
    """The beginnings by which texts are kept.

    >>> beginnings(["Ly", "Martin-Lopez"])
    ['lop', 'ly', 'mar', 'martin']
    """
    found: set[str] = set()
    for text in texts:
        for word in words(text):
            found.add(word[:SHORT])
            if len(word) >= LONG:
                found.add(word[:LONG])
    return sorted(found)


def wanted(query: str) -> tuple[list[str], str]:
    """The words of a query, and the beginning that finds the fewest; "" where there is no word.

    >>> wanted("  zo  Martinez")
    (['zo', 'martinez'], 'martin')
    """
    asked = words(query)[:MOST_WORDS]
    longest = max(asked, key=len, default="")
    return asked, longest[:LONG] if len(longest) >= LONG else longest[:SHORT]


def meets(asked: Iterable[str], texts: Iterable[str]) -> bool:
    """Tell whether each word asked begins a word of some texts; a word of one or two letters is whole.

    >>> meets(["mar", "zo"], ["Martin Zoé"]), meets(["mar", "ly"], ["Martin Ly"])
    (False, True)
    """
    there = {word for text in texts for word in words(text)}
    return all(
        any(word.startswith(one) if len(one) >= SHORT else word == one for word in there) for one in asked
    )


def searched(form: CompiledForm) -> tuple[str, ...]:
    """The fields by which a record is found: those of its list."""
    index = form.form.index
    names = () if index is None else (*index.search, *index.sort, *index.columns)
    return tuple(dict.fromkeys(name for name in names if name not in form.form.collections))

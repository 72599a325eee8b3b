"""Which entries of a list hold words that begin so: made once per list, looked up without reading its labels.

The entries that hold each word lie one after the other, words in alphabetical order: all words that begin
alike are one stretch. 100,000 entries take a few megabytes.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from engine.french import plain

_WORD = re.compile(r"\w+")
_AFTER = "\U0010ffff"  # comes after whatever a word goes on with


def words_of(text: str) -> list[str]:
    """Cut a text into words as they are searched, without case, accents and punctuation.

    >>> words_of("Œuvre d'Été, n° 3")
    ['oeuvre', 'd', 'ete', 'n', '3']
    """
    return _WORD.findall(plain(text))


class WordIndex:
    """The words of some labels; an entry is the number of its label, from 0."""

    def __init__(self, labels: Iterable[str]) -> None:
        holders: dict[str, list[int]] = {}
        for n, label in enumerate(labels):
            for word in dict.fromkeys(words_of(label)):
                holders.setdefault(word, []).append(n)
        self._words = sorted(holders)
        counts = (len(holders[word]) for word in self._words)
        self._starts = array("I", accumulate(counts, initial=0))
        self._holders = array("I", (n for word in self._words for n in holders[word]))

    def holding(self, beginnings: Iterable[str]) -> set[int]:
        """The entries in which, for each beginning, a word begins so; none when nothing is asked."""
        stretches = sorted((self._stretch(one) for one in beginnings), key=len)
        found = set(stretches[0]) if stretches else set()
        for stretch in stretches[1:]:
            found.intersection_update(stretch)
        return found

    def _stretch(self, beginning: str) -> array[int]:
        first = bisect_left(self._words, beginning)
        last = bisect_left(self._words, beginning + _AFTER)
        return self._holders[self._starts[first] : self._starts[last]]

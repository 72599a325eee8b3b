"""Options found by their words, in lists too long to be shown whole. What is looked at is bounded.

Case and accents don't count. Labels are folded once per list, when it is first searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from engine.french import plain
from engine.offers import Offer

MOST = 1_000  # matches that are counted
LENGTH = 100  # characters of what is searched


class Found(NamedTuple):
    """The first matches, and how many there are, up to `MOST`."""

    codes: tuple[str, ...]
    total: int


def search(offer: Offer, text: str, most: int) -> Found:
    """Give the first options that hold every word of a text, those that begin with it before the others."""
    words = plain(text[:LENGTH]).split()
    matches = list(islice(_matches(offer, words), MOST))
    labels, start = offer.listing.folded, " ".join(words)
    ranked = sorted(matches, key=lambda code: not labels[code].startswith(start)) if words else matches
    return Found(tuple(ranked[:most]), len(matches))


def _matches(offer: Offer, words: list[str]) -> Iterator[str]:
    if not words:
        return offer.walk()
    labels = offer.listing.folded.items()
    return (
        code for code, label in labels if all(word in label for word in words) and offer.takes(code, None)
    )

"""Options found by their words, in lists too long to be shown whole. What is looked at is bounded.

Case and accents don't count, and a word is found by how it begins. A list's words are put in order once,
when it is first searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from engine.offers import Offer
from engine.word_index import words_of

MOST = 1_000  # matches that are counted
LENGTH = 100  # characters of what is searched


class Found(NamedTuple):
    """The first matches, and how many there are, up to `MOST`."""

    codes: tuple[str, ...]
    total: int


def search(offer: Offer, text: str, most: int, parent: str | None = None) -> Found:
    """Give the first options that hold every word of a text, those that begin with it before the others.

    `parent`: in a cascade, the pick below which they lie. A text longer than `LENGTH` finds nothing.
    """
    words = words_of(text) if len(text) <= LENGTH else []
    if text.strip() and not words:
        return Found((), 0)
    matches = list(islice(_matches(offer, words, parent), MOST))
    start = " ".join(words)
    ranked = sorted(matches, key=lambda code: not _begins(offer, code, start)) if words else matches
    return Found(tuple(ranked[:most]), len(matches))


def _begins(offer: Offer, code: str, start: str) -> bool:
    return " ".join(words_of(offer.listing.label(code))).startswith(start)


def _matches(offer: Offer, words: list[str], parent: str | None) -> Iterator[str]:
    nested, listing = offer.item.type == "cascade", offer.listing
    if not words:
        return offer.children(parent) if nested else offer.walk()
    holding = listing.words.holding(words)
    if nested:
        return (code for code in offer.children(parent) if listing.rank(code) in holding)
    return (code for code in map(listing.at, sorted(holding)) if offer.takes(code, None))

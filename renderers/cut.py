"""Templates cut once into static text and holes, so that showing a step is little more than escape and join.

Why: rendering a step's templates takes milliseconds, most of it spent on text that never changes for a form.
A piece (one field in one shape) is rendered once with marks where values, problems and states go, cut at
the marks, and kept. The templates stay the only source of HTML: a piece that doesn't give back, byte for
byte, what the plain rendering gives is never used. What a hole holds is ready to print: who fills it escapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from renderers.french import counter, french
from renderers.templating import ENVIRONMENT, Mark

MOST_PIECES = 20_000  # a form has some hundreds; unusual shapes must not grow for ever
_MARK = re.compile(r"Qzm([a-zA-Z])(\d+)Z")


class Piece:
    """Static texts with numbered holes between them."""

    __slots__ = ("_pick", "_texts", "picks", "texts", "used")

    def __init__(self, texts: Sequence[str], holes: Sequence[int]) -> None:
        self.texts, self.picks, self.used = tuple(texts), tuple(holes), frozenset(holes)
        self._texts = [part for text in texts for part in (text, "")][:-1]
        picks = [*holes, *[holes[0]] * (2 - len(holes))] if holes else []
        self._pick = (len(holes), itemgetter(*picks)) if holes else None

    def fill(self, holes: Sequence[str]) -> str:
        """Join texts and holes."""
        return "".join(self.parts(holes))

    def parts(self, holes: Sequence[str]) -> list[str]:
        """Texts and holes by turns."""
        parts = self._texts.copy()
        if self._pick is not None:
            count, pick = self._pick
            parts[1::2] = pick(holes)[:count]
        return parts

    def bound(self, known: Mapping[int, str]) -> Piece:
        """The same piece where some holes are filled for good; the others are numbered anew."""
        texts, holes = [self.texts[0]], []
        left = [hole for hole in range(max(self.picks, default=-1) + 1) if hole not in known]
        numbers = {hole: n for n, hole in enumerate(left)}
        for hole, text in zip(self.picks, self.texts[1:], strict=True):
            if hole in known:
                texts[-1] = "".join((texts[-1], known[hole], text))
            else:
                holes.append(numbers[hole])
                texts.append(text)
        return Piece(texts, holes)


class Marker:
    """Deals out marks, one a hole, in the order in which holes are filled."""

    def __init__(self) -> None:
        self._count = 0

    def plain(self) -> Mark:
        """A hole that is printed as it is."""
        return self._next("e")

    def words(self) -> Mark:
        """A hole whose text goes through French typography, alone."""
        return self._next("f")

    def state(self) -> Any:
        """A state (ticked, open) or a number, printed as it is."""
        return self._next("e")

    def after(self) -> Mark:
        """The same at the end of a text, from « , » on: no rule of typography looks across that."""
        return self._next("s")

    def _next(self, kind: str) -> Mark:
        self._count += 1
        return Mark(f"Qzm{kind}{self._count - 1}Z")


class Pieces:
    """The pieces of one form, and what else is worked out once about it."""

    def __init__(self, most: int = MOST_PIECES) -> None:
        self._most = most
        self._kept: dict[Hashable, Piece | None] = {}
        self._facts: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Work out a fact the first time it is asked for."""
        found = self._facts.get(key, self)
        if found is not self:
            return found
        if len(self._facts) >= self._most:
            self._facts.clear()
        return self._facts.setdefault(key, make())

    def find(self, key: Hashable) -> Piece | None:
        """The piece of a shape; None if there is none, or none yet."""
        return self._kept.get(key)

    def learn(self, key: Hashable, holes: Sequence[str], plain: str, marked: str) -> str:
        """Cut a piece out of its marked rendering; gives the plain one back, and trusts nothing else."""
        if key not in self._kept:
            if len(self._kept) >= self._most:
                self._kept.clear()
            piece = cut(marked)
            self._kept[key] = piece if piece is not None and piece.fill(holes) == plain else None
        return plain


def cut(text: str) -> Piece | None:
    """Cut a rendered text at its marks; None if one was not used as it was meant."""
    parts = _MARK.split(text)
    if not set(parts[1::3]) <= {"e", "F", "S"}:
        return None
    return Piece(parts[::3], [int(number) for number in parts[2::3]])


def marked_french(text: str) -> str:
    """French typography around a mark: what fills the hole is already set."""
    found = _MARK.search(text)
    if found is None:
        return french(text)
    before, rest = text[: found.start()], text[found.end() :]
    alone = not rest and (not before or found[1] == "s")
    return french(before) + f"Qzm{found[1].upper()}{found[2]}Z" if alone else text


def marked_counter(length: Any, limit: int) -> str:
    """The counter of a text, which is a hole of its own."""
    return getattr(length, "mark", None) or counter(length, limit)


class Length(int):
    """A text's length whose counter is a hole."""

    mark: Mark


MARKED = ENVIRONMENT.overlay()
MARKED.filters = {**ENVIRONMENT.filters, "french": marked_french}
MARKED.globals = {**ENVIRONMENT.globals, "counter": marked_counter}

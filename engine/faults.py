"""Faults of definitions: gathered, never one at a time, each with its file, path, cause and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.paths import json_path

Location = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Fault:
    """One fault; `text` says the cause and the remedy in French."""

    file: str
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.path}: {self.text}"


@dataclass
class Faults:
    """Collects the faults of one file."""

    file: str
    found: list[Fault] = field(default_factory=list)

    def add(self, location: Location, text: str) -> None:
        """Note a fault at a place of the JSON."""
        fault = Fault(self.file, json_path(location), text)
        if fault not in self.found:
            self.found.append(fault)


class FaultyDefinition(Exception):
    """A definition that cannot be used, with every reason."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(map(str, self.faults)))


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known name, as the end of a sentence.

    >>> nearest("duree_mx", ["duree_max", "nom"])
    ' Vouliez-vous dire « duree_max » ?'
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f" Vouliez-vous dire « {close[0]} » ?"
    if not names:
        return ""
    more = f" et {len(names) - 12} de plus" if len(names) > 12 else ""
    return f" Noms connus : {', '.join(names[:12])}{more}."

"""What the commands on stores share: which store, its refusals in French, a dump checked and counted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TextIO

from engine.french import number
from storage.base import Body, StorageError
from storage.moving_check import Check, Fault
from web import settings
from web.settings import SettingsError
from web.store_words import say, say_fault

DONE, FAULTY, REFUSED = 0, 1, 2
MOST_FAULTS = 20


@dataclass
class Told:
    """What went by of a dump: counts, the head of its audit log, what is wrong."""

    revisions: int = 0
    documents: int = 0
    records: int = 0
    chain: str = ""
    lines: int = 0
    faults: list[Fault] = field(default_factory=list)
    more: int = 0  # faults beyond those that are kept

    def note(self, line: Body) -> None:
        """Count a line."""
        self.lines += 1
        if line.get("line") == "revision":
            self.revisions += 1
            self.documents += line.get("current") is True
        elif line.get("line") == "audit":
            self.records, self.chain = line.get("number", 0), line.get("chain", "")

    def add(self, faults: Iterable[Fault]) -> None:
        """Keep faults, up to a bound."""
        for fault in faults:
            if len(self.faults) < MOST_FAULTS:
                self.faults.append(fault)
            else:
                self.more += 1

    def counts(self) -> str:
        """« 3 documents, 8 révisions, 24 enregistrements au registre »."""
        return (
            f"{counted(self.documents, 'document')}, {counted(self.revisions, 'révision')}, "
            f"{counted(self.records, 'enregistrement')} au registre"
        )

    def head(self) -> str:
        """What to keep elsewhere: the audit log can't be cut behind it unseen."""
        return f"{self.records}:{self.chain}" if self.records else "aucune"


def survey(lines: Iterable[Body]) -> Told:
    """Check lines to their end."""
    told, check = Told(), Check()
    for line in lines:
        told.note(line)
        told.add(check.take(line))
    told.add(check.finish())
    return told


def counted(n: int, word: str) -> str:
    """« 1 document », « 2 documents »."""
    return f"{number(n)} {word}{'s' if n > 1 else ''}"


def chosen(store: str | None) -> str:
    """The store that a command works on: the one given, or the site's own. SettingsError."""
    return store or settings.read(os.environ).store


def guarded(work: Callable[[str, TextIO], int], store: str | None) -> int:
    """Run a command on the store that is chosen; what the settings or the store refuse is said in French."""
    place = ""
    try:
        place = chosen(store)
        return work(place, sys.stdout)
    except SettingsError as error:
        print(error, file=sys.stderr)
    except StorageError as error:
        print(say(error, place), file=sys.stderr)
    return REFUSED


def report(told: Told, what: str, out: TextIO) -> int:
    """Say what is wrong with a dump, or that nothing is; gives the exit status."""
    for fault in told.faults:
        print(say_fault(fault), file=out)
    if told.more:
        print(f"Et {counted(told.more, 'autre faute')}.", file=out)
    if told.faults:
        print(f"{what} : à ne pas employer telle quelle.", file=out)
        return FAULTY
    print(f"{what} : tout est en ordre. {told.counts()}.", file=out)
    print(f"Tête du registre, à garder ailleurs : {told.head()}", file=out)
    return DONE

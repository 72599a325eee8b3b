"""A row that names no record yet, and a record that answers the same: is it the same one?

Two rows never share a record. Where nobody can tell two namesakes apart, a person is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.french import fold
from storage.base import Reader, Stored
from web.importing.reading import Read
from web.world import DOCUMENT

if TYPE_CHECKING:
    from web.importing.plan import Bringing

BROUGHT = "brought"  # ties a key of the file to a record; holds digests only

SEVERAL = (
    "plusieurs fiches de ce lieu portent les mêmes réponses : rien ne dit laquelle est la bonne. Archivez "
    "celle qui est en trop, ou complétez cette ligne à la main."
)
TAKEN = "la fiche choisie est déjà celle d'une autre ligne. Répondez autrement pour l'une des deux."


@dataclass(frozen=True)
class Alike:
    """What was found: a record, a record in doubt, or the reason why there is no telling."""

    stored: Stored | None = None
    doubtful: bool = False
    reason: str = ""


def folded(parts: Sequence[Any]) -> str:
    """Answers by which namesakes are alike: no case, no accents."""
    return "\n".join(fold(str(one or "")) for one in parts)


def identity(row: Read, match: Sequence[str]) -> str:
    """What a row and a record that is alike have in common, its place with it."""
    return folded([row.place, *(row.answers.get(name) for name in match)])


def find_alike(reader: Reader, bringing: Bringing, row: Read) -> Alike:
    """Find the record that answers like a row, unless it is another row's."""
    known, match = bringing.known, bringing.mapping.match
    same = [(one, _ties(reader, one.id)) for one in _same(reader, bringing, row)]
    free = [(one, ties) for one, ties in same if not (ties - {row.tie}) & known.present]
    chosen = bringing.choices.get(row.line)
    if not free:
        return Alike(reason=TAKEN) if chosen and same else Alike()
    if len(free) > 1:
        return Alike(reason=SEVERAL)
    ((stored, ties),) = free
    other_key = bool(row.key) and bool(ties - {row.tie})
    if not other_key and known.claims.get(identity(row, match), 0) < 2:
        return Alike(stored)
    if chosen is None:
        return Alike(stored, doubtful=True)
    return Alike(stored) if chosen else Alike()


def _same(reader: Reader, bringing: Bringing, row: Read) -> list[Stored]:
    """The records of a row's place that answer like it."""
    index, match = bringing.form.form.index, bringing.mapping.match
    columns = () if index is None else {*index.columns, *index.sort, *index.search}
    cells = [row.answers.get(name) for name in match if name in columns]
    found: list[Stored] = []
    for id in bringing.known.alike.get(folded([row.place, *cells]), ()):
        stored = reader.get(DOCUMENT, id)
        if stored is not None and _answers(stored.body["answers"], match) == _answers(row.answers, match):
            found.append(stored)
    return found


def _answers(answers: Mapping[str, Any], match: Sequence[str]) -> str:
    return folded([answers.get(name) for name in match])


def _ties(reader: Reader, record: str) -> frozenset[str]:
    """The keys by which files name a record, as digests."""
    entries = reader.find(BROUGHT, {"record": record}).entries
    return frozenset(str(one.keys["key"]) for one in entries if one.keys.get("named") is not False)

"""A dress rehearsal led from a page, a slice a request: it can be left, and taken up again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from engine.migrate import OUTCOMES, UNCHANGED
from storage.base import Entry, Reader
from web.services import slices
from web.services.moving import MOVER, Candidate, Fate, living, rehearse
from web.services.slices import Head
from web.services.writing import Deps

KIND = "rehearsal"
SLICE = 500  # documents a request, and lines a page of the store
TIME = timedelta(seconds=4)


@dataclass(frozen=True)
class Progress:
    """How far a rehearsal is: `counts` by outcome; `current`: the working copy has not changed since."""

    version: str
    done: int
    total: int
    at: str
    counts: Mapping[str, int]
    current: bool

    @property
    def over(self) -> bool:
        """True when every document was replayed."""
        return self.done >= self.total


def progress(reader: Reader, candidate: Candidate) -> Progress | None:
    """How far the last rehearsal of a form is, None if there was none."""
    found = slices.head(reader, KIND, candidate.form.id)
    return None if found is None else _progress(found, candidate)


def _progress(head: Head, candidate: Candidate) -> Progress:
    current = head["digest"] == _digest(candidate)
    return Progress(head["version"], head["done"], head["total"], head["at"], head["counts"], current)


def _digest(candidate: Candidate) -> str:
    """Sum up what is rehearsed: the form as it would be published, and its migrations."""
    moves = [[move.model_dump(mode="json") for move in stage.moves] for stage in candidate.stages]
    form = candidate.content or candidate.form.form.model_dump(mode="json")
    return hashlib.sha256(json.dumps([form, moves], sort_keys=True).encode()).hexdigest()


def go_on(deps: Deps, candidate: Candidate, *, anew: bool = False) -> Progress:
    """Replay one more slice of documents, from the start if asked, or if the working copy has changed."""
    form = candidate.form.id
    head = None if anew else slices.head(deps.store, KIND, form)
    if head is None or not _progress(head, candidate).current or _progress(head, candidate).over:
        about = {"version": candidate.form.version, "digest": _digest(candidate)}
        head = slices.fresh(living(deps.store, form), deps.now(), **about)
    fates: list[Fate] = []
    start, over = deps.now(), False
    last: Entry | None = None
    for fate, entry in rehearse(deps.store, candidate, deps.now(), slices.after(head)):
        fates.append(fate)
        last = entry
        if len(fates) == SLICE or deps.now() - start > TIME:
            break
    else:
        over = True
    head = slices.advanced(head, fates, last, deps.now(), over=over)
    with deps.store.transaction(MOVER, deps.now()) as tx:
        slices.keep(tx, KIND, form, head, fates)
    return _progress(head, candidate)


def lines(reader: Reader, form: str, outcomes: Sequence[str] = ()) -> list[Fate]:
    """What the last rehearsal says of each document, the gravest first; all but the unchanged by default."""
    wanted = outcomes or [one for one in OUTCOMES if one != UNCHANGED]
    return slices.lines(reader, KIND, form, wanted)

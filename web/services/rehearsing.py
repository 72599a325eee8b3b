"""A dress rehearsal led from a page, a slice a request: it can be left, and taken up again.

Kind "rehearsal": a head under the form's id, and lines under « form/n », a page of documents each. It
names documents and fields, never an answer.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from engine.migrate import OUTCOMES, UNCHANGED
from storage.base import Cursor, Reader, Transaction
from storage.index import cursor
from web.services.moving import MOVER, SORT, Candidate, Fate, living, rehearse
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
    stored = reader.get(KIND, candidate.form.id)
    return None if stored is None else _progress(stored.body, candidate)


def _progress(head: Mapping[str, Any], candidate: Candidate) -> Progress:
    current = head["digest"] == _digest(candidate)
    return Progress(head["version"], head["done"], head["total"], head["at"], head["counts"], current)


def _digest(candidate: Candidate) -> str:
    """Sum up what is rehearsed: the form and its migrations."""
    moves = [[move.model_dump(mode="json") for move in stage.moves] for stage in candidate.stages]
    text = json.dumps([candidate.form.form.model_dump(mode="json"), moves], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def go_on(deps: Deps, candidate: Candidate, *, anew: bool = False) -> Progress:
    """Replay one more slice of documents, from the start if asked, or if the working copy has changed."""
    stored = deps.store.get(KIND, candidate.form.id)
    head = None if stored is None or anew else dict(stored.body)
    if head is None or not _progress(head, candidate).current or _progress(head, candidate).over:
        head = _started(deps, candidate)
    after = Cursor(tuple(head["after"][0]), head["after"][1]) if head["after"] else None
    fates: list[Fate] = []
    start = deps.now()
    for fate, entry in rehearse(deps.store, candidate, deps.now(), after):
        fates.append(fate)
        last = cursor(entry, SORT)
        head["after"] = [list(last.values), last.id]
        if len(fates) == SLICE or deps.now() - start > TIME:
            break
    else:
        head["total"] = head["done"] + len(fates)  # some may have come or gone meanwhile
    head |= {"done": head["done"] + len(fates), "pages": head["pages"] + 1, "at": deps.now().isoformat()}
    head["counts"] = dict(Counter(head["counts"]) + Counter(fate.outcome for fate in fates))
    with deps.store.transaction(MOVER, deps.now()) as tx:
        _put(tx, f"{candidate.form.id}/{head['pages']}", {"lines": [asdict(fate) for fate in fates]})
        _put(tx, candidate.form.id, head)
    return _progress(head, candidate)


def _started(deps: Deps, candidate: Candidate) -> dict[str, Any]:
    return {
        "version": candidate.form.version,
        "digest": _digest(candidate),
        "done": 0,
        "total": living(deps.store, candidate.form.id),
        "counts": {},
        "after": None,
        "pages": 0,
        "at": deps.now().isoformat(),
    }


def _put(tx: Transaction, id: str, body: Mapping[str, Any]) -> None:
    """Write over what was there: a rehearsal has no history."""
    former = tx.get(KIND, id)
    revision = 0 if former is None else former.revision
    tx.put(KIND, id, dict(body), {}, expected_revision=revision, sitting="rehearsal")


def lines(reader: Reader, form: str, outcomes: Sequence[str] = ()) -> list[Fate]:
    """What the last rehearsal says of each document, the gravest first; all but the unchanged by default."""
    head = reader.get(KIND, form)
    wanted = outcomes or [one for one in OUTCOMES if one != UNCHANGED]
    found: list[Fate] = []
    for n in range(1, (0 if head is None else head.body["pages"]) + 1):
        page = reader.get(KIND, f"{form}/{n}")
        for line in page.body["lines"] if page is not None else ():
            if line["outcome"] in wanted:
                found.append(Fate(**{**line, "fields": tuple(line["fields"])}))
    return sorted(found, key=lambda fate: OUTCOMES.index(fate.outcome))

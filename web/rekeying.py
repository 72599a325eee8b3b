"""Keys of documents written before what keys hold was changed: put right once, when the site starts.

Lists and searches read keys alone: a document with the keys of another time would not be found.
"""

from __future__ import annotations

import hashlib
import json

from storage.base import Busy, Entry, Keys
from web.catalogue import Catalogue
from web.failures import NotFound
from web.services import Deps
from web.world import DOCUMENT, Desk

KIND = "keys"
SHAPE = 3  # of the keys that `Desk.keys` writes: one more each time that it writes others
BATCH = 200
TRIES = 4


def rekey(deps: Deps) -> int:
    """Work out again the keys of every document, if they are no longer what they would be; gives how many.

    May be run again after any interruption: what says that all is done is written last.
    """
    stamp = _stamp(deps.catalogue)
    told = deps.store.get(KIND, DOCUMENT)
    if told is not None and told.body["stamp"] == stamp:
        return 0
    changed, after = 0, None
    while True:
        page = deps.store.find(DOCUMENT, {}, limit=BATCH, after=after)
        changed += _batch(deps, page.entries)
        after = page.after
        if after is None:
            break
    _note(deps, stamp)
    return changed


def _stamp(catalogue: Catalogue) -> str:
    """What the keys depend on beyond each document: their shape, and the lists of the forms."""
    lists = {
        form: newest.form.index.model_dump_json(by_alias=True)
        for form in sorted({form for form, _ in catalogue.forms})
        if (newest := catalogue.newest(form)) is not None and newest.form.index is not None
    }
    return hashlib.sha256(json.dumps([SHAPE, lists], sort_keys=True).encode()).hexdigest()


def _batch(deps: Deps, entries: tuple[Entry, ...]) -> int:
    for left in reversed(range(TRIES)):
        try:
            return _rekeyed(deps, entries)
        except Busy:
            if not left:
                raise
    return 0


def _rekeyed(deps: Deps, entries: tuple[Entry, ...]) -> int:
    changed = 0
    with deps.store.transaction(KIND, deps.now()) as tx:
        here = Desk(tx, deps.catalogue, deps.now(), "")
        for entry in entries:
            stored = tx.get(DOCUMENT, entry.id)
            try:
                keys = None if stored is None else here.keys(entry.id, here.state(stored))
            except NotFound:
                continue  # its form is not served for now
            if stored is not None and keys is not None and _plain(keys) != _plain(stored.keys):
                tx.rekey(DOCUMENT, entry.id, keys)
                changed += 1
    return changed


def _plain(keys: Keys) -> dict[str, object]:
    """Keys to compare: a list comes back as a tuple."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in keys.items()}


def _note(deps: Deps, stamp: str) -> None:
    with deps.store.transaction(KIND, deps.now()) as tx:
        told = tx.get(KIND, DOCUMENT)
        revision = 0 if told is None else told.revision
        tx.put(KIND, DOCUMENT, {"stamp": stamp}, {}, expected_revision=revision)

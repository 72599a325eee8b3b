"""Consultations: each document that an answer shows leaves a record in the audit log.

`Desk.open` notes what it opens; the gate calls `record` for every answer that goes out, so that no handler
can forget it. Lists and ways back use `Desk.glance`, which notes nothing.
"""

from __future__ import annotations

from storage.base import Busy, StorageError
from web import logs
from web.site import Call, Site
from web.world import DOCUMENT, READ

TRIES = 5


def record(site: Site, call: Call) -> None:
    """Write who read what. Where nothing can be written, reading goes on and the operator's log says so."""
    try:
        _write(site, call, TRIES)
    except StorageError as fault:
        site.log.error(
            "consultation not recorded",
            request=call.id,
            error=type(fault).__name__,
            frames=logs.frames(fault),
        )


def _write(site: Site, call: Call, tries: int) -> None:
    try:
        with site.store.transaction(call.person, site.clock()) as tx:
            for id, revision in call.shown.items():
                tx.log(READ, DOCUMENT, id, revision)
    except Busy:
        if tries <= 1:
            raise
        _write(site, call, tries - 1)

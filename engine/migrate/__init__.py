"""Answers moved from one version of a form to another, and back; nothing is read or written here.

`compile_migration` checks a file, `route` leads between two versions, `replay` says what becomes of a
document and builds it, `undo` brings it back with what was answered since.
"""

from engine.migrate.apply import Stage
from engine.migrate.check import compile_migration
from engine.migrate.model import Migration
from engine.migrate.replay import (
    ASKED,
    BLOCKED,
    LOST,
    MOVED,
    OUTCOMES,
    UNCHANGED,
    Replay,
    Route,
    replay,
)
from engine.migrate.routes import route
from engine.migrate.undo import Undone, lower, undo
from engine.migrate.unmapped import unmapped

__all__ = [
    "ASKED",
    "BLOCKED",
    "LOST",
    "MOVED",
    "OUTCOMES",
    "UNCHANGED",
    "Migration",
    "Replay",
    "Route",
    "Stage",
    "Undone",
    "compile_migration",
    "lower",
    "replay",
    "route",
    "undo",
    "unmapped",
]

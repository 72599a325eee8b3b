"""Use cases: create, save, choose, act. Each is one transaction; no web framework here.

The CLI, the tests and the browser call the same functions.
"""

from web.services.acting import Acted, act, acted_already, may_publish
from web.services.choosing import Clash, open_clash, settle, settled_already
from web.services.creating import Offer, creatable, create_document, create_record, places_for
from web.services.duplicating import duplicable, duplicate
from web.services.handing import Gesture, Handed, followers, gesture, hand_over, transferable, undo_handover
from web.services.moving import (
    Candidate,
    Fate,
    bring_back,
    candidate_of,
    follow_patches,
    living,
    move,
    rehearse,
)
from web.services.passing import Passage, pass_on, passage, staying
from web.services.proposing import (
    Proposal,
    Proposing,
    answer_proposal,
    answered_already,
    open_proposal,
    propose,
    started,
    typed,
    withdraw,
)
from web.services.rehearsing import Progress, go_on, lines, progress
from web.services.saving import Saved, Saving, fill, heard, save, save_gone, toggle, visited, writable_step
from web.services.writing import Deps, desk, write_new

__all__ = [
    "Acted",
    "Candidate",
    "Clash",
    "Deps",
    "Fate",
    "Gesture",
    "Handed",
    "Offer",
    "Passage",
    "Progress",
    "Proposal",
    "Proposing",
    "Saved",
    "Saving",
    "act",
    "acted_already",
    "answer_proposal",
    "answered_already",
    "bring_back",
    "candidate_of",
    "creatable",
    "create_document",
    "create_record",
    "desk",
    "duplicable",
    "duplicate",
    "fill",
    "follow_patches",
    "followers",
    "gesture",
    "go_on",
    "hand_over",
    "heard",
    "lines",
    "living",
    "may_publish",
    "move",
    "open_clash",
    "open_proposal",
    "pass_on",
    "passage",
    "places_for",
    "progress",
    "propose",
    "rehearse",
    "save",
    "save_gone",
    "settle",
    "settled_already",
    "started",
    "staying",
    "toggle",
    "transferable",
    "typed",
    "undo_handover",
    "visited",
    "withdraw",
    "writable_step",
    "write_new",
]

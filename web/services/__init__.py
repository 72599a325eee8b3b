"""Use cases: create, save, choose, act. Each is one transaction; no web framework here.

The CLI, the tests and the browser call the same functions.
"""

from web.services.acting import Acted, act, may_publish
from web.services.choosing import Clash, open_clash, settle
from web.services.creating import Offer, creatable, create_document, create_record, places_for
from web.services.saving import Saved, Saving, fill, save, toggle, visited, writable_step
from web.services.writing import Deps, desk, write_new

__all__ = [
    "Acted",
    "Clash",
    "Deps",
    "Offer",
    "Saved",
    "Saving",
    "act",
    "creatable",
    "create_document",
    "create_record",
    "desk",
    "fill",
    "may_publish",
    "open_clash",
    "places_for",
    "save",
    "settle",
    "toggle",
    "visited",
    "writable_step",
    "write_new",
]

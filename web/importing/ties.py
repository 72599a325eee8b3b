"""What ties a row to its record for ever: digests only, that tell nothing of what they are made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from web.importing.mapping import ImportMapping

_ENCODER = json.JSONEncoder(sort_keys=True)


def digest(*parts: Any) -> str:
    """A name that tells nothing of what it is made from.

    >>> digest("a") == digest("a"), len(digest("a", 1))
    (True, 40)
    """
    return hashlib.sha256(_ENCODER.encode(parts).encode()).hexdigest()[:40]


def tie_of(mapping: ImportMapping, place: str, key: str, answers: Mapping[str, Any]) -> str:
    """The digest of what names a row for ever: its key, or the answers that it is found by."""
    named = [key] if key else ["", place, *(answers.get(name) for name in mapping.match)]
    return digest(mapping.form, *named)

"""« Pourquoi ? »: the reasons behind what shows, is asked, locked or refused, with the actual values.

Nothing is decided here: the same closures as at run time are asked, and what a reader may not read is
not said.
"""

from __future__ import annotations

from engine.explain.actions import of_action
from engine.explain.fields import Why, briefly, of_field
from engine.explain.reader import Reader

__all__ = ["Reader", "Why", "briefly", "of_action", "of_field"]

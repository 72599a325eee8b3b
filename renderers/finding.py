"""What a search finds in the list of one field, as the piece of page that the script puts in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.offers import Offer
from engine.paths import Path
from engine.skeleton import Item
from renderers.controls import searched
from renderers.drawing import FIELD
from renderers.showing import Showing
from renderers.view import field_view


def found(
    showing: Showing, item: Item, path: Path, offer: Offer, picked: Mapping[str, Any], words: str
) -> str:
    """Draw what is picked in a long list, then what a search finds there."""
    view = field_view(showing, item, path)
    return str(FIELD.found(replace(view, data=searched(item, path, offer, picked, words))))

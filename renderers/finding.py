"""What a search finds in the list of one field, as the piece of page that the script puts in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.answers import make_pick
from engine.offers import Offer
from engine.skeleton import Item
from renderers.controls import slot_options
from renderers.drawing import FIELD
from renderers.long_lists import Spot, long_level, searched_field
from renderers.showing import LONG, Showing, is_long
from renderers.tree import OptionView
from renderers.view import field_view


def searchable(offer: Offer, spot: Spot) -> bool:
    """Tell whether a list is searched at a spot, and may be."""
    match offer.item.type:
        case "choice":
            return not spot.slot and offer.exceeds(LONG)
        case "checklist":
            return not spot.slot and not offer.rootless and is_long(offer)
        case "cascade":
            return spot.slot > 0 and offer.crowds(spot.parent, LONG) and _reached(offer, spot.parent)
    return False


def _reached(offer: Offer, code: str | None) -> bool:
    """Tell whether a cascade offers what lies below a pick: it offers the pick, and those above it."""
    way = _way(offer, code)
    above = [None, *way]
    return len(way) < len(offer.item.spec.levels) and all(
        offer.takes(one, up) for up, one in zip(above, way, strict=False)
    )


def _way(offer: Offer, code: str | None) -> list[str]:
    """The picks that lead to a code, itself at the end."""
    way = [] if code is None else [*reversed(offer.listing.ancestors(code)), code]
    return way[way.index(offer.root) + 1 :] if offer.root in way else way


def found(
    showing: Showing, item: Item, spot: Spot, offer: Offer, picked: Mapping[str, Any], words: str
) -> str:
    """Draw what is picked in a long list, then what a search finds there."""
    view = field_view(showing, item, spot.path)
    name, free, kind = view.name, not view.required, "checkbox"
    target = showing.state.form.target(item)
    options: Sequence[OptionView]
    if not spot.slot:
        data = searched_field(target, spot.path, offer, picked, words)
        search, options, kind = data["search"], data["options"], data["kind"]
    elif spot.parent is None:
        stored, code = showing.state.stored(spot.path) or [], next(iter(picked), None)
        options, search = slot_options(target, spot, offer, stored, code, {spot.key: words})
        name, free, kind = f"{name}~{spot.slot}", True, "radio"
    else:
        pick = make_pick(spot.parent, (), list(picked.values()))
        level = long_level(target, offer, spot, pick, {spot.key: words}, len(_way(offer, spot.parent)))
        assert level is not None  # `searchable` said so
        name, options, search = level.name, level.options, level.search
        free, kind = not level.many, "checkbox" if level.many else "radio"
    return str(FIELD.found(view, search, options, name, kind, free))

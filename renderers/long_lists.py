"""Lists too long to be shown whole: what is picked there, then what a search finds. No HTML."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any, NamedTuple

from engine.answers import code_of, picks_of
from engine.finding import LENGTH, MOST, search
from engine.offers import Offer
from engine.paths import Path, dotted, html_id
from engine.posting import MAX_SLOTS
from engine.skeleton import Item
from renderers.options import option_view
from renderers.showing import LONG
from renderers.tree import LevelView, SearchView

SHOWN = 20  # options that a search shows
TOO_LONG = f"La recherche dépasse {LENGTH} caractères : raccourcissez-la."
Picked = Mapping[str, Any]  # by code


class Spot(NamedTuple):
    """Where one searches: a field or, in a cascade, a slot (from 1) and the pick below which options lie."""

    path: Path
    slot: int = 0
    parent: str | None = None

    @property
    def key(self) -> str:
        """How the page names it: « field », « field~1 », « field~1~code »."""
        parts = [str(self.slot), self.parent] if self.slot else []
        return "~".join([dotted(self.path), *(part for part in parts if part is not None)])

    @property
    def html_id(self) -> str:
        """What the ids of its controls begin with."""
        return html_id(self.path) + "".join(f"-{_ident(part)}" for part in self.key.split("~")[1:])


def spot_of(key: str) -> Spot | None:
    """Read what a page names; None when it is nothing of ours."""
    field, *rest = key.split("~", 2)
    path = tuple(field.split("."))
    if not rest:
        return Spot(path)
    slot = rest[0]
    if not slot.isascii() or not slot.isdigit() or len(slot) > 2 or not 0 < int(slot) <= MAX_SLOTS:
        return None
    return Spot(path, int(slot), rest[1] if len(rest) > 1 else None)


def searched(
    offer: Offer, spot: Spot, label: str, picked: Collection[str], words: str
) -> tuple[list[str], SearchView]:
    """Give the codes to show, what is picked then what is found; and the search, with what it says."""
    found = search(offer, words, SHOWN + len(picked), spot.parent)
    fresh = [code for code in found.codes if code not in picked][:SHOWN]
    others = found.total - sum(code in picked for code in found.codes) - len(fresh)
    told = TOO_LONG if len(words) > LENGTH else _told(words, len(fresh), others, found.total >= MOST)
    outcome = (*found.codes[:SHOWN], found.total)
    return [*picked, *fresh], SearchView(spot.key, spot.html_id, label, words[:LENGTH], told, outcome)


def _told(words: str, shown: int, others: int, many: bool) -> str:
    """Say how much a search found, and what to do about it."""
    if not shown:
        return f"Aucun choix ne contient « {words} » : vérifiez l'orthographe ou essayez un autre mot."
    if not others:
        return "1 choix trouvé." if shown == 1 else f"{shown} choix trouvés."
    if many:
        return f"{shown} choix montrés, et plus de {MOST - shown} autres : précisez."
    return f"{shown} choix montrés, et {others} autre{'s' if others > 1 else ''} : précisez."


def searched_field(item: Item, path: Path, offer: Offer, picked: Picked, words: str) -> dict[str, Any]:
    """What a choice or checklist needs whose list is searched."""
    codes, view = searched(offer, Spot(path), item.label, picked, words)
    options = tuple(
        # Named by its code: the focus stays on it, wherever it comes to stand.
        option_view(item, path, code, offer.listing.label(code), picked, 0, _ident(code))
        for code in codes
    )
    many = item.type == "checklist" or item.spec.many
    kind = "checkbox" if many else "radio"
    return {"as": "search", "kind": kind, "options": options, "search": view, "found": view.found}


def options_at(
    offer: Offer, spot: Spot, label: str, picked: Collection[str], words: Mapping[str, str]
) -> tuple[list[str], SearchView | None]:
    """Give the codes to show at a level of a cascade: all, or what a search finds if there are too many."""
    if offer.crowds(spot.parent, LONG):
        return searched(offer, spot, label, picked, words.get(spot.key, ""))
    return list(offer.children(spot.parent)), None


def spreads(offer: Offer, code: str, levels: int) -> bool:
    """Tell whether what lies so many levels below a pick is too much to be sent along with it."""
    return next(islice(offer.branch(code, levels), LONG, None), None) is not None


def long_level(
    item: Item, offer: Offer, spot: Spot, pick: Any, words: Mapping[str, str], depth: int = 1
) -> LevelView | None:
    """The options under a pick in a long branch: of the levels below, only what is under ticked ones."""
    parent = code_of(pick)
    if depth >= len(item.spec.levels):
        return None
    here, picked = Spot(spot.path, spot.slot, parent), {code_of(one): one for one in picks_of(pick)}
    spec, label = item.spec.levels[depth], offer.listing.label(parent)
    codes, view = options_at(offer, here, label, picked, words)
    options = tuple(
        option_view(
            item,
            spot.path,
            code,
            offer.listing.label(code),
            picked,
            spot.slot,
            _ident(code),
            long_level(item, offer, spot, picked[code], words, depth + 1) if code in picked else None,
            f"-{spot.slot}",
        )
        for code in codes
    )
    name = f"{dotted(spot.path)}~{spot.slot}~p"
    return LevelView(spec.label or item.label, label, name, spec.many, options, search=view)


def _ident(code: str) -> str:
    return code.replace(".", "_")

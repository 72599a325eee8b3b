"""What other answers suggest to tick, by the links between code lists; only somebody's gesture ticks it."""

from __future__ import annotations

from engine.answers import code_of
from engine.evaluate import FormState
from engine.offers import Offer
from engine.paths import Path
from engine.skeleton import Item

MOST = 20


def suggested(state: FormState, item: Item, path: Path) -> tuple[str, ...]:
    """Give the codes suggested at a checklist: offered there, not ticked yet, in the list's order."""
    sources, offer = state.form.rules[item.path].suggest, state.offers.get(path)
    if not sources or not isinstance(offer, Offer) or offer.rootless:
        return ()
    scope = state.scope(path)
    read = (source.read(scope) for source in sources)
    wanted = {code for one in read if one is not None for code in ((one,) if isinstance(one, str) else one)}
    wanted -= {code_of(pick) for pick in state.stored(path) or ()}
    if not wanted:
        return ()
    return tuple(code for code in offer.leaves() if code in wanted)[:MOST]

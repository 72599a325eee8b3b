"""A code may be picked when it is among the options: the quick way and the whole list agree."""

from __future__ import annotations

from demo_site import make_site

from engine.offers import Offer
from web.services import desk


def test_what_may_be_picked_is_what_is_offered() -> None:
    site = make_site()
    here = desk(site.deps, "p-tournier")
    looked = 0
    for entry in site.store.find("document", {}).entries:
        stored = site.store.get("document", entry.id)
        assert stored is not None
        state = here.state(stored)
        state.read_all()
        for offer in list(state.offers.values()):
            if isinstance(offer, Offer) and offer.item.type != "cascade":
                codes = list(offer.listing)
                assert {code for code in [*codes, "absent"] if offer.takes(code, None)} == offer.codes
                looked += len(offer.codes)
    assert looked > 1_000

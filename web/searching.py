"""What a search finds in a long list, for the script that asks as one types: nothing of the document."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath

from engine.access import author_at, decide
from engine.answers import make_pick
from engine.evaluate import FormState
from engine.finding import LENGTH
from engine.offers import Offer, offer_for
from engine.paths import Path
from renderers.finding import found, searchable
from renderers.long_lists import spot_of
from renderers.showing import Showing
from web import answers, services
from web.answers import AnyRequest
from web.body import first
from web.deps import desk
from web.failures import NotFound

PICKS = 100  # of one field, as they go in an address


@get("/documents/{id:str}/etapes/{step:str}/listes/{field:str}", sync_to_thread=False)
def search_list(
    request: AnyRequest, id: FromPath[str], step: FromPath[str], field: FromPath[str]
) -> Response[str]:
    """Answer with what a search finds in the list of a field, after what the page has picked there."""
    here = desk(request)
    opened = here.glance(id)
    services.writable_step(opened, step)
    state, spot = opened.state, spot_of(field)
    item = None if spot is None else state.item(spot.path)
    if spot is None or item is None or item.step != step or not _shown(state, spot.path):
        raise NotFound
    if not decide(opened.grant, "write", item, author_at(state, spot.path)):
        raise NotFound
    rules = state.form.rules[item.path]
    offer = state.offers.get(spot.path) or offer_for(item, rules, state.scope(spot.path))
    if not isinstance(offer, Offer) or not searchable(offer, spot):
        raise NotFound
    showing = Showing(state, opened.grant, (), lambda _item: ())
    query = answers.call(request).query
    codes = [value for name, value in query if name == "pris"][:PICKS]
    picked = {code: make_pick(code) for code in codes if offer.takes(code, spot.parent)}
    words = first(query, "mots")[: LENGTH + 1]
    return answers.html(found(showing, item, spot, offer, picked, words))


def _shown(state: FormState, path: Path) -> bool:
    """Tell whether a field shows; in a blank row, which no document holds, whether its rows do."""
    blank = len(path) == 3 and path[1] not in state.rows.get(path[:1], ())
    return (path[:1] if blank else path) in state.visible

"""What a search finds in a long list, for the script that asks as one types: nothing of the document."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath

from engine.access import author_at, decide
from engine.answers import make_pick
from engine.finding import LENGTH
from engine.offers import Offer, offer_for
from renderers.finding import found
from renderers.showing import LONG, Showing
from web import answers, services
from web.answers import AnyRequest
from web.body import first
from web.deps import desk
from web.failures import NotFound

PICKS = 100  # of one field


@get("/documents/{id:str}/etapes/{step:str}/listes/{field:str}", sync_to_thread=False)
def search_list(
    request: AnyRequest, id: FromPath[str], step: FromPath[str], field: FromPath[str]
) -> Response[str]:
    """Answer with what a search finds in the list of a field, after what the page has picked there."""
    here = desk(request)
    opened = here.glance(id)
    services.writable_step(opened, step)
    state, path = opened.state, tuple(field.split("."))
    item = state.item(path)
    if item is None or item.step != step or item.type != "choice":
        raise NotFound
    if not decide(opened.grant, "write", item, author_at(state, path)):
        raise NotFound
    offer = offer_for(item, state.form.rules[item.path], state.scope(path))
    if not isinstance(offer, Offer) or not offer.exceeds(LONG):
        raise NotFound
    showing = Showing(state, opened.grant, (), lambda _item: ())
    query = answers.call(request).query
    codes = [value for name, value in query if name == "pris"][:PICKS]
    picked = {code: make_pick(code) for code in codes if offer.takes(code, None)}
    words = first(query, "mots")[:LENGTH]
    return answers.html(found(showing, item, path, offer, picked, words))

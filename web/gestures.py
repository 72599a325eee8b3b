"""Everyday gestures: search, tasks, overviews, exports, records handed over. Thin handlers."""

from __future__ import annotations

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from web import answers
from web.answers import AnyRequest
from web.body import first
from web.deps import desk
from web.screens.search import PAGES, Asked, search_page


@get("/recherche", sync_to_thread=True)
def show_search(request: AnyRequest) -> Response[str]:
    """Show what answers a search, among what this person may see."""
    query = answers.call(request).query
    number = first(query, "page")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 1
    asked = Asked(first(query, "q")[:100], first(query, "sorte")[:100], min(max(page, 1), PAGES))
    return answers.page(request, search_page(desk(request), asked))


ROUTES: list[ControllerRouterHandler] = [show_search]

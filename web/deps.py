"""What use cases need, taken from the running site; and pieces of an address."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from engine.finding import LENGTH
from engine.paths import Path
from engine.posting import Parsed
from web import answers, services
from web.answers import AnyRequest
from web.body import Pairs, ours
from web.once import Once
from web.screens.steps import Asked
from web.services import Deps
from web.site import Site
from web.world import Desk

SEARCH = "_cherche."  # begins the name of a filter field
CLEAR = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no I, L, O, 0, 1: read aloud without a mistake


def deps_of(site: Site, once: Once | None = None, shown: dict[str, int] | None = None) -> Deps:
    """The dependencies of use cases."""
    return Deps(
        store=site.store,
        catalogue=site.published.catalogue,
        now=site.clock,
        new_id=lambda: site.rng.token_hex(8),
        new_code=lambda length: code(site.rng.token_bytes(length)),
        once=Once() if once is None else once,
        shown={} if shown is None else shown,
    )


def code(raw: bytes) -> str:
    """Write random bytes as capitals and digits.

    >>> code(bytes([0, 1, 30]))
    'AB9'
    """
    return "".join(CLEAR[byte % len(CLEAR)] for byte in raw)


def deps(request: AnyRequest) -> Deps:
    """The dependencies of a request's use case."""
    call = answers.call(request)
    return deps_of(answers.site(request), call.once, call.shown)


def desk(request: AnyRequest) -> Desk:
    """A desk for whoever asks."""
    return services.desk(deps(request), answers.call(request).person)


def row_id(request: AnyRequest) -> str:
    """A fresh id for a row or a page."""
    return answers.site(request).rng.token_hex(4)


def asked(query: Pairs) -> Asked:
    """Read what an address asks of a step."""
    tabs: dict[str, str] = {}
    added: dict[Path, str] = {}
    searches: dict[str, str] = {}
    for name, value in query:
        head, _, tail = value.rpartition(":")
        if name == "cherche" and len(searches) < 20:
            place, _, words = value.partition(":")
            searches[place] = words[: LENGTH + 1]
        if name == "onglet" and head and len(tabs) < 20:
            tabs[head] = tail
        elif name == "ajout" and head and tail.isalnum() and len(tail) <= 40:
            added[tuple(head.split("."))] = tail
    return Asked(tabs, added, errors=("erreurs", "1") in query, searches=searches)


def searched(pairs: Pairs) -> dict[str, str]:
    """What a page says is looked for in its long lists, by field."""
    if isinstance(pairs, Parsed) and SEARCH.encode() not in pairs.joined:
        return {}  # mostly so, and told at once
    said = [(name.removeprefix(SEARCH), words) for name, words in ours(pairs) if name.startswith(SEARCH)]
    return {place: words[: LENGTH + 1] for place, words in said[:20] if words.strip()}


def with_searches(query: str, searches: Mapping[str, str]) -> str:
    """Add searches to the query of an address."""
    return "&".join(filter(None, [query, *(f"cherche={quote(f'{a}:{b}')}" for a, b in searches.items())]))


def with_tabs(tabs: dict[str, str]) -> str:
    """Write tabs as the query of an address."""
    return "&".join(f"onglet={quote(name)}:{quote(tab)}" for name, tab in tabs.items())

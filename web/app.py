"""Composition root: the only place that chooses implementations and lists the routes."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler

from engine.access import may_open
from engine.drawn import with_drawn
from engine.faults import Fault
from renderers.html import page
from renderers.pages import NavLink
from storage.base import Store
from storage.registry import open_replicated, open_store
from web import (
    accounts,
    auth,
    declared,
    demo,
    keeping,
    logs,
    pages_static,
)
from web.catalogue import Catalogue, load
from web.deps import deps_of
from web.drafts import Drafts
from web.gate import Gate
from web.importing.plan import may_bring
from web.published import Published, Unchanging
from web.rekeying import rekey
from web.routes import ROUTES
from web.screens.overview import overseen
from web.security import Rng
from web.services import follow_patches, may_publish
from web.settings import Settings
from web.shelf import Shelf
from web.site import Clock, Menu, Render, Site
from web.tying import tie
from web.world import PERSON, PLACE

HERE = Path(__file__).resolve().parent.parent
DEFINITIONS, REFERENTIELS, DEMO = HERE / "definitions", HERE / "referentiels", HERE / "demo"
THREADS = 40
HASHES_AT_ONCE = 4
PARIS = ZoneInfo("Europe/Paris")
OWN_ROUTES: list[ControllerRouterHandler] = [*auth.ROUTES, *pages_static.ROUTES]


def now() -> datetime:
    """Return the time of the people who use the site."""
    return datetime.now(PARIS)


def build(settings: Settings) -> Litestar:
    """Open what the settings name and make the application; StorageError if the base can't be opened."""
    read = settings.store_read
    store = open_replicated(settings.store, read) if read else open_store(settings.store)
    keeping.push(store, now(), DEFINITIONS, REFERENTIELS)
    shelf = Shelf()
    published = Published(store, partial(_read, store, shelf))
    passwords = accounts.passwords(PasswordHasher())
    app = create_app(
        settings,
        store,
        clock=now,
        rng=secrets,
        render=page,
        passwords=passwords,
        published=published,
        menu=lambda reader, person: menu_of(published.catalogue, reader, person),
        routes=ROUTES,
        demo_accounts=demo.read_accounts(DEMO),
        drafts=Drafts(DEFINITIONS, REFERENTIELS, store, shelf),
    )
    if settings.demo:
        demo.seed(deps_of(app.state["site"]), passwords, DEMO)
    rekey(deps_of(app.state["site"]))
    follow_patches(deps_of(app.state["site"]))
    tie(deps_of(app.state["site"]))
    return app


def _read(store: Store, shelf: Shelf) -> Catalogue:
    """Read what the folders and the store publish; what they don't agree on is a fault."""
    kept = keeping.kept(store)
    catalogue = load(DEFINITIONS, REFERENTIELS, kept, shelf)
    split = (one.partition(" : ") for one in keeping.conflicts(kept, DEFINITIONS, REFERENTIELS))
    conflicts = [Fault(name, "$", words) for name, _, words in split]
    return replace(catalogue, faults=tuple(sorted({*catalogue.faults, *conflicts})))


def menu_of(catalogue: Catalogue, store: Store, person: str) -> tuple[NavLink, ...]:
    """The lists of records, and the definitions for those who publish them."""
    forms = sorted({form for form, _ in catalogue.forms})
    newest = [found for form in forms if (found := catalogue.newest(form)) is not None]
    stored = store.get(PERSON, person)
    body: Mapping[str, Any] = {} if stored is None else stored.body

    def known(place: str) -> Mapping[str, Any]:
        found = store.get(PLACE, place)
        attributes: Mapping[str, Any] = {} if found is None else found.body.get("attributes", {})
        return attributes

    held = with_drawn(catalogue.roles, body.get("roles", ()), body.get("attributes", {}), known)
    lists = [
        NavLink(form.form.index.label or form.form.index.title, f"/fiches/{form.id}")
        for form in newest
        if form.form.index is not None and may_open(catalogue.roles, form, held)
    ]
    lists += [NavLink("Mes tâches", "/taches"), NavLink("Rechercher", "/recherche")]
    if overseen(catalogue, held):
        lists.append(NavLink("Vue d'ensemble", "/lieux"))
    if stored is not None and may_publish(catalogue, stored.body.get("roles", ())):
        lists.append(NavLink("Définitions", "/definitions"))
    if stored is not None and may_bring(catalogue, stored.body.get("roles", ())):
        lists.append(NavLink("Importer", "/imports"))
    return tuple(lists)


def create_app(
    settings: Settings,
    store: Store,
    *,
    clock: Clock,
    rng: Rng,
    render: Render,
    passwords: accounts.Passwords,
    catalogue: Any = None,
    published: Published | None = None,
    log: Any = None,
    menu: Menu = lambda _store, _person: (),
    routes: Sequence[ControllerRouterHandler] = (),
    demo_accounts: tuple[tuple[str, str, str], ...] = (),
    drafts: Drafts | None = None,
) -> Litestar:
    """Make the application out of its parts; `routes` are those of the use cases.

    `catalogue`: forms that stay as they are, where nothing is `published`.
    """
    store.declare(passing=declared.PASSING)
    site = Site(
        settings=settings,
        store=store,
        clock=clock,
        rng=rng,
        log=log or logs.make_logger(sys.stderr, clock),
        render=render,
        menu=menu,
        passwords=passwords,
        limits=accounts.Limits(),
        published=published or Unchanging(catalogue),
        threads=ThreadPoolExecutor(THREADS, "requests"),
        hashing=ThreadPoolExecutor(HASHES_AT_ONCE, "passwords"),
        demo_accounts=demo_accounts if settings.demo else (),
        drafts=drafts,
    )
    app = Litestar(
        route_handlers=[*OWN_ROUTES, *routes],
        state=State({"site": site}),
        exception_handlers={Exception: _hand_over},
        on_shutdown=[store.close],
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    app.asgi_handler = Gate(app.asgi_router, site)
    return app


def _hand_over(_request: Request[Any, Any, Any], fault: Exception) -> NoReturn:
    """Leave every exception to the gate, which has the one table."""
    raise fault

"""A real server for the browser: the whole site over a copy of the demonstration, on a clock that is told."""

from __future__ import annotations

import io
import json
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from argon2 import PasswordHasher
from litestar import Litestar
from litestar.types import Receive, Scope, Send

from renderers.html import page
from storage.base import Store
from storage.tiny import open_tiny
from web import accounts, app, demo, keeping, logs, sessions, settings
from web.catalogue import Catalogue, load
from web.deps import deps_of
from web.drafts import Drafts
from web.published import Published
from web.routes import ROUTES
from web.services import Deps
from web.shelf import Shelf

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=ZoneInfo("Europe/Paris"))
SHELF = Shelf()  # equal definitions are compiled once for all tests
PASSWORDS = accounts.passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
BASE = "base"


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **spans: float) -> None:
        self.now += timedelta(**spans)


class Journal(io.StringIO):
    """What the site says, for whoever waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self._told = Condition()

    def write(self, text: str) -> int:
        with self._told:
            self._told.notify_all()
            return super().write(text)

    def wait_for(self, words: str) -> None:
        """Wait until these words are there."""
        with self._told:
            assert self._told.wait_for(lambda: words in self.getvalue(), 20), words


class Switch:
    """Hands every request to the site of the test that is running: one server for all tests of a worker."""

    def __init__(self) -> None:
        self.app: Litestar | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.app is not None:
            await self.app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@dataclass
class Site:
    """A running site: its address, its time, what it holds and what it said."""

    url: str
    store: Store
    clock: Clock
    catalogue: Catalogue
    app: Litestar
    journal: Journal

    @property
    def deps(self) -> Deps:
        """What the use cases need, to prepare what a test starts from."""
        return deps_of(self.app.state["site"])

    def session(self, login: str) -> str:
        """Sign somebody in; gives the cookie."""
        account = self.store.get(accounts.KIND, login)
        assert account is not None, login
        person = account.body["person"]
        token, _ = sessions.start(self.store, secrets, login=login, person=person, now=self.clock())
        return token

    @property
    def incidents(self) -> list[dict[str, Any]]:
        """What went wrong on our side."""
        said = (json.loads(line) for line in self.journal.getvalue().splitlines())
        return [line for line in said if line["event"] in {"incident", "error page"}]


@contextmanager
def serving(switch: Switch) -> Iterator[str]:
    """Serve on a free port; gives the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(switch, access_log=False, log_config=None, lifespan="off", ws="none")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    up = Event()
    startup = server.startup

    async def started(sockets: Any = None) -> None:
        await startup(sockets)
        up.set()

    server.startup = started  # type: ignore[method-assign]
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert up.wait(20), "the server does not start"
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = server.force_exit = True
    thread.join(10)


def catalogue_of(*folders: Path) -> Catalogue:
    """Load the definitions and lists of two folders, or those of the house."""
    definitions, lists = folders or (app.DEFINITIONS, app.REFERENTIELS)
    return load(definitions, lists, shelf=SHELF)


def site_of(store: Store, url: str, catalogue: Catalogue) -> Site:
    """Make the site over a store."""
    clock, journal = Clock(), Journal()
    published = Published(store, partial(_published, store, catalogue))
    made = app.create_app(
        settings.read({"CANEVAS_DEMO": "1"}),
        store,
        clock=clock,
        rng=secrets,
        render=page,
        passwords=PASSWORDS,
        log=logs.make_logger(journal, clock),
        published=published,
        menu=lambda reader, person: app.menu_of(published.catalogue, reader, person),
        routes=ROUTES,
        drafts=Drafts(app.DEFINITIONS, app.REFERENTIELS, store, SHELF),
        demo_accounts=demo.read_accounts(app.DEMO),
    )
    return Site(url, store, clock, catalogue, made, journal)


def _published(store: Store, catalogue: Catalogue) -> Catalogue:
    """What is served: a catalogue, until something is published from the site itself."""
    kept = keeping.kept(store)
    return load(app.DEFINITIONS, app.REFERENTIELS, kept, SHELF) if kept else catalogue


def seed(folder: Path, catalogue: Catalogue) -> Path:
    """Write the demonstration once; gives the folder to copy."""
    store = open_tiny(str(folder / BASE))
    demo.seed(site_of(store, "", catalogue).deps, PASSWORDS, app.DEMO)
    store.close()
    return folder / BASE


def copied(base: Path, folder: Path) -> Store:
    """Open a copy of a base."""
    shutil.copytree(base, folder / BASE)
    return open_tiny(str(folder / BASE))

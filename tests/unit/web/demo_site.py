"""The demonstration served in memory: seeded once, copied for each test; no one types a password."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from argon2 import PasswordHasher
from litestar import Litestar
from web_trial import FakeClock, FakeRng, Raw, ask

from renderers.html import page
from storage.base import Body, Store
from storage.documents import DocumentStore
from storage.memory import open_memory
from web import accounts, demo, logs, sessions, settings
from web.app import DEFINITIONS, DEMO, REFERENTIELS, create_app, menu_of
from web.catalogue import Catalogue, load
from web.deps import code
from web.drafts import Drafts
from web.published import Published
from web.routes import ROUTES
from web.services import Deps
from web.shelf import Shelf

SHELF = Shelf()  # equal definitions are compiled once for all tests
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FORM = "application/x-www-form-urlencoded"


@cache
def catalogue() -> Catalogue:
    """The definitions of the project, compiled once."""
    return load(DEFINITIONS, REFERENTIELS, shelf=SHELF)


@cache
def _seeded() -> list[Body]:
    store, clock, rng = open_memory(), FakeClock(), FakeRng()
    demo.seed(_deps(store, clock, rng), accounts.passwords(HASHER), DEMO)
    return list(store.dump())


def _deps(store: Store, clock: FakeClock, rng: FakeRng) -> Deps:
    return Deps(store, catalogue(), clock, lambda: rng.token_hex(8), lambda n: code(rng.token_bytes(n)))


def fresh_store() -> DocumentStore:
    """The demonstration's store, to change at will."""
    store = open_memory()
    store.load(_seeded())
    return store


@dataclass
class DemoSite:
    """The site and what it is made of."""

    app: Litestar
    store: Store
    clock: FakeClock
    deps: Deps
    journal: io.StringIO

    def visitor(self, person: str) -> Visitor:
        """Somebody who is signed in; "" for nobody."""
        if not person:
            return Visitor(self, "", "")
        token, session = sessions.start(
            self.store, self.app.state["site"].rng, login=person, person=person, now=self.clock()
        )
        return Visitor(self, token, session.csrf)

    def incidents(self) -> list[Any]:
        """What went wrong inside."""
        lines = map(json.loads, self.journal.getvalue().splitlines())
        return [line for line in lines if line["event"] == "incident"]


@dataclass
class Visitor:
    """Somebody's browser, below any client."""

    site: DemoSite
    token: str
    csrf: str

    def get(self, path: str, **headers: str) -> Raw:
        return ask(self.site.app, "GET", path.encode(), self._headers(headers), b"")

    def post(self, path: str, pairs: list[tuple[str, str]] | None = None, **headers: str) -> Raw:
        body = urlencode([*(pairs or []), ("_csrf", self.csrf)]).encode()
        given = self._headers({"content-type": FORM, "content-length": str(len(body)), **headers})
        return ask(self.site.app, "POST", path.encode(), given, body)

    def upload(
        self, path: str, pairs: list[tuple[str, str]], files: Sequence[tuple[str, str, bytes]], cut: int = 0
    ) -> Raw:
        """Post a form with files, (control, name, content); `cut`: bytes missing at the end."""
        texts = [(f'name="{name}"', value.encode()) for name, value in [("_csrf", self.csrf), *pairs]]
        sent = [(f'name="{name}"; filename="{file}"', content) for name, file, content in files]
        body = b"".join(
            b"--B\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
            for head, content in [*texts, *sent]
        )
        body = (body + b"--B--\r\n")[: -cut or None]
        kind = "multipart/form-data; boundary=B"
        given = self._headers({"content-type": kind, "content-length": str(len(body))})
        return ask(self.site.app, "POST", path.encode(), given, body)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        cookie = {"cookie": f"canevas={self.token}"} if self.token else {}
        return {"host": "127.0.0.1:8000", **cookie, **named}


def make_site(
    store: Store | None = None,
    forms: Catalogue | None = None,
    drafts: Drafts | None = None,
    published: Published | None = None,
) -> DemoSite:
    """Serve a store, by default a copy of the demonstration."""
    clock, rng, journal = FakeClock(), FakeRng(), io.StringIO()
    rng.drawn = 1_000_000
    kept = store or fresh_store()
    served = forms or (catalogue() if published is None else published.catalogue)
    app = create_app(
        settings.read({"CANEVAS_DEMO": "1"}),
        kept,
        clock=clock,
        rng=rng,
        render=page,
        passwords=accounts.passwords(HASHER),
        catalogue=served,
        published=published,
        log=logs.make_logger(journal, clock),
        menu=lambda reader, person: menu_of(served, reader, person),
        routes=ROUTES,
        drafts=drafts or Drafts(DEFINITIONS, REFERENTIELS, kept, SHELF),
    )
    return DemoSite(app, kept, clock, replace(_deps(kept, clock, rng), catalogue=served), journal)

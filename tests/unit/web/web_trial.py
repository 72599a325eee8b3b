"""A site with a few routes of its own, a clock that stands still, randomness that repeats, a bare browser."""

from __future__ import annotations

import asyncio
import hashlib
import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from httpx import Client
from httpx import Response as Received
from litestar import Litestar, Response, get, post, put
from litestar.params import FromPath
from litestar.testing import TestClient
from litestar.testing.transport import TestClientTransport
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from renderers.pages import Frame, NavLink
from storage.base import Store
from storage.memory import open_memory
from web import accounts, answers, logs, settings
from web.answers import AnyRequest
from web.app import create_app
from web.failures import BadRequest, Expired, NotFound, Refused, Stale

CANARY = "Lina-Morel-canari"
PASSWORD = "un mot de passe"
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FAILURES: dict[str, Exception] = {
    "absente": NotFound(),
    "refusee": Refused("Seule la direction peut rouvrir."),
    "perimee": Stale(),
    "mal": BadRequest("La date manque."),
    "finie": Expired(),
    "cassee": RuntimeError(CANARY),
}


class FakeClock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 14, 30, tzinfo=ZoneInfo("Europe/Paris"))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **spans: float) -> None:
        self.now += timedelta(**spans)


class FakeRng:
    """Different each time, the same each run."""

    def __init__(self) -> None:
        self.drawn = 0

    def token_bytes(self, nbytes: int) -> bytes:
        self.drawn += 1
        return hashlib.shake_256(str(self.drawn).encode()).digest(nbytes)

    def token_hex(self, nbytes: int) -> str:
        return self.token_bytes(nbytes).hex()

    def token_urlsafe(self, nbytes: int) -> str:
        return self.token_hex(nbytes)


@get("/", sync_to_thread=False)
def home(request: AnyRequest) -> Response[str]:
    return answers.html("<h1>Accueil</h1>" + answers.call(request).person)


@get("/pieces/{id:str}", sync_to_thread=False)
def show(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    if id in FAILURES:
        raise FAILURES[id]
    if id == "ailleurs":
        raise NotFound
    return answers.html(f"{CANARY} {answers.call(request).query}")


@get("/trop-confiante", sync_to_thread=False)
def overconfident() -> Response[str]:
    return Response("", headers={"Cache-Control": "public", "content-security-policy": "default-src *"})


@post("/pieces/{id:str}", sync_to_thread=False)
def save(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    answers.site(request).published.catalogue.append((id, tuple(answers.call(request).pairs)))
    return answers.redirect(request, f"/pieces/{id}", "Brouillon enregistré.")


@put("/pieces/{id:str}", sync_to_thread=False)
def replace_piece(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    answers.site(request).published.catalogue.append((id, "put"))
    return answers.html("")


@get("/en-parts/{broken:int}", sync_to_thread=False)
def in_parts(broken: FromPath[int]) -> ASGIApp:
    async def parts(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"debut" * 200, "more_body": True})
        if broken:
            raise RuntimeError(CANARY)
        await send({"type": "http.response.body", "body": b"fin", "more_body": False})

    return parts


@get("/attend")
async def waiting() -> str:
    await asyncio.sleep(0)
    return CANARY


TRIAL_ROUTES = [overconfident, show, save, replace_piece, in_parts, waiting]


def without_token(text: str) -> str:
    """An answer without its form token, which is masked anew each time."""
    return re.sub(r"\bm[0-9a-f]{40,}\b", "", text)


def bare_render(screen: Any, frame: Frame) -> str:
    """A page with everything in it and no layout."""
    shown, around = html.escape(repr(screen)), html.escape(repr(replace(frame, once="")))
    return f'<!DOCTYPE html><p>{shown}</p><p>{around}</p><i c="{frame.csrf}">'


@dataclass
class Trial:
    """A site under test and what it is made of."""

    app: Litestar
    store: Store
    clock: FakeClock
    saved: list[Any]
    journal: io.StringIO
    https: bool = False
    running: list[TestClient[Litestar]] = field(default_factory=list)  # one: two lifespans never end
    headers: dict[str, str] = field(default_factory=dict)  # of somebody who is signed in, for `ask`

    def browser(self) -> Browser:
        """A browser with no cookies yet."""
        base = f"{'https' if self.https else 'http'}://127.0.0.1:8000"
        if not self.running:
            self.running.append(TestClient(self.app, base_url=base).__enter__())
        transport = TestClientTransport(client=self.running[0])
        return Browser(Client(transport=cast(Any, transport), base_url=base))

    def stop(self) -> None:
        """Shut the application down."""
        for client in self.running:
            client.__exit__(None, None, None)

    def lines(self) -> list[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in self.journal.getvalue().splitlines()]

    def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, raw: bytes = b""
    ) -> Raw:
        """Send a request below any client: whatever the bytes."""
        return ask(self.app, method, path.encode("latin-1"), dict(headers or {}), raw)


@dataclass
class Browser:
    """A client with cookies that keeps to one page's token."""

    client: Client

    def get(self, url: str, **headers: str) -> Received:
        return self.client.get(url, headers=_dashed(headers))

    def post(self, url: str, pairs: list[tuple[str, str]] | None = None, **headers: str) -> Received:
        body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs or [])
        typed = {"content-type": "application/x-www-form-urlencoded", **_dashed(headers)}
        return self.client.post(url, content=body, headers=typed)

    def token(self, url: str = "/aide") -> str:
        """The CSRF token that a page carries."""
        found = re.search(r'<i c="([^"]*)">', self.get(url).text)
        return found[1] if found else ""

    def sign_in(self, login: str = "nferrand", password: str = PASSWORD, after: str = "/") -> Received:
        pairs = [("login", login), ("password", password), ("next", after)]
        return self.post("/connexion", [*pairs, ("_csrf", self.token("/connexion"))])

    def cookie(self, name: str = "canevas") -> str:
        return self.client.cookies.get(name) or ""


@dataclass(frozen=True)
class Raw:
    """An answer as ASGI messages made it."""

    status: int
    headers: dict[str, str]
    body: bytes


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def ask(app: Litestar, method: str, path: bytes, headers: dict[str, str], raw: bytes) -> Raw:
    """Call the application with a raw request."""
    bare, _, query = path.partition(b"?")
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": bare.decode("utf-8", "replace"),
        "raw_path": bare,
        "root_path": "",
        "query_string": query,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("192.0.2.7", 4000),
        "server": ("127.0.0.1", 8000),
    }
    if "host" not in {name.lower() for name in headers}:
        cast("list[Any]", scope["headers"]).append((b"host", b"127.0.0.1:8000"))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    def run() -> None:  # in a thread of its own: a browser's driver may hold this one's loop
        asyncio.run(app(cast(Any, scope), cast(Any, receive), cast(Any, send)))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()
    listed = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Raw(sent[0]["status"], listed, b"".join(message.get("body", b"") for message in sent[1:]))


def make_trial(routes: Sequence[ControllerRouterHandler] = (home, *TRIAL_ROUTES), **environ: str) -> Trial:
    """Build a site with two people of two places."""
    store, clock, journal, saved = open_memory(""), FakeClock(), io.StringIO(), list[Any]()
    passwords = accounts.passwords(HASHER)
    with store.transaction(author="essai", at=clock()) as tx:
        for login, person, label in (
            ("NFerrand", "p1", "Nadia Ferrand"),
            ("htournier", "p2", "Hélène Tournier"),
        ):
            accounts.create(tx, passwords, login=login, password=PASSWORD, person=person)
            roles = [{"role": "auteur", "at": f"lieu-{person}"}]
            tx.put("person", person, {"id": person, "label": label, "roles": roles}, {}, expected_revision=0)
            tx.put("place", f"lieu-{person}", {"label": f"Lieu de {label}"}, {}, expected_revision=0)
    read = settings.read({f"CANEVAS_{name}": value for name, value in environ.items()})
    app = create_app(
        read,
        store,
        clock=clock,
        rng=FakeRng(),
        render=bare_render,
        passwords=passwords,
        log=logs.make_logger(journal, clock),
        menu=lambda _store, _person: (NavLink("Pièces", "/pieces"),),
        routes=routes,
        demo_accounts=(("nferrand", PASSWORD, "Nadia Ferrand"),),
        catalogue=saved,
    )
    return Trial(app, store, clock, saved, journal, read.https)

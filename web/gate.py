"""The gate: the one ASGI layer that every request and every answer passes, known routes or not.

In: host, session, origin, body, CSRF token, sign-in, without any opt-out but the open paths. Out: the headers
of every answer, the page of every exception, one log line.

The event loop only reads bodies and sends answers. All the rest of a request, from its session to its
compressed answer, runs in one visit to a worker thread: a visit costs as much as the framework itself, and
what another processor's cache has to learn again. So a step is answered in the loop where the store says
that it never waits.
"""

from __future__ import annotations

import re
import time
from asyncio import get_running_loop
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlencode

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from storage.base import Busy, OutcomeUnknown
from web import body, failures, once, parking, security, sessions, static_files, upload
from web.sending import Answer, Redirect, is_static, keep, refuse
from web.site import Call, Site
from web.upload import Part, Upload

Sent = bytes | Upload | Exception  # what was posted, or what is wrong with it

# The only addresses that don't ask who is there. Exact paths: any other spelling asks.
OPEN_PATHS = frozenset({"/connexion", "/sante", "/aide", "/accessibilite", "/donnees-personnelles"})
SIGN_IN = "/connexion"
RESUME = "/reprise"
NEVER_PARKED = frozenset({"/deconnexion", upload.IMPORTS})  # a file is not kept
TRIES = 4  # of a request whose transaction another process overtook
BRIEF = re.compile(r"/documents/[^/]+/etapes/[^/]+")  # shown and saved many times a minute
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Gate:
    """Stands before the router."""

    def __init__(self, router: ASGIApp, site: Site, timer: Callable[[], float] = time.perf_counter) -> None:
        self.router, self.site, self.timer = router, site, timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await send({"type": "websocket.close", "code": 1008, "reason": None})
            return
        began, request = self.timer(), self.site.rng.token_hex(8)
        outer: HTTPScope = scope
        inner = _as_get(outer)
        answer = Answer(inner, self.site, headers_only=outer["method"] == "HEAD")
        try:
            await self._answer(request, inner, receive, answer)
        except failures.ClientGone:
            answer.status = 499
        for message in answer.messages:
            await send(message)
        self.site.log.info(
            "request",
            request=request,
            method=outer["method"] if outer["method"] in METHODS else "?",
            route=str(inner.get("path_template") or "-"),
            status=answer.status,
            ms=round((self.timer() - began) * 1000, 1),
        )

    async def _answer(self, request: str, scope: HTTPScope, receive: Receive, answer: Answer) -> None:
        """Answer from memory, or read what is posted and let a worker thread answer."""
        known = security.known_host(scope["headers"], self.site.settings.hosts)
        if known and is_static(scope) and self._send_file(scope, answer):
            return
        call: Call | None = None
        raw: Sent = failures.NotFound() if known else failures.UnknownHost()
        if known and not is_static(scope):
            call = _heard(request, scope, self.site)
            raw = await self._read(call, receive)
        if call is not None and not isinstance(raw, Upload) and self._is_brief(call):
            self._work(request, call, raw, scope, answer)
            return
        signing_in = call is not None and call.method == "POST" and call.path == SIGN_IN
        # A sign-in hashes: those who wait for their turn hold no thread that others need.
        threads = self.site.hashing if signing_in else self.site.threads
        # The loop's own way, half as long as a portable library's.
        await get_running_loop().run_in_executor(threads, self._work, request, call, raw, scope, answer)

    def _is_brief(self, call: Call) -> bool:
        """Tell whether answering takes less than going to a thread and back twice, and waits for nothing."""
        here = BRIEF.fullmatch(call.path) is not None and not self.site.store.waits
        return here and not self.site.published.is_behind()

    async def _read(self, call: Call, receive: Receive) -> Sent:
        """Read what is posted; what is wrong with it is told once it is known who asks."""
        if call.method in security.SAFE_METHODS:
            return b""
        if not security.from_here(call.headers, https=self.site.settings.https):
            return failures.Forged()
        allowed = upload.bounds(call.path, call.headers)
        try:
            if allowed is None:
                return await body.read(receive, call.headers)
            loop = get_running_loop()
            if not await loop.run_in_executor(self.site.threads, _had_session, call, self.site):
                allowed = allowed._replace(total=body.MAX_BYTES)
            async with self.site.uploading:
                return await upload.read(receive, call.headers, allowed)
        except failures.ClientGone:
            raise
        except Exception as fault:
            return fault

    def _work(self, request: str, call: Call | None, raw: Sent, scope: HTTPScope, answer: Answer) -> None:
        """Answer a request in a worker thread, whatever comes up."""
        try:
            if call is not None:
                self._admit(call, raw, scope, answer)
            elif isinstance(raw, Exception):
                raise raw
        except Exception as fault:
            refuse(self.site, request, scope, answer, fault)

    def _admit(self, call: Call, raw: Sent, scope: HTTPScope, answer: Answer) -> None:
        """Check a request and hand it on, or raise what keeps it out."""
        call = _recognised(call, self.site)
        keep(scope, call)
        if isinstance(raw, Exception):
            raise raw
        if call.method not in security.SAFE_METHODS:
            call = self._checked_post(call, raw)
        if call.session is None and call.path not in OPEN_PATHS:
            raise _sign_in_first(call, call.url if call.method in security.SAFE_METHODS else _referer(call))
        if scope["query_string"]:
            call = call.knowing(query=body.parse(scope["query_string"]))
        keep(scope, call)
        self._run(call, scope, answer)

    def _run(self, call: Call, scope: HTTPScope, answer: Answer) -> None:
        """Run the handler, and again when another process was faster: it had written nothing.

        Where nobody knows what a commit became, a form's own token tells: run again, it counts once.
        """
        known = call.method in security.SAFE_METHODS or bool(body.first(call.pairs, once.FIELD))
        state = dict(scope["state"])
        for left in reversed(range(TRIES)):
            try:
                _driven(self.router(scope, _nothing_more, answer.send))
                return
            except (Busy, OutcomeUnknown) as fault:
                if answer.begun or not left or (isinstance(fault, OutcomeUnknown) and not known):
                    raise
                call.shown.clear()
                self.site.published.catch_up()
                scope["state"] = dict(state)

    def _send_file(self, scope: HTTPScope, answer: Answer) -> bool:
        """Answer with a static file, if there is one at the address."""
        asset, answer.versioned = static_files.find(scope["path"])
        if asset is None:
            return False
        headers = dict(scope["headers"])
        known = headers.get(b"if-none-match", b"").decode("latin-1")
        answer.whole(*static_files.answer(asset, known, headers.get(b"accept-encoding", b"")))
        return True

    def _checked_post(self, call: Call, raw: bytes | Upload) -> Call:
        """Undo what is posted; let nothing through that a page of ours didn't send."""
        files: tuple[Part, ...] = ()
        if isinstance(raw, Upload):
            pairs, files = raw
        else:
            if raw:
                body.check_type(call.headers)
            pairs = body.parse(raw)
        header = call.headers.get(security.CSRF_HEADER)
        token = header.decode("latin-1") if header else body.first(pairs, security.CSRF_FIELD)
        token = security.unmasked(token)
        kept = pairs.without(security.CSRF_FIELD)
        call = call.knowing(pairs=kept, files=files)
        if call.session is None and call.path not in OPEN_PATHS:
            self._keep_if_late(call, token)
        elif not security.same_token(call.csrf, token):
            self._explain_mismatch(call, token)
        return call

    def _keep_if_late(self, call: Call, token: str) -> None:
        """Keep a post if an expired session of this browser sent it, and say where it waits."""
        stub = sessions.load(self.site.store, call.token, self.site.clock())
        if stub and _may_park(call) and security.same_token(stub.csrf, token):
            raise _sign_in_first(call, self._park(call, stub.person))

    def _explain_mismatch(self, call: Call, token: str) -> None:
        """Tell a forged post from one that a page of this person's former session sent: that one is kept."""
        if call.session is None or not _may_park(call):
            raise failures.Forged
        if not sessions.issued(self.site.store, call.person, token):
            raise failures.Forged
        raise Redirect(self._park(call, call.person))

    def _park(self, call: Call, person: str) -> str:
        """Keep a post; return the address that shows it."""
        ticket = parking.park(
            self.site.store,
            self.site.rng,
            person=person,
            url=call.url,
            pairs=call.pairs,
            now=self.site.clock(),
        )
        return f"{RESUME}/{ticket}"


def _driven(work: Awaitable[None]) -> None:
    """Run the router and a handler here and now: there is nothing in them that waits for the event loop."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration:
        return
    raise RuntimeError("a handler waits for the event loop: write it without async")


def _heard(request: str, scope: HTTPScope, site: Site) -> Call:
    """Read a request's head."""
    headers, https = scope["headers"], site.settings.https
    client = scope.get("client")
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return Call(
        id=request,
        method=scope["method"],
        path=scope["path"],
        url=security.safe_address((raw.partition(b"?")[0] + query).decode("latin-1")),
        address=security.client_address(client[0] if client else "", headers, site.settings.proxies),
        headers=dict(headers),
        token=security.read_cookie(headers, security.SESSION_COOKIE, https=https),
        visit=security.read_cookie(headers, security.VISIT_COOKIE, https=https),
    )


def _recognised(call: Call, site: Site) -> Call:
    """Add who is there: a live session, or a visitor with the token of the sign-in form.

    What was published since the last request is served from this one on.
    """
    site.published.refresh()
    session = sessions.load(site.store, call.token, site.clock())
    live = session if session and session.live else None
    csrf = live.csrf if live else security.visit_token(call.visit)
    pairs = [(b"cookie", call.headers.get(b"cookie", b""))]
    sealed = security.read_cookie(pairs, security.FLASH_COOKIE, https=site.settings.https)
    return call.knowing(session=live, csrf=csrf, flash=security.open_flash(sealed, key=csrf))


def _had_session(call: Call, site: Site) -> bool:
    """Tell whether somebody is or was signed in here: what they send is read, if only to be parked."""
    return sessions.load(site.store, call.token, site.clock()) is not None


def _sign_in_first(call: Call, after: str) -> Exception:
    return failures.Expired() if call.by_script else Redirect(f"{SIGN_IN}?{urlencode({'suite': after})}")


def _may_park(call: Call) -> bool:
    return call.method == "POST" and call.path not in NEVER_PARKED and not call.by_script


def _referer(call: Call) -> str:
    """Return the page that a post came from, if it is one of ours."""
    referer = call.headers.get(b"referer", b"").decode("latin-1")
    here = call.headers.get(b"host", b"").decode("latin-1")
    scheme, _, rest = referer.partition("://")
    ours = scheme in ("http", "https") and rest.startswith(f"{here}/")
    return security.safe_address(rest.removeprefix(here)) if ours else "/"


def _as_get(scope: HTTPScope) -> HTTPScope:
    """Route a HEAD as the GET that it stands for; static files have their own."""
    if scope["method"] != "HEAD" or is_static(scope):
        return scope
    inner = scope.copy()
    inner["method"] = "GET"
    return inner


async def _nothing_more() -> Any:
    """The body has been read."""
    return {"type": "http.request", "body": b"", "more_body": False}

"""What leaves the gate: the headers of every answer, and the page of every exception."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, cast

from litestar.types import HTTPResponseStartEvent, HTTPScope, Message

from renderers.pages import ErrorPage, Frame
from web import compression, consulting, errors, failures, logs, security, static_files
from web.answers import SCOPE_KEY, frame, make_cookie
from web.site import Call, Site

UNKEPT = frozenset({"/connexion", "/deconnexion"})  # a password isn't shown, and leaving isn't typing
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
NOBODY = Frame("", "", (), "")


class Redirect(Exception):
    """Raised by the gate: go and see another address of this site."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__()


class Answer:
    """An answer as it will leave: with the headers that every answer has. Nothing waits here."""

    def __init__(self, scope: HTTPScope, site: Site, *, headers_only: bool) -> None:
        self._scope, self._site, self._headers_only = scope, site, headers_only
        self.status = 0
        self.messages: list[Message] = []
        self.versioned = False  # the address of a static file names its content
        self._start: HTTPResponseStartEvent | None = None

    @property
    def begun(self) -> bool:
        """Tell whether there is something to send."""
        return bool(self.messages)

    async def send(self, message: Message) -> None:
        """Take an ASGI message; the head waits for the body, which may be compressed."""
        self._take(message)

    def _take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start, self.status = message, message["status"]
            return
        start, self._start = self._start, None
        if start is not None and message["type"] == "http.response.body":
            if not message.get("more_body"):
                message["body"] = self._packed(start, message["body"])
            self._note_consultation(start["status"])
            start["headers"] = self._headers(start)
            self.messages.append(start)
        if message["type"] == "http.response.body" and self._headers_only:
            message["body"] = b""
        self.messages.append(message)

    def _note_consultation(self, status: int) -> None:
        """Write who reads what before it leaves; a redirect shows nothing."""
        call = kept(self._scope)
        if call and call.shown and not 300 <= status < 400:
            consulting.record(self._site, call)

    def _packed(self, start: HTTPResponseStartEvent, content: bytes) -> bytes:
        """Compress a whole answer if the browser takes that."""
        given = {name.lower(): value for name, value in start["headers"]}
        kind = given.get(b"content-type", b"").decode("latin-1")
        if b"content-encoding" in given or not compression.worth(kind, len(content)):
            return content
        encoding = compression.chosen(dict(self._scope["headers"]).get(b"accept-encoding", b""))
        if not encoding:
            return content
        packed = compression.ENCODINGS[encoding](content)
        others = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        size = str(len(packed)).encode()
        start["headers"] = [*others, (b"content-encoding", encoding.encode()), (b"content-length", size)]
        return packed

    def whole(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Answer at once."""
        listed = {"content-length": str(len(content)), **headers}
        pairs = [(name.encode(), value.encode()) for name, value in listed.items()]
        self._take({"type": "http.response.start", "status": status, "headers": pairs})
        self._take({"type": "http.response.body", "body": content, "more_body": False})

    def _headers(self, start: HTTPResponseStartEvent) -> list[tuple[bytes, bytes]]:
        https = self._site.settings.https
        ours = security.answer_headers(
            https=https,
            static=is_static(self._scope),
            versioned=self.versioned,
            status=start["status"],
            attached=any(_attached(*pair) for pair in start["headers"]),
        )
        headers = [pair for pair in start["headers"] if pair[0].lower() not in ours]
        headers += ours.items()
        if self._shows_flash(start):
            headers.append(make_cookie(security.FLASH_COOKIE, "", https=https, seconds=0).to_encoded_header())
        return headers

    def _shows_flash(self, start: HTTPResponseStartEvent) -> bool:
        """A status sentence is shown once, by a whole page."""
        call = kept(self._scope)
        types = [value for name, value in start["headers"] if name.lower() == b"content-type"]
        is_page = any(value.startswith(b"text/html") for value in types)
        return bool(call and call.flash[0] and is_page and not call.wants_fragment)


def _attached(name: bytes, value: bytes) -> bool:
    """Tell whether a header says that an answer is a file to keep, not to show."""
    return name.lower() == b"content-disposition" and value.startswith(b"attachment")


def refuse(site: Site, request: str, scope: HTTPScope, answer: Answer, fault: Exception) -> None:
    """Answer an exception, in the place of whatever had begun."""
    incident = f"{request[:4]}-{request[4:8]}".upper()
    if not isinstance(fault, Redirect) and not errors.is_ordinary(fault):
        where = logs.frames(fault)
        site.log.error(
            "incident", request=request, incident=incident, error=type(fault).__name__, frames=where
        )
    call = kept(scope)
    if call:
        call.shown.clear()  # the page of a refusal shows nothing of a document
    answer.messages.clear()
    answer.whole(*_drawn(site, call, fault, incident))


def is_static(scope: HTTPScope) -> bool:
    """Tell whether a request only reads a static file."""
    return scope["path"].startswith(static_files.PREFIX) and scope["method"] in ("GET", "HEAD")


def keep(scope: HTTPScope, call: Call) -> None:
    """Put what is known of a request where handlers find it."""
    cast("dict[str, Any]", scope)[SCOPE_KEY] = call


def kept(scope: HTTPScope) -> Call | None:
    """Return what is known of a request so far."""
    return cast("dict[str, Any]", scope).get(SCOPE_KEY)


def _drawn(
    site: Site, call: Call | None, fault: Exception, incident: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and content of an exception's answer."""
    if isinstance(fault, Redirect):
        return 303, {"location": fault.url, "content-type": TEXT}, b""
    reading = call is not None and call.method in security.SAFE_METHODS
    screen = errors.describe(fault, incident, errors.READING if reading else errors.PAGES)
    headers = errors.extra_headers(fault)
    if isinstance(fault, failures.Expired):
        headers["x-canevas"] = "expired"
    if call and call.by_script:
        return screen.status, {**headers, "content-type": TEXT}, screen.text.encode()
    return screen.status, {**headers, "content-type": HTML}, _page(site, call, screen, fault).encode()


def _with_post(screen: ErrorPage, call: Call | None, fault: Exception) -> Any:
    """Keep what a signed-in person posted on their screen when the store is what failed."""
    if isinstance(fault, failures.CutUpload):
        return errors.unsaved(screen, "", fault.pairs)
    if call is None or call.session is None or call.method != "POST" or call.path in UNKEPT:
        return screen
    return errors.unsaved(screen, call.url, call.pairs) if isinstance(fault, errors.UNSAVED) else screen


def _page(site: Site, call: Call | None, screen: ErrorPage, fault: Exception) -> str:
    """Draw an error page, with less and less around it if even that fails."""
    try:
        return site.render(_with_post(screen, call, fault), frame(site, call) if call else NOBODY)
    except Exception as fault:
        site.log.error("error page", error=type(fault).__name__, frames=logs.frames(fault))
    try:
        return site.render(screen, NOBODY)
    except Exception:
        words = html.escape(f"{screen.text} {screen.remedy}")
        return (
            f'<!DOCTYPE html><html lang="fr"><title>{html.escape(screen.title)}</title><p>{words}</p></html>'
        )

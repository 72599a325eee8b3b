"""What handlers answer with: pages, redirects, text; and the frame around every page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from litestar import Request, Response
from litestar.datastructures import Cookie, State

from renderers.pages import Frame
from storage.base import Store
from web import security
from web.site import Call, Site

SCOPE_KEY = "canevas"
AnyRequest = Request[Any, Any, State]


class OwnCookie(Cookie):
    """A cookie whose value needs no quotes: written ten times as fast as the standard library does."""

    def to_encoded_header(self) -> tuple[bytes, bytes]:
        """Write it as a header."""
        age = "" if self.max_age is None else f"; Max-Age={self.max_age}"
        secure = "; Secure" if self.secure else ""
        line = f"{self.key}={self.value}; HttpOnly{age}; Path=/; SameSite=lax{secure}"
        return b"set-cookie", line.encode("latin-1")


def site(request: AnyRequest) -> Site:
    """Return what the site is made of."""
    return cast(Site, request.app.state["site"])


def call(request: AnyRequest) -> Call:
    """Return what the gate read of this request: person, posted pairs, query, CSRF token."""
    return cast(Call, cast("dict[str, Any]", request.scope)[SCOPE_KEY])


def page(request: AnyRequest, screen: Any, status: int = 200) -> Response[str]:
    """Answer with a whole page."""
    return html(site(request).render(screen, frame(site(request), call(request))), status)


def html(text: str, status: int = 200) -> Response[str]:
    """Answer with HTML that is already rendered (a fragment)."""
    return Response(text, status_code=status, media_type="text/html")


def redirect(request: AnyRequest, url: str, flash: str = "", level: str = "good") -> Response[str]:
    """Answer a post: see `url` next, with a status sentence at its top."""
    answer = Response("", status_code=303, media_type="text/plain", headers={"location": url})
    if flash:
        sealed = security.seal_flash(flash, level, key=call(request).csrf)
        add_cookie(answer, security.FLASH_COOKIE, sealed, https=site(request).settings.https, seconds=60)
    return answer


def add_cookie(
    answer: Response[str], base: str, value: str, *, https: bool, seconds: int | None = None
) -> None:
    """Set one of our cookies on an answer; `seconds=0` deletes it."""
    answer.set_cookie(make_cookie(base, value, https=https, seconds=seconds))


def make_cookie(base: str, value: str, *, https: bool, seconds: int | None = None) -> Cookie:
    """Make a cookie that no script reads and no other site sends."""
    name = security.cookie_name(base, https=https)
    return OwnCookie(name, value=value, max_age=seconds, secure=https, httponly=True, samesite="lax")


def frame(site: Site, call: Call) -> Frame:
    """Build what surrounds a page: who is signed in, the navigation, the token of its forms."""
    token = security.masked(call.csrf, site.rng.token_bytes(len(call.csrf.encode())))
    if not call.session:
        flash, level = call.flash
        return Frame("", "", (), token, flash, level, site.settings.demo)
    name, place = _who(site.store, call.session.person, call.session.login)
    nav = tuple(
        replace(link, current=_within(call.path, link.url)) for link in site.menu(site.store, call.person)
    )
    shown = site.rng.token_urlsafe(12)
    return Frame(name, place, nav, token, *call.flash, site.settings.demo, shown)


def _who(store: Store, person: str, login: str) -> tuple[str, str]:
    """Name a person, and the first place where they hold a role."""
    stored = store.get("person", person)
    if stored is None:
        return login, ""
    roles = stored.body.get("roles", [])
    place = store.get("place", str(roles[0]["at"])) if roles else None
    return str(stored.body["label"]), str(place.body["label"]) if place else ""


def _within(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(f"{url}/"))

"""What a running site is made of, and what is known of one request: frozen data that handlers are handed."""

from __future__ import annotations

from asyncio import Semaphore
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from renderers.pages import Frame, NavLink
from storage.base import Store
from web.accounts import Limits, Passwords
from web.body import Pairs, first
from web.once import Once, named
from web.security import Rng
from web.sessions import Session
from web.settings import Settings
from web.upload import Part

UPLOADS = 6
Clock = Callable[[], datetime]  # aware, in the time zone of the people
Render = Callable[[Any, Frame], str]
Menu = Callable[[Store, str], tuple[NavLink, ...]]  # the main navigation of a person


@dataclass(frozen=True)
class Site:
    """The implementations that the composition root chose."""

    settings: Settings
    store: Store
    clock: Clock
    rng: Rng
    log: Any
    render: Render
    menu: Menu
    passwords: Passwords
    limits: Limits
    published: Any  # the forms that are served now: web.published.Published
    threads: Executor  # where requests are answered
    hashing: Executor  # a hash takes 64 MB: a few at a time, whatever the number of tries
    demo_accounts: tuple[tuple[str, str, str], ...] = ()  # login, password, who
    # files come in memory, a few forms at a time
    uploading: Semaphore = field(default_factory=lambda: Semaphore(UPLOADS))
    drafts: Any = None  # the working copies, where there are any: web.drafts.Drafts


@dataclass(frozen=True)
class Call:
    """One request, already checked: handlers read this rather than the raw request."""

    id: str
    method: str
    path: str
    url: str  # path and query as in an address, safe to come back to
    address: str  # of the client, behind trusted relays
    headers: Mapping[bytes, bytes]
    token: str = ""  # of the session cookie
    visit: str = ""  # of the visit cookie
    session: Session | None = None  # live only
    csrf: str = ""  # what this visitor's forms must carry
    pairs: Pairs = ()  # posted, in order, without the CSRF token
    query: Pairs = ()
    files: tuple[Part, ...] = ()  # sent where files may be
    flash: tuple[str, str] = ("", "good")
    shown: dict[str, int] = field(default_factory=dict)  # the documents opened for the answer, with revisions

    def knowing(self, **more: Any) -> Call:
        """The same call with more known of it; copied field by field it takes ten times as long."""
        found = object.__new__(Call)
        found.__dict__.update(self.__dict__, **more)
        return found

    @cached_property
    def once(self) -> Once:
        """What names the form that was sent: asked for by each use case of a request."""
        return named(self.person, self.url, self.pairs)

    @property
    def file(self) -> bytes:
        """The bytes of the last file that was sent, b"" without one."""
        return (self.files[-1].content or b"") if self.files else b""

    @property
    def person(self) -> str:
        """Id of the person who is signed in, "" on the few open pages."""
        return self.session.person if self.session else ""

    @property
    def wants_fragment(self) -> bool:
        """htmx asks for a part of a page; a history restore or a boosted link wants a whole one."""
        return self.headers.get(b"hx-request") == b"true" and not (
            {b"hx-history-restore-request", b"hx-boosted"} & self.headers.keys()
        )

    @property
    def by_script(self) -> bool:
        """A script of ours waits for the answer, rather than the browser's window."""
        return self.wants_fragment or first(self.pairs, "_do") == "auto"

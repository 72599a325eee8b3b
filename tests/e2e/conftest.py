"""The site in a browser: one server a worker, a fresh copy of the demonstration a test, visitors."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.e2e.served import Site, Switch, catalogue_of, copied, seed, serving, site_of
from web.catalogue import Catalogue
from web.security import SESSION_COOKIE

SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 20_000  # milliseconds: only a failure waits that long, whatever the machine does meanwhile
WATCH = """
  window.refused = [];
  addEventListener("securitypolicyviolation", (event) => {
    const line = `${event.violatedDirective} ${event.blockedURI}`;
    refused.push(line);
    console.error(`CSP: ${line}`);
  });
"""
FAILED = re.compile(
    "Failed to load resource|Response Status Error Code|htmx:"
)  # the browser's and htmx's words
Enter = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], playwright: Playwright, browser_name: str
) -> dict[str, Any]:
    """This machine's Chromium when Playwright's own is missing."""
    if browser_name != "chromium":
        return browser_type_launch_args
    found = next((path for name in SYSTEM_BROWSERS if (path := which(name))), None)
    own = Path(playwright.chromium.executable_path).exists()
    root = os.geteuid() == 0
    return {
        **browser_type_launch_args,
        **({"args": ["--no-sandbox"]} if root else {}),
        **({} if own or found is None else {"executable_path": found}),
    }


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    """Wait for what must come, however slow the machine is."""
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[str, Switch]]:
    """This worker's server: its address, and what it serves."""
    switch = Switch()
    with serving(switch) as url:
        yield url, switch


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The definitions of the house, compiled once."""
    return catalogue_of()


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Path:
    """The demonstration, replayed once; tests copy it."""
    return seed(tmp_path_factory.mktemp("demo"), catalogue)


@pytest.fixture
def site(served: tuple[str, Switch], seeded: Path, catalogue: Catalogue, tmp_path: Path) -> Iterator[Site]:
    """The site over its own copy of the demonstration."""
    url, switch = served
    store = copied(seeded, tmp_path)
    made = site_of(store, url, catalogue)
    switch.app = made.app
    yield made
    switch.app = None
    store.close()
    assert made.incidents == []


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def script(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts: pages must work both ways."""
    return bool(request.param)


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Enter]:
    """Open a browser of its own, which notes what its console says."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_one(*, width: int = 1280, height: int = 900, **given: Any) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": width, "height": height},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
            **given,
        )
        context.set_default_timeout(PATIENCE)
        context.add_init_script(WATCH)
        context.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        context.on("weberror", lambda fault: said.append(str(fault.error)))
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert [line for line in said if not FAILED.match(line)] == []


@pytest.fixture
def enter(visitor: Enter, site: Site) -> Enter:
    """Open a page as somebody who is signed in already, in a browser of their own."""

    def open_as(login: str, path: str = "/", **given: Any) -> Page:
        page = visitor(**given)
        token = site.session(login)
        page.context.add_cookies(
            [
                {
                    "name": SESSION_COOKIE,
                    "value": token,
                    "url": site.url,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )
        page.goto(path)
        return page

    return open_as

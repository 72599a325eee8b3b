"""How fast a step feels: Chromium at a quarter of the processor's speed on a slow line; a table of medians.

    make felt

A trip takes 562 ms, 1.44 Mbit/s. Times are in milliseconds, from the press to what it brings; bytes as sent.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from shutil import which
from statistics import median
from time import perf_counter
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

from tests.e2e.served import Site, Switch, catalogue_of, copied, seed, serving, site_of
from web import services
from web.security import SESSION_COOKIE

ROUNDS = 3
LATENCY, BYTES_A_SECOND, SLOWER = 562, 1.44e6 / 8, 4
FILLED, FORM = "l-morel", "ppre"
PATIENCE = 60_000
COLD, NEXT, REQUESTS = 45_000, 15_000, 6
# What needs no trip is timed in the page, up to the paint: waiting for it outside takes longer than it does.
PAINTED = """
  (node, act) => new Promise((done) => {
    const began = performance.now();
    if (act === "click") node.click();
    else {
      node.selectedIndex = 4;
      for (const kind of ["input", "change"]) node.dispatchEvent(new Event(kind, { bubbles: true }));
    }
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  })
"""
Rows = dict[str, list[float]]


def main() -> int:
    """Measure, print the table; 1 if a guard is not kept."""
    found: Rows = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        switch, catalogue = Switch(), catalogue_of()
        system = next((path for name in ("chromium", "google-chrome") if (path := which(name))), None)
        own = Path(playwright.chromium.executable_path).exists()
        browser = playwright.chromium.launch(
            executable_path=None if own else system, args=["--no-sandbox", "--enable-precise-memory-info"]
        )
        with serving(switch) as url:
            base = seed(Path(folder), catalogue)
            for n in range(ROUNDS):
                store = copied(base, Path(folder) / str(n))
                site = site_of(store, url, catalogue)
                switch.app = site.app
                journey(browser, site, found)
                store.close()
        browser.close()
    return report(found)


def journey(browser: Browser, site: Site, found: Rows) -> None:
    """Open a new draft with a cold cache, then with a warm one; fill another, and go on."""
    first_visit(browser, site, found)
    drafts = site.store.find("document", {"form": FORM, "phase": "draft", "subject": FILLED}).entries
    page, line = opened(browser, site, "nferrand")
    page.goto(f"/documents/{drafts[0].id}/etapes/informations", wait_until="networkidle")
    add, empty = page.locator("#q-participants-ajouter"), page.locator("tr[id^=q-participants] input:focus")
    timed(found, "add a row", add.click, empty)
    sizes = counted(line)
    heading = page.get_by_role("heading", level=1, name="appui")
    timed(found, "Suivant, draft saved", page.get_by_role("button", name="Suivant").click, heading)
    page.wait_for_load_state("networkidle")
    found["next step, bytes"].append(sum(sizes))
    choices(page, found)
    found["heap, kB"].append(page.evaluate("performance.memory.usedJSHeapSize") / 1000)
    page.context.close()


def first_visit(browser: Browser, site: Site, found: Rows) -> None:
    """The first step of a new draft, by somebody who never came, then again."""
    draft = services.create_document(site.deps, "p-benali", "l-roussel", FORM)
    page, line = opened(browser, site, "kbenali")
    address, usable = f"/documents/{draft}/etapes/informations", page.get_by_label("Durée", exact=False).first
    sizes = counted(line)
    timed(found, "cold step, first field usable", lambda: page.goto(address, wait_until="commit"), usable)
    page.wait_for_load_state("networkidle")
    found["cold step, bytes"].append(sum(sizes))
    found["cold step, requests"].append(len(sizes))
    timed(found, "warm step, first field usable", lambda: page.goto(address, wait_until="commit"), usable)
    page.context.close()


def choices(page: Page, found: Rows) -> None:
    """Pick in a list, then tick below."""
    page.locator("section.cascade > details.fold:not([open]) > summary").first.click()
    free = page.locator("section.cascade > details.fold:not(:has(option[selected]))").first
    slot = page.locator(f"[id='{free.get_attribute('id')}']")  # still there once it is drawn anew
    box = slot.locator("fieldset.level > .choice > input").first
    found["choice -> its branch"].append(slot.locator("select").evaluate(PAINTED, "pick"))
    expect(box).to_be_visible()
    found["tick -> its labels"].append(box.evaluate(PAINTED, "click"))
    expect(slot.locator("fieldset.level > .choice").first.locator(".reveal input").first).to_be_visible()


def opened(browser: Browser, site: Site, login: str) -> tuple[Page, CDPSession]:
    """A browser of somebody's own, on a slow line, nothing kept yet."""
    context = browser.new_context(base_url=site.url, locale="fr-FR")
    context.add_cookies([{"name": SESSION_COOKIE, "value": site.session(login), "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page, slowed(page)


def slowed(page: Page) -> CDPSession:
    """An old processor and a slow line."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    speed = {"downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY, **speed})
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return line


def counted(line: CDPSession) -> list[float]:
    """The bytes of each answer as sent, without its head, as they come."""
    sizes: list[float] = []
    heads: dict[str, float] = {}

    def begun(event: Any) -> None:
        heads[event["requestId"]] = event["response"]["encodedDataLength"]

    def done(event: Any) -> None:
        sizes.append(event["encodedDataLength"] - heads.pop(event["requestId"], 0))

    line.on("Network.responseReceived", begun)
    line.on("Network.loadingFinished", done)
    return sizes


def timed(found: Rows, name: str, act: Callable[[], object], target: object) -> None:
    """Note how long an act takes to bring something on screen."""
    began = perf_counter()
    act()
    expect(target).to_be_visible(timeout=PATIENCE)  # type: ignore[call-overload]
    found[name].append((perf_counter() - began) * 1000)


def report(found: Rows) -> int:
    """Print medians, and whether the guards on bytes and requests are kept."""
    limits = {"cold step, bytes": COLD, "cold step, requests": REQUESTS, "next step, bytes": NEXT}
    missed = 0
    print(f"{'':40}{'median':>10}{'limit':>10}")
    for name, values in found.items():
        limit, middle = limits.get(name), median(values)
        kept = limit is None or middle <= limit
        missed += not kept
        told = "" if limit is None else f"{limit:>10,}{'' if kept else '  not kept'}"
        print(f"{name:40}{middle:>10,.0f}{told}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

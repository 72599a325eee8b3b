"""How a page reads to those who do not see it, by axe."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
SCRIPT = Axe().axe_script
# What is right is neither gathered nor sent over: most of the time of a run.
RUN = """options => axe.run(document, {...options, resultTypes: ["violations"]}).then(({violations}) =>
  violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 200)}`)))"""
KIND = """() => [...new Set([...document.querySelectorAll("main :is([class], [role], input, select)")]
  .map(node => node.className || node.type || node.localName))].sort().join(" ")"""


def findings(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """What axe finds, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    found: list[str] = page.evaluate(RUN, rules)
    return found


def accessible(page: Page) -> None:
    """Expect axe to find nothing."""
    assert findings(page) == []


def kind_of(page: Page) -> str:
    """What a screen is made of: two screens of a kind differ by their words alone."""
    path = re.sub(r"/[^/]*\d[^/]*|/[a-z]-[^/]*", "/*", page.url.partition("//")[2].partition("/")[2])
    return f"{path.partition('?')[0].partition('#')[0]} {page.evaluate(KIND)}"

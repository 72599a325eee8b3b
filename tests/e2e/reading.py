"""How a page reads to those who do not see it, by axe."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
KIND = """() => [...new Set([...document.querySelectorAll("main :is([class], [role], input, select)")]
  .map(node => node.className || node.type || node.localName))].sort().join(" ")"""


def accessible(page: Page) -> None:
    """Expect axe to find nothing."""
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


def kind_of(page: Page) -> str:
    """What a screen is made of: two screens of a kind differ by their words alone."""
    path = re.sub(r"/[^/]*\d[^/]*|/[a-z]-[^/]*", "/*", page.url.partition("//")[2].partition("/")[2])
    return f"{path.partition('?')[0].partition('#')[0]} {page.evaluate(KIND)}"

"""The shipped forms in a browser, as data: each read with axe, and printed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.conftest import Enter
from tests.e2e.gestures import download, starting

CASES: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[1] / "unit/cases/formes.json").read_text("utf-8")
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def accessible(page: Page) -> None:
    """Expect axe to find nothing."""
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


def printed(page: Page, *texts: str) -> None:
    """Expect words on the document's own paper."""
    paper = re.sub("[\u00a0\u202f]", " ", download(page, starting("Télécharger")).text.replace("\u200b", ""))
    for text in texts:
        assert text.replace("'", "’") in paper, paper


@pytest.mark.parametrize("case", CASES["papers"], ids=lambda case: case["document"])
def test_each_form_is_read_and_printed(enter: Enter, case: dict[str, Any]) -> None:
    page = enter(case["login"], f"/documents/{case['document']}")
    accessible(page)
    printed(page, *case["paper"])

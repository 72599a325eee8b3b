"""The shipped forms in a browser, as data: each read with axe, and printed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Enter
from tests.e2e.gestures import download, starting
from tests.e2e.reading import accessible

CASES: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[1] / "unit/cases/formes.json").read_text("utf-8")
)


def printed(page: Page, *texts: str) -> None:
    """Expect words on the document's own paper."""
    own = page.get_by_role("complementary")  # what the document leads to has papers of its own, lower down
    paper = re.sub("[\u00a0\u202f]", " ", download(own, starting("Télécharger")).text.replace("\u200b", ""))
    for text in texts:
        assert text.replace("'", "’") in paper, paper


@pytest.mark.parametrize("case", CASES["papers"], ids=lambda case: case["document"])
def test_each_form_is_read_and_printed(enter: Enter, case: dict[str, Any]) -> None:
    page = enter(case["login"], f"/documents/{case['document']}")
    accessible(page)
    printed(page, *case["paper"])

"""The pictures of the guides, taken of the demonstration as it is: `make pictures` puts them in their place.

Without the variable PICTURES they are taken all the same, and thrown away: a guide shows screens that exist.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page

from tests.e2e.conftest import Enter
from tests.e2e.filling import Journey, part
from tests.e2e.gestures import starting

CASES: Sequence[Mapping[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "unit/cases/images.json").read_text("utf-8")
)
ROOT = Path(__file__).parents[2]
WIDTH = 1000
ABOVE, BELOW = 44, 12  # around what is shown; above a title is what it belongs to
COLOURS = 128
HEAVIEST = 80_000  # bytes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["picture"])
def test_a_picture_of_a_guide_can_be_taken(enter: Enter, tmp_path: Path, case: Mapping[str, Any]) -> None:
    width, script = case.get("width", WIDTH), case.get("script", True)
    journey = Journey(
        lambda login: enter(login, width=width, java_script_enabled=script), script, set(), read=False
    )
    journey.play(case["acts"])
    taken = _take(journey.page, case, width)
    assert len(taken) < HEAVIEST
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    (folder / f"{case['picture']}.png").write_bytes(taken)


def test_every_picture_of_the_guides_is_taken_here() -> None:
    texts = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {name for path in texts for name in re.findall(r"images/([\w-]+)\.png", path.read_text("utf-8"))}
    taken = {case["picture"] for case in CASES}
    assert shown == taken == {path.stem for path in (ROOT / "docs/images").glob("*")}


def _take(page: Page, case: Mapping[str, Any], width: int) -> bytes:
    """A page from a heading, or from its top, to the end of a part, or to its own; in few colours."""
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.evaluate("scrollTo(0, 0)")
    top, bottom = _top(page, case.get("from")), _bottom(page, case.get("to"))
    raw = page.screenshot(caret="initial", clip={"x": 0, "y": top, "width": width, "height": bottom - top})
    few = io.BytesIO()
    Image.open(io.BytesIO(raw)).convert("RGB").quantize(COLOURS).save(few, "PNG", optimize=True)
    return few.getvalue()


def _top(page: Page, name: str | None) -> float:
    if name is None:
        return 0
    heading = page.get_by_role("heading", name=starting(name)).first
    return _box(heading)["y"] - (ABOVE if heading.evaluate("node => node.localName") == "h1" else BELOW)


def _bottom(page: Page, name: str | None) -> float:
    """Where a part ends; the page's own end is that of the last thing that shows in it."""
    box = _box(page.locator("main > :visible").last if name is None else part(page, name))
    return box["y"] + box["height"] + BELOW


def _box(shown: Locator) -> FloatRect:
    box = shown.bounding_box()
    assert box is not None
    return box

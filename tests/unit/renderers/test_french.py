"""French typography and the character counter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderers.french import counter, french

CASES = json.loads((Path(__file__).parent.parent / "cases" / "typographie.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["description"] for case in CASES])
def test_typography(case: dict[str, Any]) -> None:
    assert french(case["text"]) == case["expect"]


@given(st.text(alphabet=st.sampled_from("aé1 '’«»°nh:;?!%\u00a0\u202f,.…"), max_size=60))
def test_typography_is_stable_and_keeps_every_sign(text: str) -> None:
    def signs(one: str) -> str:
        return "".join(one.split()).replace("’", "'")

    assert french(french(text)) == french(text)
    assert signs(french(text)) == signs(text)


@pytest.mark.parametrize(
    ("length", "limit", "expect"),
    [
        (0, 1000, "1\u202f000 caractères au maximum"),
        (1, 250, "1 caractère sur 250 – il en reste 249"),
        (104, 1000, "104 caractères sur 1\u202f000 – il en reste 896"),
        (1000, 1000, "1\u202f000 caractères sur 1\u202f000 – il en reste 0"),
        (1042, 1000, "1\u202f042 caractères\u00a0: retirez-en 42"),
    ],
)
def test_counter(length: int, limit: int, expect: str) -> None:
    assert counter(length, limit) == expect

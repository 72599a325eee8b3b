"""The Markdown subset: what it knows, what it leaves alone, what it can never produce."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_html import read

from renderers import marks
from renderers.html import ENVIRONMENT

PROSE = ENVIRONMENT.get_template("ui.html").module.prose  # type: ignore[attr-defined]
SIGNS = st.text(alphabet="ab *[]()\\/:.-1\n<>\"'&{}%", max_size=80)


def drawn(source: str) -> str:
    return str(PROSE(source)).strip()


@pytest.mark.parametrize(
    ("source", "expect"),
    [
        ("Un texte", "<p>Un texte</p>"),
        ("sur deux\nlignes", "<p>sur deux lignes</p>"),
        ("**fort** et *doux*", "<p><strong>fort</strong> et <em>doux</em></p>"),
        ("[aide](/aide#a)", '<p><a href="/aide#a">aide</a></p>'),
        ("[là](https://a.fr)", '<p><a href="https://a.fr" rel="noopener noreferrer">là</a></p>'),
        ("un\n\ndeux", "<div><p>un</p><p>deux</p></div>"),
        ("- un\n  suite\n- deux", "<div><ul><li>un suite</li><li>deux</li></ul></div>"),
        ("1. un\n2. deux", "<div><ol><li>un</li><li>deux</li></ol></div>"),
        ("Deux :\n- un", "<div><p>Deux\u00a0:</p><ul><li>un</li></ul></div>"),
        ("5 * 3 * 2", "<p>5 * 3 * 2</p>"),
        (r"\*pas\*", "<p>*pas*</p>"),
        ("# titre", "<p># titre</p>"),
        ("", ""),
    ],
)
def test_what_it_knows(source: str, expect: str) -> None:
    assert drawn(source) == expect


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//evil.fr",
        "/\\evil.fr",
        "http://a.fr",
        "data:text/html,x",
        "JAVASCRIPT:x",
        "aide",
    ],
)
def test_other_links_stay_text(url: str) -> None:
    assert "<a" not in drawn(f"[ici]({url})")


@given(SIGNS)
def test_only_known_elements_ever_come_out(source: str) -> None:
    document = read(drawn(source))
    assert not document.faults
    for one in document.elements:
        assert one.tag in {"p", "div", "ul", "ol", "li", "strong", "em", "a"}
        assert set(one.attributes) <= ({"href", "rel"} if one.tag == "a" else set())


@given(SIGNS)
def test_a_quoted_value_is_plain_text(value: str) -> None:
    words = marks.plain(marks.parse(f"Pour {marks.quote(value)} ici"))
    assert words.split() == f"Pour {value} ici".split()


@pytest.mark.parametrize(
    "evil", ["*" * 4000, "**a" * 1300, "[" * 4000, "[a](" * 1000, "\\" * 4000, "- " * 2000]
)
def test_no_text_takes_long(evil: str) -> None:
    start = perf_counter()
    marks.parse(evil)
    assert perf_counter() - start < 0.5

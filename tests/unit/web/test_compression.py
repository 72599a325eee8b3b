"""Answers made smaller: the same content, for whoever takes it, and a token that no length tells."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import brotli
import pytest
from demo_site import Visitor, make_site
from web_trial import Trial, without_token

from renderers.assets import assets, static
from web import security

UNPACK: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress}


@pytest.fixture(scope="module")
def visitor() -> Visitor:
    return make_site().visitor("p-ferrand")


@pytest.mark.parametrize("encoding", UNPACK)
def test_a_page_is_compressed_for_whoever_takes_it(visitor: Visitor, encoding: str) -> None:
    plain = visitor.get("/fiches/livret")
    packed = visitor.get("/fiches/livret", accept_encoding=encoding)
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == encoding
    assert int(packed.headers["content-length"]) == len(packed.body) < len(plain.body) / 3
    same = [without_token(body.decode()) for body in (plain.body, UNPACK[encoding](packed.body))]
    assert same[0] == same[1]
    assert "Accept-Encoding" in plain.headers["vary"]


@pytest.mark.parametrize("accepted", ["identity", "br;q=0, gzip; q=0", "*", "", "zstd", "é"])
def test_nobody_gets_what_they_do_not_take(visitor: Visitor, accepted: str) -> None:
    assert "content-encoding" not in visitor.get("/fiches/livret", accept_encoding=accepted).headers


@pytest.mark.parametrize("name", sorted(assets()))
def test_static_files_are_packed_once(visitor: Visitor, name: str) -> None:
    answer = visitor.get(static(name), accept_encoding="gzip, br")
    encoding = answer.headers.get("content-encoding", "")
    assert (UNPACK[encoding](answer.body) if encoding else answer.body) == assets()[name].content
    assert bool(encoding) == name.endswith((".css", ".js", ".txt", ".svg"))
    assert answer.headers["cache-control"] == security.IMMUTABLE


def test_a_file_that_is_known_is_not_sent_again(visitor: Visitor) -> None:
    first = visitor.get("/static/theme.css")
    again = visitor.get("/static/theme.css", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_an_answer_in_parts_stays_as_it_is(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    headers = {"cookie": f"canevas={browser.cookie()}", "accept-encoding": "gzip"}
    answer = trial.ask("GET", "/en-parts/0", headers=headers)
    assert "content-encoding" not in answer.headers and answer.body == b"debut" * 200 + b"fin"


def test_each_answer_masks_the_token_anew_and_all_are_taken(visitor: Visitor) -> None:
    pages = [visitor.get("/fiches/livret").body.decode() for _ in range(3)]
    tokens = [re.findall(r'name="_csrf" value="([^"]+)"', page)[0] for page in pages]
    assert len(set(tokens)) == 3 and all(visitor.csrf not in page for page in pages)
    assert {security.unmasked(token) for token in tokens} == {visitor.csrf}
    for token in tokens:
        answer = visitor.post("/documents/l-morel/bascule/inconnu", x_csrf_token=token)
        assert answer.status != 403, answer.body


@pytest.mark.parametrize("given", ["m", "m0", "mzz", "m" + "0" * 6, "m" + "ab" * 4000, "é", ""])
def test_what_was_not_masked_stays_as_it_is(given: str) -> None:
    assert security.unmasked(given) == given

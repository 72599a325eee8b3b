"""The rules beneath the gate: bodies, cookies, tokens, origins, addresses; the table of errors; the log."""

from __future__ import annotations

import asyncio
import io
import ipaddress
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import HTTPException, NotFoundException
from web_trial import CANARY, FAILURES, FakeClock, Trial, without_token

from engine.fields import tidy
from renderers.html import PAGES as TEMPLATES
from storage.base import Busy, NotJson, OutcomeUnknown, StorageError, StoreBroken, StoreFull
from web import body, errors, failures, logs, security, sending
from web.pages_static import text_page

TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30)
BEHIND = (ipaddress.ip_network("10.0.0.0/24"),)


# --- bodies ---------------------------------------------------------------------------------------


@given(st.lists(st.tuples(TEXT, TEXT), max_size=20).map(tuple))
def test_pairs_survive_the_journey(pairs: body.Pairs) -> None:
    assert tuple(body.parse(body.encode(pairs))) == pairs


@given(st.binary(max_size=300))
def test_any_bytes_are_pairs_or_a_failure(raw: bytes) -> None:
    try:
        pairs = body.parse(raw)
    except failures.Failure:
        return
    assert all(isinstance(text, str) and "\0" not in text for pair in pairs for text in pair)


@given(
    st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8", max_codepoint=0x20FF)), min_size=1)
)
def test_a_body_knows_how_to_make_its_texts_tidy(texts: list[str]) -> None:
    pairs = body.parse(body.encode([("x", text) for text in texts]))
    assert [pairs.tidy(text) for text in texts] == [tidy(text) for text in texts]


def test_a_name_may_not_be_endless() -> None:
    with pytest.raises(failures.BadRequest):
        body.parse(b"a=1&" + b"x" * (body.MAX_NAME + 1) + b"=1")


def messages(*chunks: bytes, end: bool = True) -> Any:
    """A `receive` of these chunks, which then waits for ever or says that the browser left."""
    waiting = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if end:
        waiting[-1]["more_body"] = False

    async def receive() -> Any:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    return receive


def test_chunks_are_joined_and_counted() -> None:
    assert asyncio.run(body.read(messages(b"a=", b"1"), {})) == b"a=1"
    with pytest.raises(failures.TooLarge):
        asyncio.run(body.read(messages(*[b"x" * 1_000_000] * 3), {b"content-length": b"3"}))


def test_a_body_that_never_ends_is_given_up() -> None:
    with pytest.raises(failures.TooSlow):
        asyncio.run(body.read(messages(b"a=1", end=False), {}, seconds=0.01))


def test_a_browser_that_leaves_is_not_answered(trial: Trial) -> None:
    async def gone() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(failures.ClientGone):
        asyncio.run(body.read(gone, {}))


# --- cookies, tokens, origins ---------------------------------------------------------------------


def test_cookies_are_read_by_their_exact_name() -> None:
    headers = [(b"cookie", b"a=1; canevas=abc; xcanevas=2"), (b"cookie", b"canevas-mot=z")]
    assert security.read_cookie(headers, "canevas", https=False) == "abc"
    assert security.read_cookie(headers, "canevas", https=True) == ""
    assert security.read_cookie(headers, "canevas-mot", https=False) == "z"
    assert security.read_cookie([(b"cookie", b'canevas="abc"')], "canevas", https=False) == ""
    assert security.read_cookie([(b"cookie", b"canevas=\xff\xfe")], "canevas", https=False) == ""


def test_tokens() -> None:
    assert security.same_token("a", "a")
    assert not security.same_token("", "")
    assert not security.same_token("a", "é")
    assert security.visit_token("") == ""
    assert security.visit_token("a") != security.visit_token("b") != "b"


def test_a_request_names_its_host_once() -> None:
    hosts = ("a.fr",)
    assert security.known_host([(b"host", b"a.fr:8000"), (b"accept", b"*/*")], hosts)
    assert not security.known_host([(b"host", b"a.fr"), (b"host", b"b.fr")], hosts)
    assert not security.known_host([(b"host", b"a.fr"), (b"host", b"a.fr")], hosts)
    assert not security.known_host([], hosts)


@pytest.mark.parametrize(
    ("headers", "https", "expected"),
    [
        ({}, False, True),
        ({b"origin": b"http://a.fr"}, False, True),
        ({b"origin": b"http://a.fr:80"}, False, True),
        ({b"origin": b"http://A.FR"}, False, True),
        ({b"origin": b"https://a.fr"}, False, False),
        ({b"origin": b"https://a.fr"}, True, True),
        ({b"origin": b"http://a.fr"}, True, False),
        ({b"origin": b"http://b.fr"}, False, False),
        ({b"origin": b"http://a.fr.b.fr"}, False, False),
        ({b"origin": b"http://a.fr@b.fr"}, False, False),
        ({b"origin": b"null"}, False, False),
        ({b"origin": b""}, False, False),
        ({b"sec-fetch-site": b"same-origin"}, False, True),
        ({b"sec-fetch-site": b"none"}, False, True),
        ({b"sec-fetch-site": b"same-site"}, False, False),
        ({b"sec-fetch-site": b"cross-site"}, False, False),
        ({b"sec-fetch-site": b"same-origin", b"origin": b"http://b.fr"}, False, False),
    ],
)
def test_origins(headers: dict[bytes, bytes], https: bool, expected: bool) -> None:
    assert security.from_here(headers | {b"host": b"a.fr"}, https=https) is expected


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["n'importe quoi"], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_only_trusted_relays_say_where_a_request_comes_from(
    peer: str, forwarded: list[str], expected: str
) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    assert security.client_address(peer, headers, BEHIND) == expected


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (failures.NotFound(), 404),
        (failures.Refused("Raison."), 403),
        (failures.Stale(), 409),
        (failures.BadRequest("Raison."), 400),
        (failures.Expired(), 401),
        (failures.Forged(), 403),
        (failures.TooLarge(), 413),
        (failures.TooSlow(), 408),
        (failures.Unsupported(), 415),
        (failures.UnknownHost(), 400),
        (NotFoundException(), 404),
        (HTTPException(status_code=405), 405),
        (HTTPException(status_code=422), 400),
        (HTTPException(status_code=500), 500),
        (StoreFull(CANARY), 507),
        (StoreBroken(CANARY), 503),
        (Busy(CANARY), 503),
        (OutcomeUnknown(CANARY), 503),
        (NotJson(CANARY), 400),
        (StorageError(CANARY), 500),
        (KeyError(CANARY), 500),
    ],
)
@pytest.mark.parametrize("table", [errors.PAGES, errors.READING])
def test_every_failure_has_a_page_in_plain_words(fault: Exception, status: int, table: errors.Table) -> None:
    screen = errors.describe(fault, "ABCD-1234", table)
    if table is errors.READING and status == 507:
        status = 503  # nothing was to be written
    assert screen.status == status
    assert screen.title
    assert screen.text.endswith(".")
    assert screen.remedy.endswith(".")
    assert CANARY not in repr(screen)
    assert "invalide" not in repr(screen)
    assert "veuillez" not in repr(screen).lower()
    if isinstance(fault, failures.Failure) and fault.text:
        assert screen.text == fault.text


def test_the_table_has_every_failure() -> None:
    assert set(failures.Failure.__subclasses__()) <= set(errors.PAGES)


def test_what_is_elsewhere_is_answered_as_what_is_not(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    answers = [browser.get(url) for url in ("/pieces/ailleurs", "/pieces/absente", "/pieces/1/2")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({without_token(answer.text) for answer in answers}) == 1
    lengths = {"content-length"}  # a masked token compresses differently each time
    headers = {tuple(pair for pair in answer.headers.items() if pair[0] not in lengths) for answer in answers}
    assert len(headers) == 1


def test_an_incident_has_a_number_and_its_log_no_words(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    answer = browser.get("/pieces/cassee")
    assert answer.status_code == 500
    assert CANARY not in answer.text
    line = next(line for line in trial.lines() if line["event"] == "incident")
    assert line["incident"] in answer.text
    assert line["error"] == "RuntimeError"
    assert any("web_trial.py" in frame for frame in line["frames"])
    assert CANARY not in trial.journal.getvalue()


def test_ordinary_refusals_are_not_incidents(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    for name in set(FAILURES) - {"cassee"}:
        browser.get(f"/pieces/{name}")
    assert not [line for line in trial.lines() if line["event"] == "incident"]


@pytest.mark.parametrize("path", ["/en-parts/1", "/attend"])
def test_an_answer_that_breaks_on_its_way_never_leaves_and_is_logged(trial: Trial, path: str) -> None:
    browser = trial.browser()
    browser.sign_in()
    answer = trial.ask("GET", path, headers={"cookie": f"canevas={browser.cookie()}"})
    assert (answer.status, b"debut" in answer.body) == (500, False)
    assert [line["event"] for line in trial.lines()][-2:] == ["incident", "request"]
    assert CANARY not in trial.journal.getvalue()


def test_an_error_page_that_cannot_be_drawn_is_still_a_page(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = trial.browser()
    browser.sign_in()

    def broken(*_: Any) -> str:
        raise ValueError(CANARY)

    monkeypatch.setattr(sending, "frame", broken)
    assert browser.get("/nulle-part").status_code == 404
    site = trial.app.state["site"]
    trial.app.asgi_handler.site = type(site)(**{**vars(site), "render": broken})  # type: ignore[attr-defined]
    answer = browser.get("/nulle-part")
    assert answer.status_code == 404
    assert "Cette adresse ne mène à rien" in answer.text
    assert CANARY not in trial.journal.getvalue() + answer.text


# --- log ------------------------------------------------------------------------------------------


def test_one_line_a_request_with_the_route_and_nothing_personal(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in(after=f"/pieces/{CANARY}")
    browser.get(f"/pieces/1?q={CANARY}")
    browser.post("/pieces/1", [("nom", CANARY), ("_csrf", browser.token())])
    trial.ask("\x1b[31mX\n", "/pieces/1\r\nfaux", headers={"user-agent": CANARY})
    written = trial.journal.getvalue()
    for secret in (CANARY, "ferrand", "p1", "192.0.2.7", browser.cookie(), browser.token(), "\x1b"):
        assert secret not in written
    requests = [line for line in trial.lines() if line["event"] == "request"]
    assert {line["route"] for line in requests} >= {"/connexion", "/pieces/{id}", "-"}
    assert {tuple(line) for line in requests} == {
        ("at", "event", "request", "method", "route", "status", "ms")
    }
    assert {line["outcome"] for line in trial.lines() if line["event"] == "sign-in"} == {"ok"}


def test_only_listed_fields_are_written() -> None:
    stream = io.StringIO()
    logs.make_logger(stream, FakeClock()).info("request", nom=CANARY, status=200, route="a\nb\x1b[0m")
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue()) == {
        "at": "2026-11-23T14:30:00.000+01:00",
        "event": "request",
        "route": "a\nb\x1b[0m",
        "status": 200,
    }
    assert "\x1b" not in stream.getvalue()


# --- pages ----------------------------------------------------------------------------------------


def test_pages_about_the_service_have_headings_and_words() -> None:
    for name in ("aide", "accessibilite", "donnees-personnelles"):
        screen = text_page(name)
        assert screen.title
        assert type(screen) in TEMPLATES
        assert all(heading and words for heading, words in screen.parts)

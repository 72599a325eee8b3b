"""What every route and every answer have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.routes import HTTPRoute
from web_trial import CANARY, FAILURES, Trial

from renderers.assets import static
from web import security
from web.gate import OPEN_PATHS

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
FORM = "application/x-www-form-urlencoded"
REQUIRED = {**security.HEADERS, "cache-control": "no-store", "vary": "Accept-Encoding, Cookie, HX-Request"}
ODD_PATHS = [
    "/static/../pieces/1",
    "/static/%2e%2e/pieces/1",
    "/static/..%2f..%2fapp.py",
    "/static//etc/passwd",
    "//static/../pieces/1",
    "/connexion/../pieces/1",
    "/connexion/",
    "//connexion",
    "/aide/",
    "/aide//",
    "/%2faide",
    "/pieces/1;/aide",
    "/pieces/1?/static/",
    "/PIECES/1",
    "/pieces/%ff",
    "/pieces/%00",
]


def routes(trial: Trial) -> Iterator[tuple[str, str]]:
    """Every method and address that the application answers."""
    for route in trial.app.routes:
        assert isinstance(route, HTTPRoute)
        path = re.sub(r"\{\w+\}", "1", route.path_format)
        for method in route.methods:
            yield str(method), path


def test_every_route_is_there(whole: Trial) -> None:
    paths = {path for _, path in routes(whole)}
    assert {"/connexion", "/deconnexion", "/sante", "/reprise/1", "/pieces/1"} <= paths


def test_unsafe_routes_refuse_what_no_page_of_ours_sent(whole: Trial) -> None:
    browser = whole.browser()
    browser.sign_in()
    token = browser.token()
    before = tables(whole)
    attempts: list[dict[str, str]] = [
        {},
        {"x_csrf_token": "faux"},
        {"x_csrf_token": token[:-1]},
        {"x_csrf_token": token, "origin": "https://evil.example"},
        {"x_csrf_token": token, "origin": "null"},
        {"x_csrf_token": token, "origin": "http://127.0.0.1:9000"},
        {"x_csrf_token": token, "origin": "https://127.0.0.1:8000"},
        {"x_csrf_token": token, "sec_fetch_site": "cross-site"},
        {"x_csrf_token": token, "sec_fetch_site": "same-site"},
    ]
    unsafe = [(method, path) for method, path in routes(whole) if method in UNSAFE]
    assert len(unsafe) >= 9
    for method, path in [*unsafe, ("POST", "/nulle-part"), ("DELETE", "/pieces/1"), ("PATCH", "/aide")]:
        for headers in attempts:
            dashed = {name.replace("_", "-"): value for name, value in headers.items()}
            answer = browser.client.request(
                method, path, headers={"content-type": FORM, **dashed}, content="a=1"
            )
            assert answer.status_code == 403, (method, path, headers)
    assert whole.saved == []
    assert tables(whole) == before


def test_a_wrong_field_token_is_not_saved_by_a_right_one_elsewhere(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    token = browser.token()
    assert browser.post("/pieces/1", [("_csrf", "faux"), ("_csrf", token)]).status_code == 403
    assert browser.post("/pieces/1", [("_csrf", token)], x_csrf_token="faux").status_code == 403
    assert browser.post(f"/pieces/1?_csrf={token}", [("a", "1")]).status_code == 403


def test_a_refused_post_leaves_one_signed_in(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    answer = browser.post("/pieces/1", [("_csrf", "faux")])
    assert "Nadia Ferrand" in answer.text
    assert browser.get("/").status_code == 200


def test_right_tokens_pass_and_are_taken_out(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    pairs = [("b", "1"), ("a", "é +&="), ("b", "2"), ("_csrf", browser.token())]
    answer = browser.post("/pieces/1", pairs, origin="http://127.0.0.1:8000", sec_fetch_site="same-origin")
    assert answer.status_code == 303
    assert trial.saved == [("1", (("b", "1"), ("a", "é +&="), ("b", "2")))]
    assert browser.post("/pieces/2", [("c", "3")], x_csrf_token=browser.token()).status_code == 303


def test_every_route_but_the_open_ones_asks_who_is_there(whole: Trial) -> None:
    browser = whole.browser()
    for method, path in routes(whole):
        answer = browser.client.request(method, path)
        if path in OPEN_PATHS or (path.startswith("/static/") and method in ("GET", "HEAD")):
            assert answer.status_code in (200, 204, 403, 404), (method, path)
            continue
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/connexion?suite=%2F"), (method, path)
        script = browser.client.request(method, path, headers={"hx-request": "true"})
        assert (script.status_code, script.headers["x-canevas"]) == (401, "expired"), (method, path)
    assert whole.saved == []


@pytest.mark.parametrize("path", ODD_PATHS)
def test_no_spelling_of_an_address_goes_round_the_gate(trial: Trial, path: str) -> None:
    answer = trial.ask("GET", path)
    assert CANARY.encode() not in answer.body
    assert b"root:" not in answer.body
    assert b"create_app" not in answer.body
    assert answer.status < 500


def test_every_answer_has_the_headers(trial: Trial) -> None:
    browser = trial.browser()
    answers = [browser.client.request(method, path) for method, path in routes(trial)]
    browser.sign_in()
    answers += [
        browser.client.request(method, path) for method, path in routes(trial) if path != "/deconnexion"
    ]
    answers += [browser.get(f"/pieces/{name}") for name in FAILURES]
    answers += [
        browser.get("/nulle-part"),
        browser.client.request("TRACE", "/aide"),
        browser.get("/aide?a=%ff"),
    ]
    answers += [
        browser.client.head("/aide"),
        browser.client.options("/aide"),
        browser.get("/aide", host="evil"),
    ]
    answers.append(browser.client.put("/aide", headers={"x-csrf-token": browser.token()}))
    assert "GET" in answers[-1].headers["allow"]
    statuses = {answer.status_code for answer in answers}
    assert statuses >= {200, 204, 303, 400, 401, 403, 404, 405, 409, 500}
    for answer in answers:
        assert {name: answer.headers.get(name) for name in REQUIRED} == REQUIRED, answer.request.url
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers
        if answer.content:
            assert answer.headers["content-type"].split(";")[0] in ("text/html", "text/plain")


def test_no_handler_loosens_the_headers(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    answer = browser.get("/trop-confiante")
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert answer.headers.get_list("content-security-policy") == [security.CSP]


def test_static_files_are_kept_by_browsers(trial: Trial) -> None:
    browser = trial.browser()
    for address, kept in (
        (static("canevas.svg"), security.IMMUTABLE),
        ("/static/canevas.svg", security.REVALIDATE),
        ("/static/0123456789ab/canevas.svg", security.REVALIDATE),
    ):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == kept
        assert {name: answer.headers[name] for name in security.HEADERS} == security.HEADERS
        assert not answer.headers.get_list("set-cookie")
    assert browser.get("/static/0123456789ab/absent.css").headers["cache-control"] == "no-store"


def test_https_adds_hsts_everywhere(secure: Trial) -> None:
    browser = secure.browser()
    for path in ("/connexion", "/nulle-part", "/static/canevas.svg", "/static/absent"):
        assert browser.get(path).headers["strict-transport-security"] == security.HSTS


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil", "", "127.0.0.1:x"]
)
def test_a_forged_host_gets_nothing(trial: Trial, host: str) -> None:
    for path in ("/connexion", "/static/canevas.svg", "/pieces/1"):
        answer = trial.ask("GET", path, headers={"host": host, "x-forwarded-host": "127.0.0.1"})
        assert answer.status == 400
        assert "evil" not in answer.headers.get("location", "")
    again = trial.ask("GET", "/connexion", headers={"x-forwarded-host": "evil.example"})
    assert again.status == 200
    assert b"evil" not in again.body


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"])
def test_names_of_this_machine_are_known(trial: Trial, host: str) -> None:
    assert trial.ask("GET", "/sante", headers={"host": host}).status == 200


def test_a_history_restore_gets_a_whole_page(trial: Trial) -> None:
    browser = trial.browser()
    restored = browser.get("/pieces/1", hx_request="true", hx_history_restore_request="true")
    assert restored.status_code == 303
    browser.sign_in()
    refused = browser.get("/pieces/absente", hx_request="true", hx_history_restore_request="true")
    assert refused.headers["content-type"] == "text/html; charset=utf-8"


def test_scripts_get_the_reason_as_plain_text(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    answer = browser.get("/pieces/refusee", hx_request="true")
    assert (answer.status_code, answer.text) == (403, "Seule la direction peut rouvrir.")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_head_is_get_without_a_body(trial: Trial) -> None:
    got, head = trial.ask("GET", "/aide"), trial.ask("HEAD", "/aide")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


# --- bodies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "typed", "status"),
    [
        (b"a=%zz", FORM, 400),
        (b"a=%ff", FORM, 400),
        (b"a=%c3%28", FORM, 400),
        (b"a=%00", FORM, 400),
        (b"\xff\xfe=1", FORM, 400),
        (b"%ed%a0%80=1", FORM, 400),
        (b"n" * 301 + b"=1", FORM, 400),
        (b"&".join([b"a=1"] * 5001), FORM, 413),
        (b"a=" + b"x" * 2_000_000, FORM, 413),
        (b"a=1", "", 415),
        (b"a=1", "text/plain", 415),
        (b'{"a": 1}', "application/json", 415),
        (b"--x\r\n\r\n1\r\n--x--", "multipart/form-data; boundary=x", 415),
        (b"a=1", f"{FORM}; charset=iso-8859-1", 415),
        (b"a=1", f"{FORM}; charset=UTF-8", 303),
        (b"", "", 303),
        (b"&&=&a", FORM, 303),
    ],
)
def test_malformed_bodies_get_a_page(trial: Trial, raw: bytes, typed: str, status: int) -> None:
    headers = signed_in(trial) | ({"content-type": typed} if typed else {})
    answer = trial.ask("POST", "/pieces/1", headers=headers, raw=raw)
    assert answer.status == status
    assert len(trial.saved) == (1 if status == 303 else 0)


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "99999999999999999999", "2000001"])
def test_a_declared_length_is_checked(trial: Trial, length: str) -> None:
    headers = signed_in(trial) | {"content-type": FORM, "content-length": length}
    assert trial.ask("POST", "/pieces/1", headers=headers).status in (400, 413)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200), typed=st.sampled_from([FORM, "", "text/plain", f"{FORM}; charset=\x00"]))
def test_no_body_makes_a_fault_of_ours(trial: Trial, raw: bytes, typed: str) -> None:
    headers = signed_in(trial) | {"content-type": typed}
    assert trial.ask("POST", "/pieces/1", headers=headers, raw=raw).status in (303, 400, 413, 415)
    assert trial.ask("POST", "/connexion", headers={"content-type": typed}, raw=raw).status in (
        400,
        403,
        413,
        415,
    )


VISIBLE = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=VISIBLE,
    method=st.sampled_from(["GET", "POST", "HEAD", "TRACE", "FOO", "OPTIONS"]),
    cookie=VISIBLE,
    origin=VISIBLE,
    other=VISIBLE,
)
def test_no_head_makes_a_fault_of_ours(
    trial: Trial, path: str, method: str, cookie: str, origin: str, other: str
) -> None:
    headers = {
        "cookie": f"canevas={cookie}; canevas-visite={other}; canevas-mot={origin}",
        "origin": origin,
        "referer": other,
        "hx-request": other,
        "content-length": origin,
        "x-csrf-token": cookie,
        "x-forwarded-for": other,
    }
    assert trial.ask(method, f"/{path}", headers=headers).status < 500
    assert trial.ask("GET", f"/aide?{path}", headers=headers).status in (200, 400)


def signed_in(trial: Trial) -> dict[str, str]:
    """Headers of somebody who is signed in; made once a trial."""
    if not trial.headers:
        browser = trial.browser()
        browser.sign_in()
        trial.headers = {"cookie": f"canevas={browser.cookie()}", "x-csrf-token": browser.token()}
    return trial.headers


def tables(trial: Trial) -> dict[str, int]:
    """How many documents there are, by kind."""
    kinds = ("account", "person", "place", "session", "parked")
    return {kind: trial.store.find(kind, {}, limit=0).total for kind in kinds}

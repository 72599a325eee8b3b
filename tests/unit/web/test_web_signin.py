"""Signing in and out: tokens, limits, expiry, where one goes next, what a late post becomes."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from web_trial import CANARY, HASHER, PASSWORD, Browser, Trial, make_trial, without_token

import renderers.html
from renderers.pages import Frame, ResumePage
from web import accounts, parking, security, sessions
from web.accounts import Account, Denied, Limits
from web.body import encode
from web.failures import NotFound
from web.limits import Limiter, Taken, Wait

WRONG = (
    "Identifiant ou mot de passe incorrect. Vérifiez la touche Majuscules ; "
    "il reste {} avant 15 minutes d'attente."
)
BAD_NEXT = [
    "",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\r\nSet-Cookie: a=b",
    "/%0d%0a\nx",
    " //evil.example",
    "evil.example",
    "/connexion",
    "/deconnexion",
    "/connexion/",
    "/" + "x" * 2001,
    "/é",
    "//127.0.0.1:8000/pieces/1",
    "/a\\..\\\\evil.example",
]
GOOD_NEXT = [
    "/",
    "/pieces/1",
    "/pieces/1?x=%C3%A9&y=1#bas",
    "/a//b",
    "/%2F%2Fevil.example",
    "/a?u=https://evil.example",
]


# --- tokens and cookies ---------------------------------------------------------------------------


def test_signing_in_gives_a_new_token_whatever_the_browser_had(trial: Trial) -> None:
    browser = trial.browser()
    browser.client.cookies.set("canevas", "0" * 64, domain="127.0.0.1", path="/")
    answer = browser.sign_in()
    assert answer.status_code == 303
    first = browser.cookie()
    assert first not in ("", "0" * 64)
    assert trial.store.get("session", security.digest("0" * 64)) is None
    assert browser.get("/").status_code == 200


def test_the_token_itself_is_not_stored(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    sessions_kept = [
        trial.store.get("session", entry.id) for entry in trial.store.find("session", {}).entries
    ]
    assert [stored.id for stored in sessions_kept if stored] == [security.digest(browser.cookie())]
    assert browser.cookie() not in repr(sessions_kept)


def test_signing_in_again_ends_the_former_session(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    old = browser.cookie()
    token = browser.token()
    pairs = [("login", "htournier"), ("password", PASSWORD), ("_csrf", token)]
    assert browser.post("/connexion", pairs).status_code == 303
    assert browser.cookie() != old
    assert trial.ask("GET", "/", headers={"cookie": f"canevas={old}"}).status == 303
    assert "p2" in browser.get("/").text


def test_cookies_are_hidden_from_scripts_and_tied_to_the_host(secure: Trial, trial: Trial) -> None:
    strict, plain = secure.browser(), trial.browser()
    visit = strict.get("/connexion").headers["set-cookie"]
    session = strict.sign_in().headers.get_list("set-cookie")[0]
    for line, name in ((visit, "__Host-canevas-visite"), (session, "__Host-canevas")):
        assert line.startswith(f"{name}=")
        assert set(line.split("; ")[1:]) == {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}
    local = plain.sign_in().headers.get_list("set-cookie")[0]
    assert set(local.split("; ")[1:]) == {"HttpOnly", "Path=/", "SameSite=lax"}
    assert strict.get("/").status_code == 200


def test_signing_out_forgets_the_session_and_clears_the_browser(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    old = browser.cookie()
    answer = browser.post("/deconnexion", [("_csrf", browser.token())])
    assert (answer.status_code, answer.headers["location"]) == (303, "/connexion?sortie=1")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert browser.cookie() == ""
    assert trial.store.find("session", {}, limit=0).total == 0
    assert trial.ask("GET", "/", headers={"cookie": f"canevas={old}"}).status == 303
    assert "Vous êtes déconnecté." in html.unescape(browser.get("/connexion?sortie=1").text)
    late = trial.ask("POST", "/deconnexion", headers={"cookie": f"canevas={old}"})
    assert late.headers["location"] == "/connexion?suite=%2F"


def test_signing_in_needs_the_token_of_its_own_form(trial: Trial) -> None:
    browser, other = trial.browser(), trial.browser()
    pairs = [("login", "nferrand"), ("password", PASSWORD)]
    assert browser.post("/connexion", pairs).status_code == 403
    stolen = other.token("/connexion")
    assert browser.post("/connexion", [*pairs, ("_csrf", stolen)]).status_code == 403
    assert browser.cookie() == ""


def test_whoever_is_signed_in_goes_on(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    assert browser.get("/connexion?suite=/pieces/1").headers["location"] == "/pieces/1"


# --- limits ---------------------------------------------------------------------------------------


def test_five_failures_then_a_wait(trial: Trial) -> None:
    browser = trial.browser()
    for tries in ("4 essais", "3 essais", "2 essais", "1 essai"):
        answer = browser.sign_in(password="faux")
        assert answer.status_code == 422
        assert WRONG.format(tries) in html.unescape(answer.text)
    assert "attendez 14 h 45 pour recommencer" in html.unescape(browser.sign_in(password="faux").text)
    waiting = browser.sign_in()
    assert waiting.status_code == 429
    assert "Attendez 14 h 45" in html.unescape(waiting.text)
    trial.clock.advance(minutes=14, seconds=59)
    assert browser.sign_in().status_code == 429
    trial.clock.advance(seconds=1)
    assert browser.sign_in().status_code == 303


def test_another_account_does_not_wait_and_success_clears(trial: Trial) -> None:
    browser = trial.browser()
    for _ in range(4):
        browser.sign_in(password="faux")
    assert browser.sign_in().status_code == 303
    other = trial.browser()
    assert "4 essais" in other.sign_in(password="faux").text
    for _ in range(4):
        other.sign_in(password="faux")
    assert other.sign_in("htournier").status_code == 303


def test_unknown_disabled_and_wrong_have_one_answer(trial: Trial) -> None:
    disable(trial, "htournier")
    texts = {
        re.sub(
            r"login=&#x27;\w*&#x27;|csrf=&#x27;\w+&#x27;| c=.*",
            "",
            trial.browser().sign_in(login, password).text,
        )
        for login, password in (
            ("nferrand", "faux"),
            ("personne", "faux"),
            ("htournier", PASSWORD),
            ("inconnu2", ""),
        )
    }
    assert len(texts) == 1


def test_an_address_waits_too_but_a_whole_school_shares_it() -> None:
    trial = make_trial()
    passwords = accounts.passwords(HASHER)
    limits = Limits()

    def attempt(login: str, address: str) -> object:
        return accounts.sign_in(
            trial.store, passwords, limits, login=login, password="x", address=address, now=trial.clock
        )

    outcomes = [attempt(f"personne{n}", "192.0.2.1") for n in range(51)]
    assert all(isinstance(outcome, Denied) for outcome in outcomes[:50])
    assert isinstance(outcomes[50], Wait)
    assert isinstance(attempt("nferrand", "192.0.2.2"), Denied)


def test_as_much_work_for_an_unknown_login() -> None:
    trial = make_trial()
    worked: list[str] = []

    class Counting:
        def verify(self, hash: str, password: str) -> bool:
            worked.append(hash[:20])
            return HASHER.verify(hash, password)

        def check_needs_rehash(self, hash: str) -> bool:
            return False

    passwords = accounts.Passwords(Counting(), HASHER.hash("x"))  # type: ignore[arg-type]
    for login in ("nferrand", "personne", ""):
        outcome = accounts.sign_in(
            trial.store, passwords, Limits(), login=login, password="faux", address="a", now=trial.clock
        )
        assert isinstance(outcome, Denied)
    assert len(worked) == 3
    assert len(set(worked)) == 1


def test_a_weak_hash_is_made_anew_on_success() -> None:
    trial = make_trial()
    stronger = accounts.Passwords(type(HASHER)(time_cost=2, memory_cost=8, parallelism=1), HASHER.hash("x"))
    for _ in range(2):
        outcome = accounts.sign_in(
            trial.store,
            stronger,
            Limits(),
            login=" NFERRAND ",
            password=PASSWORD,
            address="a",
            now=trial.clock,
        )
        assert outcome == Account("NFerrand", "p1")
        stored = trial.store.get("account", "nferrand")
        assert stored is not None
        assert stored.revision == 2
        assert "t=2" in stored.body["hash"]


def test_long_and_decomposed_passwords() -> None:
    trial = make_trial()
    passwords = accounts.passwords(HASHER)
    with trial.store.transaction(author="essai", at=trial.clock()) as tx:
        accounts.create(tx, passwords, login="e", password="été", person="p9")
        accounts.create(tx, passwords, login="long", password="x" * 1000, person="p8")

    def attempt(login: str, password: str) -> object:
        return accounts.sign_in(
            trial.store, passwords, Limits(), login=login, password=password, address="a", now=trial.clock
        )

    assert isinstance(attempt("e", "e\u0301te\u0301"), Account)
    assert isinstance(attempt("long", "x" * 1000), Account)
    assert isinstance(attempt("long", "x" * 1001), Denied)


def test_limiter_counts_before_the_try_and_forgets_old_keys() -> None:
    trial = make_trial()
    limiter = Limiter(2, timedelta(minutes=15))
    now = trial.clock()
    assert limiter.take("a", now) == Taken(1, now + timedelta(minutes=15))
    assert isinstance(limiter.take("a", now), Taken)
    assert limiter.take("a", now) == Wait(now + timedelta(minutes=15))
    before = now - timedelta(days=3650)
    assert limiter.take("a", before) == Wait(before + timedelta(minutes=15)), "a clock set back"
    assert isinstance(limiter.take("a", before + timedelta(minutes=14)), Wait)
    assert limiter.take("a", before + timedelta(minutes=15)) == Taken(1, before + timedelta(minutes=30))
    assert isinstance(limiter.take("a", before + timedelta(minutes=15)), Taken)
    limiter.give_back("a")
    assert isinstance(limiter.take("a", now), Taken)
    limiter.give_back("unknown")
    for n in range(20_001):
        limiter.take(f"k{n}", now)
    assert isinstance(limiter.take("a", now), Taken)


# --- where next -----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", BAD_NEXT)
def test_nobody_is_sent_elsewhere(trial: Trial, address: str) -> None:
    browser = trial.browser()
    assert browser.sign_in(after=address).headers["location"] == "/"
    assert security.safe_address(address) == "/"


@pytest.mark.parametrize("address", GOOD_NEXT)
def test_addresses_of_this_site_are_kept(trial: Trial, address: str) -> None:
    assert trial.browser().sign_in(after=address).headers["location"] == address


def test_the_page_asked_for_comes_after_signing_in(trial: Trial) -> None:
    browser = trial.browser()
    location = browser.get("/pieces/1?q=%C3%A9t%C3%A9&p=2").headers["location"]
    assert parse_qs(urlsplit(location).query) == {"suite": ["/pieces/1?q=%C3%A9t%C3%A9&p=2"]}
    assert "next=&#x27;/pieces/1?q=%C3%A9t%C3%A9&amp;p=2&#x27;" in browser.get(location).text


def test_after_a_lost_post_one_comes_back_to_the_page(trial: Trial) -> None:
    browser = trial.browser()
    here = browser.post("/pieces/1", [("a", "1")], referer="http://127.0.0.1:8000/pieces/1?x=1#y")
    assert here.headers["location"] == "/connexion?suite=%2Fpieces%2F1%3Fx%3D1%23y"
    away = browser.post("/pieces/1", [("a", "1")], referer="http://evil.example/pieces/1")
    assert away.headers["location"] == "/connexion?suite=%2F"


# --- time -----------------------------------------------------------------------------------------


def test_a_session_ends_after_an_hour_without_activity(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    for _ in range(3):
        trial.clock.advance(minutes=60)
        assert browser.get("/").status_code == 200
    trial.clock.advance(minutes=60, seconds=1)
    assert browser.get("/").headers["location"] == "/connexion?suite=%2F"
    trial.clock.advance(hours=-3)
    assert browser.get("/").status_code == 303, "a clock set back revives nothing"


def test_a_session_ends_after_twelve_hours_anyway(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    for _ in range(24):
        trial.clock.advance(minutes=30)
        assert browser.get("/").status_code == 200
    trial.clock.advance(seconds=1)
    assert browser.get("/").status_code == 303


def test_a_session_from_the_future_is_not_live(trial: Trial) -> None:
    trial.clock.advance(days=3650)
    browser = trial.browser()
    browser.sign_in()
    trial.clock.advance(days=-3650)
    assert browser.get("/").status_code == 303


def test_seen_is_written_once_a_minute_at_most(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    id = security.digest(browser.cookie())

    def revision() -> int:
        stored = trial.store.get("session", id)
        return stored.revision if stored else 0

    first = revision()
    for _ in range(5):
        trial.clock.advance(seconds=11)
        browser.get("/")
    assert revision() == first
    trial.clock.advance(seconds=5)
    browser.get("/")
    browser.get("/")
    assert revision() == first + 1
    assert len(trial.store.history("session", id)) == 1


def test_disabling_an_account_can_end_its_sessions(trial: Trial) -> None:
    browser, other = trial.browser(), trial.browser()
    browser.sign_in()
    other.sign_in("htournier")
    sessions.end_all(trial.store, "p1", trial.clock())
    assert browser.get("/").status_code == 303
    assert other.get("/").status_code == 200


def test_stubs_are_swept_after_a_day(trial: Trial) -> None:
    for _ in range(3):
        trial.browser().sign_in()
    trial.clock.advance(hours=23)
    trial.browser().sign_in()
    assert trial.store.find("session", {}, limit=0).total == 4
    trial.clock.advance(hours=2)
    trial.browser().sign_in()
    assert trial.store.find("session", {}, limit=0).total == 2


# --- late posts -----------------------------------------------------------------------------------

LATE = [("nom", CANARY), ("texte", "deux\r\nlignes & <b>\"'</b>"), ("nom", "é + %"), ("_do", "suivant")]


def late_post(trial: Trial, url: str = "/pieces/1?vue=2") -> tuple[Browser, str]:
    """Post from a session that has just ended; return the browser and the address after sign-in."""
    browser = trial.browser()
    browser.sign_in()
    token = browser.token()
    trial.clock.advance(minutes=61)
    answer = browser.post(url, [*LATE, ("_csrf", token)])
    assert answer.status_code == 303
    assert trial.saved == []
    return browser, parse_qs(urlsplit(answer.headers["location"]).query)["suite"][0]


def test_a_late_post_waits_for_the_same_person(trial: Trial) -> None:
    browser, after = late_post(trial)
    assert after.startswith("/reprise/")
    shown = html.unescape(browser.get(f"/connexion?suite={after}").text)
    assert "Votre session a expiré. Votre saisie est gardée une heure" in shown
    trial.clock.advance(minutes=10)
    assert browser.sign_in(after=after).headers["location"] == after
    page = browser.get(after)
    assert "Votre saisie du 15 h 31 a été gardée" in html.unescape(page.text)
    assert page.headers["cache-control"] == "no-store"
    parked = parking.fetch(trial.store, after.removeprefix("/reprise/"), person="p1", now=trial.clock())
    assert parked.url == "/pieces/1?vue=2"
    assert browser.post(parked.url, [*parked.pairs, ("_csrf", browser.token())]).status_code == 303
    assert trial.saved == [("1", tuple(LATE))]


def test_nobody_else_sees_a_late_post(trial: Trial) -> None:
    browser, after = late_post(trial)
    missing = "/reprise/0"
    browser.sign_in("htournier", after=after)
    assert browser.get(after).status_code == 404
    pages = [without_token(browser.get(url).text) for url in (after, missing)]
    same = [re.sub(r"/reprise/\w+", "", page) for page in pages]
    assert same[0] == same[1]
    assert trial.browser().get(after).status_code == 303


def test_a_late_post_is_unreadable_in_the_base_and_gone_after_an_hour(trial: Trial) -> None:
    browser, after = late_post(trial)
    entry = trial.store.find("parked", {}).entries[0]
    stored = trial.store.get("parked", entry.id)
    assert stored is not None
    ticket = after.removeprefix("/reprise/")
    assert CANARY not in repr(stored)
    assert ticket not in repr(stored)
    trial.clock.advance(minutes=61)
    browser.sign_in(after=after)
    assert browser.get(after).status_code == 404
    assert trial.store.find("parked", {}, limit=0).total == 0


def test_a_late_post_cannot_be_fetched_after_an_hour_by_whoever_stayed(trial: Trial) -> None:
    browser, after = late_post(trial)
    browser.sign_in(after=after)
    trial.clock.advance(minutes=59)
    assert browser.get(after).status_code == 200
    trial.clock.advance(minutes=2)
    assert browser.get("/").status_code == 200
    assert browser.get(after).status_code == 404


def test_only_a_page_of_the_ended_session_is_kept(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    token = browser.token()
    trial.clock.advance(minutes=61)
    assert "reprise" not in browser.post("/pieces/1", [("a", "1"), ("_csrf", "faux")]).headers["location"]
    assert "reprise" not in browser.post("/pieces/1", [("a", "1")]).headers["location"]
    assert "reprise" not in browser.post("/deconnexion", [("_csrf", token)]).headers["location"]
    assert browser.post("/pieces/1", [("_csrf", token)], sec_fetch_site="cross-site").status_code == 403
    stranger = trial.browser().post("/pieces/1", [("a", "1"), ("_csrf", token)])
    assert stranger.headers["location"] == "/connexion?suite=%2F"
    assert trial.store.find("parked", {}, limit=0).total == 0


@pytest.mark.parametrize("pairs", [[("_do", "auto")], []])
def test_a_late_save_by_script_is_told_and_not_kept(trial: Trial, pairs: list[tuple[str, str]]) -> None:
    browser = trial.browser()
    browser.sign_in()
    token = browser.token()
    trial.clock.advance(minutes=61)
    headers = {} if pairs else {"hx_request": "true"}
    answer = browser.post("/pieces/1", [*pairs, ("_csrf", token)], **headers)
    assert (answer.status_code, answer.headers["x-canevas"]) == (401, "expired")
    assert trial.store.find("parked", {}, limit=0).total == 0


def test_a_page_of_the_former_session_of_the_same_person_is_kept_too(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    old = browser.token()
    trial.clock.advance(minutes=61)
    browser.sign_in()
    answer = browser.post("/pieces/1", [("a", "1"), ("_csrf", old)])
    assert answer.headers["location"].startswith("/reprise/")
    assert browser.get(answer.headers["location"]).status_code == 200
    assert browser.post("/pieces/1", [("_do", "auto"), ("_csrf", old)]).status_code == 403
    other = trial.browser()
    other.sign_in("htournier")
    assert other.post("/pieces/1", [("a", "1"), ("_csrf", old)]).status_code == 403
    assert trial.saved == []


def test_five_late_posts_a_person_at_most(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    token = browser.token()
    trial.clock.advance(minutes=61)
    for n in range(7):
        trial.clock.advance(seconds=1)
        browser.post("/pieces/1", [("n", str(n)), ("_csrf", token)])
    assert trial.store.find("parked", {}, limit=0).total == 5


def test_a_seal_opens_with_its_ticket_alone() -> None:
    plain = encode(tuple(LATE)) * 100
    sealed = parking.seal(plain, "ticket")
    assert parking.unseal(sealed, "ticket") == plain
    assert parking.seal(b"", "ticket") != parking.seal(b"", "ticket2")
    assert parking.unseal(parking.seal(b"", "t"), "t") == b""
    for bad, ticket in (
        (sealed, "ticke"),
        ("A" + sealed[1:], "ticket"),
        (sealed[:-4], "ticket"),
        ("", "ticket"),
    ):
        with pytest.raises(NotFound):
            parking.unseal(bad, ticket)


def test_the_real_page_posts_back_the_same_pairs() -> None:
    screen = ResumePage("Titre", "Texte", "/pieces/1?a=1&b=2", tuple(LATE), "Enregistrer")
    reader = Inputs()
    reader.feed(renderers.html.page(screen, Frame("Nadia", "", (), "jeton")))
    assert reader.action == "/pieces/1?a=1&b=2"
    assert [pair for pair in reader.pairs if pair[0] != "_csrf"] == LATE
    assert ("_csrf", "jeton") in reader.pairs


class Inputs(HTMLParser):
    """The last form's inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.pairs: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action, self.pairs = found["action"] or "", []
        if tag == "input":
            self.pairs.append((found["name"] or "", found["value"] or ""))


# --- status sentences -----------------------------------------------------------------------------


def test_a_status_sentence_is_shown_once(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    browser.post("/pieces/1", [("_csrf", browser.token())])
    assert browser.get("/", hx_request="true").status_code == 200, "a fragment doesn't take it away"
    assert "Brouillon enregistré." in browser.get("/aide").text
    assert "Brouillon enregistré." not in browser.get("/aide").text


def test_a_status_sentence_of_somebody_else_is_not_shown(trial: Trial) -> None:
    browser = trial.browser()
    browser.sign_in()
    for forged in (security.seal_flash("Envoyez votre mot de passe", "bad", key="x"), "e30.x", ".", "x"):
        browser.client.cookies.set("canevas-mot", forged, domain="127.0.0.1", path="/")
        assert "flash=&#x27;&#x27;" in browser.get("/aide").text


def disable(trial: Trial, login: str) -> None:
    """Close an account."""
    with trial.store.transaction(author="essai", at=trial.clock()) as tx:
        stored = tx.get("account", login)
        assert stored is not None
        body = stored.body | {"disabled": True}
        tx.put("account", login, body, stored.keys, expected_revision=stored.revision)


def test_the_hash_of_nobody_is_as_long_to_try_as_any() -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=2)
    decoy = accounts.passwords(hasher).decoy
    assert not hasher.check_needs_rehash(decoy)
    with pytest.raises(VerifyMismatchError):
        hasher.verify(decoy, "nobody's")

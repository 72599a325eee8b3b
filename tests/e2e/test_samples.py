"""The HTML renderer's sample screens in a browser: accessibility, layout, CSP, automatic saves.

No server: pages and files are handed to the browser by interception, under the site's own CSP.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from shutil import which
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from renderers import html
from renderers.assets import assets
from renderers.french import counter
from renderers.tree import AbsentView, Node
from tests.e2e.reading import CONTRAST, findings
from tests.unit.renderers import html_samples as samples
from web.security import CSP
from web.static_files import find

HOST = "http://canevas.test"
WATCH = """
  window.refused = [];
  addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));
"""
DOUBLE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("html { font-size: 200% }");
  document.adoptedStyleSheets = [sheet];
}"""
COVERED = """() => {
  const bar = document.querySelector(".actions"), focus = document.activeElement;
  if (bar.contains(focus) || focus.classList.contains("vh")) return false;
  const box = focus.getBoundingClientRect(), over = bar.getBoundingClientRect();
  return box.height > 0 && box.height < 400 && box.bottom > over.top + 1 && box.top < over.bottom;
}"""
needs_htmx = pytest.mark.skipif(
    "vendor/htmx.min.js" not in assets(), reason="htmx is not installed: run the set-up"
)


@pytest.fixture(scope="session")
def pages() -> dict[str, str]:
    return {name: html.page(screen, samples.frame_of(screen)) for name, screen in samples.SCREENS.items()}


class Site:
    """Answers the browser: sample pages, static files, and what `on_post` says to posts."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.pages = dict(pages)
        self.posts: list[dict[str, list[str]]] = []
        self.headers: list[dict[str, str]] = []
        self.on_post: Callable[[Route], None] = lambda route: route.fulfill(status=204)

    def __call__(self, route: Route) -> None:
        request = route.request
        path = request.url.removeprefix(HOST).partition("?")[0].partition("#")[0]
        if request.method == "POST":
            self._note(request)
            self.on_post(route)
        elif path.removeprefix("/") in self.pages:
            body = self.pages[path.removeprefix("/")]
            headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": CSP}
            route.fulfill(body=body, headers=headers)
        elif (asset := find(path)[0]) is not None:
            route.fulfill(body=asset.content, content_type=asset.kind)
        else:
            route.fulfill(status=404, body="")

    def _note(self, request: Request) -> None:
        self.posts.append(parse_qs(request.post_data or "", keep_blank_values=True))
        self.headers.append(request.headers)


@pytest.fixture
def site(pages: dict[str, str]) -> Site:
    return Site(pages)


@pytest.fixture
def served(site: Site) -> Iterator[tuple[str, Site]]:
    """The same site over HTTP: the browser's last words to a page are not intercepted."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].removeprefix("/")
            asset, known = find(f"/{name}")[0], name in site.pages
            body = site.pages[name].encode() if known else asset.content if asset else b""
            kind = "text/html" if known else "text/javascript" if name.endswith(".js") else "text/css"
            self._answer(body, kind)

        def do_POST(self) -> None:
            posted = self.rfile.read(int(self.headers["content-length"])).decode()
            site.posts.append(parse_qs(posted, keep_blank_values=True))
            self._answer(b"", "text/html")

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", f"{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", site
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def open_one(name: str, *, width: int = 1280, **given: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="fr-FR", reduced_motion="reduce", **given
        )
        contexts.append(context)
        context.route("**/*", site)
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(f"{HOST}/{name}")
        return page

    yield open_one
    for context in contexts:
        context.close()


# --- every screen ------------------------------------------------------------------------------------


def test_what_is_wrong_is_found(open_page: Callable[..., Page]) -> None:
    page = open_page("connexion")
    page.evaluate("document.querySelectorAll('label').forEach(one => one.remove())")
    assert any(line.startswith("label: ") for line in findings(page))
    page.evaluate("document.body.style.color = '#eee'")
    assert any(line.startswith("color-contrast: ") for line in findings(page, CONTRAST))


@pytest.mark.parametrize("name", samples.SCREENS)
def test_a_screen_is_accessible_and_keeps_to_its_width(open_page: Callable[..., Page], name: str) -> None:
    page = open_page(name)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        assert findings(page) == []
        page.emulate_media(color_scheme="dark")
        assert findings(page, CONTRAST) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("refused") == []


@pytest.mark.parametrize(
    "name", ["etape-1-erreurs", "etape-2", "etape-4-erreurs", "livret", "conflit", "document"]
)
def test_large_text_keeps_to_the_width(open_page: Callable[..., Page], name: str) -> None:
    page = open_page(name, width=640)  # 200 % of 320 px
    page.evaluate(DOUBLE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


@pytest.mark.parametrize("name", ["etape-1", "etape-2", "etape-4-amenagements", "tout"])
def test_a_step_needs_no_script(open_page: Callable[..., Page], name: str) -> None:
    page = open_page(name, java_script_enabled=False)
    for hidden in page.locator(".choice > input:not(:checked) ~ .reveal").all():
        expect(hidden).not_to_be_visible()
    for button in page.locator(".fold[open] .nojs button").all():
        expect(button).to_be_visible()


def test_a_ticked_option_reveals_its_precisions(open_page: Callable[..., Page]) -> None:
    page = open_page("etape-2", java_script_enabled=False)
    page.get_by_label("Gestion de la tâche et autonomie").check()
    inner = page.locator("#appuis-1-a-l-3")
    inner.check()
    expect(page.locator("#appuis-1-a-l-3-d0")).to_be_visible()


def test_the_summary_has_the_focus_and_leads_to_the_control(open_page: Callable[..., Page]) -> None:
    page = open_page("etape-1-erreurs")
    expect(page.locator("#erreurs")).to_be_focused()
    page.get_by_role("link", name="Participant 3").click()
    expect(page.locator("#participants-c-prenom")).to_be_focused()


def test_an_address_opens_the_folds_around_its_target(open_page: Callable[..., Page]) -> None:
    page = open_page("etape-4-objectifs#objectifs-c-intitule")
    expect(page.locator("#objectifs-c-intitule")).to_be_focused()


def test_focus_is_never_under_the_action_bar(open_page: Callable[..., Page]) -> None:
    page = open_page("etape-4-objectifs")
    for _ in range(60):
        page.keyboard.press("Tab")
        covered = page.evaluate(COVERED)
        assert not covered, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_the_counter_follows_the_keys(open_page: Callable[..., Page]) -> None:
    page = open_page("etape-4-objectifs")
    area = page.locator("#objectifs-b-competences")
    count = page.locator("#objectifs-b-competences-compte")
    for text, limit in (("é" * 104, 1000), ("a" * 1042, 1000), ("", 1000), ("x", 1000), ("👍" * 950, 1000)):
        area.fill(text)
        assert count.text_content() == counter(len(text), limit)
    area.fill("👍" * 950)
    expect(page.locator("#x-voix")).to_have_text(counter(950, 1000))


# --- automatic saves ---------------------------------------------------------------------------------


def saved(name: str, *nodes: Node, revision: int = 8, at: str = "14 h 33") -> str:
    screen = samples.SCREENS[name]
    screen = replace(screen, revision=revision, base="fresh", saved=f"Brouillon enregistré à {at}")
    return html.regions(screen, samples.FRAME, nodes)


def answers(body: str, **given: Any) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8", **given)


@needs_htmx
def test_a_text_is_saved_one_second_after_the_last_key(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("etape-1")
    site.on_post = answers(saved("etape-1"))
    page.locator("#participants-a-nom").press_sequentially("x", delay=10)
    page.wait_for_timeout(700)
    assert site.posts == []
    expect(page.locator("#etat")).to_have_text("Brouillon enregistré à 14 h 33")
    assert site.posts[0]["_do"] == ["auto"]
    assert site.posts[0]["participants.a.nom"] == ["xTournier"] and site.posts[0]["_sitting"] == ["s-1"]
    assert site.posts[0]["participants~rows"] == ["a", "b", "c", "d"]
    assert site.headers[0]["x-csrf-token"] == "jeton-de-session" and site.headers[0]["hx-request"] == "true"
    assert (
        page.locator("#x-revision").input_value() == "8" and page.locator("#x-base").input_value() == "fresh"
    )
    assert page.evaluate("refused") == []


@needs_htmx
def test_what_others_depend_on_is_saved_at_once(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("etape-1")
    absent = AbsentView("matiere", "r-participants-b-matiere")
    site.on_post = answers(saved("etape-1", absent))
    page.locator("#participants-b-fonction").focus()
    page.locator("#participants-b-fonction").select_option("code.0")
    expect(page.locator("#participants-b-matiere")).to_have_count(0, timeout=600)
    expect(page.locator("#participants-b-fonction")).to_be_focused()
    expect(page.locator("#etapes")).to_have_count(1)


@needs_htmx
def test_a_region_in_which_someone_types_waits(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("etape-4-objectifs")
    step = samples.fourth_step()
    goals = step.nodes[0].nodes[0].nodes[2]  # type: ignore[union-attr]
    site.on_post = answers(saved("etape-4-objectifs", goals))
    title = page.locator("#objectifs-a-intitule")
    title.fill("Neuf")
    page.locator("#objectifs-b-competences").focus()
    expect(page.locator("#etat")).to_contain_text("14 h 33")
    expect(title).to_have_value("Neuf")
    site.on_post = answers(saved("etape-4-objectifs", goals, at="14 h 34"))
    page.get_by_role("button", name="Enregistrer", exact=True).last.focus()
    expect(page.locator("#etat")).to_contain_text("14 h 34")
    assert site.posts[-1]["_again"] == ["r-objectifs"]
    expect(title).to_have_value("Comprendre une consigne à plusieurs étapes")


@needs_htmx
def test_a_region_keeps_its_folds_and_the_focus(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("etape-4-amenagements")
    fold = page.locator("#am-com-pli")
    fold.locator("summary").click()
    site.on_post = answers(saved("etape-4-amenagements", samples.checklist()))
    page.locator("#am-com-1").check()
    expect(page.locator("#etat")).to_contain_text("14 h 33")
    expect(fold).to_have_attribute("open", "")
    expect(page.locator("#am-com-1")).to_be_focused()


@needs_htmx
def test_enter_saves_and_stays(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("etape-1")
    site.on_post = answers(saved("etape-1"))
    page.locator("#participants-a-nom").press("Enter")
    expect(page.locator("#etat")).to_contain_text("14 h 33")
    assert [post["_do"] for post in site.posts] == [["auto"]]
    expect(page.locator("#participants-a-nom")).to_be_focused()


def test_enter_saves_without_script(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("etape-1", java_script_enabled=False)
    page.locator("#participants-a-nom").press("Enter")
    assert [post["_do"] for post in site.posts] == [["enregistrer"]]


@needs_htmx
def test_a_failed_save_says_so_and_is_tried_again(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("etape-1")
    site.on_post = lambda route: route.abort()
    page.locator("#duree").fill("7")
    page.locator("#duree").blur()
    note = page.locator("#x-panne")
    expect(note).to_be_visible()
    expect(note).to_be_focused()
    expect(note).to_contain_text("Le réseau ne répond plus. Votre texte reste affiché")
    expect(note).to_contain_text("5 secondes")
    site.on_post = answers(saved("etape-1", at="14 h 36"))
    note.get_by_role("button").click()
    expect(note).to_be_hidden()
    expect(page.locator("#etat")).to_have_text("Tout est enregistré (14 h 36)")
    assert page.evaluate("refused") == []


@needs_htmx
def test_a_failure_never_takes_the_focus_from_a_text(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("etape-1")
    site.on_post = lambda route: route.fulfill(
        status=422, body="Texte trop long.", content_type="text/plain; charset=utf-8"
    )
    page.locator("#participants-a-nom").fill("Autre")
    expect(page.locator("#x-panne")).to_contain_text("Texte trop long.")
    expect(page.locator("#participants-a-nom")).to_be_focused()
    expect(page.locator("#participants-a-nom")).to_have_value("Autre")


@needs_htmx
def test_an_expired_session_keeps_the_text_until_sign_in(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("etape-1")
    site.on_post = lambda route: route.fulfill(status=401, headers={"X-Canevas": "expired"}, body="")
    page.locator("#participants-a-nom").fill("Gardé")
    note = page.locator("#x-expiree")
    expect(note).to_be_visible()
    expect(note.get_by_role("link")).to_have_attribute("target", "_blank")
    home = site.pages["etape-1"]
    site.pages["etape-1"] = home.replace("Nadia Ferrand", "Karima Benali")
    note.get_by_role("button").click()
    expect(note).to_contain_text("Un autre compte est connecté")
    site.pages["etape-1"] = home.replace("jeton-de-session", "jeton-neuf")
    site.on_post = answers(saved("etape-1", at="14 h 40"))
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(note).to_be_hidden()
    assert site.headers[-1]["x-csrf-token"] == "jeton-neuf"
    assert site.posts[-1]["participants.a.nom"] == ["Gardé"] and site.posts[-1]["_revision"] == ["7"]


@needs_htmx
def test_a_conflict_goes_to_its_page(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("etape-1")
    site.on_post = lambda route: route.fulfill(status=409, headers={"HX-Redirect": "/conflit"}, body="")
    page.locator("#participants-a-nom").fill("Autre")
    page.wait_for_url(f"{HOST}/conflit")


@needs_htmx
def test_what_is_not_saved_goes_with_the_page(browser: Browser, served: tuple[str, Site]) -> None:
    host, site = served
    page = browser.new_page()
    page.goto(f"{host}/etape-1")
    page.locator("#participants-a-nom").fill("Parti")
    page.goto(f"{host}/liste")
    page.wait_for_timeout(200)
    page.close()
    assert [post["participants.a.nom"] for post in site.posts] == [["Parti"]]
    assert site.posts[0]["_do"] == ["auto"]


@needs_htmx
def test_one_press_is_one_submission(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("lieu")
    site.on_post = lambda route: None  # never answers
    page.get_by_role("button", name="Créer le livret").dblclick(no_wait_after=True)
    page.wait_for_timeout(200)
    assert len(site.posts) == 1


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """This machine's Chromium, when Playwright's own is missing."""
    found = which("chromium")
    return {
        **browser_type_launch_args,
        "args": ["--no-sandbox"],
        **({"executable_path": found} if found else {}),
    }


def test_the_rim_allows_nothing_inline() -> None:
    assert not re.search(r"unsafe|nonce|\*", CSP)

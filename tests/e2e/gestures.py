"""What a person does with a page, by the words that they see; nothing here knows how a page is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.unit.renderers_pdf.reading import Reading

Scope = Page | Locator
Label = str | re.Pattern[str]


def words(text: str, *, whole: bool = True) -> re.Pattern[str]:
    """Match words whatever the apostrophes and the spaces that typography gives them.

    >>> bool(words("Nom de l'élève n°1").match("Nom de l’élève n°\\xa01"))
    True
    """
    pattern = re.escape(text).replace("/", r"\x2f")  # Playwright writes a pattern between slashes
    for plain, typeset in (("'", "['’]"), (r"\ ", r"\s+"), ("n°", r"n°\s*"), (",", r"\s*,")):
        pattern = pattern.replace(plain, typeset)
    return re.compile(rf"^\s*{pattern}\s*$" if whole else pattern)


def starting(text: str) -> re.Pattern[str]:
    """Match what begins with some words: the label of a cell goes on with its row, for speech."""
    return re.compile(words(text).pattern.removesuffix(r"\s*$"))


# --- controls -----------------------------------------------------------------------------------


def named(label: Label) -> re.Pattern[str]:
    """Whole words, or a pattern as it is."""
    return words(label) if isinstance(label, str) else label


def box(scope: Scope, label: Label) -> Locator:
    """A text control by its label."""
    return scope.get_by_role("textbox", name=named(label))


def tick(scope: Scope, label: str) -> Locator:
    """A checkbox by its label."""
    return scope.get_by_role("checkbox", name=words(label))


def radio(scope: Scope, label: Label) -> Locator:
    """A radio button by its label."""
    return scope.get_by_role("radio", name=named(label))


def choices(scope: Scope, label: Label) -> Locator:
    """A list of options by its label."""
    return scope.get_by_role("combobox", name=named(label))


def choose(scope: Scope, label: Label, option: Label) -> None:
    """Pick an option of a list by its words."""
    listed = choices(scope, label)
    wanted = listed.get_by_role("option", name=named(option))
    listed.select_option(wanted.get_attribute("value"))


def button(scope: Scope, name: Label) -> Locator:
    """A button, or a link that looks like one."""
    return scope.get_by_role("button", name=named(name)).or_(scope.get_by_role("link", name=named(name)))


def row(page: Page, title: str) -> Locator:
    """A row of a table by its head."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=words(title)))


def fold(page: Page, title: str) -> Locator:
    """A part that opens and closes, opened."""
    found = page.locator("details").filter(has=page.get_by_role("heading", name=words(title)))
    if found.get_attribute("open") is None:
        found.locator("summary").first.click()
    return found


# --- going somewhere ----------------------------------------------------------------------------


def sign_in(page: Page, login: str, password: str = "") -> None:
    """Fill the sign-in form; the demonstration's password when none is given."""
    box(page, "Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(password or f"demo-{login}")
    press(page, "Se connecter")


def press(scope: Scope, name: Label) -> None:
    """Press what leads to a page, and wait for it."""
    page = scope if isinstance(scope, Page) else scope.page
    found = button(scope, name)
    found.first.wait_for()
    with page.expect_navigation():
        _once(found).click()


def _once(found: Locator) -> Locator:
    """One of two links to one page: a gesture stands under its reminder and among the actions.

    Anything else that is found twice is told by the click.
    """
    urls = {one.get_attribute("href") for one in found.all()}
    return found.first if len(urls) == 1 and None not in urls else found


@contextmanager
def saving(page: Page) -> Iterator[None]:
    """Wait for the automatic save that what is done here brings about."""
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        yield


def download(scope: Scope, name: Label) -> Reading:
    """Download a PDF; gives it opened."""
    page = scope if isinstance(scope, Page) else scope.page
    with page.expect_download() as started:
        button(scope, name).click()
    return Reading(Path(started.value.path()).read_bytes())


# --- what is seen -------------------------------------------------------------------------------


def titled(page: Page, text: str) -> None:
    """Expect the page's title."""
    expect(page.get_by_role("heading", level=1, name=words(text))).to_be_visible()


def says(scope: Scope, text: str) -> None:
    """Expect words somewhere."""
    expect(scope.get_by_text(words(text, whole=False)).first).to_be_visible()


def silent(scope: Scope, text: str) -> None:
    """Expect words nowhere."""
    expect(scope.get_by_text(words(text, whole=False))).to_have_count(0)

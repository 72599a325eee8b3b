"""What a person does with a page, by the words that they see; nothing here knows how a page is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

Scope = Page | Locator


def words(text: str, *, whole: bool = True) -> re.Pattern[str]:
    """Match words whatever the apostrophe and the spaces that typography gives them."""
    pattern = re.escape(text).replace("'", "['’]").replace(r"\ ", r"\s+")
    return re.compile(rf"^\s*{pattern}\s*$" if whole else pattern)


def starting(text: str) -> re.Pattern[str]:
    """Match what begins with some words: a label of a table goes on with its row, for speech."""
    return re.compile(words(text).pattern.removesuffix(r"\s*$"))


def box(scope: Scope, label: str) -> Locator:
    """A text control by its label."""
    return scope.get_by_role("textbox", name=words(label))


def tick(scope: Scope, label: str) -> Locator:
    """A checkbox by its label."""
    return scope.get_by_role("checkbox", name=words(label))


def radio(scope: Scope, label: str) -> Locator:
    """A radio button by its label."""
    return scope.get_by_role("radio", name=words(label))


def choose(scope: Scope, label: str, option: str) -> None:
    """Pick an option of a list by its words."""
    listed = scope.get_by_role("combobox", name=words(label))
    wanted = listed.get_by_role("option", name=words(option))
    listed.select_option(wanted.get_attribute("value"))


def button(scope: Scope, name: str) -> Locator:
    """A button, or a link that looks like one."""
    pattern = words(name)
    return scope.get_by_role("button", name=pattern).or_(scope.get_by_role("link", name=pattern))


def press(scope: Scope, name: str) -> None:
    """Press a button that leads to a page, and wait for it."""
    page = scope if isinstance(scope, Page) else scope.page
    with page.expect_navigation():
        button(scope, name).click()


def heading(page: Page, text: str) -> None:
    """Expect the page's title."""
    expect(page.get_by_role("heading", level=1, name=words(text))).to_be_visible()


def says(scope: Scope, text: str) -> None:
    """Expect words somewhere."""
    expect(scope.get_by_text(words(text, whole=False)).first).to_be_visible()


@contextmanager
def saving(page: Page) -> Iterator[None]:
    """Wait for the automatic save that what is done here brings about."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        yield

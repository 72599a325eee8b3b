"""Plays a journey that is written as data: who comes, what they press, what they answer, what paper says.

An act is an object of one key, its gesture (`GESTURES`); answers go by the labels that a person reads, and
the kind of control decides how they are given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.gestures import Scope, button, download, press, says, silent, starting, words
from tests.e2e.reading import accessible, kind_of

PDF = b"%PDF-1.4\n%%EOF\n"  # what any file that is joined holds
SHOWN = 6_000  # characters of a page that a failure shows
CLOSED = "details.fold:not([open]) > summary"
Answer = str | bool | Sequence[str] | Mapping[str, Any]


@dataclass
class Journey:
    """A journey under way: who is here, on which page, and the addresses that were kept."""

    open_as: Callable[[str], Page]
    script: bool
    seen: set[str]  # kinds of screens that were read with axe already
    people: dict[str, Page] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    who: str = ""
    read: bool = True  # whether new kinds of screens are read

    @property
    def page(self) -> Page:
        """The page of who acts now."""
        return self.people[self.who]

    def play(self, acts: Sequence[Mapping[str, Any]]) -> None:
        """Do each act in turn; a failure says which, and what the page showed."""
        for n, act in enumerate(acts, start=1):
            with self._telling(f"act {n}: {act}"):
                ((gesture, given),) = act.items()
                GESTURES[gesture](self, given)

    @contextmanager
    def _telling(self, act: str) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            if self.who:
                shown = self.page.locator("main").aria_snapshot()
                error.add_note(f"{act}\n{self.who} at {self.page.url}\n{shown[:SHOWN]}")
            raise


# --- coming and going ---------------------------------------------------------------------------


def come(journey: Journey, login: str) -> None:
    """Let somebody else act, in a browser of their own."""
    journey.who = login
    if login not in journey.people:
        journey.people[login] = journey.open_as(login)


def keep(journey: Journey, name: str) -> None:
    """Remember where this page is."""
    journey.kept[name] = journey.page.url


def go(journey: Journey, name: str) -> None:
    """Come to a page that was remembered, or to an address."""
    journey.page.goto(journey.kept.get(name, name))


def press_each(journey: Journey, names: str | Sequence[str]) -> None:
    """Press what leads on, one after another, by the beginning of their words."""
    for name in [names] if isinstance(names, str) else names:
        press(_shown(journey.page, name), starting(name))
        if journey.script and journey.read and (kind := kind_of(journey.page)) not in journey.seen:
            journey.seen.add(kind)
            accessible(journey.page)


def _shown(page: Page, name: str) -> Scope:
    """Where a button is to be looked for: the page itself, or its menu when the page hasn't it."""
    main = page.locator("main")
    return main if button(main, starting(name)).count() else page


def search(journey: Journey, text: str) -> None:
    """Write what is looked for."""
    journey.page.locator("main").get_by_role("searchbox").fill(text)


def press_there(journey: Journey, given: Mapping[str, str]) -> None:
    """Press something in a named part."""
    for place, name in given.items():
        press(part(journey.page, place), starting(name))


# --- answering ----------------------------------------------------------------------------------


def fill(journey: Journey, answers: Mapping[str, Answer]) -> None:
    """Answer questions in their order."""
    _answer_all(journey, [], answers)


def _answer_all(journey: Journey, parts: list[str], answers: Mapping[str, Answer]) -> None:
    for label, answer in answers.items():
        if isinstance(answer, Mapping):
            _answer_all(journey, [*parts, label], answer)
        else:
            _answer(journey, parts, label, answer)


def _answer(journey: Journey, parts: list[str], label: str, answer: Answer) -> None:
    control = _find(journey, parts, label)
    match control.get_attribute("type") or control.evaluate("node => node.localName"):
        case "checkbox":
            control.set_checked(bool(answer))
        case "select":
            wanted = control.get_by_role("option", name=starting(str(answer)))
            control.select_option(wanted.first.get_attribute("value"))
        case "fieldset":
            for option in [answer] if isinstance(answer, str) else answer:
                assert isinstance(option, str), answer
                _pick(journey, [*parts, label], option)
        case _:
            control.fill(str(answer))


def _pick(journey: Journey, parts: list[str], option: str) -> None:
    scope = _scope(journey.page, parts)
    picked = _either(scope, ("radio", "checkbox"), starting(option)).first
    _unfold(scope)
    picked.check()


def _find(journey: Journey, parts: list[str], label: str) -> Locator:
    """The control of a question: opens what is folded, and saves where nothing shows it by itself."""
    page = journey.page
    for reveal in (
        lambda: None,
        lambda: _unfold(page.locator("#saisie")),
        lambda: _await(journey, parts, label),
    ):
        reveal()
        found = control(_scope(page, parts), label) if _there(page, parts) else None
        if found is not None and found.count():
            return found.first
    raise AssertionError(f"no question « {label} » in {parts or 'the page'}")


def _await(journey: Journey, parts: list[str], label: str) -> None:
    if journey.script:
        control(_scope(journey.page, parts), label).first.wait_for()
    else:
        press(journey.page, "Enregistrer")
        _unfold(journey.page.locator("#saisie"))


def _there(page: Page, parts: Sequence[str]) -> bool:
    return not parts or _scope(page, parts).count() > 0


def _scope(page: Page, parts: Sequence[str]) -> Scope:
    scope: Scope = page.locator("main")
    for name in parts:
        scope = part(scope, name)
    return scope


def part(scope: Scope, name: str) -> Locator:
    """A named part: a row, a card that folds, a group of controls, a region."""
    page = scope if isinstance(scope, Page) else scope.page
    said = starting(name)
    row = scope.get_by_role("row").filter(has=page.get_by_role("rowheader", name=said))
    card = scope.locator("details.fold").filter(has=page.locator("summary").get_by_role("heading", name=said))
    group = scope.get_by_role("group", name=said)
    region = scope.get_by_role("region", name=said)
    return row.or_(card).or_(group).or_(region).first


def control(scope: Scope, label: str) -> Locator:
    """The control of a question by its label: a box, a list, a tick, or the group of what may be picked."""
    said = _said(label)
    single = _either(scope, ("textbox", "combobox", "checkbox"), said)
    group = scope.locator("fieldset").and_(scope.get_by_role("group", name=said))
    return single.or_(group)


def _said(label: str) -> re.Pattern[str]:
    """A whole label, with what only speech hears after it: its row, or that it is required."""
    return re.compile(words(label).pattern.removesuffix(r"\s*$") + r"\s*($|,|\()")


def _either(scope: Scope, roles: Sequence[Any], name: re.Pattern[str]) -> Locator:
    found = scope.get_by_role(roles[0], name=name)
    for role in roles[1:]:
        found = found.or_(scope.get_by_role(role, name=name))
    return found


def _unfold(scope: Scope) -> None:
    """Open what is folded, from the last to the first: opening one moves those below."""
    for closed in reversed(scope.locator(CLOSED).all()):
        closed.click()


# --- what is to be seen -------------------------------------------------------------------------


def join(journey: Journey, files: Mapping[str, str]) -> None:
    """Choose a file for each question by its label: it goes with the step."""
    for label, name in files.items():
        chosen = journey.page.locator("#saisie").get_by_label(starting(f"Choisir un fichier : {label}"))
        chosen.set_input_files({"name": name, "mimeType": "application/pdf", "buffer": PDF})


def expect_words(journey: Journey, texts: str | Sequence[str]) -> None:
    """Expect words on the page."""
    for text in [texts] if isinstance(texts, str) else texts:
        says(journey.page.locator("main"), text)


def expect_none(journey: Journey, texts: str | Sequence[str]) -> None:
    """Expect words nowhere on the page."""
    for text in [texts] if isinstance(texts, str) else texts:
        silent(journey.page.locator("main"), text)


def expect_no_button(journey: Journey, name: str) -> None:
    """Expect nothing of that name to press."""
    expect(button(journey.page.locator("main"), starting(name))).to_have_count(0)


def expect_paper(journey: Journey, papers: Mapping[str, Sequence[str]]) -> None:
    """Download each paper by its button, and expect words on it."""
    for name, texts in papers.items():
        paper = _plain(download(journey.page, starting(name)).text)
        for text in texts:
            assert _plain(text) in paper, f"« {text} » is not on « {name} »:\n{paper}"


def _plain(text: str) -> str:
    """Words without what typography and lines make of them."""
    return re.sub(r"\s+", " ", text.replace("\u200b", "").replace("’", "'"))


GESTURES: Mapping[str, Callable[[Journey, Any], None]] = {
    "as": come,
    "keep": keep,
    "go": go,
    "press": press_each,
    "press in": press_there,
    "search": search,
    "fill": fill,
    "join": join,
    "says": expect_words,
    "silent": expect_none,
    "no button": expect_no_button,
    "paper": expect_paper,
}

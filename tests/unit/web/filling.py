"""A form as a browser holds it: read out of a page, changed by hand, sent back whole."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from demo_site import Visitor
from web_trial import Raw


class _Controls(HTMLParser):
    """Gathers what a browser would send of the form #saisie."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pairs: list[tuple[str, str]] = []
        self.action = ""
        self._inside = False
        self._area = ""
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("id") == "saisie"
            self.action = given["action"] if self._inside else self.action
        if not self._inside:
            return
        if tag == "input":
            self._input(given)
        elif tag == "textarea":
            self._area, self._text = given["name"], []
        elif tag == "select":
            self._select, self._options = given["name"], []
        elif tag == "option" and self._select:
            self._options.append((given.get("value", ""), "selected" in given))

    def _input(self, given: dict[str, Any]) -> None:
        if given.get("type") in {"checkbox", "radio"} and "checked" not in given:
            return
        if given.get("type") == "file":
            return  # nothing is chosen
        self.pairs.append((given["name"], given.get("value", "on")))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._area:
            self.pairs.append((self._area, "".join(self._text).removeprefix("\n")))
            self._area = ""
        elif tag == "select" and self._select:
            chosen = next((value for value, on in self._options if on), self._options[0][0])
            self.pairs.append((self._select, chosen))
            self._select = ""


@dataclass
class Filled:
    """A page of the wizard, being filled by somebody."""

    visitor: Visitor
    action: str
    pairs: list[tuple[str, str]] = field(default_factory=list)

    def value(self, name: str) -> str | None:
        return next((value for key, value in self.pairs if key == name), None)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def fill(self, name: str, *values: str) -> Filled:
        """Give a control its values, none to untick."""
        self.pairs = [pair for pair in self.pairs if pair[0] != name] + [(name, value) for value in values]
        return self

    def send(self, do: str = "enregistrer") -> Raw:
        pairs = [pair for pair in self.pairs if pair[0] != "_csrf"]
        return self.visitor.post(self.action, [*pairs, ("_do", do)])

    def send_files(self, *files: tuple[str, str, bytes], do: str = "enregistrer") -> Raw:
        """Send the page with files, (control, name, content), as a browser does."""
        texts = [pair for pair in self.pairs if pair[0] != "_csrf"]
        return self.visitor.upload(self.action, [*texts, ("_do", do)], files)

    def auto(self) -> Raw:
        """Send as the script does, and take what comes back."""
        answer = self.send("auto")
        text = answer.body.decode()
        for id, name in (("x-revision", "_revision"), ("x-base", "_base")):
            found = re.search(rf'id="{id}" name="{name}" value="([^"]*)"', text)
            if found:
                self.fill(name, html.unescape(found[1]))
        return answer


def open_step(visitor: Visitor, document: str, step: str, query: str = "") -> Filled:
    """Open a step's page."""
    answer = visitor.get(f"/documents/{document}/etapes/{step}{query}")
    assert answer.status == 200, (answer.status, visitor.site.incidents())
    return read_page(visitor, answer)


def read_page(visitor: Visitor, answer: Raw) -> Filled:
    """Take the form out of a page."""
    reader = _Controls()
    reader.feed(answer.body.decode())
    return Filled(visitor, reader.action, reader.pairs)

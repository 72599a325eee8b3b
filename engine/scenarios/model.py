"""The shape of a scenario, and what its run says. Unknown keys are faults, as in a definition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from engine.compile import CompiledForm
from engine.faults import Location
from engine.model import Part, Semver, Short, Slug, Value
from engine.paths import json_path

Forms = Mapping[tuple[str, str], CompiledForm]
Answers = dict[str, Any]  # stored form; their names are checked against the form
Id = Annotated[str, Field(min_length=1, max_length=100)]
MAX_MOMENTS = 50


class Person(Part):
    """Who looks; `roles` are those that the person has on this document."""

    person: Id
    roles: list[Slug] = Field(default_factory=list)
    label: Short | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)


class Place(Part):
    """A place, with the attributes that conditions read."""

    kind: Slug
    attributes: dict[str, Any] = Field(default_factory=dict)


class Dates(Part):
    """The document's own dates; by default it was created, and closed if it is, on the scenario's day."""

    created_on: str | None = None
    frozen_on: str | None = None


class Other(Part):
    """Another document: one that a link points at, or one of a collection."""

    form: Slug
    version: Semver | None = None
    state: Slug
    document: Dates = Dates()
    subject: Answers | None = None
    answers: Answers = Field(default_factory=dict)


class ExpectedProblem(Part):
    """A problem: its path, its code (or the id that the form gave it), its level if that matters."""

    at: str
    code: str
    level: Literal["error", "warning", "info"] | None = None


class ExpectedDocument(Part):
    """A document that an action created; rows are compared without their ids."""

    form: Slug
    version: Semver | None = None
    state: Slug | None = None
    links: dict[Slug, str] = Field(default_factory=dict)
    answers: Answers = Field(default_factory=dict)
    unanswered: list[str] = Field(default_factory=list)


class Expect(Part):
    """What is expected; what is left out is not looked at.

    `problems` is exact for errors and warnings, `created` is exact in number and order; empty
    `writable`, `suggestible` and `actions` mean none at all; the rest are subsets.
    """

    visible: list[str] | None = None
    hidden: list[str] | None = None
    values: dict[str, Any] | None = None
    problems: list[ExpectedProblem] | None = None
    missing: list[str] | None = None
    gates: dict[str, Literal["open", "incomplete", "complete"]] | None = None
    shown: dict[str, list[str]] | None = None
    offered: dict[str, list[str]] | None = None
    not_offered: dict[str, list[str]] | None = None
    readable: list[str] | None = None
    unreadable: list[str] | None = None
    writable: list[str] | None = None
    suggestible: list[str] | None = None
    actions: dict[Slug, Slug] | None = None
    state: Slug | None = None
    closed: list[Slug] | None = None
    frozen: list[str] | None = None
    ignored: list[str] | None = None
    subject: Answers | None = None
    links: dict[Slug, Slug] | None = None
    created: list[ExpectedDocument] | None = None


class Moment(Part):
    """What happens next: another day or person, then a change or an action, then what is expected."""

    today: str | None = None
    user: Person | None = None
    change: Answers | None = None
    do: Slug | None = None
    expect: Expect | None = None


class Scenario(Part):
    """A scenario, whole; `constants` replace settings of the form.

    `version` plays it on that version alone, `since` and `until` on every one between them; with none of
    these, on the newest. `collections` hold what is given, whatever actions do or create.
    """

    form: Slug
    version: Semver | None = None
    since: Semver | None = None
    until: Semver | None = None
    title: Short
    today: str
    user: Person
    constants: dict[str, Value] = Field(default_factory=dict)
    places: dict[Id, Place] = Field(default_factory=dict)
    subject: Answers | None = None
    links: dict[str, Other] = Field(default_factory=dict)
    collections: dict[str, list[Other]] = Field(default_factory=dict)
    document: Dates = Dates()
    state: Slug
    answers: Answers = Field(default_factory=dict)
    expect: Expect | None = None
    then: list[Moment] = Field(default_factory=list, max_length=MAX_MOMENTS)


@dataclass(frozen=True)
class Failure:
    """One thing that is not as expected; `where` is the JSON place of the expectation.

    `name`: what means nothing there, if that is what is wrong.
    """

    where: str
    wanted: str
    found: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.where} : attendu {self.wanted} ; obtenu {self.found}"


def failure(where: Location, wanted: str, found: str, name: str = "") -> Failure:
    """Say what was expected at a place of the scenario, and what was found."""
    return Failure(json_path(where), wanted, found, name)


def words(value: Any) -> str:
    """Cite a JSON value in a message, cut if it is long.

    >>> words(None), words("6e"), words(["a"])
    ('rien', '« 6e »', '["a"]')
    """
    if value is None:
        return "rien"
    text = f"« {value} »" if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:299] + "…"

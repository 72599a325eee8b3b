"""A scenario out of a real document: its choices, numbers and dates as they are, words and people replaced.

Replacing is deterministic and keeps nothing of a text but its length, its case and its punctuation: equal
texts stay equal. What the scenario expects is what happens when it is played: whoever keeps it reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from string import ascii_lowercase, digits
from typing import Any

from engine.answers import is_raw
from engine.attachments import KINDS, kind_of
from engine.compile import CompiledForm
from engine.reading import validate
from engine.scenarios.model import Forms, Scenario
from engine.scenarios.observing import observed
from engine.scenarios.playing import play
from engine.scenarios.seen import Seen, code_of
from engine.scenarios.spots import spell
from engine.skeleton import Item

MOST_MET = 50  # documents of a collection
KEPT = frozenset({"number", "boolean", "time"})
Raw = dict[str, Any]
Paper = tuple[CompiledForm, Mapping[str, Any]]  # a document's form and body


@dataclass(frozen=True, eq=False)
class Source:
    """A document to record: what it is about, its links and collections; the roles of whoever looks."""

    main: Paper
    subject: Paper | None
    links: Mapping[str, Paper]
    roles: Sequence[str]
    today: date
    collections: Mapping[str, Sequence[Paper]] = field(default_factory=dict)


def record(source: Source, forms: Forms) -> Raw:
    """Make a scenario of a document, and play it to know what it expects."""
    (form, body), veil = source.main, Veil()
    raw: Raw = {
        "form": form.id,
        "version": form.version,
        "title": f"Enregistré d'un document : {form.form.title}, {form.state(body['state']).label}",
        "today": source.today.isoformat(),
        "user": {"person": "p-1", "roles": sorted(source.roles)},
        "document": {"created_on": str(body["events"][0]["at"])[:10]},
    }
    if source.subject is not None:
        raw["subject"] = veil.answers(*source.subject)
    if source.links:
        raw["links"] = {name: _other(paper, veil) for name, paper in source.links.items()}
    met = {name: papers[:MOST_MET] for name, papers in source.collections.items() if papers}
    if met:
        raw["collections"] = {name: [_other(one, veil) for one in papers] for name, papers in met.items()}
    raw |= {"state": body["state"], "answers": veil.answers(form, body), "expect": {"state": body["state"]}}
    seen = next(iter(play(validate(raw, "enregistrement", Scenario), forms))).seen
    return {**raw, "expect": {**observed(seen), "problems": _problems(seen), "state": body["state"]}}


def _other(paper: Paper, veil: Veil) -> Raw:
    form, body = paper
    return {
        "form": form.id,
        "version": form.version,
        "state": body["state"],
        "document": {"created_on": str(body["events"][0]["at"])[:10]},
        "answers": veil.answers(form, body),
    }


def _problems(seen: Seen) -> list[Raw]:
    form = seen.state.form
    return [
        {"at": spell(one.path, form), "code": code_of(one)} for one in seen.problems if one.level != "info"
    ]


@dataclass(eq=False)
class Veil:
    """What replaces words and people, the same each time that they come."""

    texts: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)

    def answers(self, form: CompiledForm, body: Mapping[str, Any]) -> Raw:
        """Replace what a document holds, closed steps too; the dates of a record are a person's."""
        birth = form.form.nature == "record"
        whole = dict(body.get("answers", {}))
        for frozen in body.get("frozen", {}).values():
            whole |= frozen["answers"]
        fields = {name: item for name, item in form.skeleton.named.items() if item.is_field}
        found = {
            name: self._value(form, fields[name], value, birth)
            for name, value in whole.items()
            if name in fields
        }
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, form: CompiledForm, item: Item, value: Any, birth: bool) -> Any:
        inside = {child.id: child for child in item.children if child.is_field}
        if item.type == "rows" and isinstance(value, list):
            return [self._row(form, inside, row, birth) for row in value]
        if item.type == "group" and isinstance(value, dict):
            return self._row(form, inside, value, birth)
        target = form.target(item)
        if is_raw(value):
            return {"raw": self.text(str(value["raw"]))}
        if target.type == "signature":
            return None  # an act of somebody: it is not given, it is done
        if target.type == "attachment":
            return [self._file(one) for one in value or ()]
        if target.type == "reference":
            return [self._person(one) for one in value or ()]
        if target.type == "date" and birth and isinstance(value, str):
            return f"{value[:8]}{'02' if value.endswith('-01') else '01'}"  # never the day itself
        if target.type in {*KEPT, "date"} or getattr(target.spec, "from_rows", None) is not None:
            return value  # rows are named by their ids, which say nothing
        return self._words(target, value)

    def _row(self, form: CompiledForm, inside: Mapping[str, Item], row: Raw, birth: bool) -> Raw:
        return {
            key: value if key == "row" else self._value(form, inside[key], value, birth)
            for key, value in row.items()
            if key == "row" or key in inside
        }

    def _words(self, item: Item, value: Any) -> Any:
        """Replace every text but the codes of the field's list."""
        if isinstance(value, str):
            return value if item.listing is not None and value in item.listing else self.text(value)
        if isinstance(value, list):
            return [self._words(item, one) for one in value]
        if isinstance(value, dict):
            return {key: self._words(item, one) for key, one in value.items()}
        return value

    def _file(self, one: Mapping[str, Any]) -> Raw:
        """A file of the same kind and size, whose name and content say nothing."""
        name = str(one.get("name"))
        n = self.people.setdefault(f"fichier {one.get('file')}", len(self.people) + 1)
        ending = KINDS[kind].endings[0] if (kind := kind_of(name)) else ""
        whole = {"file": f"f{n}", "name": f"Fichier {n}{ending}", "size": one.get("size")}
        return whole | {"sha256": f"{n:064x}"}

    def _person(self, one: Mapping[str, Any]) -> Raw:
        n = self.people.setdefault(str(one.get("id")), len(self.people) + 1)
        return {"id": f"x-{n}", "label": f"Personne ou lieu {n}"}

    def text(self, text: str) -> str:
        """Replace letters and figures.

        >>> Veil().text("Zoé a 8 ans.")
        'Bcd f 7 jkl.'
        """
        start = self.texts.setdefault(text, len(self.texts) + 1)
        return "".join(_veiled(letter, start + n) for n, letter in enumerate(text))


def _veiled(letter: str, n: int) -> str:
    if letter.isdigit():
        return digits[n % 10]
    if not letter.isalpha():
        return letter
    other = ascii_lowercase[n % 26]
    return other.upper() if letter.isupper() else other

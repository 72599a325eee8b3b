"""A scenario out of a real document: its choices, numbers and dates as they are, words and people replaced.

What whoever records it may not read is left out; a date of birth loses its day. Replacing is deterministic
and keeps nothing of a text but its length, its case and its punctuation: equal texts stay equal. What the
scenario expects is what happens when it is played: whoever keeps it reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from string import ascii_lowercase, digits
from typing import Any, NamedTuple

from engine.answers import is_raw
from engine.attachments import KINDS, kind_of
from engine.compile import CompiledForm
from engine.paths import Path
from engine.reading import validate
from engine.scenarios.model import Forms, Scenario
from engine.scenarios.observing import observed
from engine.scenarios.playing import play
from engine.scenarios.seen import Seen, code_of
from engine.scenarios.spots import spell
from engine.skeleton import Item
from engine.types import iso_day

MOST_MET = 50  # documents of a collection
KEPT = frozenset({"number", "boolean", "time"})
Raw = dict[str, Any]
LONG_BEFORE = timedelta(days=365)  # a date so long before its document is somebody's, not the work's


class Paper(NamedTuple):
    """A document: its form, its body, the static paths that whoever records may read there."""

    form: CompiledForm
    body: Mapping[str, Any]
    reads: frozenset[Path]


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
    (form, body, _), veil = source.main, Veil()
    raw: Raw = {
        "form": form.id,
        "version": form.version,
        "title": f"Enregistré d'un document : {form.form.title}, {form.state(body['state']).label}",
        "today": source.today.isoformat(),
        "user": {"person": "p-1", "roles": sorted(source.roles)},
        "document": {"created_on": _created(body)},
    }
    if source.subject is not None:
        raw["subject"] = veil.answers(source.subject)
    if source.links:
        raw["links"] = {name: _other(paper, veil) for name, paper in source.links.items()}
    met = {name: papers[:MOST_MET] for name, papers in source.collections.items() if papers}
    if met:
        raw["collections"] = {name: [_other(one, veil) for one in papers] for name, papers in met.items()}
    raw |= {"state": body["state"], "answers": veil.answers(source.main), "expect": {"state": body["state"]}}
    seen = next(iter(play(validate(raw, "enregistrement", Scenario), forms))).seen
    return {**raw, "expect": {**observed(seen), "problems": _problems(seen), "state": body["state"]}}


def _other(paper: Paper, veil: Veil) -> Raw:
    form, body, _ = paper
    return {
        "form": form.id,
        "version": form.version,
        "state": body["state"],
        "document": {"created_on": _created(body)},
        "answers": veil.answers(paper),
    }


def _created(body: Mapping[str, Any]) -> str:
    return str(body["events"][0]["at"])[:10]


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

    def answers(self, paper: Paper) -> Raw:
        """Replace what a document holds, closed steps too, and leave out what may not be read."""
        whole = dict(paper.body.get("answers", {}))
        for frozen in paper.body.get("frozen", {}).values():
            whole |= frozen["answers"]
        fields = {name: item for name, item in paper.form.skeleton.named.items() if item.is_field}
        found = {
            name: self._value(paper, fields[name], value)
            for name, value in whole.items()
            if name in fields and fields[name].path in paper.reads
        }
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, paper: Paper, item: Item, value: Any) -> Any:
        inside = {child.id: child for child in item.children if child.is_field and child.path in paper.reads}
        if item.type == "rows" and isinstance(value, list):
            return [self._row(paper, inside, row) for row in value]
        if item.type == "group" and isinstance(value, dict):
            return self._row(paper, inside, value)
        target = paper.form.target(item)
        if is_raw(value):
            return {"raw": self.text(str(value["raw"]))}
        if target.type == "signature":
            return None  # an act of somebody: it is not given, it is done
        if target.type == "attachment":
            return [self._file(one) for one in value or ()]
        if target.type == "reference":
            return [self._person(one) for one in value or ()]
        if target.type == "date" and isinstance(value, str) and _personal(paper, value):
            return f"{value[:8]}{'02' if value.endswith('-01') else '01'}"  # never the day itself
        if target.type in {*KEPT, "date"} or getattr(target.spec, "from_rows", None) is not None:
            return value  # rows are named by their ids, which say nothing
        return self._words(target, value)

    def _row(self, paper: Paper, inside: Mapping[str, Item], row: Raw) -> Raw:
        return {
            key: value if key == "row" else self._value(paper, inside[key], value)
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


def _personal(paper: Paper, value: str) -> bool:
    """Tell whether a date may be somebody's birth: any of a record, else one long before its document."""
    day, begun = iso_day(value), iso_day(_created(paper.body))
    if paper.form.form.nature == "record" or day is None or begun is None:
        return True
    return day < begun - LONG_BEFORE


def _veiled(letter: str, n: int) -> str:
    if letter.isdigit():
        return digits[n % 10]
    if not letter.isalpha():
        return letter
    other = ascii_lowercase[n % 26]
    return other.upper() if letter.isupper() else other

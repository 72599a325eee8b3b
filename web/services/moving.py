"""Documents between versions: what becomes of each, moving them in batches, bringing them back.

A batch is one transaction: interrupted anywhere and run again, the end is the same, since what has
moved no longer stands on the version that it left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from engine.compile import CompiledForm
from engine.drafting import version_key
from engine.migrate import BLOCKED, UNCHANGED, Replay, Route, Stage, lower, replay, route, undo
from storage.base import AnyOf, Cursor, Entry, Reader, Stored, Transaction
from web import files
from web.catalogue import Catalogue
from web.journal import notes
from web.services.writing import Deps, refresh_subject
from web.world import DOCUMENT, Desk

BATCH = 100
PAGE = 500  # documents found at once: what bounds the memory
MOVER = "canevas"  # the author of what nobody does by hand
SORT = ("created",)


@dataclass(frozen=True)
class Fate:
    """What becomes of one document; `fields` and `why` name no answer."""

    id: str
    version: str
    state: str
    place: str
    outcome: str
    fields: tuple[str, ...] = ()
    why: str = ""
    created: str = ""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A version that documents may move to, with the migrations that lead there.

    `content`: the digest of the published file, for a working copy.
    """

    form: CompiledForm
    stages: Sequence[Stage]
    served: Catalogue
    content: str = ""

    @cached_property
    def unread(self) -> tuple[tuple[str, str], ...]:
        """The links, by form and name, that read this form and not this major version of it."""
        major = self.form.version.split(".")[0]
        found = {
            (form.id, name)
            for form in self.served.forms.values()
            for name, link in form.form.links.items()
            if link.form == self.form.id and link.versions is not None and major not in link.versions
        }
        return tuple(sorted(found))

    def source(self, version: str) -> CompiledForm | None:
        """The version that a document stands on, if it can be read."""
        return self.served.forms.get((self.form.id, version))


def candidate_of(catalogue: Catalogue, form: str, version: str) -> Candidate | None:
    """A published version as a candidate."""
    found = catalogue.forms.get((form, version))
    return None if found is None else Candidate(found, catalogue.migrations.get(form, ()), catalogue)


# --- the dress rehearsal ------------------------------------------------------------------------


def living(reader: Reader, form: str) -> int:
    """Count the documents of a form."""
    return reader.find(DOCUMENT, {"form": form}, limit=0).total


def rehearse(
    reader: Reader, candidate: Candidate, now: datetime, after: Cursor | None = None
) -> Iterator[tuple[Fate, Entry]]:
    """Replay every document of a form on a candidate, in order; writes nothing."""
    routes: dict[str, Route] = {}
    for page in _pages(reader, {"form": candidate.form.id}, after):
        for start in range(0, len(page), BATCH):
            desk = Desk(reader, candidate.served, now, "")
            for entry in page[start : start + BATCH]:
                stored = reader.get(DOCUMENT, entry.id)
                if stored is not None:
                    yield _fate(entry, _replayed(desk, stored, candidate, routes, now)), entry


def _pages(
    reader: Reader, where: Mapping[str, Any], after: Cursor | None = None
) -> Iterator[tuple[Entry, ...]]:
    while True:
        page = reader.find(DOCUMENT, where, sort=SORT, limit=PAGE, after=after)
        yield page.entries
        if page.after is None:
            return
        after = page.after


def _fate(entry: Entry, found: Replay) -> Fate:
    keys = entry.keys
    return Fate(
        entry.id,
        str(keys.get("version", "")),
        str(keys.get("state", "")),
        str(keys.get("place") or ""),
        found.outcome,
        found.fields,
        found.why,
        str(keys.get("created", "")),
    )


def _replayed(
    desk: Desk, stored: Stored, candidate: Candidate, routes: dict[str, Route], now: datetime
) -> Replay:
    version = stored.body["version"]
    source = candidate.source(version)
    if source is None:
        return Replay(BLOCKED, why=f"sa version {version} n'est pas servie")
    if version == candidate.form.version and source is candidate.form:
        return Replay(UNCHANGED)
    if version_key(version) > version_key(candidate.form.version):
        return Replay(BLOCKED, why=f"sa version {version} est plus récente")
    opened = {state.id: state.open for state in source.form.lifecycle.states}.get(stored.body["state"], ())
    if not set(opened) - set(stored.body.get("frozen", ())):
        return Replay(UNCHANGED)  # nothing there is open: no need to read it
    if _read_elsewhere(desk.reader, stored.id, candidate):
        return Replay(
            BLOCKED, why=f"un document qui le désigne ne lit pas la version {candidate.form.version}"
        )
    if version not in routes:
        routes[version] = route(source, candidate.form, candidate.stages)
    read = partial(_read, desk, stored.id)
    return replay(read(source, stored.body), routes[version], read, now.isoformat())


def _read_elsewhere(reader: Reader, id: str, candidate: Candidate) -> bool:
    """Tell whether a document points at this one by a link that does not read the candidate's major."""
    return any(
        reader.find(DOCUMENT, {"form": form, f"link.{name}": id}, limit=0).total
        for form, name in candidate.unread
    )


def _read(desk: Desk, id: str, form: CompiledForm, body: Mapping[str, Any]) -> Any:
    return desk.evaluate_as(form, id, body)


# --- moving -------------------------------------------------------------------------------------


Work = Callable[[Transaction, Entry], "Fate | None"]  # what is done to one document, in a transaction
Task = tuple[dict[str, Any], Work]  # which documents, and what is done to each


def moves(
    deps: Deps, candidate: Candidate, *, versions: Sequence[str] | None = None, drafts: bool = False
) -> Task:
    """Moving the documents of a form that may move.

    `versions`: those to leave (every earlier one by default); `drafts`: only drafts.
    """
    form = candidate.form
    known = [number for name, number in candidate.served.forms if name == form.id]
    older = [one for one in known if version_key(one) < version_key(form.version)]
    where: dict[str, Any] = {"form": form.id, "version": AnyOf(versions if versions is not None else older)}
    if drafts:
        where["phase"] = "draft"
    return where, partial(_move_one, deps, candidate, {})


def move(
    deps: Deps,
    candidate: Candidate,
    *,
    versions: Sequence[str] | None = None,
    drafts: bool = False,
    batch: int = BATCH,
) -> Iterator[Fate]:
    """Move documents as `moves` says; gives each one's fate, once a batch is written."""
    yield from _batches(deps, moves(deps, candidate, versions=versions, drafts=drafts), batch)


def _batches(deps: Deps, task: Task, batch: int) -> Iterator[Fate]:
    """Do a task to every document found, a transaction a batch."""
    (where, work), cursor = task, None
    while True:
        page = deps.store.find(DOCUMENT, where, sort=SORT, limit=batch, after=cursor)
        with deps.store.transaction(MOVER, deps.now()) as tx:
            done = [fate for entry in page.entries if (fate := work(tx, entry)) is not None]
        yield from done
        if page.after is None:
            return
        cursor = page.after


def _move_one(
    deps: Deps, candidate: Candidate, routes: dict[str, Route], tx: Transaction, entry: Entry
) -> Fate | None:
    stored = tx.get(DOCUMENT, entry.id)
    if stored is None:
        return None
    desk = Desk(tx, deps.catalogue, deps.now(), "")
    found = _replayed(desk, stored, candidate, routes, deps.now())
    if found.body is not None:
        if found.outcome != UNCHANGED:
            version = stored.body["version"]
            found.body["told"] = _sentence(candidate, version, routes[version].stages, found)
        _put(deps, tx, stored, found.body, f"Passage à la version {candidate.form.version} du formulaire")
    return _fate(entry, found)


def _put(deps: Deps, tx: Transaction, stored: Stored, body: dict[str, Any], note: str) -> None:
    """Write a document on its new version, with its keys and those of the record that it is about."""
    fresh = Desk(tx, deps.catalogue, deps.now(), "")
    state = fresh.evaluate(stored.id, body)
    keys = fresh.keys(stored.id, state)
    files.tie(tx, state.form, stored.id, body)
    tx.put(DOCUMENT, stored.id, body, keys, expected_revision=stored.revision, note=note)
    refresh_subject(deps, tx, fresh, body.get("subject"))


def _sentence(candidate: Candidate, former: str, stages: Sequence[Stage], found: Replay) -> str:
    """Tell whoever fills a document what changed, and what to look at."""
    form = candidate.form
    said = notes(candidate.served.journal.get(form.id, ()), former, form.version)
    whys = said or tuple(stage.why for stage in stages if stage.why)
    words = f"Le formulaire a changé (version {form.version})"
    words += f" : {_inner(' '.join(whys)[:600])}" if whys else "."
    names = ", ".join(f"« {name} »" for name in found.fields[:8])
    if names and found.outcome == "asked":
        words += f" À remplir ou à vérifier : {names}."
    elif names:
        words += f" Gardé à part, en lecture : {names}."
    return words


def _inner(text: str) -> str:
    """A sentence after a colon: no capital, unless it is that of an acronym.

    >>> _inner("L'aide change."), _inner("PDF de plus.")
    ("l'aide change.", 'PDF de plus.')
    """
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def follow_patches(deps: Deps) -> int:
    """Move drafts to the last patch of their version; gives how many moved."""
    moved = 0
    for form_id in sorted({form for form, _ in deps.catalogue.forms}):
        for patch, older in _patched(deps.catalogue, form_id).items():
            candidate = candidate_of(deps.catalogue, form_id, patch)
            if candidate is not None:
                fates = move(deps, candidate, versions=older, drafts=True)
                moved += sum(fate.outcome != BLOCKED for fate in fates)
    return moved


def _patched(catalogue: Catalogue, form: str) -> dict[str, list[str]]:
    """The last patch of each line of versions -> those that it follows."""
    lines: dict[tuple[int, ...], list[str]] = {}
    for name, version in sorted(catalogue.forms, key=lambda key: version_key(key[1])):
        if name == form and version not in catalogue.withdrawn(form):
            lines.setdefault(version_key(version)[:2], []).append(version)
    return {line[-1]: line[:-1] for line in lines.values() if len(line) > 1}


# --- bringing back ------------------------------------------------------------------------------


def returns(deps: Deps, form: str, version: str, previous: str) -> Task:
    """Taking the documents of a version back to where they came from, with the answers given since.

    Those that were started on it go to `previous`; those that have a step closed on it stay.
    """
    return {"form": form, "version": version}, partial(_back_one, deps, form, version, previous)


def bring_back(deps: Deps, form: str, version: str, previous: str, *, batch: int = BATCH) -> Iterator[Fate]:
    """Bring documents back as `returns` says; gives each one's fate, once a batch is written."""
    yield from _batches(deps, returns(deps, form, version, previous), batch)


def _back_one(
    deps: Deps, form: str, version: str, previous: str, tx: Transaction, entry: Entry
) -> Fate | None:
    stored = tx.get(DOCUMENT, entry.id)
    if stored is None:
        return None
    desk = Desk(tx, deps.catalogue, deps.now(), "")
    forms, stages = deps.catalogue.forms, deps.catalogue.migrations.get(form, ())
    state = desk.evaluate_as(forms[form, version], stored.id, stored.body)
    records = stored.body.get("moved", ())
    if records and records[-1]["to"] == version and (form, records[-1]["from"]) in forms:
        found = undo(state, forms[form, records[-1]["from"]])
    else:
        found = lower(state, route(forms[form, previous], forms[form, version], stages))
    if found.body is None:
        return _fate(entry, Replay(BLOCKED, why=found.why))
    _put(deps, tx, stored, found.body, f"Retour à la version {found.body['version']} du formulaire")
    return _fate(entry, Replay("moved"))

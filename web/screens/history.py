"""A document's history: who, when, and what changed field by field, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine.answers import MISSING
from engine.french import clock, long_date
from renderers.pages import Button, Change, HistoryLine, HistoryPage
from storage.base import Revision, Store
from web.leaves import Leaf, leaf_label, leaves, readable
from web.screens.revision import revision_url
from web.screens.shared import document_url, over_line
from web.screens.versions import differing, entries_of, words_of
from web.world import DOCUMENT, Desk, Opened

AT_ONCE = 20  # history lines on a page
SHOWN = 8  # changes of a line before a fold
MOST = 200  # changes of a line
SHORT = 90  # characters that stand on the page; a longer text is folded
Body = Mapping[str, Any]


def history_page(here: Desk, store: Store, opened: Opened, before: int = 0) -> HistoryPage:
    """Who changed what, and when, newest first: the fields that this person may read.

    `before`: the revision above which a former page stopped; 0 for the newest.
    """
    revisions = [one for one in store.history(DOCUMENT, opened.id) if not before or one.last < before]
    url = f"{document_url(opened.id)}/historique"
    shown, rest = revisions[:AT_ONCE], revisions[AT_ONCE:]
    return HistoryPage(
        title="Historique",
        over=over_line(here, opened),
        back=Button(opened.name, document_url(opened.id)),
        lines=tuple(_lines(here, store, opened, shown, rest)),
        newer=Button("Revenir aux changements récents", url, quiet=True) if before else None,
        older=Button("Voir les changements plus anciens", f"{url}?avant={shown[-1].first}") if rest else None,
    )


def _lines(
    here: Desk, store: Store, opened: Opened, shown: Sequence[Revision], rest: Sequence[Revision]
) -> Iterator[HistoryLine]:
    newer = _body(store, opened, shown[0].last) if shown else {}
    for line, former in zip(shown, [*shown[1:], rest[0] if rest else None], strict=True):
        older = {} if former is None else _body(store, opened, former.last)
        changes = list(_changes(opened, older, newer))[:MOST]
        if not older:  # there was nothing before
            changes = [replace(one, before=()) if not one.summary else one for one in changes]
        if changes or line.note or former is None:  # a visit changes nothing that anyone reads
            yield HistoryLine(
                at=_when(line),
                who=here.person(line.author).label,
                url=revision_url(opened.id, line.last),
                note=line.note,
                changes=tuple(changes[:SHOWN]),
                more=tuple(changes[SHOWN:]),
            )
        newer = older


def _body(store: Store, opened: Opened, revision: int) -> Body:
    stored = store.at_revision(DOCUMENT, opened.id, revision)
    return {} if stored is None else stored.body


def _when(line: Revision) -> str:
    """« 23 novembre 2026, 14 h 32 », « 23 novembre 2026, de 14 h 02 à 14 h 32 » for a sitting."""
    began, ended = datetime.fromisoformat(line.started_at), datetime.fromisoformat(line.at)
    day = long_date(ended.date())
    if began.date() != ended.date():
        return f"du {long_date(began.date())}, {clock(began)}, au {day}, {clock(ended)}"
    if ended - began < timedelta(minutes=1):
        return f"{day}, {clock(ended)}"
    return f"{day}, de {clock(began)} à {clock(ended)}"


# --- what changed ---------------------------------------------------------------------------------


def _changes(opened: Opened, before: Body, after: Body) -> Iterator[Change]:
    form = opened.state.form
    yield from _facts(opened, before, after)
    for part in form.skeleton.steps:
        old = leaves(_answers(before, part.id), form, part.id)
        new = leaves(_answers(after, part.id), form, part.id)
        changed = [
            leaf
            for leaf in dict.fromkeys([*old, *new])
            if old.get(leaf, MISSING) != new.get(leaf, MISSING) and readable(opened.grant, leaf, form)
        ]
        yield from _of_step(opened, changed, old, new)


def _facts(opened: Opened, before: Body, after: Body) -> Iterator[Change]:
    """The state and the version, which are no answers."""
    if not before:
        return
    if before["state"] != after["state"]:
        states = {state.id: state.label for state in opened.state.form.form.lifecycle.states}
        yield _change("État", *(str(states.get(body["state"], body["state"])) for body in (before, after)))
    if before["version"] != after["version"]:
        yield _change("Version du formulaire", before["version"], after["version"])


def _answers(body: Body, step: str) -> Mapping[str, Any]:
    frozen = body.get("frozen", {}).get(step)
    answers: Mapping[str, Any] = body.get("answers", {}) if frozen is None else frozen["answers"]
    return answers


def _path(leaf: Leaf) -> tuple[str, ...]:
    return tuple(part for part in leaf if not part.startswith("#"))


def _of_step(
    opened: Opened, changed: Sequence[Leaf], old: Mapping[Leaf, Any], new: Mapping[Leaf, Any]
) -> Iterator[Change]:
    """Ticks of one list make one change, and so does a row that came or went."""
    whole = {leaf[:2] for leaf in changed if leaf[-1] == "#row"}
    done: set[str] = set()
    for leaf in changed:
        if leaf[-1] == "#row" or leaf[:2] in whole:
            name = f"{leaf[0]}#rows"
            if name not in done:
                yield _rows(opened, leaf[0], sorted(whole), old, new)
        elif leaf[-1].startswith("#"):
            name = "/".join(_path(leaf))
            if name not in done:
                ticks = [one for one in changed if one[:-1] == leaf[:-1] and one[-1].startswith("#")]
                yield _ticks(opened, ticks, old, new)
        else:
            name = "/".join(leaf)
            yield _answer(opened, leaf, old.get(leaf), new.get(leaf))
        done.add(name)


def _rows(
    opened: Opened,
    field: str,
    whole: Sequence[Leaf],
    old: Mapping[Leaf, Any],
    new: Mapping[Leaf, Any],
) -> Change:
    """The rows of a field that came and went, each with what it says."""
    label = opened.state.form.skeleton.named[field].heading
    rows = [row for row in whole if row[0] == field]
    added = tuple(_row(opened, row, new) for row in rows if (*row, "#row") in new)
    removed = tuple(_row(opened, row, old) for row in rows if (*row, "#row") in old)
    return Change(label, added=added, removed=removed)


def _row(opened: Opened, row: Leaf, held: Mapping[Leaf, Any]) -> str:
    """A row in one line, the cells that this person may read."""
    words: list[str] = []
    for cell in opened.state.form.skeleton.named[row[0]].children:
        leaf = (*row, cell.id)
        text = words_of(opened.state, leaf, held.get(leaf)).replace("\n", ", ")
        if text and readable(opened.grant, leaf, opened.state.form):
            words.append(f"{cell.heading}\u00a0: {_cut(text)}")
    return ", ".join(words) or "ligne vide"


def _ticks(opened: Opened, ticks: Sequence[Leaf], old: Mapping[Leaf, Any], new: Mapping[Leaf, Any]) -> Change:
    """What was ticked and unticked of one list; a precision that changed is both."""
    label = leaf_label(_path(ticks[0]), opened.state)
    added = tuple(words_of(opened.state, leaf, new[leaf]) for leaf in ticks if leaf in new)
    removed = tuple(words_of(opened.state, leaf, old[leaf]) for leaf in ticks if leaf in old)
    return Change(label, added=added, removed=removed)


def _answer(opened: Opened, leaf: Leaf, old: Any, new: Any) -> Change:
    label = leaf_label(leaf, opened.state)
    left, right = (entries_of(opened.state, leaf, one) for one in (old, new))
    if left is None and right is None:
        return _change(label, *(words_of(opened.state, leaf, one) for one in (old, new)))
    had, has = left or (), right or ()
    if len(had) <= 1 and len(has) <= 1:
        return _change(label, "".join(had), "".join(has))
    return Change(
        label,
        added=tuple(one for one in has if one not in had),
        removed=tuple(one for one in had if one not in has),
    )


def _change(label: str, before: str, after: str) -> Change:
    """One answer, before and after; texts that are long are folded, what differs marked."""
    if max(len(before), len(after)) <= SHORT and "\n" not in before + after:
        return Change(label, before=((before, False),), after=((after, False),))
    left, right = differing(before, after)
    summary = "Texte effacé" if not after else "Texte écrit" if not before else "Texte modifié"
    return Change(label, before=left, after=right, summary=f"{summary} : « {_cut(after or before)} »")


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHORT else f"{flat[:SHORT].rsplit(' ', 1)[0]}…"

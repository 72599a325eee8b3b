"""Expectations of who may do what, and of what has just happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.access import decide
from engine.answers import is_empty
from engine.evaluate import FormState, static_path
from engine.faults import Location
from engine.lifecycle import IMPOSSIBLE, check_action
from engine.paths import Path
from engine.scenarios.model import ExpectedDocument, Failure, failure, words
from engine.scenarios.reading import agree
from engine.scenarios.seen import Seen, item_of, listed
from engine.scenarios.spots import Spot, spell, spot
from engine.scenarios.stage import SUBJECT

Found = Iterator[Failure]


# --- who may ------------------------------------------------------------------------------------


def expect_readable(seen: Seen, wanted: Sequence[str], where: Location) -> Found:
    """Fields that the person reads."""
    for index, text in enumerate(wanted):
        decision = decide(seen.grant, "read", item_of(seen, text))
        if not decision:
            yield failure((*where, index), f"« {text} » lisible{_by(seen)}", decision.reason)


def expect_unreadable(seen: Seen, wanted: Sequence[str], where: Location) -> Found:
    """Fields that the person does not read."""
    for index, text in enumerate(wanted):
        if decide(seen.grant, "read", item_of(seen, text)):
            yield failure((*where, index), f"« {text} » illisible{_by(seen)}", "lisible")


def expect_writable(seen: Seen, wanted: Sequence[str], where: Location) -> Found:
    """Fields that the person may change; none: nothing at all."""
    return _expect_open(seen, wanted, where, "write", "modifiable", "de ")


def expect_suggestible(seen: Seen, wanted: Sequence[str], where: Location) -> Found:
    """Fields for which the person may propose; none: nothing at all."""
    return _expect_open(seen, wanted, where, "suggest", "ouvert aux propositions")


def _expect_open(
    seen: Seen, wanted: Sequence[str], where: Location, verb: str, words: str, of: str = "d'"
) -> Found:
    for index, text in enumerate(wanted):
        decision = decide(seen.grant, verb, item_of(seen, text))
        if not decision:
            yield failure((*where, index), f"« {text} » {words}{_by(seen)}", decision.reason)
    if not wanted:
        fields = [one for one in seen.state.form.skeleton.items.values() if one.is_field]
        open_ = [one for one in fields if decide(seen.grant, verb, one)]
        if open_:
            names = ", ".join(".".join(one.path) for one in open_)
            yield failure(where, f"rien {of}{words}{_by(seen)}", names)


def _by(seen: Seen) -> str:
    person = seen.stage.person
    return f" par {person.person} ({', '.join(person.roles) or 'sans rôle'})"


def expect_actions(seen: Seen, wanted: Mapping[str, str], where: Location) -> Found:
    """What would become of each action; none: the person may do nothing."""
    for name, status in wanted.items():
        found = _status(seen, name)
        if found[0] != status:
            yield failure((*where, name), f"« {status} »", " : ".join(part for part in found if part))
    if not wanted:
        possible = [
            name for name in seen.state.form.actions if _status(seen, name)[0] not in {"", IMPOSSIBLE}
        ]
        if possible:
            yield failure(where, f"aucune action{_by(seen)}", ", ".join(possible))


def _status(seen: Seen, name: str) -> tuple[str, str]:
    """The status of an action and why; no status at all without the right to it."""
    decision = decide(seen.grant, name)
    if not decision:
        return "", decision.reason
    check = check_action(seen.state, seen.state.form.actions[name])
    return check.status, check.message or listed(seen, check.problems, "")


# --- what has happened --------------------------------------------------------------------------


def expect_state(seen: Seen, wanted: str, where: Location) -> Found:
    """The state of the document."""
    found = seen.state.document["state"]
    if found != wanted:
        yield failure(where, f"l'état « {wanted} »", f"« {found} »")


def expect_closed(seen: Seen, wanted: Sequence[str], where: Location) -> Found:
    """What shuts the document to the person, all of it."""
    found = list(seen.grant.closed)
    if sorted(found) != sorted(wanted):
        yield failure(where, words(list(wanted)), words(found))


def expect_frozen(seen: Seen, wanted: Sequence[str], where: Location) -> Found:
    """Fields whose step is frozen."""
    for index, text in enumerate(wanted):
        if seen.state.frozen(item_of(seen, text).step) is None:
            yield failure((*where, index), f"« {text} » figé", "encore ouvert")


def expect_ignored(seen: Seen, wanted: Sequence[str], where: Location) -> Found:
    """Changes that are not stored."""
    for index, text in enumerate(wanted):
        found = spot(text, seen.state.form)
        if found is None or not any(_covers(found, one.path, seen) for one in seen.unkept):
            yield failure(
                (*where, index),
                f"un changement de « {text} » qui n'est pas enregistré",
                "enregistré, ou non demandé",
            )


def _covers(place: Spot, path: Path, seen: Seen) -> bool:
    static = static_path(path, seen.state.form)
    return place.path in (path[: len(place.path)], static[: len(place.path)])


def told(seen: Seen, ignored: Sequence[str], where: Location) -> Found:
    """A change that is not kept is a failure, unless it is expected."""
    places = [found for text in ignored if (found := spot(text, seen.state.form)) is not None]
    for one in seen.unkept:
        if not any(_covers(place, one.path, seen) for place in places):
            name = spell(one.path, seen.state.form)
            yield failure(
                (*where[:-1], "change", one.path[0]), f"un changement enregistré de « {name} »", one.reason
            )


def expect_subject(seen: Seen, wanted: Mapping[str, Any], where: Location) -> Found:
    """Answers of the record."""
    record = seen.stage.state(SUBJECT)
    for name, value in wanted.items():
        found = record.stored((name,))
        if not agree(value, found):
            yield failure((*where, name), f"{words(value)} dans la fiche", words(found))


def expect_links(seen: Seen, wanted: Mapping[str, str], where: Location) -> Found:
    """States of the linked documents."""
    for name, state in wanted.items():
        found = seen.stage.bodies[name]["state"]
        if found != state:
            yield failure((*where, name), f"« {name} » dans l'état « {state} »", f"« {found} »")


def expect_created(seen: Seen, wanted: Sequence[ExpectedDocument], where: Location) -> Found:
    """Documents that the action has just created, all of them, in order."""
    found = [seen.stage.state(key) for key in seen.created]
    if len(found) != len(wanted):
        forms = ", ".join(f"« {one.form.id} »" for one in found)
        yield failure(
            where, f"{len(wanted)} document(s) créé(s)", f"{len(found)}" + (f" : {forms}" if forms else "")
        )
        return
    for index, (one, state) in enumerate(zip(wanted, found, strict=True)):
        yield from _document(one, state, (*where, index))


def _document(wanted: ExpectedDocument, state: FormState, where: Location) -> Found:
    body = state.document
    for key, one in (("form", wanted.form), ("version", wanted.version), ("state", wanted.state)):
        if one is not None and body[key] != one:
            yield failure((*where, key), words(one), words(body[key]))
            if key == "form":
                return
    for name, target in wanted.links.items():
        if body["links"].get(name) != target:
            yield failure((*where, "links", name), words(target), words(body["links"].get(name)))
    for name, value in wanted.answers.items():
        if not agree(value, state.stored((name,))):
            yield failure((*where, "answers", name), words(value), words(state.stored((name,))))
    for index, text in enumerate(wanted.unanswered):
        place, at = spot(text, state.form), (*where, "unanswered", index)
        assert place is not None  # names are checked first
        if place.row is not None and place.row not in state.rows.get(place.path[:1], ()):
            yield failure(at, f"une ligne « {place.row} » dans « {place.path[0]} »", "aucune de ce nom")
        elif not is_empty(state.stored(place.path)):
            yield failure(at, f"« {text} » sans réponse", words(state.stored(place.path)))

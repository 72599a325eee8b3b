"""Expectations of what shows, what is offered and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.faults import Location
from engine.listing import listing_node
from engine.offers import Offer, RowOffer
from engine.paths import Path
from engine.problems import ERROR, INFO, Problem
from engine.scenarios.model import ExpectedProblem, Failure, failure, words
from engine.scenarios.reading import agree, read_value, said
from engine.scenarios.seen import LEVELS, Seen, code_of, item_of, listed, place_of
from engine.scenarios.spots import spell, spot
from engine.skeleton import Item
from engine.tally import tally_node
from engine.validate import judge

Found = Iterator[Failure]


# --- what shows ---------------------------------------------------------------------------------


def _shows(seen: Seen, text: str, where: Location) -> bool | Failure:
    if text in seen.state.form.skeleton.parts:
        return text in seen.state.steps
    found = place_of(seen, text, where)
    if isinstance(found, Failure):
        return found
    return (found.path[:1] if len(found.path) == 2 and found.row else found.path) in seen.state.visible


def expect_visible(seen: Seen, wanted: Sequence[str], where: Location) -> Found:
    """Places and steps that show."""
    for index, text in enumerate(wanted):
        shows = _shows(seen, text, (*where, index))
        if isinstance(shows, Failure):
            yield shows
        elif not shows:
            yield failure((*where, index), f"« {text} » montré", f"caché{_when(seen, text)}")


def expect_hidden(seen: Seen, wanted: Sequence[str], where: Location) -> Found:
    """Places and steps that do not show; a row that is not there is no hidden row."""
    for index, text in enumerate(wanted):
        shows = _shows(seen, text, (*where, index))
        if isinstance(shows, Failure):
            yield shows
        elif shows:
            yield failure((*where, index), f"« {text} » caché", f"montré{_when(seen, text)}")


def _when(seen: Seen, text: str) -> str:
    """Say when something shows."""
    found = spot(text, seen.state.form)
    test = (
        seen.state.form.step_when.get(text) if found is None else seen.state.form.rules[found.item.path].when
    )
    return f" (il se montre quand : {test.words})" if test is not None and test.words else ""


def expect_values(seen: Seen, wanted: Mapping[str, Any], where: Location) -> Found:
    """Named values, answers, calculations."""
    for text, value in wanted.items():
        place = (*where, text)
        if "[" in text and isinstance(missing := place_of(seen, text, place), Failure):
            yield missing
            continue
        typed, found = read_value(seen.state, text)
        if not agree(value, found, typed):
            yield failure(place, f"{words(value)} pour « {text} »", said(found, typed))


def expect_shown(seen: Seen, wanted: Mapping[str, Sequence[str]], where: Location) -> Found:
    """The lines of a listing, before it is cut for its reader, or of a tally."""
    for text, lines in wanted.items():
        item = item_of(seen, text)
        found = _counted(seen, item) if item.type == "tally" else _listed(seen, item)
        if found != list(lines):
            yield failure((*where, text), words(list(lines)), words(found))


def _counted(seen: Seen, item: Item) -> list[str]:
    facts = tally_node(seen.state, item)["nodes"]
    return [f"{fact['label']} : {fact['value']['text']}" for fact in facts]


def _listed(seen: Seen, item: Item) -> list[str]:
    rows = listing_node(seen.state, item)["rows"]
    return [" | ".join(cell["value"].get("text", "") for cell in row["nodes"]) for row in rows]


# --- what is offered ----------------------------------------------------------------------------


def _offer(seen: Seen, text: str, where: Location) -> Offer | RowOffer | Failure:
    place = place_of(seen, text, where)
    if isinstance(place, Failure):
        return place
    found = seen.state.offers.get(place.path)
    if found is None:
        return failure(where, f"les choix de « {text} »", "un champ caché, figé ou sans choix ici")
    return found


def expect_offered(seen: Seen, wanted: Mapping[str, Sequence[str]], where: Location) -> Found:
    """Codes that a field offers."""
    yield from _choices(seen, wanted, where, offered=True)


def expect_not_offered(seen: Seen, wanted: Mapping[str, Sequence[str]], where: Location) -> Found:
    """Codes that a field does not offer; a field that does not show offers nothing to judge."""
    yield from _choices(seen, wanted, where, offered=False)


def _choices(seen: Seen, wanted: Mapping[str, Sequence[str]], where: Location, *, offered: bool) -> Found:
    for text, codes in wanted.items():
        offer = _offer(seen, text, (*where, text))
        if isinstance(offer, Failure):
            yield offer
            continue
        for index, code in enumerate(codes):
            if (code in offer.codes) != offered:
                says = ("proposé", "non proposé") if offered else ("non proposé", "proposé")
                yield failure((*where, text, index), f"« {code} » {says[0]} par « {text} »", says[1])


# --- what is wrong ------------------------------------------------------------------------------


def expect_problems(seen: Seen, wanted: Sequence[ExpectedProblem], where: Location) -> Found:
    """Every error and warning of what is open, in any order; an information only where it is named."""
    left = list(seen.problems)
    for index, one in enumerate(wanted):
        place = place_of(seen, one.at, (*where, index))
        if isinstance(place, Failure):
            yield place
            continue
        found = next((problem for problem in left if _is(problem, one, place.path)), None)
        if found is not None:
            left.remove(found)
            continue
        level = f" ({LEVELS[one.level]})" if one.level else ""
        there = [problem for problem in left if problem.path == place.path]
        yield failure(
            (*where, index),
            f"« {one.code} »{level} sur « {one.at} »",
            listed(seen, there, "rien à cet endroit"),
        )
    for problem in left:
        if problem.level != INFO:
            yield failure(where, "aucun autre problème", listed(seen, [problem], ""))


def _is(problem: Problem, wanted: ExpectedProblem, path: Path) -> bool:
    return problem.path == path and code_of(problem) == wanted.code and wanted.level in {None, problem.level}


def expect_missing(seen: Seen, wanted: Sequence[str], where: Location) -> Found:
    """Answers that are asked for."""
    paths = [problem.path for problem in seen.problems if problem.missing]
    for index, text in enumerate(wanted):
        place = place_of(seen, text, (*where, index))
        if isinstance(place, Failure):
            yield place
        elif place.path not in paths:
            others = ", ".join(dict.fromkeys(spell(path, seen.state.form) for path in paths))
            found = f"ce qui manque : {others}" if others else "rien ne manque"
            yield failure((*where, index), f"une réponse qui manque à « {text} »", found)


def expect_gates(seen: Seen, wanted: Mapping[str, str], where: Location) -> Found:
    """What each step's « Suivant » says: open, incomplete, complete."""
    for step, status in wanted.items():
        found, errors = _gate(seen, step)
        if found != status:
            yield failure(
                (*where, step), f"« {status} »", f"« {found} »" + (f" : {errors}" if errors else "")
            )


def _gate(seen: Seen, step: str) -> tuple[str, str]:
    if step not in seen.state.steps:
        return "hidden", ""
    if not seen.state.form.skeleton.parts[step].spec.gate:
        return "open", ""
    errors = [problem for problem in judge(seen.state, frozenset({step})) if problem.level == ERROR]
    return ("incomplete" if errors else "complete"), listed(seen, errors, "")

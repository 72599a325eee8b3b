"""What is there at one moment of a scenario, read once; and how to name it in a failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.access import Grant
from engine.evaluate import FormState
from engine.faults import Location
from engine.problems import Problem
from engine.scenarios.model import Failure, failure
from engine.scenarios.posting import Unkept
from engine.scenarios.spots import Spot, spell, spot
from engine.scenarios.stage import Stage
from engine.skeleton import Item
from engine.validate import judge

LEVELS = {"error": "erreur", "warning": "avertissement", "info": "information"}


@dataclass(frozen=True, eq=False)
class Seen:
    """What is there at one moment: the documents, and what has just happened."""

    stage: Stage
    state: FormState
    grant: Grant
    problems: Sequence[Problem]
    unkept: Sequence[Unkept] = ()
    created: Sequence[str] = ()


def look(stage: Stage, unkept: Sequence[Unkept] = (), created: Sequence[str] = ()) -> Seen:
    """Read everything that may be expected, once."""
    return Seen(stage, stage.main, stage.grant, judge(stage.main), unkept, created)


def place_of(seen: Seen, text: str, where: Location) -> Spot | Failure:
    """Find a place in the document: a row that is not there is a failure, whatever is expected of it."""
    found = spot(text, seen.state.form)
    assert found is not None  # names are checked first
    rows = seen.state.rows.get(found.path[:1], ())
    if found.row is None or found.row in rows:
        return found
    present = f"les lignes {', '.join(rows)}" if rows else "aucune ligne"
    return failure(where, f"une ligne « {found.row} » dans « {found.path[0]} »", present)


def item_of(seen: Seen, text: str) -> Item:
    found = spot(text, seen.state.form)
    assert found is not None  # names are checked first
    return found.item


def code_of(problem: Problem) -> str:
    """The code of a problem: of the form's own, the id that it gave."""
    return str(problem.params.get("id", problem.code)) if problem.code == "form" else problem.code


def listed(seen: Seen, problems: Sequence[Problem], nothing: str) -> str:
    """Cite problems: code, level, place and text of each."""
    said_ = [
        f"« {code_of(one)} » ({LEVELS[one.level]}) sur « {spell(one.path, seen.state.form)} » : {one.text}"
        for one in problems
    ]
    return " ".join(said_) or nothing

"""A scenario played for whoever looks on: each moment as it is there, whatever was expected of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from engine.scenarios.cast import form_named
from engine.scenarios.model import Expect, Failure, Forms, Scenario
from engine.scenarios.naming import check_names
from engine.scenarios.runner import with_constants
from engine.scenarios.seen import Seen, look
from engine.scenarios.stage import set_stage


@dataclass(frozen=True, eq=False)
class Played:
    """One moment: what is there, who looks, the action that has just been carried out, if any."""

    seen: Seen
    roles: tuple[str, ...]
    done: str = ""
    expect: Expect | None = None


class Unplayable(ValueError):
    """A scenario that names what is not there."""

    def __init__(self, failures: list[Failure]) -> None:
        self.failures = tuple(failures)
        super().__init__("\n".join(map(str, failures)))


def play(scenario: Scenario, forms: Forms) -> Iterator[Played]:
    """Walk the moments of a scenario, up to an action that cannot happen; Unplayable when names are wrong."""
    found = check_names(scenario, forms)
    form = form_named(forms, scenario.form, scenario.version)
    if form is not None and not found:
        forms, found = with_constants(scenario, form, forms)
    if found or form is None:
        raise Unplayable(found)
    stage = set_stage(scenario, forms)
    yield Played(look(stage), tuple(stage.person.roles), expect=scenario.expect)
    for moment in scenario.then:
        stage.turn(None if moment.today is None else date.fromisoformat(moment.today), moment.user)
        if moment.change is not None:
            stage.change(moment.change)
        if moment.do is not None and stage.do(moment.do):
            return
        yield Played(look(stage), tuple(stage.person.roles), moment.do or "", moment.expect)

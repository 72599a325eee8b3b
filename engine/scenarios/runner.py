"""Plays a scenario: names first, then each moment, and says everything that is not as expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from engine import model
from engine.compile import CompiledForm
from engine.faults import Location
from engine.offers import RowOffer
from engine.scenarios.cast import form_named
from engine.scenarios.expecting import expected
from engine.scenarios.model import Expect, Failure, Forms, Moment, Scenario, failure, words
from engine.scenarios.naming import check_names
from engine.scenarios.posting import unkept
from engine.scenarios.seen import look
from engine.scenarios.spots import spell
from engine.scenarios.stage import Stage, set_stage
from engine.types import exact, to_smallest
from engine.values import Computed, compile_value, constant


def run(scenario: Scenario, forms: Forms) -> list[Failure]:
    """Play a scenario with these forms, by id and version; no failure means that it passes.

    An action that cannot happen ends the scenario: what follows would mean nothing.
    """
    found = check_names(scenario, forms)
    form = form_named(forms, scenario.form, scenario.version)
    if found or form is None:
        return found
    forms, found = with_constants(scenario, form, forms)
    if found:
        return found
    stage = set_stage(scenario, forms)
    found = list(_given(stage))
    if scenario.expect is not None:
        found += expected(look(stage), scenario.expect, ("expect",))
    for index, moment in enumerate(scenario.then):
        stopped = not _play(stage, moment, ("then", index), found)
        if stopped:
            break
    return found


def _play(stage: Stage, moment: Moment, where: Location, found: list[Failure]) -> bool:
    """Play one moment; False when its action could not happen."""
    stage.turn(None if moment.today is None else date.fromisoformat(moment.today), moment.user)
    before, earlier = stage.main, set(stage.created())
    lost = []
    if moment.change is not None:
        refused = stage.change(moment.change)
        lost = unkept(before, stage.main, moment.change, refused)
    if moment.do is not None:
        refusal = stage.do(moment.do)
        if refusal:
            found.append(failure((*where, "do"), f"l'action « {moment.do} »", refusal))
            return False
    created = [key for key in stage.created() if key not in earlier]
    seen = look(stage, lost, created)
    found.extend(expected(seen, moment.expect or Expect(), (*where, "expect")))
    return True


def _given(stage: Stage) -> Iterator[Failure]:
    """Find the answers given to rows that are not there: only a document read can tell."""
    state = stage.main
    for name, item in state.form.skeleton.named.items():
        given = stage.scenario.answers.get(name)
        if item.type == "rows" and item.spec.over is not None and item.path in state.visible:
            rows = state.rows.get(item.path, ())
            for index, row in enumerate(given or ()):
                if row["row"] not in rows:
                    wanted = f"une ligne de « {item.spec.over} » ({', '.join(rows) or 'aucune'})"
                    yield failure(("answers", name, index), wanted, words(row["row"]))
    for path, codes in state.lost.items():
        if isinstance(state.offers.get(path), RowOffer):
            yield failure(
                ("answers", path[0]),
                f"des lignes qui existent, à « {spell(path, state.form)} »",
                words(codes),
            )


# --- constants ----------------------------------------------------------------------------------


def with_constants(scenario: Scenario, form: CompiledForm, forms: Forms) -> tuple[Forms, list[Failure]]:
    """The forms with the settings that the scenario replaces in its own."""
    found: list[Failure] = []
    values = dict(form.values)
    for name, node in scenario.constants.items():
        made = _constant(node, form, name)
        if made is None:
            wanted = f"un réglage de « {form.id} », et une valeur : {form.values[name].type.words()}"
            found.append(failure(("constants", name), wanted, words(_plain(node))))
        else:
            values[name] = made
    return {**forms, (form.id, form.version): replace(form, values=values)}, found


LITERALS = (bool, int, float, str, model.Quantity, model.CodeNode)


def _constant(node: object, form: CompiledForm, name: str) -> Computed | None:
    """A setting's new value, None when the named value is no setting or is of another type."""
    if not isinstance(node, LITERALS) or not isinstance(form.form.values[name].value, LITERALS):
        return None
    typed = form.values[name].type
    if isinstance(node, (int, float)) and not isinstance(node, bool) and typed.kind == "number":
        return constant(to_smallest(exact(node), typed.unit), typed)
    made = compile_value(node, form.drafting.names(), ("constants", name))
    return made if made is not None and made.type.same(typed) else None


def _plain(node: object) -> object:
    return node.model_dump(by_alias=True) if isinstance(node, model.Part) else node

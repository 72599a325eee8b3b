"""`canevas explain`: why each field and action of a played scenario is as it is, with the actual values."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TextIO

from cyclopts import Parameter

from engine.evaluate import FormState
from engine.explain import Reader, Why, of_action, of_field
from engine.faults import FaultyDefinition, nearest
from engine.reading import read
from engine.scenarios import Scenario
from engine.scenarios.playing import Unplayable, play
from engine.scenarios.seen import Seen
from engine.scenarios.spots import known_spots, spell, spot
from web.catalogue import working

ROOT = Path(__file__).resolve().parent.parent


def explain(
    scenario: Path,
    *places: str,
    as_user: Annotated[bool, Parameter(name="--user", negative="")] = False,
) -> int:
    """Dit pourquoi : joue un scénario, puis explique ses champs et ses actions, valeurs à l'appui.

    Parameters
    ----------
    scenario
        Le fichier du scénario : ses réponses, son contexte, sa personne. C'est son dernier moment qui compte.
    places
        Champs (`duree`, `participants[a].discipline`) ou actions (`finaliser`) ; tout par défaut.
    as_user
        Ne dit que ce que peut savoir la personne du scénario.
    """
    return run(scenario, places, sys.stdout, as_user=as_user)


def run(path: Path, places: tuple[str, ...], out: TextIO, *, as_user: bool = False, root: Path = ROOT) -> int:
    """Print the reasons; gives the exit status, 2 for bad input."""
    forms = working(root / "definitions", root / "referentiels").forms
    try:
        scenario = read(path.read_bytes(), str(path), Scenario)
        *_, last = play(scenario, forms)
    except OSError as error:
        print(f"{path} ne s'ouvre pas ({error.strerror}). Donnez le fichier d'un scénario.", file=out)
        return 2
    except (FaultyDefinition, Unplayable) as error:
        print(error, file=out)
        return 2
    found, unknown = _wanted(places, last.seen)
    for name in unknown:
        known = [*known_spots(last.seen.state.form), *last.seen.state.form.actions]
        print(f"« {name} » n'est ni un champ ni une action de cette forme.{nearest(name, known)}", file=out)
    if unknown:
        return 2
    reader = Reader(last.seen.grant if as_user else None, full=True)
    print(_heading(last.seen, scenario, as_user), file=out)
    for name in found:
        whys = _whys(name, last.seen, reader)
        if places or any(one.about not in OBVIOUS or " parce que " in one.sentence for one in whys):
            _tell(name, whys, out)
    return 0


OBVIOUS = frozenset({"shown", "optional"})  # not worth a line when nobody asks about the field


def _heading(seen: Seen, scenario: Scenario, as_user: bool) -> str:
    person = seen.stage.person
    roles = ", ".join(person.roles) or "sans rôle"
    who = f"vu par {person.person} ({roles})" if as_user else "vu par l'auteur"
    label = seen.state.form.state(seen.state.document["state"]).label
    return f"{scenario.title} : {seen.state.form.form.title}, « {label} », {who}."


def _wanted(places: tuple[str, ...], seen: Seen) -> tuple[list[str], list[str]]:
    form = seen.state.form
    if not places:
        return [*_everything(seen.state), *form.actions], []
    unknown = [name for name in places if name not in form.actions and spot(name, form) is None]
    return list(places), unknown


def _everything(state: FormState) -> Iterator[str]:
    for item in state.form.skeleton.items.values():
        if item.is_field or item.type == "computed":
            for path in state.instances(item):
                yield spell(path, state.form)


def _tell(name: str, whys: tuple[Why, ...], out: TextIO) -> None:
    print(f"\n{name}", file=out)
    for why in whys:
        print(f"  - {why.sentence}", file=out)


def _whys(name: str, seen: Seen, reader: Reader) -> tuple[Why, ...]:
    action = seen.state.form.actions.get(name)
    if action is not None:
        return of_action(seen.state, reader, action)
    place = spot(name, seen.state.form)
    return () if place is None else of_field(seen.state, reader, place.item, place.path)

"""`canevas scenarios --coverage`: what no scenario reaches in each form's version in force and working copy.

Writes examples for the holes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from engine.compile import CompiledForm
from engine.faults import FaultyDefinition
from engine.french import enumerate_words
from engine.reading import parse, validate
from engine.scenarios import Scenario
from engine.scenarios.cast import guarded, pinned
from engine.scenarios.coverage import Reached, reached
from engine.scenarios.examples import examples
from engine.scenarios.model import Forms
from engine.scenarios.playing import Unplayable, play
from engine.scenarios.targets import KINDS, Target, targets
from engine.versions import around, compare
from web.catalogue import Catalogue
from web.trials import find, world

SHOWN = 6


@dataclass(frozen=True, eq=False)
class Cover:
    """What the scenarios of a form reach; `seeds` are those that could be played, as written."""

    form: CompiledForm
    wanted: Sequence[Target]
    holes: Sequence[Target]
    seeds: Sequence[Mapping[str, Any]]


def cover(form: CompiledForm, forms: Forms, files: Sequence[Path]) -> Cover:
    """Play the scenarios that guard one version of a form, and see what is left."""
    got: Reached = set()
    seeds = []
    for raw in _raws(files):
        if raw.get("form") != form.id:
            continue
        moments = _played(raw, form, forms)
        if moments:
            seeds.append(raw)
            got |= reached(moments)
    wanted = targets(form)
    return Cover(form, wanted, [one for one in wanted if (one.kind, one.key) not in got], seeds)


def _raws(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for path in files:
        try:
            raw = parse(path.read_bytes(), path.name)
        except (OSError, FaultyDefinition):
            continue  # playing it has said so
        if isinstance(raw, dict):
            yield raw


def _played(raw: dict[str, Any], form: CompiledForm, forms: Forms) -> list[Any]:
    try:
        scenario = validate(raw, "scénario", Scenario)
        if form.version not in guarded(scenario, forms):
            return []
        return list(play(pinned(scenario, form.version), forms))
    except (FaultyDefinition, Unplayable):
        return []  # playing it has said so


def report(
    served: Catalogue, drafts: Catalogue, files: Sequence[Path], out: TextIO, *, write: bool, root: Path
) -> int:
    """Print what is not reached in each form that has scenarios here; gives how many holes are left.

    The version in force and the working copy each count, once where nothing has changed between them.
    """
    named = {raw.get("form") for raw in _raws(files)}
    left = 0
    for name in (name for name in drafts.newests if name in named):
        for words, form, forms in _versions(name, served, drafts):
            found = cover(form, forms, files)
            left += len(found.holes)
            _tell(found, words, out)
            if write and found.holes:
                _write(found, forms, root / "definitions" / name / "scenarios", out)
                files = find([*files, root / "definitions" / name])
    return left


def _versions(name: str, served: Catalogue, drafts: Catalogue) -> Iterator[tuple[str, CompiledForm, Forms]]:
    """The versions of a form to cover, each with its words and the forms around it."""
    force, work = served.newest(name), drafts.newest(name)
    same = force is not None and work is not None and _same(force, work, served, drafts)
    if force is not None:
        yield "en vigueur" + (" et de travail" if same else ""), force, world(served).forms
    if work is not None and not same:
        yield "de travail", work, world(drafts).forms


def _same(force: CompiledForm, work: CompiledForm, served: Catalogue, drafts: Catalogue) -> bool:
    """Tell whether a working copy changes nothing to the version in force."""
    return not compare(force.form, work.form, around(drafts.library, force.form, work.form, served.library))


def _tell(found: Cover, standing: str, out: TextIO) -> None:
    held, wanted, form = len(found.wanted) - len(found.holes), len(found.wanted), found.form.form
    count = f"{len(found.seeds)} scénario{'s' if len(found.seeds) > 1 else ''}"
    words = (
        f"{count}, tout est atteint ({wanted})."
        if held == wanted
        else f"{count}, {held} sur {wanted} atteints."
    )
    print(f"\n{form.short or form.title} {found.form.version} ({standing}) : {words}", file=out)
    for kind, title in KINDS.items():
        holes = [one for one in found.holes if one.kind == kind]
        if holes:
            print(f"\n{title} qu'aucun scénario n'atteint ({len(holes)})", file=out)
        for line in _lines(holes):
            print(f"  - {line}", file=out)


def _lines(holes: Sequence[Target]) -> Iterator[str]:
    """One line a hole, or one for all those of a field or of a state."""
    groups: dict[tuple[str, str], list[Target]] = {}
    for one in holes:
        groups.setdefault((one.group, one.where), []).append(one)
    for (group, where), some in groups.items():
        if group:
            names = [f"« {one.short} »" for one in some[:SHOWN]]
            names += [f"{len(some) - SHOWN} autres"] if len(some) > SHOWN else []
            yield f"« {group} » : {enumerate_words(names)}  [{where}]"
        else:
            yield from (f"{one.words}  [{where}]" for one in some)


def _write(found: Cover, forms: Forms, folder: Path, out: TextIO) -> None:
    made = examples(found.form, forms, [dict(one) for one in found.seeds], found.holes)
    for name, raw in made:
        path = free(folder, name)
        path.write_text(laid_out(since(raw)), "utf-8")
        print(f"Écrit : {path.name} – relisez ce qu'il attend, puis donnez-lui un titre.", file=out)


def since(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The same scenario, of its version and of those to come."""
    return {"since" if key == "version" else key: value for key, value in raw.items()}


def laid_out(raw: Mapping[str, Any]) -> str:
    """Write a scenario with a line for each key, and for each moment of what follows."""
    lines = [f"  {json.dumps(key)}: {_value(key, value)}" for key, value in raw.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value(key: str, value: Any) -> str:
    if key != "then" or not value:
        return json.dumps(value, ensure_ascii=False)
    return "[\n" + ",\n".join(f"    {json.dumps(one, ensure_ascii=False)}" for one in value) + "\n  ]"


def free(folder: Path, name: str) -> Path:
    """A file name that is not taken yet."""
    names = [name, *(f"{name}-{n}" for n in range(2, 100))]
    return next(path for one in names if not (path := folder / f"{one}.json").exists())

"""`canevas scenarios --coverage`: what no scenario reaches, by form; writes examples for the holes."""

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
from engine.scenarios.coverage import Reached, reached
from engine.scenarios.examples import examples
from engine.scenarios.model import Forms
from engine.scenarios.playing import Unplayable, play
from engine.scenarios.targets import KINDS, Target, targets
from web.catalogue import Catalogue

SHOWN = 6


@dataclass(frozen=True, eq=False)
class Cover:
    """What the scenarios of a form reach; `seeds` are those that could be played, as written."""

    form: CompiledForm
    wanted: Sequence[Target]
    holes: Sequence[Target]
    seeds: Sequence[Mapping[str, Any]]


def cover(form: CompiledForm, forms: Forms, files: Sequence[Path]) -> Cover:
    """Play scenarios on one version of a form, whatever version they name, and see what is left."""
    got: Reached = set()
    seeds = []
    for raw in _raws(files):
        if raw.get("form") != form.id:
            continue
        moments = _played({**raw, "version": form.version}, forms)
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


def _played(raw: dict[str, Any], forms: Forms) -> list[Any]:
    try:
        return list(play(validate(raw, "scénario", Scenario), forms))
    except (FaultyDefinition, Unplayable):
        return []  # written for another version, of which this one has lost something


def report(catalogue: Catalogue, files: Sequence[Path], out: TextIO, *, write: bool, root: Path) -> int:
    """Print what is not reached in each form that has scenarios here; gives how many holes are left."""
    named = {raw.get("form") for raw in _raws(files)}
    left = 0
    for name, version in catalogue.newests.items():
        if name in named:
            found = cover(catalogue.forms[name, version], catalogue.forms, files)
            left += len(found.holes)
            _tell(found, out)
            if write:
                _write(found, catalogue.forms, root / "definitions" / name / "scenarios", out)
    return left


def _tell(found: Cover, out: TextIO) -> None:
    held, wanted, form = len(found.wanted) - len(found.holes), len(found.wanted), found.form.form
    count = f"{len(found.seeds)} scénario{'s' if len(found.seeds) > 1 else ''}"
    words = (
        f"{count}, tout est atteint ({wanted})."
        if held == wanted
        else f"{count}, {held} sur {wanted} atteints."
    )
    print(f"\n{form.short or form.title} {found.form.version} : {words}", file=out)
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
        path.write_text(laid_out(raw), "utf-8")
        print(f"Écrit : {path.name} – relisez ce qu'il attend, puis donnez-lui un titre.", file=out)


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

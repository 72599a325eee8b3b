"""The authors' scenarios, played with some forms: what a publication waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.compile import CompiledForm
from engine.faults import Fault, FaultyDefinition
from engine.reading import read
from engine.scenarios import Failure, Scenario, run

Forms = Mapping[tuple[str, str], CompiledForm]
PATTERN = "scenarios/*.json"


def find(paths: Sequence[Path]) -> list[Path]:
    """The scenario files among and under some paths, once each."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(
            {*path.glob(f"**/{PATTERN}"), *path.glob("*.json" if path.name == "scenarios" else PATTERN)}
        )
        found.update(dict.fromkeys(inside if path.is_dir() else [path]))
    return list(found)


def outcome(path: Path, name: str, forms: Forms) -> tuple[str, Sequence[Failure | Fault]]:
    """The title of a scenario file and what is wrong with it."""
    try:
        scenario = read(path.read_bytes(), name, Scenario)
    except OSError as error:
        return "", [Fault(name, "$", f"le fichier ne s'ouvre pas ({error.strerror}).")]
    except FaultyDefinition as error:
        return "", error.faults
    return scenario.title, run(scenario, forms)


def failures(forms: Forms, definitions: Path) -> Sequence[str]:
    """Play every scenario of a folder with some forms; gives what fails."""
    found: list[str] = []
    for path in find([definitions]):
        name = path.relative_to(definitions.parent).as_posix()
        title, wrong = outcome(path, name, forms)
        if wrong:
            found.append(f"{name} : scénario en échec ({title}) : {wrong[0]}")
    return found

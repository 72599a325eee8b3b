"""The authors' scenarios, played with some forms: what a publication waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.compile import CompiledForm
from engine.drafting import version_key
from engine.faults import FaultyDefinition
from engine.french import enumerate_words
from engine.reading import read
from engine.scenarios import Scenario, run
from engine.scenarios.cast import guarded, pinned
from engine.scenarios.naming import contrary
from web.catalogue import Catalogue

Forms = Mapping[tuple[str, str], CompiledForm]
PATTERN = "scenarios/*.json"


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """Forms to play with; `working`: the number of the working copy, by form, where they are among them."""

    forms: Forms
    working: Mapping[str, str] = field(default_factory=dict)

    def label(self, form: str, version: str) -> str:
        """Name a version."""
        return f"{version} de travail" if self.working.get(form) == version else version


@dataclass(frozen=True)
class Trial:
    """A scenario file: its title, the versions that it was played on, what is wrong, with the versions."""

    name: str
    title: str
    versions: tuple[str, ...]
    wrong: tuple[str, ...]


def find(paths: Sequence[Path]) -> list[Path]:
    """The scenario files among and under some paths, once each."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(
            {*path.glob(f"**/{PATTERN}"), *path.glob("*.json" if path.name == "scenarios" else PATTERN)}
        )
        found.update(dict.fromkeys(inside if path.is_dir() else [path]))
    return list(found)


def world(catalogue: Catalogue) -> World:
    """What a catalogue serves, or its working copies: but for the versions whose publication was undone."""
    forms = {key: form for key, form in catalogue.forms.items() if key[1] not in catalogue.withdrawn(key[0])}
    files = ((name, one) for name, versions in catalogue.library.forms.items() for one in versions.items())
    return World(forms, {name: number for name, (number, (file, _)) in files if file.endswith("/form.json")})


def outcome(path: Path, name: str, *worlds: World) -> Trial:
    """Play a scenario file in some worlds, on every version that it guards there."""
    try:
        scenario = read(path.read_bytes(), name, Scenario)
    except OSError as error:
        return Trial(name, "", (), (f"{name} : $ : le fichier ne s'ouvre pas ({error.strerror}).",))
    except FaultyDefinition as error:
        return Trial(name, "", (), tuple(map(str, error.faults)))
    against = tuple(map(str, contrary(scenario)))
    if against:
        return Trial(name, scenario.title, (), against)
    versions, wrong = _played(scenario, worlds)
    said = tuple(f"{text}{_where(on, versions)}" for text, on in wrong.items())
    return Trial(name, scenario.title, versions, said if versions else _nowhere(scenario, worlds))


def _played(
    scenario: Scenario, worlds: Sequence[World]
) -> tuple[tuple[str, ...], Mapping[str, Mapping[str, None]]]:
    """The versions that a scenario was played on, and what is wrong with each of those where it is."""
    wrong: dict[str, dict[str, None]] = {}
    played: dict[str, None] = {}
    for one in worlds:
        for version in guarded(scenario, one.forms):
            label = one.label(scenario.form, version)
            played[label] = None
            for failure in run(pinned(scenario, version), one.forms):
                wrong.setdefault(str(failure), {})[label] = None
    return tuple(sorted(played, key=lambda label: version_key(label.partition(" ")[0]))), wrong


def _where(on: Mapping[str, None], versions: Sequence[str]) -> str:
    """Say on which versions, where it isn't all of them."""
    if len(on) == len(versions):
        return ""
    return f" [version{'s' if len(on) > 1 else ''} {enumerate_words(list(on))}]"


def _nowhere(scenario: Scenario, worlds: Sequence[World]) -> tuple[str, ...]:
    """Say why a scenario guards nothing: of what it names, or of its own words."""
    found = tuple(map(str, run(scenario, worlds[-1].forms)))
    text = "$.since : attendu une version entre « since » et « until » ; aucune n'est là. Corrigez-les."
    return found or (text,)


def failures(forms: World, definitions: Path) -> Sequence[str]:
    """Play every scenario of a folder with some forms; gives what fails.

    A scenario that guards none of their versions waits for one: it is passed over.
    """
    found: list[str] = []
    for path in find([definitions]):
        one = outcome(path, path.relative_to(definitions.parent).as_posix(), forms)
        if one.wrong and (one.versions or not one.title):
            found.append(f"{one.name} : scénario en échec ({one.title}) : {one.wrong[0]}")
    return found

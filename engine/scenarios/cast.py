"""A scenario with the forms that it is played with, and the versions of its own that it guards."""

from __future__ import annotations

from dataclasses import dataclass

from engine.compile import CompiledForm
from engine.drafting import version_key
from engine.scenarios.model import Forms, Scenario


@dataclass(frozen=True, eq=False)
class Cast:
    """A scenario, its form, every other form."""

    scenario: Scenario
    form: CompiledForm
    forms: Forms


def guarded(scenario: Scenario, forms: Forms) -> tuple[str, ...]:
    """The versions of its form that a scenario is played on, among those that are there, oldest first."""
    known = sorted((version for form, version in forms if form == scenario.form), key=version_key)
    if scenario.version is not None:
        return tuple(one for one in known if one == scenario.version)
    if scenario.since is None and scenario.until is None:
        return tuple(known[-1:])
    low, high = scenario.since or known[0], scenario.until or known[-1]
    return tuple(one for one in known if version_key(low) <= version_key(one) <= version_key(high))


def pinned(scenario: Scenario, version: str) -> Scenario:
    """The same scenario, of one version alone."""
    return scenario.model_copy(update={"version": version, "since": None, "until": None})


def newest(forms: Forms, name: str) -> CompiledForm | None:
    """The newest version of a form."""
    versions = [version for form, version in forms if form == name]
    return forms[name, max(versions, key=version_key)] if versions else None


def form_named(forms: Forms, name: str, version: str | None) -> CompiledForm | None:
    """The form that a scenario or one of its documents names: the newest without a version."""
    return newest(forms, name) if version is None else forms.get((name, version))

"""A scenario with the forms that it is played with."""

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


def newest(forms: Forms, name: str) -> CompiledForm | None:
    """The newest version of a form."""
    versions = [version for form, version in forms if form == name]
    return forms[name, max(versions, key=version_key)] if versions else None


def form_named(forms: Forms, name: str, version: str | None) -> CompiledForm | None:
    """The form that a scenario or one of its documents names: the newest without a version."""
    return newest(forms, name) if version is None else forms.get((name, version))

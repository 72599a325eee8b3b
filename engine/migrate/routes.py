"""The way from one version to another, out of the migrations that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.compile import CompiledForm
from engine.drafting import version_key
from engine.migrate.apply import Stage
from engine.migrate.replay import Route


def route(source: CompiledForm, target: CompiledForm, stages: Sequence[Stage]) -> Route:
    """Lead from a version to a later one.

    A migration serves the documents of its first version and of those that follow, up to its last; where
    there is none, answers are carried over as they are.
    """
    legs: list[Stage] = []
    here = source
    while (stage := _next(here, target, stages)) is not None:
        legs.append(replace(stage, source=here))
        here = stage.target
    if here.version != target.version or not legs:
        legs.append(Stage((), here, target, {}))
    return Route(tuple(legs))


def _next(here: CompiledForm, target: CompiledForm, stages: Sequence[Stage]) -> Stage | None:
    now, end = version_key(here.version), version_key(target.version)
    fitting = [
        stage
        for stage in stages
        if stage.target.id == target.id
        and version_key(stage.source.version) <= now < version_key(stage.target.version) <= end
    ]
    return max(
        fitting,
        key=lambda one: (version_key(one.source.version), version_key(one.target.version)),
        default=None,
    )

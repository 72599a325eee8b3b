"""What a route would lose whatever the documents: fields and codes that no move accounts for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.compile import CompiledForm
from engine.migrate import model
from engine.migrate.replay import Route

TAKES: Mapping[type, Callable[[Any], list[str]]] = {
    model.Rename: lambda move: [move.field],
    model.Split: lambda move: [move.field],
    model.Cut: lambda move: [move.field],
    model.Convert: lambda move: [move.field],
    model.Archive: lambda move: [move.field],
    model.Merge: lambda move: list(move.from_),
    model.Join: lambda move: list(move.from_),
    model.Wrap: lambda move: list(move.as_),
}
GIVES: Mapping[type, Callable[[Any], list[str]]] = {
    model.Rename: lambda move: [move.to],
    model.Split: lambda move: list(move.into),
    model.Cut: lambda move: list(move.into),
    model.Convert: lambda move: [move.to],
    model.Merge: lambda move: [move.into],
    model.Join: lambda move: [move.into],
    model.Wrap: lambda move: [move.into],
}


def unmapped(route: Route) -> tuple[str, ...]:
    """Name what the answers of a version would lose on the way, as sentences."""
    here = _fields(route.source)
    for stage in route.stages:
        for move in stage.moves:
            for path in TAKES.get(type(move), lambda _move: [])(move):
                here = {one for one in here if one != path and not one.startswith(f"{path}.")}
            here |= set(GIVES.get(type(move), lambda _move: [])(move))
    known = _fields(route.target)
    gone = sorted(here - known)
    heads = {path for path in gone if "." not in path}
    fields = [path for path in gone if path in heads or path.split(".")[0] not in heads]
    return (
        *(_field(path, route) for path in fields),
        *_codes(route, here & known),
        *_types(route, here & known),
    )


def _fields(form: CompiledForm) -> set[str]:
    return {".".join(path) for path, item in form.skeleton.items.items() if item.is_field}


def _field(path: str, route: Route) -> str:
    item = route.source.skeleton.items.get(tuple(path.split(".")))
    label = path if item is None else item.heading
    return (
        f"« {label} » ({path}) n'existe plus : dites ce que deviennent ses réponses de la version "
        f"{route.source.version} par un mouvement (rename, archive…)."
    )


def _codes(route: Route, paths: set[str]) -> Iterator[str]:
    mapped: dict[str, set[str]] = {}
    for stage in route.stages:
        for move in stage.moves:
            if isinstance(move, model.MapCodes):
                mapped.setdefault(move.field, set()).update(move.codes)
    for path in sorted(paths):
        static = tuple(path.split("."))
        old, new = (form.skeleton.items.get(static) for form in (route.source, route.target))
        if old is None or new is None or old.type == "bound" or old.listing is None or new.listing is None:
            continue
        gone = [code for code in old.listing if code not in new.listing and code not in mapped.get(path, ())]
        if gone:
            yield (
                f"« {old.heading} » ({path}) : le code « {gone[0]} » n'est plus proposé : donnez son "
                f"remplaçant par un mouvement « map », ou gardez-le, retiré, dans sa liste."
            )


def _types(route: Route, paths: set[str]) -> Iterator[str]:
    for path in sorted(paths):
        static = tuple(path.split("."))
        old, new = (form.skeleton.items.get(static) for form in (route.source, route.target))
        if old is not None and new is not None and old.type != new.type:
            yield (
                f"« {old.heading} » ({path}) change de type ({old.type}, {new.type}) : donnez un autre "
                "identifiant au nouveau champ, et un mouvement « convert » ou « archive » à l'ancien."
            )

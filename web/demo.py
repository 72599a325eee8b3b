"""Demonstration data: places, people, accounts, records; replayed through the use cases, day by day.

The data are files; nothing here knows what they are about.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Any

from storage.base import Store
from web import accounts, services
from web.accounts import Passwords
from web.failures import Failure
from web.services import Deps
from web.world import DOCUMENT, PERSON, PLACE, Desk

HOUR = time(10, 30)
AUTHOR = "demo"


def read_accounts(folder: Path) -> tuple[tuple[str, str, str], ...]:
    """The accounts to show on the sign-in page: login, password, who."""
    return tuple((one["login"], one["password"], one["who"]) for one in _read(folder / "accounts.json"))


def seed(deps: Deps, passwords: Passwords, folder: Path) -> bool:
    """Fill an empty store with the demonstration; False when it holds something already."""
    if deps.store.find(PLACE, {}, limit=1).total:
        return False
    seed_people(deps.store, deps.now(), folder)
    with deps.store.transaction(AUTHOR, deps.now()) as tx:
        for one in _read(folder / "accounts.json"):
            accounts.create(tx, passwords, login=one["login"], password=one["password"], person=one["person"])
    for record in _read(folder / "records.json"):
        _record(deps, record)
    return True


def seed_people(store: Store, now: datetime, folder: Path) -> None:
    """Write places and people with the keys by which they are found."""
    places = {one["id"]: one for one in _read(folder / "places.json")}
    with store.transaction(AUTHOR, now) as tx:
        for id, place in places.items():
            within = _within(place)
            body = {key: value for key, value in place.items() if key != "id"} | {"within": within}
            keys = {"kind": place["kind"], "label": place["label"], "around": sorted(_around(id, places))}
            tx.put(PLACE, id, body, keys, expected_revision=0)
        for one in _read(folder / "people.json"):
            body = {key: value for key, value in one.items() if key != "id"}
            keys = {"label": one["label"], "at": sorted({role["at"] for role in one["roles"]})}
            tx.put(PERSON, one["id"], body, keys, expected_revision=0)


def _within(place: Mapping[str, Any]) -> list[str]:
    within = place.get("within", [])
    return [within] if isinstance(within, str) else list(within)


def _around(id: str, places: Mapping[str, Mapping[str, Any]]) -> set[str]:
    found = {id}
    for outer in _within(places[id]):
        found |= _around(outer, places)
    return found


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _on(deps: Deps, day: str) -> Deps:
    """The same dependencies on another day."""
    moment = datetime.combine(datetime.fromisoformat(day).date(), HOUR, tzinfo=deps.now().tzinfo)
    return replace(deps, now=lambda: moment)


def _record(deps: Deps, record: Mapping[str, Any]) -> None:
    _new(deps, record, subject=None, place=record["place"], links={})
    for document in record.get("documents", ()):
        _new(deps, document, subject=record["id"], place=record["place"], links=document.get("links", {}))
    steps = [step for one in (record, *record.get("documents", ())) for step in _steps(one)]
    for day, document, step in sorted(steps, key=lambda one: one[0]):
        _replay(_on(deps, day), document, step)


def _steps(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for step in document.get("actions", ()):
        yield step["on"], document["id"], step


def _new(
    deps: Deps, one: Mapping[str, Any], *, subject: str | None, place: str, links: Mapping[str, str]
) -> None:
    then = _on(deps, one["created_on"])
    version = one.get("version")
    form = deps.catalogue.forms.get((one["form"], version)) if version else deps.catalogue.start(one["form"])
    if form is None:
        raise Failure(f"demo: « {one['form']} » {version or ''} n'est pas publié")
    with then.store.transaction(one["by"], then.now()) as tx:
        work = Desk(tx, then.catalogue, then.now(), one["by"])
        services.write_new(
            then,
            tx,
            work,
            form,
            subject=subject,
            place=place,
            links=links,
            answers=one["answers"],
            id=one["id"],
        )


def _replay(deps: Deps, document: str, step: Mapping[str, Any]) -> None:
    if "save" in step:
        services.fill(deps, step["by"], document, step["save"])
        return
    stored = deps.store.get(DOCUMENT, document)
    assert stored is not None, document
    services.act(deps, step["by"], document, step["do"], stored.revision)

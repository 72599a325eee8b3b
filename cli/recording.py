"""`canevas scenarios --record`: a scenario made from a real document, personal data replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from cli.coverage import free, laid_out
from cli.moving import opened_store, words_of
from engine.access import decide
from engine.evaluate import FormState
from engine.scenarios.playing import Unplayable
from engine.scenarios.recording import Paper, Source, record
from storage.base import StorageError, Store
from web import keeping
from web.app import now
from web.catalogue import Catalogue, load
from web.failures import NotFound, Refused
from web.settings import SettingsError
from web.world import DOCUMENT, READ, Desk

ROOT = Path(__file__).resolve().parent.parent


def run_record(id: str, person: str, out: TextIO, root: Path = ROOT) -> int:
    """Write the scenario of a document beside its form; gives the exit status. The log says who read it."""
    store: Store | None = None
    try:
        store = opened_store(None)
        if store is None:
            print("Aucune donnée sur cette machine : rien à enregistrer.", file=out)
            return 2
        catalogue = load(root / "definitions", root / "referentiels", keeping.kept(store))
        raw = _recorded(store, catalogue, id, person)
    except (StorageError, SettingsError) as error:
        print(words_of(error), file=out)
        return 2
    except (NotFound, Refused):
        print(
            f"« {id} » : « {person} » ne peut pas lire de document de ce nom. Donnez après --person une "
            "personne qui en a le droit.",
            file=out,
        )
        return 2
    except Unplayable as error:
        print(f"Ce document ne se rejoue pas : {error}", file=out)
        return 1
    finally:
        if store is not None:
            store.close()
    path = free(root / "definitions" / raw["form"] / "scenarios", f"enregistre-{raw['state']}")
    path.write_text(laid_out(raw), "utf-8")
    print(f"Écrit : {path.name}. Relisez-le, et donnez-lui un titre.", file=out)
    return 0


def _recorded(store: Store, catalogue: Catalogue, id: str, person: str) -> dict[str, Any]:
    here = Desk(store, catalogue, now(), person)
    opened = here.open(id)
    body = opened.stored.body
    links = {
        name: paper
        for name, target in body.get("links", {}).items()
        if (paper := _paper(here, target)) is not None
    }
    source = Source(
        _seen(here, opened.state),
        _paper(here, body.get("subject")),
        links,
        tuple(opened.grant.roles),
        here.now.date(),
        {
            name: [_seen(here, one) for one in opened.state.collection(name)]
            for name in opened.state.form.form.collections
        },
    )
    with store.transaction(person, now()) as tx:
        tx.log(READ, DOCUMENT, id, opened.stored.revision)
    return record(source, catalogue.forms)


def _paper(here: Desk, id: str | None) -> Paper | None:
    stored = here.reader.get(DOCUMENT, id) if id else None
    return None if stored is None else _seen(here, here.state(stored))


def _seen(here: Desk, state: FormState) -> Paper:
    """A document, with what whoever records may read of it."""
    grant = here.grant(state)
    return Paper(state.form, state.document, grant.reads if decide(grant, "read") else frozenset())

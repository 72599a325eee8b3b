"""`canevas rehearse` and `canevas move`: what becomes of the documents of a form, then doing it."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TextIO, TypeVar

from cyclopts import Parameter

from engine.faults import nearest
from engine.migrate import BLOCKED, LOST, OUTCOMES, UNCHANGED
from storage.base import StorageError, Store, StoreLocked
from storage.registry import open_store
from web import keeping, settings
from web.app import now
from web.catalogue import Catalogue, load, working
from web.deps import code
from web.services import Candidate, Deps, Fate, candidate_of, living
from web.services import move as moving
from web.services import rehearse as replayed
from web.settings import SettingsError
from web.store_words import say
from web.undoing import versions_of

ROOT = Path(__file__).resolve().parent.parent
WORDS = {
    "unchanged": "inchangés",
    "moved": "déplacés",
    "asked": "à qui une réponse est redemandée",
    "lost": "qui perdraient une réponse",
    "blocked": "bloqués, qui restent sur leur version",
}
ONE = {
    "moved": "déplacé",
    "asked": "à vérifier",
    "lost": "perdrait",
    "blocked": "reste sur sa version",
}
SHOWN = 50  # documents named on screen
T = TypeVar("T")


def rehearse(
    form: str,
    version: str | None = None,
    *,
    data: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Répète sur tous les documents : ce que chacun deviendrait avec la version de travail. N'écrit rien.

    Parameters
    ----------
    form
        Identifiant de la forme.
    version
        Une version publiée, au lieu de la version de travail.
    data
        Dossier des données (celui du site par défaut).
    as_json
        Écrit une ligne JSON par document.
    """
    return _guarded(lambda: run_rehearse(form, version, data, as_json, sys.stdout), sys.stdout)


def run_rehearse(
    form: str, version: str | None, data: Path | None, as_json: bool, out: TextIO, root: Path = ROOT
) -> int:
    """Rehearse; gives the exit status: 1 when an answer would be lost."""
    store = opened_store(data)
    kept = {} if store is None else keeping.kept(store)
    candidate = found_candidate(form, version, root, kept, out)
    if candidate is None or store is None:
        if candidate is not None:
            print("Aucune donnée sur cette machine : rien à répéter.", file=out)
        if store is not None:
            store.close()
        return 2
    counts: Counter[str] = Counter()
    named = 0
    try:
        for fate, _ in bar(replayed(store, candidate, now()), store, form):
            counts[fate.outcome] += 1
            if as_json:
                print(json.dumps(asdict(fate), ensure_ascii=False), file=out)
            elif fate.outcome != UNCHANGED and named < SHOWN:
                named += 1
                print(line(fate), file=out)
    finally:
        store.close()
    if not as_json:
        print(f"{form} {candidate.form.version} : {summary(counts)}", file=out)
    return 1 if counts[LOST] else 0


def found_candidate(
    form: str, version: str | None, root: Path, kept: Mapping[str, bytes], out: TextIO
) -> Candidate | None:
    """The version to rehearse, the working copy by default; says why there is none."""
    folders = (root / "definitions", root / "referentiels")
    served = load(*folders, kept)
    if version is not None:
        found = candidate_of(served, form, version)
    else:
        drafts = working(*folders)
        numbers = {number: file for number, (file, _) in drafts.library.forms.get(form, {}).items()}
        number = next((one for one, file in numbers.items() if file.endswith("/form.json")), "")
        compiled = drafts.forms.get((form, number))
        found = None if compiled is None else Candidate(compiled, drafts.migrations.get(form, ()), served)
        for fault in drafts.faults:
            print(fault, file=out)
    if found is None and version is not None:
        print(_unknown(served, form, version), file=out)
    elif found is None:
        known = sorted({name for name, _ in served.forms})
        print(f"« {form} » ne peut pas être répétée.{nearest(form, known)}", file=out)
    return found


def move(form: str, version: str | None = None, *, data: Path | None = None) -> int:
    """Amène les documents d'une forme sur une version publiée, par lots ; peut être coupé et relancé.

    Parameters
    ----------
    form
        Identifiant de la forme.
    version
        La version (celle en vigueur par défaut).
    data
        Dossier des données (celui du site par défaut).
    """
    return _guarded(lambda: run_move(form, version, data, sys.stdout), sys.stdout)


def run_move(form: str, version: str | None, data: Path | None, out: TextIO, root: Path = ROOT) -> int:
    """Move; gives the exit status: 1 when some documents stay behind."""
    store = opened_store(data)
    if store is None:
        print("Aucune donnée sur cette machine : rien à déplacer.", file=out)
        return 2
    try:
        catalogue = load(root / "definitions", root / "referentiels", keeping.kept(store))
        candidate = candidate_of(catalogue, form, version or catalogue.newests.get(form, ""))
        if candidate is None:
            print(_unknown(catalogue, form, version), file=out)
            return 2
        fates = list(bar(moving(deps_on(store, catalogue), candidate), store, form))
    finally:
        store.close()
    behind = [fate for fate in fates if fate.outcome in {LOST, BLOCKED}]
    for fate in behind[:SHOWN]:
        print(line(fate), file=out)
    print(f"{form} {candidate.form.version} : {summary(outcomes(fate.outcome for fate in fates))}", file=out)
    return 1 if behind else 0


def _unknown(catalogue: Catalogue, form: str, version: str | None) -> str:
    """Say that a version is not published, and which are."""
    versions = versions_of(catalogue, form)
    if not versions:
        forms = sorted({name for name, _ in catalogue.forms})
        return f"« {form} » n'est pas une forme publiée.{nearest(form, forms)}"
    return f"« {form} » n'a pas de version {version or 'en vigueur'}. Publiées : {', '.join(versions)}."


# --- what the commands share --------------------------------------------------------------------


def opened_store(data: Path | None) -> Store | None:
    """Open the site's store; None when this machine has no data. StorageError if the site has it."""
    given = {f"{settings.PREFIX}DATA": str(data)} if data is not None else {}
    read = settings.read(os.environ | given)
    if read.store.startswith("tiny:") and not read.data.exists():
        return None
    return open_store(read.store)


def deps_on(store: Store, catalogue: Catalogue) -> Deps:
    """What use cases need, on the command line."""
    return Deps(
        store=store,
        catalogue=catalogue,
        now=now,
        new_id=lambda: secrets.token_hex(8),
        new_code=lambda length: code(secrets.token_bytes(length)),
    )


def bar(found: Iterable[T], store: Store, form: str) -> Iterator[T]:
    """Pass documents on, with a progress bar where somebody watches."""
    total = living(store, form)
    watched = sys.stderr.isatty()
    for n, one in enumerate(found, start=1):
        if watched and (n % 50 == 0 or n == total):
            done = 30 * n // max(total, 1)
            print(f"\r[{'#' * done}{'.' * (30 - done)}] {n}/{total}", end="", file=sys.stderr)
        yield one
    if watched:
        print(file=sys.stderr)


def outcomes(found: Iterable[str]) -> Counter[str]:
    """Count outcomes."""
    return Counter(found)


def summary(counts: Mapping[str, int]) -> str:
    """Say how many documents have each outcome, the gravest first."""
    total = sum(counts.values())
    said = [f"{counts[one]} {WORDS[one]}" for one in OUTCOMES if counts.get(one)]
    return f"{total} document{'s' if total > 1 else ''}" + (f" : {', '.join(said)}." if said else ".")


def line(fate: Fate) -> str:
    """Name a document and what becomes of it."""
    about = fate.why or ", ".join(f"« {name} »" for name in fate.fields)
    words = f"  {fate.id} ({fate.version}, {fate.state}) : {ONE.get(fate.outcome, fate.outcome)}"
    return f"{words} : {about}" if about else words


def _guarded(run: Any, out: TextIO) -> int:
    try:
        status: int = run()
    except (StorageError, SettingsError) as error:
        print(words_of(error), file=out)
        return 2
    return status


def words_of(error: Exception) -> str:
    """Say why a store can't be used."""
    if isinstance(error, StoreLocked):
        return (
            "La base est tenue par le site en marche : arrêtez-le, ou passez par sa page « Définitions » : "
            "elle répète, publie, annule et retire."
        )
    return say(error) if isinstance(error, StorageError) else str(error)

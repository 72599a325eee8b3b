"""`canevas schema`: the grammar of definitions, or the answers of one form, as JSON Schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TextIO

from engine.faults import nearest
from engine.language import language_schema
from engine.schema import answers_schema

ROOT = Path(__file__).resolve().parent.parent


def schema(form: str | None = None, *, version: str | None = None) -> int:
    """Écrit le schéma JSON du langage des définitions, ou des réponses d'une forme.

    Parameters
    ----------
    form
        Identifiant d'une forme publiée ; sans lui, le schéma du langage.
    version
        Version de la forme (la plus récente par défaut).
    """
    return run(form, version, sys.stdout)


def run(form: str | None, version: str | None, out: TextIO, root: Path = ROOT) -> int:
    """Print a schema; gives the exit status."""
    if form is None:
        return _print(language_schema(), out)
    from web.catalogue import load  # only here: the language needs no definition

    catalogue = load(root / "definitions", root / "referentiels")
    found = catalogue.newest(form) if version is None else catalogue.forms.get((form, version))
    if found is None:
        known = [name for name, _ in catalogue.forms]
        wanted = form if version is None else f"{form} {version}"
        print(f"« {wanted} » n'est pas une forme servie.{nearest(form, known)}", file=out)
        return 2
    return _print(answers_schema(found), out)


def _print(found: dict[str, Any], out: TextIO) -> int:
    print(json.dumps(found, ensure_ascii=False, indent=2), file=out)
    return 0

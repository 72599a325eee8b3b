"""`canevas diff`: what changes between two definitions, in French, by class, and whom it hurts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TextIO

from cyclopts import Parameter

from cli.sources import Source, Unfound, opened
from engine.faults import FaultyDefinition
from engine.french import enumerate_words
from engine.versions import (
    CLASSES,
    Change,
    OtherForm,
    around,
    compare,
    compare_code_lists,
    next_version,
    worst,
)
from renderers.html import difference

ROOT = Path(__file__).resolve().parent.parent
TITLES = {
    "impossible": "Impossible : à refaire autrement",
    "major": "Cassant : demande une version majeure",
    "minor": "Compatible : demande une version mineure",
    "patch": "Sans risque : un correctif suffit",
}
THRESHOLDS = {"patch": "patch", "minor": "minor", "breaking": "major", "impossible": "impossible"}
WORDS = {"patch": "un correctif", "minor": "une version mineure", "major": "une version majeure"}


@dataclass(frozen=True)
class Difference:
    """What changes in one form or list; a version is None where it does not exist."""

    kind: str
    id: str
    title: str
    old: str | None
    new: str | None
    changes: tuple[Change, ...]


def diff(
    a: str,
    b: str,
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    as_html: Annotated[bool, Parameter(name="--html", negative="")] = False,
    fail_on: Literal["patch", "minor", "breaking", "impossible"] | None = None,
) -> int:
    """Dit ce qui change de A à B, une phrase par changement, avec sa classe et qui il gêne.

    Parameters
    ----------
    a
        Un fichier, un dossier, une version (`forme@1.0.0`), une copie de travail (`forme`) ou une révision
        git (`HEAD~1`, `HEAD~1:definitions/forme`).
    b
        De même.
    as_json
        En JSON : `{"changes": […]}`.
    as_html
        En page HTML.
    fail_on
        Sort avec 1 si un changement est de cette classe ou d'une plus grave.
    """
    shape = "json" if as_json else "html" if as_html else "text"
    return run(a, b, sys.stdout, shape=shape, fail_on=fail_on)


def run(
    a: str, b: str, out: TextIO, *, shape: str = "text", fail_on: str | None = None, root: Path = ROOT
) -> int:
    """Print the differences of two sources; gives the exit status: 1 above the threshold, 2 for bad input."""
    try:
        with opened(a, root) as old, opened(b, root) as new:
            found = list(differences(old, new))
    except (Unfound, OtherForm, FaultyDefinition) as error:
        print(error, file=out)
        return 2
    PRINTERS[shape](found, (a, b), out)
    kinds = {change.kind for one in found for change in one.changes}
    if fail_on is None:
        return 0
    return int(bool(kinds & set(CLASSES[CLASSES.index(THRESHOLDS[fail_on]) :])))


# --- which with which ---------------------------------------------------------------------------


def differences(old: Source, new: Source) -> Iterator[Difference]:
    """Compare each form and list that both sources hold, and say which have come or gone."""
    forms, lists = _common(old.forms, new.forms, old, new), _common(old.lists, new.lists, old, new)
    if (old.single or new.single) and not any(_both(*pair) for pair in (*forms.values(), *lists.values())):
        names = [f"{one.title} ({_names(one)})" for one in (old, new)]
        raise Unfound(
            f"Rien à comparer entre {names[0]} et {names[1]} : "
            "donnez deux versions d'une même forme ou d'une même liste."
        )
    for name, (before, after) in forms.items():
        yield _forms(name, before, after, old, new)
    for name, (one, other) in lists.items():
        yield _lists(name, one, other)


def _common(before: Any, after: Any, old: Source, new: Source) -> dict[str, tuple[Any, Any]]:
    wanted = {*before, *after}
    if old.single:
        wanted &= set(before)
    if new.single:
        wanted &= set(after)
    return {name: (before.get(name), after.get(name)) for name in sorted(wanted)}


def _both(one: Any, other: Any) -> bool:
    return one is not None and other is not None


def _names(source: Source) -> str:
    return ", ".join([*source.forms, *source.lists][:5]) or "rien"


def _forms(name: str, before: Any, after: Any, old: Source, new: Source) -> Difference:
    if not _both(before, after):
        return _whole("form", name, before, after, ("La forme", "e"))
    changes = compare(before, after, around(new.library, before, after, old.library))
    return Difference("form", name, after.short or after.title, before.version, after.version, changes)


def _lists(name: str, before: Any, after: Any) -> Difference:
    if not _both(before, after):
        return _whole("list", name, before, after, ("La liste", "e"))
    changes = compare_code_lists(before, after)
    return Difference("list", name, after.title, before.version, after.version, changes)


def _whole(kind: str, name: str, before: Any, after: Any, words: tuple[str, str]) -> Difference:
    one = before or after
    article, e = words
    if after is None:
        change = Change(
            name, "removed", "major", f"{article} « {one.title} » est retiré{e}.", ("les documents en cours",)
        )
    else:
        change = Change(name, "added", "minor", f"{article} « {one.title} » est ajouté{e}.")
    versions = (before and before.version, after and after.version)
    return Difference(kind, name, one.title, versions[0], versions[1], (change,))


# --- how it is said -----------------------------------------------------------------------------


def verdict(one: Difference) -> str:
    """Say in one line what the changes demand."""
    if not one.changes:
        return "rien ne change."
    count = f"{len(one.changes)} changement{'s' if len(one.changes) > 1 else ''}"
    gravest = worst(one.changes)
    if one.old is None or one.new is None:
        return f"{count}."
    if gravest == "impossible":
        return f"{count}, dont certains ne peuvent pas être publiés."
    needed = next_version(one.old, one.changes)
    words = f"{count} ; il faut {WORDS[str(gravest)]}, {needed} au moins"
    return f"{words}{'.' if _enough(one.new, needed) else f' : {one.new} ne suffit pas.'}"


def _enough(version: str, needed: str) -> bool:
    numbers = [tuple(int(part) for part in text.split(".")) for text in (version, needed)]
    return numbers[0] >= numbers[1]


def _heading(one: Difference) -> str:
    versions = [version for version in (one.old, one.new) if version is not None]
    return f"{one.title} {' → '.join(dict.fromkeys(versions))} : {verdict(one)}"


def _said(change: Change) -> Iterator[str]:
    yield f"  - {change.sentence}"
    if change.hurts:
        yield f"      Gêne : {enumerate_words(list(change.hurts))}."
    if change.remedy:
        yield f"      Remède : {change.remedy}"


def groups(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    """Part changes by class, gravest first, each with its title."""
    parted = [(kind, [one for one in changes if one.kind == kind]) for kind in TITLES]
    return [(TITLES[kind], found) for kind, found in parted if found]


def _text(found: Sequence[Difference], names: tuple[str, str], out: TextIO) -> None:
    changed = [one for one in found if one.changes]
    if not changed:
        print(f"De {names[0]} à {names[1]}, rien ne change.", file=out)
    for number, one in enumerate(changed):
        print(f"{chr(10) if number else ''}{_heading(one)}", file=out)
        for title, changes in groups(one.changes):
            print(f"\n{title} ({len(changes)})", file=out)
            for change in changes:
                for line in _said(change):
                    print(line, file=out)


def _json(found: Sequence[Difference], names: tuple[str, str], out: TextIO) -> None:
    changes = [_plain(one.id, change) for one in found for change in one.changes]
    compared = [
        {
            "kind": one.kind,
            "id": one.id,
            "title": one.title,
            "old": one.old,
            "new": one.new,
            "class": worst(one.changes),
            "needs": None if one.old is None else next_version(one.old, one.changes),
        }
        for one in found
    ]
    whole = {"old": names[0], "new": names[1], "compared": compared, "changes": changes}
    print(json.dumps(whole, ensure_ascii=False, indent=2), file=out)


def _plain(name: str, change: Change) -> dict[str, Any]:
    plain = asdict(change)
    return {"in": name, "path": change.path, "class": plain.pop("kind"), **plain}


def _html(found: Sequence[Difference], names: tuple[str, str], out: TextIO) -> None:
    parts = [(_heading(one), groups(one.changes)) for one in found if one.changes]
    print(difference(f"De {names[0]} à {names[1]}", parts), file=out)


PRINTERS = {"text": _text, "json": _json, "html": _html}

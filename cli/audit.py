"""`canevas audit`: is the log whole, and who did what to which document. It reads without a lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from cli.bars import bars
from cli.keeping import DONE, FAULTY, REFUSED, counted, guarded
from engine.french import clock, short_date
from storage import moving
from storage.audit import first_broken
from storage.base import Body, Logged
from storage.registry import open_reader
from web.store_words import shown
from web.world import PERSON

ACTIONS = {
    "put": "écrit",
    "delete": "supprimé",
    "purge": "effacé",
    "erase": "effacé en partie",
    "read": "consulté",
    "deposit": "déposé",
}


@dataclass
class _Head:
    """The last record that went by, and whether the one that was kept elsewhere did."""

    last: Logged | None = None
    met: bool = False


def verify(file: Path | None = None, *, store: str | None = None, head: str = "") -> int:
    """Vérifie la chaîne du registre et nomme le premier enregistrement faux. Le site peut tourner.

    Parameters
    ----------
    file
        Copie dont vérifier le registre ; la base si rien n'est donné.
    store
        Base à vérifier (celle du site par défaut).
    head
        Tête gardée ailleurs (« 1042:9f3c… ») : le registre doit la contenir, sinon il a été coupé.
    """
    return guarded(lambda place, out: run_verify(file, place, head, out), store)


def show(
    *,
    store: str | None = None,
    id: str = "",
    person: str = "",
    action: str = "",
    last: int = 50,
) -> int:
    """Montre les derniers enregistrements du registre : quand, qui, quoi, quel document.

    Parameters
    ----------
    store
        Base à lire (celle du site par défaut).
    id
        Seulement ce document.
    person
        Seulement cette personne (son identifiant).
    action
        Seulement cette action : put, delete, purge, erase ou read.
    last
        Nombre d'enregistrements montrés, les plus récents.
    """
    return guarded(lambda place, out: run_show(place, (id, person, action), last, out), store)


def run_verify(file: Path | None, place: str, head: str, out: TextIO) -> int:
    """Check the chain; gives the exit status: 1 at the first bad record."""
    number, _, chain = head.partition(":")
    if head and not (number.isascii() and number.isdigit() and chain):
        print(f"« {head} » n'est pas une tête de registre. Écrivez-la comme 1042:9f3c….", file=out)
        return REFUSED
    found, kept = _Head(), (int(number), chain) if head else None
    with bars() as shown_bars:
        if file is not None:
            bad = first_broken(_noted(_records(shown_bars.over(moving.read(file), "Lecture")), found, kept))
        else:
            with open_reader(place) as lines:
                bad = first_broken(_noted(_records(shown_bars.over(lines, "Lecture")), found, kept))
    return _verdict(str(file) if file else shown(place), bad, found, kept, out)


def _verdict(what: str, bad: int | None, found: _Head, kept: tuple[int, str] | None, out: TextIO) -> int:
    if bad is not None:
        last = found.last
        who = f" ({_day(last.at)}, {last.author}, {last.kind}/{last.id})" if last is not None else ""
        print(
            f"{what} : le premier enregistrement faux du registre est le n° {bad}{who}. Ce qui suit "
            "n'est plus sûr. Gardez la base telle quelle et comparez avec une sauvegarde.",
            file=out,
        )
        return FAULTY
    if kept is not None and not found.met:
        print(
            f"{what} : le registre ne contient pas l'enregistrement n° {kept[0]} gardé ailleurs : il a été "
            "coupé ou refait. Comparez avec une sauvegarde.",
            file=out,
        )
        return FAULTY
    last = found.last
    count = 0 if last is None else last.number
    print(f"{what} : le registre est entier, {counted(count, 'enregistrement')}.", file=out)
    if last is not None:
        print(f"Tête, à garder ailleurs : {last.number}:{last.chain}", file=out)
    return DONE


def _records(lines: Iterable[Body]) -> Iterator[Logged]:
    for line in lines:
        if line.get("line") == "audit":
            yield Logged(**{name: line[name] for name in Logged.__slots__})


def _noted(records: Iterable[Logged], found: _Head, kept: tuple[int, str] | None) -> Iterator[Logged]:
    for record in records:
        found.last = record
        found.met = found.met or (record.number, record.chain) == kept
        yield record


def run_show(place: str, wanted: tuple[str, str, str], last: int, out: TextIO) -> int:
    """Print the last records that fit."""
    id, person, action = wanted
    names: dict[str, str] = {}
    chosen_ones: deque[Logged] = deque(maxlen=max(1, min(last, 100_000)))
    with bars() as shown_bars, open_reader(place) as lines:
        for line in shown_bars.over(lines, "Lecture"):
            if line["line"] == "revision" and line["kind"] == PERSON:
                names[line["id"]] = str(line["body"].get("label", line["id"]))
            elif line["line"] == "audit" and _fits(line, id, person, action):
                chosen_ones.append(Logged(**{name: line[name] for name in Logged.__slots__}))
    for one in chosen_ones:
        print(_line(one, names), file=out)
    if not chosen_ones:
        print("Aucun enregistrement ne correspond.", file=out)
    return DONE


def _fits(line: Body, id: str, person: str, action: str) -> bool:
    return id in {"", line["id"]} and person in {"", line["author"]} and action in {"", line["action"]}


def _line(one: Logged, names: dict[str, str]) -> str:
    who = f"{names[one.author]} ({one.author})" if one.author in names else one.author
    revision = f", révision {one.revision}" if one.revision is not None else ""
    done = ACTIONS.get(one.action, one.action)
    return f"{one.number:>7}  {_day(one.at)}  {done:<9} {one.kind}/{one.id}{revision}  par {who}"


def _day(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"{short_date(moment.date())} {clock(moment)}"

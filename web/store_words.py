"""What a store says when it can't, in French: the thing, the place, the cause, the remedy. One table.

The stores' own messages are English and for whoever looks into it; they follow as a detail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from storage import base
from storage.base import StorageError
from storage.moving_check import Broken, Fault


def say(error: StorageError, place: str = "") -> str:
    """Return a store's refusal as French sentences; `place` names the store that was asked for."""
    kind = next((kind for kind in type(error).__mro__ if kind in WORDS), None)
    if kind is None:
        return f"{_the(place)} ne peut pas faire ce qui est demandé. Détail : {error}"
    return WORDS[kind](error, place)


def shown(place: str) -> str:
    """Write a store's name without its password.

    >>> shown("postgresql://canevas:secret@base.exemple.fr/canevas")
    'postgresql://canevas:…@base.exemple.fr/canevas'
    """
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:…@", place)


def say_fault(fault: Fault) -> str:
    """Return what is wrong with a dump: its line, what it is about, the cause, the remedy."""
    reason, remedy = CAUSES[fault.cause]
    where = f"Ligne {fault.line}" if fault.line else "Copie"
    thing = f" ({_thing(fault.place)})" if fault.place else ""
    return f"{where}{thing} : {reason.format(fault.detail)}. {remedy}"


def _the(place: str) -> str:
    return f"La base {shown(place)}" if place else "La base"


def _thing(place: str) -> str:
    return place.replace(" revision ", ", révision ").replace("audit record", "enregistrement du registre")


def _locked(error: StorageError, place: str) -> str:
    found = re.search(r"process (\d+)", str(error))
    owner = f"le processus {found[1]}" if found else "un autre processus"
    return (
        f"{_the(place)} est tenue par {owner} : rien n'a été écrit. Arrêtez-le (souvent le site, "
        "« canevas serve »), puis recommencez ; ou donnez une autre base avec --store."
    )


def _fixed(words: str) -> Callable[[StorageError, str], str]:
    return lambda _error, place: words.format(the=_the(place))


def _detailed(words: str) -> Callable[[StorageError, str], str]:
    return lambda error, place: f"{words.format(the=_the(place))} Détail : {error}"


def _broken_dump(error: StorageError, _place: str) -> str:
    return say_fault(error.fault) if isinstance(error, Broken) else str(error)


WORDS: Mapping[type[StorageError], Callable[[StorageError, str], str]] = {
    base.StoreLocked: _locked,
    base.StoreFull: _detailed(
        "{the} n'a plus de place sur son disque : rien n'a été écrit. Faites de la place, puis recommencez."
    ),
    base.StoreBroken: _detailed(
        "{the} ne peut pas être lue ou écrite : rien n'a été gardé de cette demande. Regardez le disque, les "
        "droits et le nom de la base ; à défaut, restaurez une sauvegarde."
    ),
    base.StoreNotEmpty: _fixed(
        "{the} contient déjà des données : rien n'a été écrit. Une copie ne se charge que dans une base "
        "vide : donnez-en une autre avec --store, ou mettez celle-ci de côté."
    ),
    base.UnknownStore: _detailed(
        "{the} n'a pas un nom connu. Écrivez tiny:/chemin/base ou postgresql://personne:motdepasse@serveur/base."
    ),
    base.Busy: _fixed("{the} a changé pendant la demande : rien n'a été écrit. Recommencez."),
    base.OutcomeUnknown: _fixed(
        "{the} n'a pas confirmé l'écriture : tout est écrit, ou rien ne l'est. Vérifiez avec « canevas store "
        "verify » avant de recommencer."
    ),
    base.StaleRevision: _fixed(
        "Un document de {the} a changé entre-temps : rien n'a été remplacé. Recommencez."
    ),
    base.NotJson: _detailed(
        "{the} ne peut pas garder ce qui lui est donné : rien n'a été écrit. Prenez une autre copie."
    ),
    Broken: _broken_dump,
}

COPY = "Prenez une autre copie, ou refaites celle-ci."
DISK = "Gardez la base telle quelle, contrôlez le disque et comparez avec une sauvegarde."

# cause -> ce qui ne va pas, que faire. The same keys as `storage.moving_check.CAUSES`.
CAUSES: Mapping[str, tuple[str, str]] = {
    "file": ("le fichier ne se lit pas ({})", COPY),
    "json": ("ce n'est pas un objet JSON", COPY),
    "spelling": ("l'écriture n'est pas celle d'une copie de Canevas", COPY),
    "cut": ("la ligne est coupée avant sa fin", COPY),
    "long": ("la ligne dépasse {} octets", COPY),
    "empty": ("le fichier est vide", COPY),
    "start": ("la première ligne ne dit pas le format", COPY),
    "format": ("le format {} n'est pas connu", "Lisez-la avec la version de Canevas qui l'a écrite."),
    "shape": ("les membres ne sont pas ceux d'une ligne de ce genre : {}", COPY),
    "order": ("une ligne « {} » ne peut pas être ici", COPY),
    "after": ("il y a quelque chose après la fin", COPY),
    "end": ("la fin manque", COPY),
    "count": ("la fin n'annonce pas le même compte ({})", COPY),
    "sum": ("l'empreinte de l'ensemble n'est pas celle que la fin annonce", COPY),
    "revision": ("la révision ne suit pas la précédente ({})", DISK),
    "current": ("la révision actuelle manque", DISK),
    "chain": ("la chaîne du registre est rompue ici", DISK),
    "digest": ("le contenu n'est pas celui que le registre dit écrit (enregistrement {})", DISK),
    "unlogged": ("le registre n'en parle pas", DISK),
    "gone": ("le registre dit que ce document a été retiré (enregistrement {})", DISK),
    "lost": ("le registre dit que ce document a été écrit (enregistrement {}), et il manque", DISK),
}

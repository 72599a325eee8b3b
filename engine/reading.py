"""JSON bytes -> models of the language, or every fault at once, in French. Reads no file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from engine.faults import Faults, FaultyDefinition, Location
from engine.shapes import MAX_FAULTS, printable, short, translated

MAX_BYTES = 1_000_000
MAX_LIST_BYTES = 20_000_000
MAX_DEPTH = 60
MAX_DIGITS = 15
MAX_KEY = 200

M = TypeVar("M", bound=BaseModel)


def read(raw: bytes, file: str, kind: type[M], limit: int = MAX_BYTES) -> M:
    """Read one definition file, of `limit` bytes at most, as a model; FaultyDefinition lists every fault.

    >>> from engine.model import Block
    >>> read(b'{"block": "b", "title": "B", "items": []}', "b.json", Block).block
    'b'
    """
    return validate(parse(raw, file, limit), file, kind)


def validate(data: Any, file: str, kind: type[M]) -> M:
    """Read plain JSON data as a model; FaultyDefinition lists every fault."""
    try:
        return kind.model_validate(data, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        raise FaultyDefinition(translated(error, data, file, kind)) from None


# --- strict JSON --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Bad:
    """What JSON syntax lets through and the language refuses, and why."""

    text: str


def parse(raw: bytes, file: str, limit: int = MAX_BYTES) -> Any:
    """Parse JSON strictly; FaultyDefinition lists every fault."""
    faults = Faults(file)
    text = _decoded(raw, limit, faults)
    data = None if text is None else _loaded(text, faults)
    for location, words in islice(_misfits(data, (), 0), MAX_FAULTS):
        faults.add(location, words)
    if faults.found:
        raise FaultyDefinition(faults.found)
    return data


def _decoded(raw: bytes, limit: int, faults: Faults) -> str | None:
    if len(raw) > limit:
        faults.add(
            (),
            f"le fichier dépasse {limit // 1_000_000} Mo. Coupez-le, ou sortez ses options dans une liste.",
        )
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.add((), f"le fichier n'est pas en UTF-8 (octet {error.start}). Enregistrez-le en UTF-8.")
        return None


def _loaded(text: str, faults: Faults) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=lambda name: _Bad(
                f"« {name} » n'est pas un nombre. Écrivez-en un, ou retirez la clé."
            ),
            parse_int=_whole,
            parse_float=_decimal,
        )
    except json.JSONDecodeError as error:
        cause = SYNTAX.get(error.msg, "l'écriture est incorrecte")
        faults.add((), f"JSON illisible, ligne {error.lineno}, colonne {error.colno} : {cause}.")
    except RecursionError:
        faults.add((), _TOO_DEEP)
    return None


SYNTAX = {
    "Expecting ',' delimiter": "il manque une virgule, ou une accolade n'est pas fermée",
    "Expecting ':' delimiter": "il manque « : » après la clé",
    "Expecting property name enclosed in double quotes": "clé entre guillemets attendue (virgule de trop ?)",
    "Expecting value": "une valeur est attendue (virgule de trop ?)",
    "Illegal trailing comma before end of object": "la dernière virgule est de trop",
    "Illegal trailing comma before end of array": "la dernière virgule est de trop",
    "Unterminated string starting at": "le texte qui commence là n'est pas fermé par un guillemet",
    "Invalid control character at": "un retour à la ligne dans un texte s'écrit \\n",
    "Invalid \\escape": '« \\ » ne précède que " \\ / b f n r t u',
    "Invalid \\uXXXX escape": "\\u demande quatre chiffres hexadécimaux",
    "Extra data": "il y a du texte après la fin ; retirez-le",
}
_TOO_DEEP = f"plus de {MAX_DEPTH} niveaux emboîtés. Nommez des conditions ou des valeurs pour aplatir."


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        twice = _Bad(f"la clé « {short(key)} » est écrite deux fois. Gardez-en une.")
        found[key] = twice if key in found else value
    return found


def _whole(text: str) -> int | _Bad:
    return int(text) if len(text.lstrip("-")) <= MAX_DIGITS else _Bad(_too_long(text))


def _decimal(text: str) -> float | _Bad:
    value = float(text)
    return value if len(text) <= 2 * MAX_DIGITS and abs(value) < 10**MAX_DIGITS else _Bad(_too_long(text))


def _too_long(text: str) -> str:
    return f"« {short(text)} » : {MAX_DIGITS} chiffres au plus."


def _misfits(value: Any, location: Location, depth: int) -> Iterator[tuple[Location, str]]:
    if isinstance(value, _Bad):
        yield location, value.text
    elif isinstance(value, str):
        if not printable(value):
            yield location, "ce texte contient un caractère de contrôle. Effacez-le et tapez-le de nouveau."
    elif isinstance(value, (dict, list)):
        if depth == MAX_DEPTH:
            yield location, _TOO_DEEP
            return
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            if isinstance(key, str) and (len(key) > MAX_KEY or not printable(key)):
                yield (
                    location,
                    f"la clé « {short(key)} » est trop longue ou contient un caractère de contrôle.",
                )
            else:
                yield from _misfits(inner, (*location, key), depth + 1)

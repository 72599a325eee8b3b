"""`canevas reference`: the reference of the language, in Markdown, out of the engine's own models and tables.

What is said of each key is in `cli.reference_words`; shapes, bounds, operators and messages come from the
engine, so that the page cannot say anything else than what the engine does.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TextIO

from pydantic import BaseModel, TypeAdapter

from cli.reference_words import CHAPTERS, INTROS, KEYS, OPERATOR_LINES, ROOTS, STORED
from engine import model, reading, types
from engine.checks import limits
from engine.conditions import OPERATORS
from engine.formats import FORMATS
from engine.language import language_schema
from engine.problems import MESSAGES
from engine.scenarios.model import MAX_MOMENTS, Scenario
from renderers.french import french
from web.catalogue import Deployment

ITEM_KEYS = [key for key in model.ItemBase.model_fields if key != "id"]
FIELD_KEYS = [key for key in model.FieldBase.model_fields if key not in model.ItemBase.model_fields]
UNIONS: Mapping[str, str] = {
    "Condition": "condition",
    "Atom": "condition",
    "Value": "valeur",
    "Item": "élément",
    "InnerItem": "élément simple",
    "Effect": "effet",
    "Move": "mouvement",
}
WORDS: Mapping[str, str] = {
    "string": "texte",
    "integer": "entier",
    "number": "nombre",
    "boolean": "`true` ou `false`",
    "object": "objet",
    "null": "",
}
PATTERNS: Mapping[str, str] = {
    r"^[a-z][a-z0-9_]{0,63}$": "identifiant",
    r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,199}$": "code",
    r"^\.?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$": "chemin",
    r"^(0|[1-9][0-9]{0,4})(\.(0|[1-9][0-9]{0,4})){2}$": "version",
    r"^(0|[1-9][0-9]{0,4})$": "n° majeur",
    r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$": "`forme.nom`",
}
VALUES = {"": "aucune", "one": "une", "many": "plusieurs"}
INTRO = """\
# Référence du langage des définitions

<!-- Écrit par « canevas reference » : ne pas modifier à la main. -->

Chaque clé que l'on peut écrire dans une définition, une liste, un fichier de rôles, une migration ou un
scénario. Pour apprendre, lisez d'abord le [guide de l'auteur](guide-auteur.md) ; pour qu'un éditeur complète
et vérifie en écrivant, donnez-lui le schéma que produit `canevas schema`.

Une clé inconnue est une faute. Dans les tableaux, « obligatoire » dit qu'une clé ne peut pas manquer ; un
tiret, qu'elle n'a pas de valeur quand elle manque.
"""


def reference() -> int:
    """Écrit la référence du langage, en Markdown."""
    return run(sys.stdout)


def run(out: TextIO) -> int:
    """Print the reference; gives the exit status."""
    print("\n".join(map(_set, lines())), file=out)
    return 0


def _set(line: str) -> str:
    """Set French typography, except in code."""
    parts = line.split("`")
    return "`".join(part if n % 2 else french(part) for n, part in enumerate(parts))


def lines() -> Iterator[str]:
    """The reference, line by line."""
    yield INTRO
    for chapter, pieces in CHAPTERS.items():
        yield f"## {chapter}\n"
        if chapter in INTROS:
            yield f"{INTROS[chapter]}\n"
        if "TextField" in pieces:
            yield from _common()
        for name, (heading, line) in pieces.items():
            yield from _piece(name, heading, line)
    yield from _references()
    yield from _operators()
    yield from _units()
    yield from _messages()
    yield from _limits()


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of every piece: the language's, a scenario's, the deployment's."""
    found: dict[str, dict[str, Any]] = {}
    for kind in (Scenario, Deployment):
        whole = _schema(kind)
        found |= whole.pop("$defs", {}) | {kind.__name__: whole}
    return found | language_schema()["$defs"]


def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    return TypeAdapter(kind).json_schema(by_alias=True)


def keys(name: str) -> Mapping[str, Any]:
    """The keys of a piece that are its own, by name."""
    properties: dict[str, Any] = schemas()[name].get("properties", {})
    kind = getattr(model, name, None)
    shared: tuple[str, ...] = ()
    if isinstance(kind, type) and issubclass(kind, model.ItemBase):
        shared = ("id", "type", *ITEM_KEYS, *(FIELD_KEYS if issubclass(kind, model.FieldBase) else ()))
    return {key: shape for key, shape in properties.items() if key not in shared or f"{name}.{key}" in KEYS}


def said(name: str, key: str) -> str:
    """What a key of a piece is for."""
    return KEYS.get(f"{name}.{key}") or KEYS.get(key, "")


# --- pieces -------------------------------------------------------------------------------------


def _piece(name: str, heading: str, line: str) -> Iterator[str]:
    yield f"### {heading}\n"
    yield f"{line}\n"
    if name == "Deployment":
        yield "Une forme ou une version qui n'est pas servie y est une faute.\n"
    stored = STORED.get(heading)
    if stored:
        yield f"Réponse enregistrée : {stored}\n"
    yield from _table(name, keys(name))


def _common() -> Iterator[str]:
    yield "Tous les éléments ont un `id` et un `type`, et peuvent porter :\n"
    shown = schemas()["TextField"]["properties"]
    every = {key: {"type": "string"} if key == "type" else shown[key] for key in ("id", "type", *ITEM_KEYS)}
    yield from _table("ItemBase", every)
    simple = {one["$ref"].rpartition("/")[2] for one in schemas()["InnerItem"]["oneOf"]}
    known = CHAPTERS["Éléments d'une étape"]
    names = ", ".join(f"`{heading}`" for name, (heading, _) in known.items() if name in simple)
    yield f"Un élément simple peut aller dans un groupe, des lignes ou un bloc : {names}.\n"
    yield (
        "Les champs (pas `computed`, `note`, `recap`, `listing`, `tally` ni `section`) peuvent aussi "
        "porter :\n"
    )
    yield from _table("FieldBase", {key: shown[key] for key in FIELD_KEYS})


def _table(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    if not found:
        return
    required = schemas().get(name, {}).get("required", ["id", "type"])
    yield "| clé | valeur | à défaut | sens |"
    yield "|---|---|---|---|"
    for key, shape in found.items():
        default = "obligatoire" if key in required else _default(shape)
        yield f"| `{key}` | {_cell(_words(shape))} | {default} | {_cell(said(name, key))} |"
    yield ""


def _default(shape: Mapping[str, Any]) -> str:
    default = shape.get("default")
    if default in (None, [], {}) or isinstance(default, dict):
        return "–"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _words(shape: Mapping[str, Any]) -> str:
    """Say the shape of a value.

    >>> _words({"type": "array", "items": {"type": "boolean"}, "maxItems": 3})
    'liste : `true` ou `false` (3 au plus)'
    """
    if "$ref" in shape:
        return _link(shape["$ref"].rpartition("/")[2])
    if "const" in shape:
        const = shape["const"]
        return f"`{const}`"
    if "enum" in shape:
        return ", ".join(f"`{one}`" for one in shape["enum"])
    branches = shape.get("anyOf") or shape.get("oneOf")
    if branches:
        return " ou ".join(dict.fromkeys(filter(None, map(_words, branches))))
    if shape.get("type") == "array":
        return f"liste : {_words(shape.get('items', {}))}{_bounds(shape, 'minItems', 'maxItems')}"
    if shape.get("type") == "object":
        return _mapping(shape)
    if "pattern" in shape:
        return PATTERNS[shape["pattern"]]
    if not shape.get("type"):
        return "valeur"
    plain = WORDS[shape["type"]]
    return plain + _bounds(shape, "minimum", "maximum") + _bounds(shape, "", "maxLength")


def _mapping(shape: Mapping[str, Any]) -> str:
    inner = next(iter(shape.get("patternProperties", {}).values()), None) or shape.get("additionalProperties")
    return f"objet : nom → {_words(inner)}" if isinstance(inner, dict) and inner else "objet"


def _bounds(shape: Mapping[str, Any], low: str, high: str) -> str:
    least, most = shape.get(low), shape.get(high)
    if least is not None and most is not None and least == most:
        return f" ({least})"
    if least and most is not None:
        return f" ({least} à {_number(most)})"
    return f" ({_number(most)} au plus)" if most is not None else f" ({least} au moins)" if least else ""


def _number(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")


def _link(name: str) -> str:
    if name in UNIONS:
        return UNIONS[name]
    heading = next(pieces[name][0] for pieces in CHAPTERS.values() if name in pieces)
    return f"[{heading}](#{anchor(heading)})"


def anchor(heading: str) -> str:
    """Give the address of a heading in the page.

    >>> anchor("Condition par son nom")
    'condition-par-son-nom'
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# --- tables -------------------------------------------------------------------------------------


def _references() -> Iterator[str]:
    yield "## Chemins\n"
    yield "Un chemin est fait de noms séparés par des points. Il commence par :\n"
    yield "| début | ce qui est lu |"
    yield "|---|---|"
    yield from (f"| `{root}` | {line} |" for root, line in ROOTS.items())
    yield ""


def _operators() -> Iterator[str]:
    yield "## Opérateurs\n"
    yield "| opérateur | sur | valeurs | se dit | sens |"
    yield "|---|---|---|---|---|"
    for name, operator in OPERATORS.items():
        kinds = "tout" if len(operator.kinds) > 8 else " ; ".join(sorted(map(_kind, operator.kinds)))
        line = OPERATOR_LINES[name]
        yield f"| `{name}` | {kinds} | {VALUES[operator.value]} | {operator.words} | {line} |"
    yield ""


def _kind(kind: str) -> str:
    return re.sub(r"\b(un|une|des) ", "", types.NAMES[kind])


def _units() -> Iterator[str]:
    yield "## Unités et formats\n"
    families: dict[str, list[str]] = {}
    for unit, (family, _) in types.UNITS.items():
        families.setdefault(family, []).append(f"`{unit}`")
    yield "Deux unités d'une même famille s'additionnent et se comparent :\n"
    yield from (f"- {', '.join(units)}" for units in families.values())
    yield "\n| format d'un texte | ce que c'est | exemple |"
    yield "|---|---|---|"
    yield from (f"| `{name}` | {one.words} | {one.example} |" for name, one in FORMATS.items())
    yield ""


def _messages() -> Iterator[str]:
    yield "## Problèmes du moteur\n"
    yield "Un scénario les cite par leur code ; ceux d'une forme ont l'identifiant qu'elle leur donne.\n"
    yield "| code | message |"
    yield "|---|---|"
    yield from (f"| `{code}` | {_cell(text)} |" for code, text in MESSAGES.items())
    yield ""


def _limits() -> Iterator[str]:
    yield "## Limites\n"
    yield "Les bornes d'une clé sont dans son tableau. En plus :\n"
    rows = {
        "éléments d'une forme": limits.MAX_ITEMS,
        "nœuds d'une valeur": limits.MAX_NODES,
        "éléments d'une liste": limits.MAX_LISTED,
        "suites d'un scénario": MAX_MOMENTS,
        "octets d'une définition": reading.MAX_BYTES,
        "octets d'une liste": reading.MAX_LIST_BYTES,
        "niveaux emboîtés dans un fichier": reading.MAX_DEPTH,
    }
    yield from (f"- {words} : {_number(most)} ;" for words, most in list(rows.items())[:-1])
    words, most = list(rows.items())[-1]
    yield f"- {words} : {_number(most)}."

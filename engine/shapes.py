"""Errors of shape, as pydantic finds them -> faults: a JSON place, a cause, a remedy, in French."""

from __future__ import annotations

import types
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Discriminator, Tag, ValidationError
from pydantic.fields import FieldInfo

from engine import model
from engine.faults import Fault, Faults, Location, nearest
from engine.french import enumerate_words

MAX_FAULTS = 500


@dataclass(frozen=True)
class _Place:
    """Where an error is: its JSON place, what is there, what was expected.

    `model`: the innermost model around. `key`: the error is about the key, not about its value.
    """

    location: Location
    value: Any
    expected: Any
    model: type[BaseModel]
    key: bool = False


@dataclass(frozen=True)
class _NoBranch:
    """No branch of a union suits what is there."""

    location: Location
    value: Any
    branches: tuple[Any, ...]


Loc = Sequence[str | int]


def translated(error: ValidationError, data: Any, file: str, kind: type[BaseModel]) -> list[Fault]:
    """Translate every error that pydantic found in `data` read as a `kind`."""
    faults = Faults(file)
    start = _Place((), data, kind, kind)
    for details in error.errors(include_url=False, include_input=False)[:MAX_FAULTS]:
        found = _follow(start, details["loc"])
        if isinstance(found, _NoBranch):
            faults.add(found.location, _no_branch(found))
        elif found is not None:
            location, text = _worded(details, found)
            faults.add(location, text)
    if error.error_count() > MAX_FAULTS:
        faults.add((), f"plus de {MAX_FAULTS} fautes : corrigez d'abord celles-ci.")
    return faults.found


def _follow(place: _Place, loc: Loc) -> _Place | _NoBranch | None:
    """Follow pydantic's place, which also names the branches of unions; None: another branch was meant."""
    expected, tagged = _bare(place.expected)
    branches = _branches(expected)
    if len(branches) == 1:
        return _follow(_expecting(place, branches[0]), loc)
    if not loc:
        return _expecting(place, expected)
    head, rest = loc[0], loc[1:]
    if branches and tagged:
        return _follow(_expecting(place, next(one for one in branches if _tag(one) == head)), rest)
    if branches:
        return _branch(place, branches, str(head), rest)
    return _inside(place, expected, head, rest)


def _branch(place: _Place, branches: tuple[Any, ...], label: str, rest: Loc) -> _Place | _NoBranch | None:
    suiting = [one for one in branches if _suits(one, place.value, branches)]
    if not suiting:
        return _NoBranch(place.location, place.value, branches)
    chosen = next((one for one in suiting if _label_fits(one, label)), None)
    return None if chosen is None else _follow(_expecting(place, chosen), rest)


def _inside(place: _Place, expected: Any, head: str | int, rest: Loc) -> _Place | _NoBranch | None:
    inner = _at(place.value, head)
    location = (*place.location, head)
    if isinstance(expected, type) and issubclass(expected, BaseModel):
        field = _fields(expected).get(str(head))
        wanted = Any if field is None else _annotation(field)
        return _follow(_Place(location, inner, wanted, expected, key=field is None), rest)
    arguments = get_args(expected)
    if get_origin(expected) is dict and tuple(rest) == ("[key]",):
        return _Place(location, head, arguments[0], place.model, key=True)
    return _follow(_Place(location, inner, arguments[-1] if arguments else Any, place.model), rest)


def _expecting(place: _Place, expected: Any) -> _Place:
    return _Place(place.location, place.value, expected, place.model, place.key)


def _at(value: Any, head: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(head)
    if isinstance(value, list) and isinstance(head, int) and head < len(value):
        return value[head]
    return None


def _annotation(field: FieldInfo) -> Any:
    tags = [one for one in field.metadata if isinstance(one, Discriminator)]
    if field.discriminator is not None:
        tags.append(Discriminator(str(field.discriminator)))
    return Annotated[field.annotation, tags[0]] if tags else field.annotation


def _bare(expected: Any) -> tuple[Any, bool]:
    """Strip annotations; tell whether a discriminator chooses the branch."""
    if get_origin(expected) is not Annotated:
        return expected, False
    inner, *notes = get_args(expected)
    tagged = any(
        isinstance(note, Discriminator) or (isinstance(note, FieldInfo) and note.discriminator is not None)
        for note in notes
    )
    return inner, tagged


def _branches(expected: Any) -> tuple[Any, ...]:
    if get_origin(expected) not in {Union, types.UnionType}:
        return ()
    return tuple(one for one in get_args(expected) if one is not type(None))


def _tag(branch: Any) -> str:
    """Name a branch: its tag, or the literal that its discriminator holds."""
    inner, *notes = get_args(branch) if get_origin(branch) is Annotated else (branch,)
    named = (str(note.tag) for note in notes if isinstance(note, Tag))
    return next(named, "") or str(get_args(_fields(inner)["do"].annotation)[0])


def _label_fits(branch: Any, label: str) -> bool:
    """Tell whether pydantic means this branch by its label."""
    inner, tagged = _bare(branch)
    if tagged:
        return label.startswith("tagged-union")
    if get_origin(inner) is list:
        return label.startswith("list")
    return label in {inner.__name__, f"constrained-{inner.__name__}"}


def _suits(branch: Any, value: Any, among: Sequence[Any]) -> bool:
    """Tell whether a value has the shape of a branch."""
    inner, tagged = _bare(branch)
    if tagged:
        claimed = any(_claims(_bare(other)[0], value) for other in among if other is not branch)
        return isinstance(value, dict) and not claimed
    if get_origin(inner) is list:
        return isinstance(value, list)
    if issubclass(inner, BaseModel):
        alone = not any(_bare(other)[1] for other in among)
        return isinstance(value, dict) and (alone or _claims(inner, value))
    if isinstance(value, bool):
        return inner is bool
    return isinstance(value, (int, float) if inner in {int, float} else inner)


def _claims(inner: Any, value: Any) -> bool:
    if not isinstance(inner, type) or not issubclass(inner, BaseModel) or not isinstance(value, dict):
        return False
    wanted = [name for name, field in _fields(inner).items() if field.is_required()]
    return any(name in value for name in wanted)


def _fields(kind: type[BaseModel]) -> dict[str, FieldInfo]:
    if not kind.__pydantic_complete__:
        kind.model_rebuild()
    return {field.alias or name: field for name, field in kind.model_fields.items()}


def short(text: Any) -> str:
    """Cut what a message cites, without what cannot be printed."""
    clean = "".join(char for char in str(text)[:80] if unicodedata.category(char) not in {"Cc", "Cs"})
    return clean if len(clean) <= 60 else clean[:59] + "…"


def printable(text: str) -> bool:
    """Tell whether a text holds no control character and no half character."""
    return all(char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"} for char in text)


# --- words --------------------------------------------------------------------------------------


def _no_branch(found: _NoBranch) -> str:
    words = list(dict.fromkeys(_expected_words(one) for one in found.branches))
    return f"il faut {enumerate_words(words, 'ou')}, pas {_got(found.value)}."


def _expected_words(branch: Any) -> str:
    inner, tagged = _bare(branch)
    if tagged:
        atoms = any(_tag(one) == "condition" for one in _branches(inner))
        return "une condition" if atoms else "une valeur"
    if get_origin(inner) is list:
        return "une liste"
    if issubclass(inner, BaseModel):
        return 'une référence {"ref": …}' if inner is model.RefNode else "un objet"
    return EXPECTED[inner]


EXPECTED: Mapping[Any, str] = {bool: "true ou false", int: "un nombre", float: "un nombre", str: "un texte"}


def _got(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"le nombre {value}"
        case str():
            return f"le texte « {short(value)} »"
        case list():
            return "une liste"
    return "un objet"


def _worded(details: Any, place: _Place) -> tuple[Location, str]:
    """Word one error; what is about a missing key is placed at its object."""
    worder = WORDS.get(details["type"])
    if worder is None:
        return place.location, f"{_got(place.value)} ne convient pas ici."
    location, text = worder(place, details.get("ctx", {}))
    return location, text


Worded = tuple[Location, str]


def _unknown_key(place: _Place, _ctx: Any) -> Worded:
    key = str(place.location[-1])
    near = nearest(short(key), _fields(place.model))
    return place.location, f"clé inconnue « {short(key)} ».{near or ' Retirez-la.'}"


def _missing(place: _Place, _ctx: Any) -> Worded:
    return place.location[:-1], f"il manque la clé « {place.location[-1]} ». Ajoutez-la."


def _tag_invalid(place: _Place, ctx: Any) -> Worded:
    key = ctx["discriminator"].strip("'")
    given, known = str(ctx["tag"]), [_tag(one) for one in _branches(_bare(place.expected)[0])]
    location = (*place.location, key)
    if key == "type" and given in {"section", "group", "rows", "bound", "recap", "listing", "tally"}:
        return location, f"« {given} » ne s'emboîte pas dans un groupe, des lignes ou un bloc. Sortez-le."
    what = "type d'élément inconnu" if key == "type" else "effet inconnu"
    listed = f" Connus : {', '.join(known)}."
    near = nearest(short(given), known)
    return location, f"{what} « {short(given)} ».{near if 'Vouliez' in near else ''}{listed}"


def _tag_missing(place: _Place, ctx: Any) -> Worded:
    if not isinstance(place.value, dict):
        return place.location, f"il faut un objet, pas {_got(place.value)}."
    key = ctx["discriminator"].strip("'")
    known = ", ".join(_tag(one) for one in _branches(_bare(place.expected)[0]))
    if key in place.value:
        return (*place.location, key), f"« {key} » doit être un texte : {known}."
    return place.location, f"il manque la clé « {key} » : {known}."


def _condition(place: _Place, _ctx: Any) -> Worded:
    known = [_tag(one) for one in _branches(_bare(place.expected)[0])]
    if not isinstance(place.value, dict):
        return place.location, f"il faut une condition, pas {_got(place.value)}."
    if {"all", "any"} & set(place.value):
        return (
            place.location,
            "« all » et « any » ne s'emboîtent pas : donnez un nom à la condition intérieure.",
        )
    return (
        place.location,
        f"condition incomprise : écrivez l'une des clés {', '.join(known)}.{_near_key(place, known)}",
    )


def _value(place: _Place, _ctx: Any) -> Worded:
    known = [_tag(one) for one in _branches(_bare(place.expected)[0])][1:]
    words = f"valeur incomprise : écrivez un littéral ou l'une des clés {', '.join(known)}."
    return place.location, words + _near_key(place, known)


def _near_key(place: _Place, known: Sequence[str]) -> str:
    found = (nearest(short(key), known) for key in place.value)
    return next((words for words in found if "Vouliez" in words), "")


def _pattern(place: _Place, ctx: Any) -> Worded:
    words = PATTERNS.get(ctx["pattern"], f"la forme attendue est {ctx['pattern']}")
    return place.location, f"« {short(place.value)} » ne convient pas : {words}."


def _pattern_of(annotated: Any) -> str:
    notes = (note for info in annotated.__metadata__ for note in getattr(info, "metadata", ()))
    return next(str(note.pattern) for note in notes if hasattr(note, "pattern"))


PATTERNS: Mapping[str, str] = {
    _pattern_of(model.Slug): "un identifiant commence par une minuscule et n'a que a-z, 0-9 et _, 64 au plus",
    _pattern_of(model.Code): "un code n'a que des lettres sans accent, des chiffres, « . », « - » et « _ »",
    _pattern_of(
        model.Path
    ): "un chemin est fait d'identifiants séparés par des points, sans majuscule ni accent",
    _pattern_of(model.Semver): "une version s'écrit comme 1.0.0",
}


def _literal(place: _Place, _ctx: Any) -> Worded:
    inner, _ = _bare(place.expected)
    known = [str(one) for one in get_args(inner)] if get_origin(inner) is Literal else []
    if not isinstance(place.value, str):
        return place.location, f"{_got(place.value)} ne convient pas : écrivez {', '.join(known)}."
    near = nearest(short(place.value), known)
    return place.location, f"« {short(place.value)} » n'est pas connu ici.{near}"


def _type_words(words: str) -> Callable[[_Place, Any], Worded]:
    return lambda place, _ctx: (place.location, f"il faut {words}, pas {_got(place.value)}.")


def _saying(template: str) -> Callable[[_Place, Any], Worded]:
    return lambda place, ctx: (place.location, template.format(**ctx))


WORDS: Mapping[str, Callable[[_Place, Any], Worded]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "union_tag_invalid": _tag_invalid,
    "union_tag_not_found": _tag_missing,
    "condition": _condition,
    "value": _value,
    "string_pattern_mismatch": _pattern,
    "literal_error": _literal,
    "string_type": _type_words("un texte"),
    "string_unicode": _saying("ce texte contient un caractère illisible. Tapez-le de nouveau."),
    "int_type": _type_words("un nombre entier"),
    "int_from_float": _type_words("un nombre entier"),
    "float_type": _type_words("un nombre"),
    "bool_type": _type_words("true ou false"),
    "list_type": _type_words("une liste"),
    "dict_type": _type_words("un objet"),
    "model_type": _type_words("un objet"),
    "model_attributes_type": _type_words("un objet"),
    "string_too_short": _saying("ce texte est vide. Écrivez-le, ou retirez la clé."),
    "string_too_long": _saying("ce texte est trop long : {max_length} caractères au plus."),
    "too_short": _saying("il en faut au moins {min_length} ; il y en a {actual_length}. Complétez."),
    "too_long": _saying("{max_length} au plus ; il y en a {actual_length}. Retirez-en."),
    "greater_than_equal": _saying("ce nombre est trop petit : {ge} au moins."),
    "less_than_equal": _saying("ce nombre est trop grand : {le} au plus."),
}

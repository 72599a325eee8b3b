"""What a mapping says: which columns of a file become which answers of a record. Data, checked, no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import re2
from pydantic import Field

from engine.compile import CompiledForm
from engine.faults import Fault, nearest
from engine.model import Part, Roles, Short, Slug

Header = Annotated[str, Field(min_length=1, max_length=200)]
FIELD_TYPES = frozenset({"text", "date", "choice", "boolean", "number"})


class CsvSource(Part):
    """A table of text: the first line names the columns; encodings are tried in order."""

    type: Literal["csv"]
    separators: Annotated[list[Annotated[str, Field(min_length=1, max_length=1)]], Field(min_length=1)]
    encodings: Annotated[list[Literal["utf-8", "iso-8859-15", "cp1252"]], Field(min_length=1)]


class Join(Part):
    """Elements that complete rows: `each` inside those of path `rows`, where children have given texts."""

    rows: Header
    id: Header
    each: Header
    when: dict[Header, Header] = Field(default_factory=dict)


class XmlSource(Part):
    """A tree: `rows` is the path of one row, `id` the attribute by which `joins` find it, `once` paths that
    tell of every row."""

    type: Literal["xml"]
    rows: Header
    id: Header
    joins: list[Join] = Field(default_factory=list)
    once: list[Header] = Field(default_factory=list)


class Column(Part):
    """One column, by any of its headers; an empty cell takes the next header that has one.

    `pattern` is RE2, whole; `check_letter`: the alphabet by which the last letter follows from the number
    before it (number modulo its length). `codes`: cell -> code; `prefixes`: start of a cell -> code.
    """

    id: Slug
    label: Short
    headers: Annotated[list[Header], Field(min_length=1)]
    required: bool = False
    pattern: Short | None = None
    check_letter: Annotated[str, Field(min_length=2, max_length=36)] | None = None
    level: Literal["error", "warning"] = "error"
    example: Short | None = None
    codes: dict[Header, Header] = Field(default_factory=dict)
    prefixes: dict[Header, Header] = Field(default_factory=dict)


class PlaceColumn(Part):
    """The column whose cell is an attribute of the record's place; the place is asked where it lacks."""

    column: Slug
    attribute: Slug


class ImportMapping(Part):
    """A file `definitions/imports/<name>.json`.

    `key`: the column that names a row for ever; `match`: answers that together find a record again where
    there is no key. `who`: roles that may import at their places. `empty`: person fields that start empty,
    and are emptied when the record goes to another place.
    """

    canevas: Literal[1]
    import_: Slug = Field(alias="import")
    title: Short
    help: Short
    form: Slug
    who: Annotated[list[Slug], Field(min_length=1)]
    source: Annotated[CsvSource | XmlSource, Field(discriminator="type")]
    columns: Annotated[list[Column], Field(min_length=1, max_length=200)]
    key: Slug
    match: Annotated[list[Slug], Field(min_length=1)]
    place: PlaceColumn
    answers: Annotated[dict[Slug, Slug], Field(min_length=1)]
    empty: list[Slug] = Field(default_factory=list)

    def column(self, id: str) -> Column | None:
        """The column of an id."""
        return next((one for one in self.columns if one.id == id), None)


def check(
    mapping: ImportMapping, newest: Mapping[str, CompiledForm], roles: Roles, file: str
) -> Iterator[Fault]:
    """Give what a mapping holds that the forms and the roles don't know."""
    for at, pattern in ((f"$.columns[{n}].pattern", one.pattern) for n, one in enumerate(mapping.columns)):
        if pattern is not None and not _compiles(pattern):
            yield Fault(file, at, "ce motif n'est pas une expression RE2. Corrigez-le.")
    known = [one.id for one in mapping.columns]
    for at, column in _columns_named(mapping):
        if column not in known:
            yield Fault(file, at, f"aucune colonne ne s'appelle « {column} ».{nearest(column, known)}")
    names = [*(role.id for role in roles.roles if role.at is not None), *roles.groups]
    for n, who in enumerate(mapping.who):
        if who not in names:
            text = f"« {who} » n'est ni un rôle tenu dans un lieu ni un groupe.{nearest(who, names)}"
            yield Fault(file, f"$.who[{n}]", text)
    form = newest.get(mapping.form)
    if form is None or form.form.nature != "record" or form.form.place is None:
        text = f"« {mapping.form} » n'est pas une fiche rattachée à un lieu.{nearest(mapping.form, newest)}"
        yield Fault(file, "$.form", text)
        return
    yield from _check_fields(mapping, form, roles, file)


def _check_fields(mapping: ImportMapping, form: CompiledForm, roles: Roles, file: str) -> Iterator[Fault]:
    named = form.skeleton.named
    for name, column in mapping.answers.items():
        item = named.get(name)
        if item is None or item.type not in FIELD_TYPES or item.parent is not None:
            text = f"« {name} » n'est pas un champ simple de « {form.id} ».{nearest(name, named)}"
            yield Fault(file, f"$.answers.{name}", text)
            continue
        found = mapping.column(column)
        listing = item.listing
        if found is None or item.type != "choice" or listing is None:
            continue
        for code in sorted({*found.codes.values(), *found.prefixes.values()}):
            if code not in listing:
                text = f"« {code} » n'est pas un code de la liste de « {name} »."
                yield Fault(file, f"$.columns.{column}", text)
    for n, name in enumerate([*mapping.match, *mapping.empty]):
        if name not in named or (n < len(mapping.match) and name not in mapping.answers):
            yield Fault(file, "$.match", f"« {name} » n'est pas un champ que ce fichier remplit.")
    target = form.place.type.target if form.place is not None else None
    kind = roles.places.get(str(target))
    if kind is None or mapping.place.attribute not in kind.attributes:
        text = f"« {mapping.place.attribute} » n'est pas un attribut du lieu de « {form.id} »."
        yield Fault(file, "$.place.attribute", text)


def _columns_named(mapping: ImportMapping) -> Iterator[tuple[str, str]]:
    yield "$.key", mapping.key
    yield "$.place.column", mapping.place.column
    for name, column in mapping.answers.items():
        yield f"$.answers.{name}", column


def _compiles(pattern: str) -> bool:
    try:
        re2.compile(pattern)
    except re2.error:
        return False
    return True


def allowed_roles(mapping: ImportMapping, roles: Roles) -> frozenset[str]:
    """The roles that may import, groups opened."""
    return frozenset(mapping.who).union(*(roles.groups.get(name, ()) for name in mapping.who))

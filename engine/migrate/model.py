"""A migration file: how answers move from one version of a form to another. Shape only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.model import Code, Part, Path, Semver, Short, Slug, Text, Value

By = Literal["text_to_detail", "text_to_number", "to_text"]


class Rename(Part):
    """An answer that changes its name, its shape unchanged."""

    do: Literal["rename"]
    field: Path
    to: Path


class MapCodes(Part):
    """Codes replaced by others, one by one or by several."""

    do: Literal["map"]
    field: Path
    codes: Annotated[dict[Code, Code | list[Code]], Field(min_length=1)]


class Split(Part):
    """The picks of a field dealt out to several, by code."""

    do: Literal["split"]
    field: Slug
    into: Annotated[dict[Slug, list[Code]], Field(min_length=1)]


class Merge(Part):
    """The picks of several fields gathered in one."""

    do: Literal["merge"]
    from_: Annotated[list[Slug], Field(alias="from", min_length=2)]
    into: Slug


class Cut(Part):
    """A text cut at a separator into several texts."""

    do: Literal["cut"]
    field: Slug
    at: Annotated[str, Field(min_length=1, max_length=20)]
    into: Annotated[list[Slug], Field(min_length=2)]


class Join(Part):
    """Several texts joined in one."""

    do: Literal["join"]
    from_: Annotated[list[Slug], Field(alias="from", min_length=2)]
    into: Slug
    with_: Annotated[str, Field(alias="with", min_length=1, max_length=20)]


class Wrap(Part):
    """Single fields that become a group, or the first row of rows."""

    do: Literal["wrap"]
    into: Slug
    as_: Annotated[dict[Slug, Slug], Field(alias="as", min_length=1)]


class Convert(Part):
    """An answer that changes its type, by a converter of the table."""

    do: Literal["convert"]
    field: Slug
    to: Slug
    by: By
    code: Code | None = None


class Fill(Part):
    """A value for a field that nobody could answer before."""

    do: Literal["fill"]
    field: Path
    value: Value


class Ask(Part):
    """An answer to confirm."""

    do: Literal["ask"]
    field: Slug
    why: Short


class Archive(Part):
    """An answer kept aside, to read only."""

    do: Literal["archive"]
    field: Path


Move = Annotated[
    Rename | MapCodes | Split | Merge | Cut | Join | Wrap | Convert | Fill | Ask | Archive,
    Field(discriminator="do"),
]


class Migration(Part):
    """How answers move from one version to another; `why` is told to whoever fills the document."""

    canevas: Literal[1]
    form: Slug
    from_: Semver = Field(alias="from")
    to: Semver
    why: Text
    moves: Annotated[list[Move], Field(max_length=200)]

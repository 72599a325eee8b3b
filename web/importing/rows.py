"""Bytes of a file -> rows of texts, bounded; whatever the bytes, rows or a `FileRefused` that says why."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from web.importing.mapping import CsvSource, ImportMapping, XmlSource
from web.importing.tree import TreeRefused, tree_rows

MAX_INSIDE = 200_000_000  # bytes once unzipped
MAX_RATIO = 100
MAX_CELL = 2_000
ZIP = b"PK\x03\x04"


class FileRefused(Exception):
    """A file of which nothing is taken: the message says the cause and the remedy."""


@dataclass(frozen=True)
class Bounds:
    """How large a file may be."""

    bytes: int
    rows: int


@dataclass(frozen=True)
class RawRow:
    """A row: its line (or its rank in a tree), its cells by column id."""

    line: int
    cells: Mapping[str, str]


def read_rows(raw: bytes, mapping: ImportMapping, bounds: Bounds) -> tuple[RawRow, ...]:
    """Read the rows of a file, or of the only file of a zip; FileRefused."""
    if len(raw) > bounds.bytes:
        raise FileRefused(
            f"Le fichier dépasse {bounds.bytes // 1_000_000} Mo : rien n'a été lu. Exportez un établissement "
            "à la fois, ou demandez l'import à l'administrateur."
        )
    inside = _unzipped(raw) if raw.startswith(ZIP) else raw
    if not inside.strip():
        raise FileRefused("Le fichier est vide. Refaites l'export.")
    source = mapping.source
    found = list(
        _csv(inside, source, mapping, bounds)
        if isinstance(source, CsvSource)
        else _xml(inside, source, mapping, bounds)
    )
    if not found:
        raise FileRefused("Le fichier n'a aucune ligne sous ses intitulés. Refaites l'export.")
    return tuple(found)


def _unzipped(raw: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            files = [one for one in archive.infolist() if not one.is_dir()]
            if len(files) != 1:
                raise FileRefused(f"L'archive contient {len(files)} fichiers : il en faut un seul.")
            (inner,) = files
            if inner.flag_bits & 1:
                raise FileRefused("L'archive est chiffrée. Refaites l'export sans mot de passe.")
            if inner.file_size > min(MAX_INSIDE, MAX_RATIO * max(inner.compress_size, 1)):
                raise FileRefused("L'archive contient un fichier démesuré : elle n'a pas été ouverte.")
            with archive.open(inner) as opened:
                content = opened.read(inner.file_size + 1)
            if len(content) != inner.file_size:
                raise FileRefused("L'archive ne contient pas ce qu'elle annonce. Refaites l'export.")
            return content
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        raise FileRefused(
            "L'archive est coupée ou abîmée : rien n'a été lu. Téléchargez-la de nouveau, puis recommencez."
        ) from None


# --- tables -------------------------------------------------------------------------------------


def _csv(raw: bytes, source: CsvSource, mapping: ImportMapping, bounds: Bounds) -> Iterator[RawRow]:
    text = _decoded(raw, source.encodings)
    lines = text.splitlines(keepends=True)
    head = next((line for line in lines if line.strip()), "")
    separator = max(source.separators, key=head.count)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    columns: Mapping[str, tuple[int, ...]] | None = None
    taken = 0
    width = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns, width = _placed(cells, mapping), len(cells)
                continue
            if len(cells) == 1 and width > 1:
                continue  # the line with which some exports end
            taken += 1
            _bounded(taken, bounds)
            yield RawRow(reader.line_num, {id: _cell(cells, places) for id, places in columns.items()})
    except csv.Error:
        raise FileRefused(
            f"Ligne {reader.line_num} : des guillemets ne se ferment pas, le fichier est coupé ou abîmé. "
            "Refaites l'export."
        ) from None


def _decoded(raw: bytes, encodings: Sequence[str]) -> str:
    for encoding in encodings:
        try:
            text = raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise FileRefused("Ce n'est pas un fichier de texte de la sorte attendue. Choisissez l'export tel quel.")


def _told(header: str) -> str:
    """Fold a header: no case, accents, punctuation nor spaces.

    >>> _told(" Date  de naissance (jj/mm/aaaa)* ")
    'datedenaissancejjmmaaaa'
    """
    plain = unicodedata.normalize("NFKD", header)
    return "".join(char for char in plain.casefold() if char.isalnum() and not unicodedata.combining(char))


def _placed(heads: Sequence[str], mapping: ImportMapping) -> dict[str, tuple[int, ...]]:
    """Where each column is; FileRefused names the required ones that lack."""
    told = [_told(one) for one in heads]
    found = {
        column.id: tuple(told.index(_told(header)) for header in column.headers if _told(header) in told)
        for column in mapping.columns
    }
    missing = [f"« {one.headers[0]} »" for one in mapping.columns if one.required and not found[one.id]]
    if missing:
        raise FileRefused(
            f"Il manque {'la colonne' if len(missing) == 1 else 'les colonnes'} {', '.join(missing)}. "
            f"Vérifiez que c'est bien le fichier « {mapping.title} », sa première ligne comprise."
        )
    return found


def _cell(cells: Sequence[str], places: Sequence[int]) -> str:
    texts = (" ".join(cells[place].split()) for place in places if place < len(cells))
    return next((text for text in texts if text), "")[:MAX_CELL]


def _bounded(count: int, bounds: Bounds) -> None:
    if count > bounds.rows:
        raise FileRefused(
            f"Le fichier a plus de {bounds.rows} lignes : rien n'a été lu. Exportez un établissement à la "
            "fois, ou demandez l'import à l'administrateur."
        )


# --- trees --------------------------------------------------------------------------------------


def _xml(raw: bytes, source: XmlSource, mapping: ImportMapping, bounds: Bounds) -> Iterator[RawRow]:
    try:
        found = tree_rows(raw, source, bounds.rows)
    except TreeRefused as refused:
        raise FileRefused(str(refused)) from None
    known = {name for _, cells in found for name in cells}
    missing = [one.headers[0] for one in mapping.columns if one.required and not known & {*one.headers}]
    if found and missing:
        raise FileRefused(
            f"Le fichier n'a pas « {missing[0]} ». Vérifiez que c'est bien l'export « {mapping.title} »."
        )
    for line, cells in found:
        texts = {
            column.id: next((cells[one] for one in column.headers if cells.get(one)), "")[:MAX_CELL]
            for column in mapping.columns
        }
        yield RawRow(line, texts)

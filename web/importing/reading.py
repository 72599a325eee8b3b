"""A row's texts -> answers in stored form, or faults with the line, the cause and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property, lru_cache
from typing import Any

import re2

from engine.answers import is_raw
from engine.compile import CompiledForm
from engine.fields import READERS, Entry
from engine.french import fold
from web.importing.mapping import Column, ImportMapping
from web.importing.rows import RawRow
from web.importing.ties import digest, tie_of

Codes = Callable[[str], str | None]
CELLS = 2_000  # texts remembered a column


@dataclass(frozen=True)
class RowFault:
    """What is wrong with a row; a warning lets the rest of it through."""

    line: int
    column: str
    text: str
    warning: bool = False

    def __str__(self) -> str:
        return f"Ligne {self.line}, {self.column} : {self.text}"


@dataclass(frozen=True)
class Read:
    """A row that is right: where it belongs, its key or "", its answers in stored form."""

    line: int
    place: str
    key: str
    answers: Mapping[str, Any]
    tie: str  # a digest of what names it for ever (`web.importing.ties`)

    @cached_property
    def link(self) -> str:
        """The id of what ties it to its record, at its place."""
        return digest(self.place, self.tie)


@dataclass
class Reading:
    """All the rows of a file, those that are right and what is wrong with the others."""

    rows: list[Read] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    @property
    def refused(self) -> frozenset[int]:
        """The lines that are left out."""
        return frozenset(fault.line for fault in self.faults if not fault.warning)


def read_all(
    raws: Sequence[RawRow],
    mapping: ImportMapping,
    form: CompiledForm,
    places: Mapping[str, str],
    default_place: str,
) -> Reading:
    """Read every row. `places`: the attribute of each place where it is allowed to import -> its id."""
    done = Reading()
    codes = {column.id: codes_of(column) for column in mapping.columns}
    for raw in raws:
        faults = [fault for column in mapping.columns for fault in _checked(raw, column)]
        place = _place(raw, mapping, places, default_place, faults)
        answers = _answers(raw, mapping, form, codes, faults)
        done.faults += faults
        if not any(not fault.warning for fault in faults):
            key = raw.cells[mapping.key].upper()
            done.rows.append(Read(raw.line, place, key, answers, tie_of(mapping, place, key, answers)))
    _refuse_twins(done, mapping)
    return done


def _checked(raw: RawRow, column: Column) -> list[RowFault]:
    text = raw.cells[column.id]
    warning = column.level == "warning"
    if not text:
        return [RowFault(raw.line, column.label, "rien n'est écrit. Complétez l'export.")] * column.required
    if column.pattern is not None and not _pattern(column.pattern).fullmatch(text.upper()):
        example = f" Exemple : {column.example}." if column.example else ""
        return [RowFault(raw.line, column.label, f"la forme n'est pas celle attendue.{example}", warning)]
    if column.check_letter is not None and text.upper()[-1] != check_letter(text, column.check_letter):
        words = "la lettre finale ne correspond pas au numéro. Corrigez-le dans l'application d'origine."
        return [RowFault(raw.line, column.label, words, warning)]
    return []


@cache
def _pattern(pattern: str) -> Any:
    return re2.compile(pattern)


def check_letter(text: str, alphabet: str) -> str:
    """The letter that follows from a number.

    >>> check_letter("0750655E", "ABCDEFGHJKLMNPRSTUVWXYZ")
    'E'
    """
    digits = "".join(char for char in text if char in "0123456789")
    return alphabet[int(digits or "0") % len(alphabet)]


def _place(
    raw: RawRow,
    mapping: ImportMapping,
    places: Mapping[str, str],
    default: str,
    faults: list[RowFault],
) -> str:
    """The place of a row, among those where this person may import: of the others nothing is told."""
    column = mapping.column(mapping.place.column)
    label = column.label if column is not None else ""
    written = raw.cells.get(mapping.place.column, "").upper()
    if not written:
        if not default:
            faults.append(RowFault(raw.line, label, "le lieu n'est pas dit. Choisissez-le avant d'importer."))
        return default
    if written not in places:
        words = "vous ne pouvez pas importer dans ce lieu. Retirez cette ligne, ou vérifiez le numéro."
        faults.append(RowFault(raw.line, label, words))
        return ""
    if default and places[written] != default:
        words = "cette ligne est d'un autre lieu que celui que vous avez choisi. Vérifiez l'un et l'autre."
        faults.append(RowFault(raw.line, label, words))
    return places[written]


def _answers(
    raw: RawRow,
    mapping: ImportMapping,
    form: CompiledForm,
    codes: Mapping[str, Codes],
    faults: list[RowFault],
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, id in mapping.answers.items():
        column, text = mapping.column(id), raw.cells[id]
        if column is None or not text:
            continue
        value = _value(text, codes[id], form, name)
        if value is None or is_raw(value):
            known = column.codes or column.prefixes
            words = (
                "ce n'est pas une valeur connue : à compléter à la main."
                if known
                else ("la valeur ne convient pas. Corrigez-la dans l'application d'origine.")
            )
            faults.append(RowFault(raw.line, column.label, words, warning=bool(known)))
        else:
            found[name] = value
    return found


def _value(text: str, codes: Codes, form: CompiledForm, name: str) -> Any:
    item = form.skeleton.named[name]
    if item.type == "choice":
        code = codes(text)
        return None if code is None else [code]
    if item.type == "boolean":
        return {"true": True, "false": False}.get(codes(text) or "")
    if item.type == "date":
        return _day(text)
    return READERS[item.type](Entry((text,)), item, None)


def codes_of(column: Column) -> Codes:
    """How the cells of a column are read as codes: by their words or by their start; None where neither.

    What was read once is remembered: a file repeats a few words.
    """
    known = {fold(cell): code for cell, code in column.codes.items()}
    starts = sorted(column.prefixes, key=len, reverse=True)

    @lru_cache(maxsize=CELLS)
    def coded(text: str) -> str | None:
        if fold(text) in known:
            return known[fold(text)]
        return next((column.prefixes[start] for start in starts if text.startswith(start)), None)

    return coded


def _day(text: str) -> str | None:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            found = datetime.strptime(text, form).date()
        except ValueError:
            continue
        return found.isoformat() if found.year >= 1900 else None
    return None


def _refuse_twins(done: Reading, mapping: ImportMapping) -> None:
    """Rows with one key, or without key and alike, are all refused: nobody can tell which is right."""
    lines: dict[tuple[Any, ...], list[int]] = {}
    for row in done.rows:
        lines.setdefault(_identity(row, mapping), []).append(row.line)
    kept: list[Read] = []
    column = mapping.column(mapping.key)
    label = column.label if column is not None else ""
    for row in done.rows:
        twins = lines[_identity(row, mapping)]
        if len(twins) == 1:
            kept.append(row)
            continue
        others = ", ".join(str(line) for line in twins[:10] if line != row.line)
        words = f"la même identité est aussi à la ligne {others}. Gardez une seule de ces lignes."
        done.faults.append(RowFault(row.line, label, words))
    done.rows = kept


def _identity(row: Read, mapping: ImportMapping) -> tuple[Any, ...]:
    return (row.key,) if row.key else (row.place, *(_told(row.answers.get(name)) for name in mapping.match))


def _told(value: Any) -> str:
    return fold(str(value or ""))

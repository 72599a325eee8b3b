"""Tables for spreadsheets: csv and ods. What a cell holds is text, a number or a day; never a formula.

A spreadsheet takes a csv cell that begins with one of a few signs for a formula: such a text is given an
apostrophe first. In ods each cell says its type: a text is a text.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape, quoteattr

CellValue = str | int | date | None
RISKY = tuple("=+-@\t\r\n＝＋－＠")
MOMENT = (1980, 1, 1, 0, 0, 0)  # the same table gives the same bytes
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True)
class Sheet:
    """A table with its name, the heads of its columns, its rows."""

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[CellValue]]


def as_csv(sheets: Iterable[Sheet]) -> bytes:
    """Write tables one below the other, as French spreadsheets read them: UTF-8 with its mark, semicolons.

    >>> as_csv([Sheet("s", ["a"], [["=1+1"], [2], [date(2026, 3, 1)]])]).decode("utf-8-sig").split()
    ['a', "'=1+1", '2', '2026-03-01']
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for n, sheet in enumerate(sheets):
        if n:
            writer.writerow([])
        writer.writerow([_harmless(head) for head in sheet.heads])
        writer.writerows([_written(value) for value in row] for row in sheet.rows)
    return out.getvalue().encode("utf-8-sig")


def _written(value: CellValue) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else _harmless(value)


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula, whatever spaces it begins with."""
    clean = _clean(text)
    return f"'{clean}" if clean.startswith(RISKY) or clean.lstrip().startswith(RISKY) else clean


def _clean(text: str) -> str:
    """Drop what no XML nor table of text may hold."""
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and _in_xml(char)))


def _in_xml(char: str) -> bool:
    return not ("\ud800" <= char <= "\udfff" or char in "\ufffe\uffff" or "\x7f" <= char <= "\x9f")


def as_ods(sheets: Iterable[Sheet]) -> bytes:
    """Write tables as the sheets of an OpenDocument spreadsheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        mark = zipfile.ZipInfo("mimetype", MOMENT)  # first, and not compressed: the format asks for it
        archive.writestr(mark, ODS)
        for name, content in (
            ("META-INF/manifest.xml", MANIFEST),
            ("content.xml", "".join(_content(sheets))),
        ):
            info = zipfile.ZipInfo(name, MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content.encode())
    return out.getvalue()


MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    f'<manifest:manifest xmlns:manifest="{OFFICE}manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{ODS}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def _content(sheets: Iterable[Sheet]) -> Iterator[str]:
    spaces = " ".join(f'xmlns:{name}="{OFFICE}{name}:1.0"' for name in ("office", "table", "text", "style"))
    yield f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} '
    yield f'xmlns:number="{OFFICE}datastyle:1.0" office:version="1.3"><office:automatic-styles>'
    yield '<number:date-style style:name="N1"><number:year number:style="long"/><number:text>-</number:text>'
    yield '<number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/>'
    yield '</number:date-style><style:style style:name="day" style:family="table-cell" '
    yield 'style:data-style-name="N1"/></office:automatic-styles><office:body><office:spreadsheet>'
    for sheet in sheets:
        yield f"<table:table table:name={quoteattr(_clean(sheet.name)[:31])}>"
        for row in (sheet.heads, *sheet.rows):
            yield f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>"
        yield "</table:table>"
    yield "</office:spreadsheet></office:body></office:document-content>"


def _cell(value: CellValue) -> str:
    match value:
        case None | "":
            return "<table:table-cell/>"
        case date():
            day = value.isoformat()
            kind = f'table:style-name="day" office:value-type="date" office:date-value="{day}"'
            return f"<table:table-cell {kind}><text:p>{day}</text:p></table:table-cell>"
        case int():
            kind = f'office:value-type="float" office:value="{value}"'
            return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in _clean(value).splitlines() or [""])
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


# How a table is written, by the name of its format: its type, and its bytes.
SHEETS: Mapping[str, tuple[str, Callable[[Iterable[Sheet]], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "ods": (ODS, as_ods),
}

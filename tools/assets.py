"""Put htmx and the fonts in their places, out of wheels that are downloaded but never installed.

Run by tools/setup.sh with the Python of .tools. Twice gives the same bytes as once.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "assets.txt"
VENDOR = ROOT / "web" / "static" / "vendor"
FONTS = ROOT / "renderers" / "fonts"

HTMX = "django_htmx/static/django_htmx/htmx-2.min.js"
UPRIGHT = "fontpkg_source_sans_3/files/SourceSans3[wght].ttf"
ITALIC = "fontpkg_source_sans_3/files/SourceSans3-Italic[wght].ttf"
LICENSE = "fontpkg_source_sans_3/LICENSE"

# place -> (file of a wheel, its SHA-256)
COPIES: dict[Path, tuple[str, str]] = {
    VENDOR / "htmx.min.js": (HTMX, "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de"),
    FONTS / "SourceSans3.ttf": (UPRIGHT, "042fe2cc0b933e328410d7acbd0aa6a1873dca5aef81875f4bc214b08825c7b9"),
    FONTS / "SourceSans3-Italic.ttf": (
        ITALIC,
        "39e3ab05ccd7cb94907c31005bb5bec1d5432f0b096a2b782976e217a540eb6c",
    ),
    FONTS / "LICENSE.txt": (LICENSE, "09746787287a289323b0ec3cff4d1a4a801331b82b7207c1e186f5d26619a392"),
    VENDOR / "source-sans-3.LICENSE.txt": (
        LICENSE,
        "09746787287a289323b0ec3cff4d1a4a801331b82b7207c1e186f5d26619a392",
    ),
}
WEB_FONT = VENDOR / "source-sans-3.woff2"  # what nearly every French page is written with
MORE_FONT = VENDOR / "source-sans-3-plus.woff2"  # the rest, asked for by pages that hold some of it
WEB_NAME = "Canevas Sans"  # inside the cut font: its licence keeps the name "Source" for the whole one
NAMES = {1: WEB_NAME, 3: WEB_NAME, 4: WEB_NAME, 6: WEB_NAME.replace(" ", ""), 16: WEB_NAME}

# What pages in French and names from all over Europe are written with.
CHARACTERS = [
    *range(0x0020, 0x007F),  # ASCII
    *range(0x00A0, 0x0180),  # Latin-1, Latin Extended-A
    *range(0x0218, 0x021C),  # Romanian
    *range(0x0300, 0x0329),  # combining accents
    *range(0x2000, 0x2070),  # spaces (U+202F), dashes, quotation marks, ellipsis
    *range(0x2070, 0x20A0),  # exponents: 1ᵉʳ is written with <sup>, m² is not
    0x20AC,  # €
    *range(0x2100, 0x2190),  # №, ™, fractions
    *range(0x2190, 0x2200),  # arrows
    *range(0x2200, 0x2300),  # ≤ ≥ ≠ −
    *range(0x25A0, 0x2600),  # ○ ● ■
    *range(0x2600, 0x27C0),  # ☐ ✓ ✗
]


COMMON = frozenset(
    [*range(0x20, 0x7F), *map(ord, "àâäçéèêëîïôöùûüœÀÂÇÉÈÊËÎÏÔÙÛŒ«»’–—…·°€\u00a0\u202f")]
)  # the same list as `unicode-range` in web/static/theme.css
FEATURES = [*subset.Options().layout_features, "tnum"]


def main() -> None:
    """Download the wheels, copy what the table names, make the web font."""
    with tempfile.TemporaryDirectory() as folder:
        files = _files(_download(Path(folder)))
    for place, (name, digest) in COPIES.items():
        found = hashlib.sha256(files[name]).hexdigest()
        if found != digest:
            sys.exit(f"{name} : SHA-256 {found}, {digest} attendu")
        _write(place, files[name])
    common = _web_font(files[UPRIGHT], COMMON, ["kern", "tnum"])
    _kern_alike(common)
    _write(WEB_FONT, _packed(common))
    _write(MORE_FONT, _packed(_web_font(files[UPRIGHT], frozenset(CHARACTERS) - COMMON, FEATURES)))


def _download(folder: Path) -> list[Path]:
    """Download the locked wheels; pip refuses one whose hash is not in the lock."""
    options = ["-qq", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    wheels = ["--only-binary", ":all:", "--dest", str(folder), "--requirement", str(LOCK)]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, *wheels], check=True)
    return sorted(folder.glob("*.whl"))


def _files(wheels: list[Path]) -> dict[str, bytes]:
    """Return the content of each file that the table of copies names."""
    wanted = {name for name, _ in COPIES.values()}
    files = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            files |= {name: archive.read(name) for name in archive.namelist() if name in wanted}
    return files


def _web_font(source: bytes, characters: frozenset[int], features: list[str]) -> TTFont:
    """Keep some characters, and the weights that the style sheet uses."""
    font = TTFont(io.BytesIO(source), recalcTimestamp=False)
    options = subset.Options(flavor="woff2", layout_features=features, hinting=False)
    options.drop_tables += ["STAT", "MVAR", "HVAR"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted(characters))
    cutter.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": (400, 400, 700)})
    for record in font["name"].names:
        record.string = NAMES.get(record.nameID, record.toUnicode())
    return font


def _kern_alike(font: TTFont) -> None:
    """Kern every weight as the regular one: nobody sees the difference, and it weighs 0.6 kB."""
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for outer in lookup.SubTable:
            table = getattr(outer, "ExtSubTable", outer)
            table.ValueFormat1 &= ~0x40  # the device tables that hold what varies
            records = [set.PairValueRecord for set in getattr(table, "PairSet", ())]
            records += [first.Class2Record for first in getattr(table, "Class1Record", ())]
            for value in (one.Value1 for line in records for one in line):
                value.__dict__.pop("XAdvDevice", None)
    font["GDEF"].table.VarStore, font["GDEF"].table.Version = None, 0x00010002


def _packed(font: TTFont) -> bytes:
    font.flavor = "woff2"
    made = io.BytesIO()
    font.save(made)
    return made.getvalue()


def _write(place: Path, content: bytes) -> None:
    """Write whole or not at all; leave a file that is already right."""
    if place.is_file() and place.read_bytes() == content:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part")
    part.write_bytes(content)
    part.replace(place)


if __name__ == "__main__":
    main()

"""The table as text, and as `docs/performance.md` with a plot of each group."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row

DOCS = Path(__file__).parents[1] / "docs"
COLUMNS = ("n°", "travail", "Canevas", "autre", "contre", "rapport", "but", "")
WIDTHS = (3, 50, 10, 10, 22, 9, 9, 10)


def head() -> str:
    """Give the table's head."""
    return "  ".join(f"{word:<{width}}" for word, width in zip(COLUMNS, WIDTHS, strict=True))


def line(row: Row) -> str:
    """Give one line."""
    return "  ".join(f"{word:<{width}}" for word, width in zip(_cells(row), WIDTHS, strict=True))


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≤" if row.at_most else "≥"
    verdict = row.note or ("atteint" if row.reached else "NON ATTEINT")
    goal = "" if row.note else f"{sign} {_short(row.goal)}"
    return (row.n, row.what, spell(row.ours), spell(row.other), row.name, _short(row.ratio), goal, verdict)


def spell(micro: float) -> str:
    """Spell a duration.

    >>> spell(12.3), spell(4_500), spell(2_000_000)
    ('12.3 µs', '4.5 ms', '2.0 s')
    """
    for size, unit in ((1e6, "s"), (1e3, "ms")):
        if micro >= size:
            return f"{micro / size:.1f} {unit}"
    return f"{micro:.1f} µs"


def _short(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 20 else f"{ratio:.2f}"


def write(rows: list[Row]) -> None:
    """Write the page and its plots."""
    lines = ["| " + " | ".join(COLUMNS[:-1]) + " | atteint |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    place = DOCS / "performance.md"
    begin, end = "<!-- table -->\n", "<!-- /table -->"
    text = place.read_text("utf-8")
    before, after = text.split(begin)[0], text.split(end)[1]
    machine = f"Python {platform.python_version()}, {platform.machine()}, médianes d'un seul passage.\n"
    plots = [f"![Groupe {group}](performance-{group}.svg)\n" for group in _plotted(rows)]
    middle = "\n".join([machine, *lines, "", *plots])
    place.write_text(f"{before}{begin}{middle}\n{end}{after}", "utf-8")


def _plotted(rows: list[Row]) -> Iterator[str]:
    """Draw each group: both sides of its lines, on a scale of powers of ten."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "canevas"
    from matplotlib import pyplot

    for group in dict.fromkeys(row.n for row in rows):
        mine = [row for row in rows if row.n == group]
        figure, axes = pyplot.subplots(figsize=(8, 0.6 + 0.55 * len(mine)))
        places = range(len(mine))
        axes.barh([place - 0.2 for place in places], [row.ours for row in mine], 0.38, label="Canevas")
        axes.barh([place + 0.2 for place in places], [row.other for row in mine], 0.38, label="autre")
        axes.set_yticks(list(places), [f"{row.what}\ncontre {row.name}" for row in mine], fontsize=7)
        axes.set_xscale("log")
        axes.set_xlabel("microsecondes")
        axes.invert_yaxis()
        axes.legend(fontsize=7)
        figure.savefig(DOCS / f"performance-{group}.svg", bbox_inches="tight", metadata={"Date": None})
        pyplot.close(figure)
        yield group

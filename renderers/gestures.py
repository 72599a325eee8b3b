"""What the screens of everyday gestures are made of: search, tasks, overviews, records handed over."""

from __future__ import annotations

from dataclasses import dataclass

from renderers.pages import Button, Row
from renderers.tree import Message, StepView


@dataclass(frozen=True)
class Option:
    """An entry of a select."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class Found:
    """Things of one kind that were found."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class SearchPage:
    """What answers a search among what somebody may see; it tells no number of what is not shown."""

    title: str
    query: str
    kinds: tuple[Option, ...]
    status: str
    groups: tuple[Found, ...]
    empty: tuple[str, ...]
    earlier: str
    later: str


@dataclass(frozen=True)
class ProposePage:
    """A step on which somebody proposes other answers than those that stand there."""

    title: str
    over: str
    back: Button
    lead: str
    action: str
    step: StepView
    base: str  # digests of what is shown
    sealed: str  # what was typed so far
    comment: str
    most: int  # characters of the comment
    summary_title: str
    summary: tuple[Message, ...]
    revision: int = 0


@dataclass(frozen=True)
class TasksPage:
    """What waits for somebody."""

    title: str
    groups: tuple[Found, ...]
    empty: str
    earlier: str
    later: str


@dataclass(frozen=True)
class Bars:
    """Counts, each with its bar: a table that is its own plot."""

    id: str
    title: str
    head: str
    rows: tuple[tuple[str, int], ...]

    @property
    def most(self) -> int:
        """The largest count, 1 at least."""
        return max((count for _, count in self.rows), default=0) or 1

    @property
    def total(self) -> int:
        """All of them."""
        return sum(count for _, count in self.rows)


@dataclass(frozen=True)
class Column:
    """A column of a plot, in the units of its drawing."""

    label: str
    short: str
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Plot:
    """Columns side by side, with the table that says the same."""

    title: str
    head: str
    unit: str
    columns: tuple[Column, ...]


WIDE, TALL, BASE = 40, 100, 130  # of a column's place, of the highest column; where columns stand


def column_plot(title: str, head: str, unit: str, counts: tuple[tuple[str, str, int], ...]) -> Plot:
    """Draw counts as columns; each has a label, and a short one to stand below it.

    >>> plot = column_plot("", "", "", (("mai 2026", "mai", 2), ("juin 2026", "juin", 1)))
    >>> [(one.x, one.y, one.height) for one in plot.columns]
    [(0, 30, 100), (40, 80, 50)]
    """
    most = max((count for _, _, count in counts), default=0) or 1
    columns = []
    for n, (label, short, count) in enumerate(counts):
        height = round(TALL * count / most)
        columns.append(Column(label, short, count, n * WIDE, BASE - height, height))
    return Plot(title, head, unit, tuple(columns))


@dataclass(frozen=True)
class OverviewPage:
    """A place at a glance."""

    title: str
    over: str
    back: Button | None
    exports: tuple[Button, ...]
    figures: tuple[tuple[str, str, str], ...]  # label, count, address
    late: tuple[Row, ...]
    more_late: bool
    bars: tuple[Bars, ...]
    plot: Plot
    note: str


@dataclass(frozen=True)
class PlacesPage:
    """The places that somebody may look over."""

    title: str
    places: tuple[tuple[str, str], ...]  # address, label


@dataclass(frozen=True)
class Picked:
    """A record that may be handed over."""

    id: str
    name: str
    about: str
    now: str  # who follows it
    ticked: bool


@dataclass(frozen=True)
class HandoverPage:
    """Records, and the person who is to follow them."""

    title: str
    back: Button
    url: str
    query: str
    record: str  # "" for several
    places: tuple[Option, ...]
    place: str
    label: str  # of the field in which the person is held
    people: tuple[Option, ...]
    picked: tuple[Picked, ...]
    more: bool
    error: str


@dataclass(frozen=True)
class HandedPage:
    """What one gesture handed over, with the way back."""

    title: str
    text: str
    back: Button
    records: tuple[tuple[str, str], ...]  # name, address
    action: str  # "" where nothing may be put back
    left: int


@dataclass(frozen=True)
class Reasons:
    """What « Pourquoi ? » says of one thing."""

    label: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class PreviewPage:
    """A form tried by its author: a step with invented answers, and every reason. Nothing is stored.

    `sealed`: what the page carries; `shut`: why the role that is tried reads nothing; `step`: what shows,
    each field with its reasons; `hidden`: what doesn't.
    """

    title: str
    back: Button
    action: str
    sealed: str
    versions: tuple[Option, ...]
    starts: tuple[Option, ...]
    roles: tuple[Option, ...]
    states: tuple[Option, ...]
    steps: tuple[Option, ...]
    notices: tuple[Message, ...]
    shut: str
    step: StepView
    summary: tuple[Message, ...]
    hidden: tuple[Reasons, ...]
    actions: tuple[Reasons, ...]


Gesture = (
    HandedPage | HandoverPage | SearchPage | TasksPage | OverviewPage | PlacesPage | PreviewPage | ProposePage
)

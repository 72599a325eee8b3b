"""Progress bars for long work, on the error output; nothing where nobody looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

T = TypeVar("T")


class Bars:
    """One bar a piece of work, one after the other."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def over(self, items: Iterable[T], words: str, total: int | None = None) -> Iterator[T]:
        """Hand items on and show how many have gone by."""
        task = self._progress.add_task(words, total=total)
        for item in items:
            yield item
            self._progress.advance(task)
        self._progress.update(task, total=total or self._progress.tasks[task].completed)


@contextmanager
def bars(console: Console | None = None) -> Iterator[Bars]:
    """Show progress while the block runs, if the console is somebody's terminal."""
    shown = console or Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=shown, disable=not shown.is_terminal) as progress:
        yield Bars(progress)

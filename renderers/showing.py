"""What a step is shown with, and how its problems are worded for a reader: text, control to correct."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from engine.access import Grant, decide
from engine.evaluate import FormState
from engine.listing import Sees, nobody
from engine.offers import Offer
from engine.paths import Path, html_id
from engine.problems import Problem
from engine.skeleton import Item
from renderers.tree import Message

RADIOS_UP_TO = 5
LONG = 300  # options: a longer list is searched
ONE = frozenset({"select", "search"})  # what takes the focus by the field's own id
Candidates = Callable[[Item], Sequence[tuple[str, str]]]


@dataclass(frozen=True, eq=False, repr=False)
class Showing:
    """What a step is shown with.

    `state` holds blank rows too; `problems` were judged without them. `tabs`: tab name -> id shown.
    `missing`: whether what is merely missing is told yet. `sees`: what a listing may show of other documents.
    """

    state: FormState
    grant: Grant
    problems: Sequence[Problem]
    candidates: Candidates
    tabs: Mapping[str, str] = field(default_factory=dict)
    blanks: frozenset[Path] = frozenset()
    missing: bool = False
    sees: Sees = nobody
    searches: Mapping[str, str] = field(default_factory=dict)  # by field: what is looked for in its list

    @cached_property
    def _by_path(self) -> dict[Path, list[Problem]]:
        found: dict[Path, list[Problem]] = {}
        for one in self.problems:
            if self.missing or not one.missing:
                found.setdefault(one.path, []).append(one)
        return found

    @property
    def told(self) -> Collection[Path]:
        """The paths about which there is something to say."""
        return self._by_path if self.problems else ()

    def problems_at(self, path: Path) -> list[Problem]:
        """The problems to show at a path."""
        return self._by_path.get(path, [])


def messages_of(showing: Showing, step: str | None) -> list[Message]:
    """Every message of a step (or of the form), in page order, as the reader may be told."""
    order = {path: item.order for path, item in showing.state.form.skeleton.items.items()}
    told: list[tuple[int, int, Message]] = []
    for index, problem in enumerate(showing.problems):
        item = showing.state.item(problem.path)
        if not showing.missing and problem.missing:
            continue
        if item is None or (step is not None and item.step != step):
            continue
        told.append((order[item.path], index, message_of(showing, problem, item)))
    return _unique([message for _, _, message in sorted(told, key=lambda one: one[:2])])


def _unique(messages: list[Message]) -> list[Message]:
    return list({one.text: one for one in reversed(messages)}.values())[::-1]


def message_of(showing: Showing, problem: Problem, item: Item) -> Message:
    """Word a problem for the reader; what they may not read is told without its content."""
    if not decide(showing.grant, "read", item) or not showing.grant.meets(problem.guards):
        return Message(problem.level, Problem((), "unreadable").text, "", item.step)
    return Message(problem.level, problem.text, _target(showing, problem, item), item.step)


def _target(showing: Showing, problem: Problem, item: Item) -> str:
    """The id of the control to correct."""
    base, path = html_id(problem.path), problem.path
    target = showing.state.form.target(item)
    if target.type == "cascade":
        slot = problem.slot or 1
        if problem.target and problem.code.startswith("detail"):
            return detail_id(path, slot, problem.target, 1)
        return f"{base}-{slot}"
    if problem.target and problem.code.startswith("detail"):
        return detail_id(path, 0, problem.target, 1)
    if target.type in {"choice", "reference", "boolean"} and shown_as(showing, target, path) not in ONE:
        return f"{base}--1" if target.type != "boolean" or target.spec.display != "checkbox" else base
    if target.type == "rows":
        rows = showing.state.rows.get(path, ())
        first = next((child for child in target.children if child.is_field), None)
        return html_id((*path, rows[0], first.id)) if rows and first is not None else base
    return base


def shown_as(showing: Showing, item: Item, path: Path) -> str:
    """Choose the control: select, radios, checkboxes or, for a long list, search."""
    if item.type == "reference":
        return "checkboxes" if item.spec.many else "select"
    if item.type != "choice":
        return "radios"
    offer = showing.state.offers.get(path)
    if isinstance(offer, Offer) and offer.exceeds(LONG):
        return "search"
    if item.spec.many:
        return "checkboxes"
    if item.spec.display in {"select", "radios"}:
        return str(item.spec.display)
    count = len(offer.options) if offer is not None else 0
    return "select" if count > RADIOS_UP_TO or len(path) == 3 else "radios"


def tabbed(offer: Offer, tops: Sequence[str]) -> bool:
    """Tell whether a checklist has a tab for each entry at its top: there are headings below every one."""
    listing = offer.listing
    return len(tops) > 1 and all(
        any(listing.children(child) for child in listing.children(top)) for top in tops
    )


def is_long(offer: Offer) -> bool:
    """Tell whether a checklist has too many options to be shown, where it has tabs in one of them."""
    if not offer.exceeds(LONG):
        return False
    tops = list(islice(offer.children(None), LONG + 1))
    many = (next(islice(offer.leaves(top), LONG, None), None) for top in tops)
    return len(tops) > LONG or not tabbed(offer, tops) or any(one is not None for one in many)


def detail_id(path: Path, slot: int | str, code: str, n: int) -> str:
    """The id of a precision's input."""
    return f"{html_id(path)}-d{slot}-{code.replace('.', '_')}-{n}"

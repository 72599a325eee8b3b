"""What may read otherwise once an answer has changed: from each answer to the items that depend on it.

A change asks again of these only (`web.screens.steps`): in a form of a hundred conditions, of those that
read what was typed. The index is made once per form, out of what its compiled rules say that they read.
What reads beyond the document (other documents, who asks, where it is) is never counted out: a change may
lead there and back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.skeleton import Item
from engine.types import NOTHING, Reads

if TYPE_CHECKING:
    from engine.compile import CompiledForm, Rules

STEADY = frozenset({"today"})  # what stays while a document changes
# They read a record, other documents, or whatever they cover.
RESTLESS = frozenset({"bound", "listing", "recap", "signature", "tally"})


class Dependents(NamedTuple):
    """`readers`: top item -> top items that read it; `always`: those that are never counted out."""

    readers: Mapping[str, frozenset[str]]
    always: frozenset[str]

    def of(self, changed: Collection[str]) -> frozenset[str]:
        """Name the top items that may read otherwise: the changed ones, and what reads these in turn."""
        found, waiting = set(self.always), [*changed, *self.always]
        found.update(changed)
        while waiting:
            fresh = self.readers.get(waiting.pop(), frozenset()) - found
            found |= fresh
            waiting.extend(fresh)
        return frozenset(found)


def dependents(form: CompiledForm) -> Dependents:
    """Make the index of a form."""
    readers: dict[str, set[str]] = {}
    always: set[str] = set()
    for name, item in form.skeleton.named.items():
        if item.type == "section":
            always.add(name)  # a frame: what it holds is counted by itself
            continue
        reads = _reads_of(form, item)
        if reads.sources - STEADY or any(one.type in RESTLESS for one in item.walk()):
            always.add(name)
        for read in reads.own:
            readers.setdefault(read.split(".")[0], set()).add(name)
    return Dependents({name: frozenset(found) for name, found in readers.items()}, frozenset(always))


def _reads_of(form: CompiledForm, item: Item) -> Reads:
    """All that an item reads: its own rules, those of what it holds, when what holds it shows."""
    found = NOTHING
    for one in item.walk():
        for part in _parts(form.rules[one.path]):
            found |= part.reads
        found |= Reads(own=frozenset(_rows_read(one)))
    for name in item.chain:
        above = form.skeleton.items.get((name,))
        when = None if above is None else form.rules[above.path].when
        found |= NOTHING if when is None else when.reads
    return found


def _parts(rules: Rules) -> Iterator[Any]:
    """What of an item's rules reads something; its problems are told by the next whole page."""
    single = (rules.when, rules.required, rules.default, rules.min, rules.max, rules.filter, rules.root)
    parts = (*single, rules.value, rules.text, rules.row_label, *rules.columns, *rules.suggest)
    bounds = (bound for pair in rules.level_bounds.values() for bound in pair)
    return (part for part in (*parts, *bounds) if part is not None)


def _rows_read(item: Item) -> Iterator[str]:
    """The rows that options are made of, or that rows follow."""
    for name in ("from_rows", "over"):
        source = getattr(item.spec, name, None)
        if source is not None:
            yield source

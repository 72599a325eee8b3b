"""Two people, one document: leaves compared three ways, by the digests of what a page had shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.answers import MISSING
from engine.compile import CompiledForm
from engine.evaluate import static_path
from web.leaves import Leaf, put_leaf
from web.shown import digest


@dataclass(frozen=True)
class Merged:
    """The outcome: answers without the clashes, what came from the other, and what clashes."""

    answers: dict[str, Any]
    theirs: tuple[Leaf, ...]
    clashes: tuple[tuple[Leaf, Any, Any], ...]  # leaf, mine, theirs


def merge(
    mine: Mapping[Leaf, Any],
    theirs: Mapping[Leaf, Any],
    base: Mapping[Leaf, str],
    answers: dict[str, Any],
    form: CompiledForm,
) -> Merged:
    """Merge three ways. `answers` hold mine and become the merge; a clash keeps theirs until settled."""
    from_them: list[Leaf] = []
    clashes: list[tuple[Leaf, Any, Any]] = []
    for leaf in dict.fromkeys([*theirs, *mine]):
        own, other = mine.get(leaf, MISSING), theirs.get(leaf, MISSING)
        was, now = base.get(leaf, ""), digest(other)
        if type(own) is type(other) and own == other:
            if now != was:
                from_them.append(leaf)
            continue
        if now == was:
            continue  # only I changed it
        if _relative(leaf, form):
            from_them.append(leaf)
            continue  # what I said was of what stands there: mine holds both
        put_leaf(answers, leaf, other, form)
        if digest(own) == was:
            from_them.append(leaf)
        elif leaf[-1] != "#row":
            clashes.append((leaf, own, other))
    return Merged(answers, tuple(from_them), tuple(clashes))


def _relative(leaf: Leaf, form: CompiledForm) -> bool:
    """Tell whether a post says what comes to an answer and leaves it, whatever stands there."""
    item = form.skeleton.items.get(static_path(leaf, form))
    return item is not None and item.type == "attachment"

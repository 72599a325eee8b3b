"""A tally: the documents of a collection counted by an answer, with no number below a threshold.

No number is shown from which one below the threshold could be worked out: categories that are too small are
put together with others, until what is known of each of them is only that it is below the threshold. A step
that closes keeps what was shown, never what was counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from engine.evaluate import FormState
from engine.scopes import Reference, Scope
from engine.skeleton import Item

Node = dict[str, Any]
Group = tuple[tuple[str, ...], int]
UNANSWERED = "-"  # no code begins so


def tally_node(state: FormState, item: Item) -> Node:
    """Lay out a tally: the total, then a fact a category, or a group of them."""
    documents = state.collection(item.spec.of)
    (by,) = state.form.rules[item.path].columns
    labels = categories(by)
    found = Counter(_category(by.read(Scope(state, one))) for one in documents)
    counts = {code: found.get(code, 0) for code in dict.fromkeys([*labels, *found])}
    least = item.spec.least
    total = sum(counts.values())
    if total < least:
        facts = [_fact(item, "Total", f"Moins de {least} : aucun nombre n'est montré")]
    else:
        facts = [_fact(item, "Total", str(total))]
        shown = groups(counts, least)
        if not shown:
            facts.append(_fact(item, "Répartition", "Non montrée : elle révélerait de petits nombres"))
        for codes, count in shown:
            names = ", ".join(labels.get(code, code) for code in codes)
            label = names if len(codes) == 1 else f"Ensemble, pour ne révéler aucun petit nombre : {names}"
            facts.append(_fact(item, label, str(count)))
    return {"node": "part", "id": item.id, "title": item.label, "nodes": facts}


def categories(by: Reference) -> Mapping[str, str]:
    """Give every answer that may be counted, with its label: one that nobody gives is no news."""
    if by.type.kind == "boolean":
        return {"oui": "Oui", "non": "Non", UNANSWERED: "Non renseigné"}
    listing = by.type.listing
    assert listing is not None
    root = getattr(by.item.spec, "root", None) if by.item is not None else None
    codes = listing.leaves(root if isinstance(root, str) else None)
    return {code: listing.label(code) for code in codes} | {UNANSWERED: "Non renseigné"}


def _category(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return UNANSWERED if value is None else str(value)


def _fact(item: Item, label: str, text: str) -> Node:
    value = {"kind": "text", "text": text, "authored": True}
    return {"node": "fact", "id": item.id, "path": item.id, "label": label, "value": value, "readers": []}


def groups(counts: Mapping[str, int], least: int) -> tuple[Group, ...]:
    """Put categories together until no number below `least` shows or can be worked out.

    Each category that is too small stays able to be anything from 0 to `least` - 1, for whoever knows the
    total, the other numbers and this rule. What joins them is taken in the list's order, never by size: the
    numbers that still show would bound it.

    >>> groups({"a": 12, "b": 2, "c": 30, "d": 8}, 5)
    ((('c',), 30), (('d',), 8), (('a', 'b'), 14))
    """
    small = [code for code, count in counts.items() if count < least]
    large = [code for code, count in counts.items() if count >= least]
    joined: list[str] = []
    while small and large and not _safe(counts, small, joined, least):
        joined.append(large.pop(0))
    alone = tuple(((code,), counts[code]) for code in large)
    if not small or not large:
        return alone  # with nothing alone, the total says as much
    together = tuple(code for code in counts if code in {*small, *joined})
    return (*alone, (together, sum(counts[code] for code in together)))


def _safe(counts: Mapping[str, int], small: Sequence[str], joined: Sequence[str], least: int) -> bool:
    """Tell whether the sum of a group leaves each of its small numbers unknown."""
    known = sum(counts[code] for code in (*small, *joined))
    if joined:  # each of these is at least the threshold
        return known - least * len(joined) >= least - 1
    return least <= known <= (least - 1) * (len(small) - 1)

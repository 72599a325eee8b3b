"""Forms that may read one another, put together: what is compiled as one world, apart from the others.

Compiling a form reads the forms that it names, and those that they name. A *family* is closed under
naming, in both directions: a library of one family holds all that compiling its forms may read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

_BETWEEN = re.compile(r"[^a-z0-9_]+")


def words(part: BaseModel) -> frozenset[str]:
    """Everything in a definition that may be the name of a form: each word of each text and key.

    An `id` declares, and sentences are no names; to take too much for a name only makes a family larger.
    """
    return frozenset(word for text in _texts(part) if " " not in text for word in _BETWEEN.split(text))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, BaseModel):
        for key, value in vars(node).items():
            if key != "id":
                yield from _texts(value)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _texts(key)
            yield from _texts(value)
    elif isinstance(node, (list, tuple, set, frozenset)):
        for value in node:
            yield from _texts(value)


def families(named: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Group names that name one another, whatever the way; each group and the groups in order.

    >>> families({"a": ["c", "x"], "b": [], "c": []})
    [('a', 'c'), ('b',)]
    """
    group = {name: {name} for name in named}
    for name, others in named.items():
        for other in others:
            if other in group and group[other] is not group[name]:
                group[name] |= group[other]
                group.update(dict.fromkeys(group[other], group[name]))
    return sorted({tuple(sorted(members)) for members in group.values()})

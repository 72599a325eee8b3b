"""What may be expected, one entry a kind: which names it uses, and how it compares with what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.faults import Location
from engine.scenarios.cast import Cast
from engine.scenarios.expected_names import (
    action_names,
    created_names,
    field_names,
    gate_names,
    link_names,
    offer_names,
    problem_names,
    row_names,
    shown_names,
    state_names,
    subject_names,
    value_names,
)
from engine.scenarios.model import Expect, Failure, failure, words
from engine.scenarios.outcomes import (
    actions,
    created,
    frozen,
    ignored,
    links,
    readable,
    state,
    subject,
    told,
    unreadable,
    writable,
)
from engine.scenarios.reads import (
    gates,
    hidden,
    missing,
    not_offered,
    offered,
    problems,
    values,
    visible,
)
from engine.scenarios.seen import Seen

Found = Iterator[Failure]


def expected(seen: Seen, expect: Expect, where: Location) -> Found:
    """Compare what is expected with what is there."""
    for key in [key for key in EXPECTATIONS if key in expect.model_fields_set]:
        yield from EXPECTATIONS[key].compare(seen, getattr(expect, key), (*where, key))
    yield from told(seen, expect.ignored or (), where)


def check_expect(expect: Expect, cast: Cast, where: Location) -> Found:
    """Find what an expectation names that does not exist, and expectations of nothing."""
    if not expect.model_fields_set:
        yield failure(where, "au moins une attente", "rien")
    for key in [key for key in EXPECTATIONS if key in expect.model_fields_set]:
        wanted, one = getattr(expect, key), EXPECTATIONS[key]
        if wanted is None or (not one.none and wanted in ([], {})):
            yield failure((*where, key), "une attente, ou pas de clé du tout", words(wanted))
        else:
            yield from one.names(wanted, cast, (*where, key))


# --- the kinds ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expectation:
    """A kind of expectation; `none`: expecting nothing of it means something."""

    names: Callable[[Any, Cast, Location], Found]
    compare: Callable[[Seen, Any, Location], Found]
    none: bool = False


EXPECTATIONS: Mapping[str, Expectation] = {
    "visible": Expectation(shown_names, visible),
    "hidden": Expectation(shown_names, hidden),
    "values": Expectation(value_names, values),
    "problems": Expectation(problem_names, problems, none=True),
    "missing": Expectation(row_names, missing),
    "gates": Expectation(gate_names, gates),
    "offered": Expectation(offer_names, offered),
    "not_offered": Expectation(offer_names, not_offered),
    "readable": Expectation(field_names, readable),
    "unreadable": Expectation(field_names, unreadable),
    "writable": Expectation(field_names, writable, none=True),
    "actions": Expectation(action_names, actions, none=True),
    "state": Expectation(state_names, state),
    "frozen": Expectation(field_names, frozen),
    "ignored": Expectation(field_names, ignored),
    "subject": Expectation(subject_names, subject),
    "links": Expectation(link_names, links),
    "created": Expectation(created_names, created, none=True),
}

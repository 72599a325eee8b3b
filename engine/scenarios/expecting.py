"""What may be expected, one entry a kind: which names it uses, and how it compares with what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.faults import Location
from engine.scenarios.cast import Cast
from engine.scenarios.expected_names import (
    action_names,
    closing_names,
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
    table_names,
    value_names,
)
from engine.scenarios.model import Expect, Failure, failure, words
from engine.scenarios.outcomes import (
    expect_actions,
    expect_closed,
    expect_created,
    expect_frozen,
    expect_ignored,
    expect_links,
    expect_readable,
    expect_state,
    expect_subject,
    expect_suggestible,
    expect_unreadable,
    expect_writable,
    told,
)
from engine.scenarios.seen import Seen
from engine.scenarios.showing import (
    expect_gates,
    expect_hidden,
    expect_missing,
    expect_not_offered,
    expect_offered,
    expect_problems,
    expect_shown,
    expect_values,
    expect_visible,
)

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
    "visible": Expectation(shown_names, expect_visible),
    "hidden": Expectation(shown_names, expect_hidden),
    "values": Expectation(value_names, expect_values),
    "problems": Expectation(problem_names, expect_problems, none=True),
    "missing": Expectation(row_names, expect_missing),
    "gates": Expectation(gate_names, expect_gates),
    "shown": Expectation(table_names, expect_shown),
    "offered": Expectation(offer_names, expect_offered),
    "not_offered": Expectation(offer_names, expect_not_offered),
    "readable": Expectation(field_names, expect_readable),
    "unreadable": Expectation(field_names, expect_unreadable),
    "writable": Expectation(field_names, expect_writable, none=True),
    "suggestible": Expectation(field_names, expect_suggestible, none=True),
    "actions": Expectation(action_names, expect_actions, none=True),
    "state": Expectation(state_names, expect_state),
    "closed": Expectation(closing_names, expect_closed, none=True),
    "frozen": Expectation(field_names, expect_frozen),
    "ignored": Expectation(field_names, expect_ignored),
    "subject": Expectation(subject_names, expect_subject),
    "links": Expectation(link_names, expect_links),
    "created": Expectation(created_names, expect_created, none=True),
}

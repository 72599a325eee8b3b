"""Counts with a threshold: whoever knows the rule and every number shown learns nothing of a small one."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tally import groups

COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40), min_size=1)


@pytest.mark.parametrize(("least", "size", "most"), [(3, 2, 13), (3, 3, 13), (3, 4, 9), (4, 3, 17)])
def test_every_small_number_could_be_any_small_number(least: int, size: int, most: int) -> None:
    """Every table with a total below `most`, put together by what it shows: the total and the groups."""
    seen: dict[object, set[tuple[int, ...]]] = defaultdict(set)
    for counts in itertools.product(range(most), repeat=size):
        if least <= sum(counts) < most:
            shown = groups(dict(zip("abcd", counts, strict=False)), least)
            seen[sum(counts), shown].add(counts)
    for shown, tables in seen.items():
        for place in range(size):
            found = {table[place] for table in tables}
            if max(found) < least:
                assert found == set(range(least)), (shown, place)
            assert not (len(found) == 1 and min(found) < least), (shown, place)


@given(COUNTS, st.integers(3, 9))
def test_what_shows_is_true_and_never_small(counts: dict[str, int], least: int) -> None:
    shown = groups(counts, least)
    named = [code for codes, _ in shown for code in codes]
    assert len(named) == len(set(named))
    for codes, count in shown:
        assert count == sum(counts[code] for code in codes) >= least
    if all(count >= least for count in counts.values()):
        assert dict(shown) == {(code,): count for code, count in counts.items()}

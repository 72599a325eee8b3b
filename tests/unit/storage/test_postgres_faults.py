"""A short part of the faults of PostgreSQL, and proof that their harness sees what it looks for."""

from pathlib import Path

import pytest

from tests.faults.__main__ import POSTGRES, Fault
from tests.faults.postgres import cut_answers, write_blindly


@pytest.mark.parametrize("fault", POSTGRES, ids=lambda fault: fault.label)
def test_a_little_of_each_fault_loses_nothing(fault: Fault, tmp_path: Path) -> None:
    outcome = fault.attempt(tmp_path, fault.short)
    assert outcome.good, outcome
    assert outcome.tried >= fault.short


def test_a_write_that_is_sent_again_without_a_key_is_found(tmp_path: Path) -> None:
    assert cut_answers(tmp_path, 4, write_blindly).doubled

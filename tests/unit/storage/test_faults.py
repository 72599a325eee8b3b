"""A short part of `make faults`, and proof that its harness sees what it looks for: faults are planted."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from storage import files
from storage.tiny import folder, journal
from tests.faults import embedded
from tests.faults.__main__ import EMBEDDED, Fault


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """That a tail was cut is what is tried."""
    caplog.set_level(logging.ERROR, "canevas.storage")


@pytest.mark.parametrize("fault", EMBEDDED, ids=lambda fault: fault.label)
def test_a_little_of_each_fault_loses_nothing(fault: Fault, tmp_path: Path) -> None:
    outcome = fault.attempt(tmp_path, fault.short)
    assert outcome.good, outcome
    assert outcome.tried >= 1 or outcome.skipped


def test_a_folder_that_is_not_synced_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "sync_folder", lambda path: None)
    assert not embedded.power_cut(tmp_path, 0).good


def test_a_journal_that_is_not_synced_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hasty(folder.Journal):
        def append(self, payload: bytes) -> int:
            with monkeypatch.context() as patch:
                patch.setattr(os, "fdatasync", lambda descriptor: None)
                return super().append(payload)

    monkeypatch.setattr(folder, "Journal", Hasty)
    assert not embedded.power_cut(tmp_path, 0).good


def test_a_write_that_is_acknowledged_first_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    perform = embedded.perform

    def hasty(path: Path, writes: list[Any], acknowledge: embedded.Acknowledge) -> None:
        store = embedded.TinyStore(path)
        for write in writes:
            acknowledge(write.number)
            perform(store, write, "2026-03-02T08:00:00Z")
        store.close()

    monkeypatch.setattr(embedded, "work", hasty)
    assert embedded.killed_at_every_call(tmp_path, 40).lost


def test_a_torn_write_that_is_kept_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_checksum", lambda sequence, payload: 0)
    assert not embedded.torn_tail(tmp_path, 60).good

"""Opening a store by its name."""

from pathlib import Path

import pytest

from storage.base import UnknownStore
from storage.registry import open_store


@pytest.mark.parametrize("place", ["postgres:x", "/var/base.json", "", "Tiny:x", "tinyx:"])
def test_an_unknown_scheme_names_the_known_ones(place: str) -> None:
    with pytest.raises(UnknownStore, match=r"unknown scheme: begin with one of memory:, tiny:, postgresql:"):
        open_store(place)


@pytest.mark.parametrize("place", ["memory:x", "tiny:"])
def test_a_place_that_a_store_cannot_have_is_refused(place: str) -> None:
    with pytest.raises(UnknownStore, match=r"write (memory:|tiny:/path)"):
        open_store(place)


def test_a_place_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("tiny:base/b")
    with store.transaction("anne", "2026-03-02T08:00:00Z") as work:
        work.put("livret", "a", {}, {}, expected_revision=0)
    store.close()
    assert (tmp_path / "base" / "b" / "journal-1").is_file()

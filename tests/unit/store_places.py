"""A place for a trial of every store that the registry has."""

from collections.abc import Callable, Mapping
from pathlib import Path

from postgres_server import shared

PLACES: Mapping[str, Callable[[Path], str]] = {
    "memory": lambda folder: "memory:",
    "tiny": lambda folder: f"tiny:{folder}/base",
    "postgresql": lambda folder: shared().emptied(),
}

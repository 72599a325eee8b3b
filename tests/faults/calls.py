"""The system calls by which a base is written, watched at the one place where Python makes them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

Do: TypeAlias = Callable[..., Any]
# Given the call's name, how to do it, and its arguments.
Watch: TypeAlias = Callable[[str, Do, tuple[Any, ...], dict[str, Any]], Any]

WRITING = ("open", "pwrite", "fdatasync", "fsync", "ftruncate", "replace", "unlink", "mkdir", "fchmod")


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Have `watch` make every call of the write path."""
    real: dict[str, Do] = {name: getattr(os, name) for name in WRITING}

    def through(name: str) -> Do:
        return lambda *given, **named: watch(name, real[name], given, named)

    for name in WRITING:
        setattr(os, name, through(name))
    try:
        yield
    finally:
        for name, do in real.items():
            setattr(os, name, do)

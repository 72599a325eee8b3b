"""JSON lines for the operator, without personal data: a field that isn't on the list isn't written."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import structlog

from web.site import Clock

ROOT = Path(__file__).resolve().parent.parent
_LINE = json.JSONEncoder(default=repr)  # made once: a line a request
FIELDS = (
    "at",
    "event",
    "request",
    "method",
    "route",
    "status",
    "ms",
    "incident",
    "error",
    "frames",
    "outcome",
)


def make_logger(stream: TextIO, clock: Clock) -> Any:
    """Return a logger of JSON lines on a stream; nothing global is configured."""

    def allowed(_logger: Any, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
        line = {"at": clock().isoformat(timespec="milliseconds"), **event}
        return {name: line[name] for name in FIELDS if name in line}

    return structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[allowed, structlog.processors.JSONRenderer(lambda line, **_: _LINE.encode(line))],
    ).bind()


def frames(fault: BaseException) -> list[str]:
    """Return where an exception passed, in our files: names and lines, never values or messages."""
    ours = [
        f"{Path(frame.filename).resolve().relative_to(ROOT)}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(fault.__traceback__)
        if Path(frame.filename).resolve().is_relative_to(ROOT) and ".venv" not in frame.filename
    ]
    return ours[-20:]

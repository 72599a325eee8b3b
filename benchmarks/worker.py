"""One worker of uvicorn without its socket: bytes of a request in, bytes of its answer out, in this process.

It is what `canevas serve` runs: the same HTTP parser, event loop and settings, for ours and for « hello ».
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvloop
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from cli.main import SELDOM

Ask = Callable[[bytes], bytes]


@contextmanager
def runner() -> Iterator[asyncio.Runner]:
    """Give what runs workers; garbage is collected as seldom as in `canevas serve`, for all sides."""
    former = gc.get_threshold()
    gc.set_threshold(SELDOM)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runs:
            yield runs
    finally:
        gc.set_threshold(*former)


class _Line(asyncio.Transport):
    """A connection to a browser that takes all at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""

    def write(self, data: Any) -> None:
        self.sent += data

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Say where both ends are."""
        known = {"peername": ("127.0.0.1", 4000), "sockname": ("127.0.0.1", 8000)}
        return known.get(name, default)

    def is_closing(self) -> bool:
        """A connection that stays open."""
        return False

    def close(self) -> None:
        """Nothing is held."""

    def pause_reading(self) -> None:
        """All has come already."""

    def resume_reading(self) -> None:
        """All has come already."""


class _Protocol(HttpToolsProtocol):
    done: asyncio.Future[None]

    def on_response_complete(self) -> None:
        """Tell that an answer is whole."""
        super().on_response_complete()
        self.done.set_result(None)


def worker(runs: asyncio.Runner, app: Any) -> Ask:
    """Give what sends the bytes of a request to a worker, and returns those of its answer."""
    loop, line = runs.get_loop(), _Line()
    config = Config(
        app, access_log=False, log_config=None, server_header=False, proxy_headers=False, lifespan="off"
    )
    config.load()
    protocol = _Protocol(config, ServerState(), {}, loop)
    protocol.connection_made(line)

    def ask(request: bytes) -> bytes:
        protocol.done = loop.create_future()
        protocol.data_received(request)
        loop.run_until_complete(protocol.done)
        answer, line.sent = line.sent, b""
        return answer

    return ask


def request(method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b"") -> bytes:
    """Write a request."""
    sized = [*headers, ("content-length", str(len(body)))] if method == "POST" else headers
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1:8000", *(f"{name}: {to}" for name, to in sized)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def status(answer: bytes) -> int:
    """Read the status of an answer."""
    return int(answer[9:12])

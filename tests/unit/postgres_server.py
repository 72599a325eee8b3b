"""A PostgreSQL server of the tests' own, on a socket in a temporary folder; a fresh database a test."""

import atexit
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path

import psycopg

HINT = "no initdb: run tools/setup.sh test, or install Debian's postgresql"
# Unit tests kill no machine: what is durable is tried by tests/faults.
PR_SET_PDEATHSIG = 1  # linux/prctl.h
HASTY = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}


def programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name)
    )
    anywhere = shutil.which("initdb")
    if not found and not anywhere:
        raise FileNotFoundError(HINT)
    return (found[-1] if found else Path(str(anywhere)).resolve()).parent


def unprivileged() -> pwd.struct_passwd | None:
    """Return whom the server runs as when we are root, as whom it refuses to; None when we aren't."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _end_with_parent() -> None:
    """Ask Linux to stop this process when the one that started it ends, however it does."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class Server:
    """A server in a folder that goes with it, or a replica of one; its settings, as in postgresql.conf."""

    def __init__(self, settings: Mapping[str, str], primary: "Server | None" = None) -> None:
        # Not under the temporary folders of tests: nobody else may enter these.
        self.folder = Path(tempfile.mkdtemp(prefix="canevas-pg-"))
        self._user = unprivileged()
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "100",
            "shared_buffers": "64MB",
            "log_min_messages": "panic",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._reused: str | None = None
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        if primary is None:
            self._run("initdb", "-D", str(self.data), "-U", "canevas", "-A", "trust", "-E", "UTF8", "-N",
                      "--locale=C.UTF-8")  # fmt: skip
        else:
            self._run("pg_basebackup", "-D", str(self.data), "-R", "-c", "fast", "-N",
                      "-d", primary.address("postgres"))  # fmt: skip

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @cached_property
    def bin(self) -> Path:
        return programs()

    def start(self) -> None:
        """Start the server and wait until it answers; RuntimeError after a minute."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            # What a killed server leaves behind may keep the next one from starting for a moment.
            if self._process is None or self._process.poll() is not None:
                self._process = self._spawn()
            try:
                psycopg.connect(self.address("postgres")).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.02)
        raise RuntimeError(f"{self.data}: the server doesn't start")

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return subprocess.Popen(
            [str(self.bin / "postgres"), "-D", str(self.data), *settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            start_new_session=True,
            preexec_fn=_end_with_parent,
            **self._as_user(),
        )

    def kill(self) -> None:
        """Kill the server at once, as a power cut would; its children notice and go."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stop the server at once and in order; its folder stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Stop the server and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, database: str) -> str:
        """Return what CANEVAS_STORE would be."""
        return f"postgresql://canevas@/{database}?host={self.folder}"

    def fresh(self) -> str:
        """Return the address of a new and empty database."""
        self._databases += 1
        name = f"fresh_{self._databases}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def emptied(self) -> str:
        """Return the address of a database that is always the same one, emptied: quicker than a new one."""
        if self._reused is None:
            self._reused = self.fresh()
        with psycopg.connect(self._reused, autocommit=True, options="-c lock_timeout=10s") as connection:
            found = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'canevas'"
            tables = [f"canevas.{name}" for (name,) in connection.execute(found) if name != "migrations"]
            if tables:
                connection.execute("SET session_replication_role = replica")  # the audit log only grows
                connection.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
        return self._reused

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.bin / program), *arguments],
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self._as_user(),
        )  # fmt: skip

    def _as_user(self) -> dict[str, object]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}


@contextmanager
def serving(settings: Mapping[str, str] = HASTY) -> Iterator[Server]:
    """Give a server that runs."""
    server = Server(settings)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@cache
def shared() -> Server:
    """Return the server that all tests of this process share, started by the first that asks."""
    server = Server(HASTY)
    atexit.register(server.remove)
    server.start()
    return server

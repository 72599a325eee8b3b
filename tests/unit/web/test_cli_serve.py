"""The command line: lazy, French, and it refuses before it opens anything."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from cli.main import COMMANDS, make_app

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `canevas` to its end."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "cli.main", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "COLUMNS": "200", **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command_without_importing_them() -> None:
    code = "import sys, cli.main; cli.main.make_app()(['--help'], result_action='return_value')"
    code += "; sys.exit('litestar' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert all(name in shown.stdout for name in COMMANDS)


def test_the_table_is_the_application() -> None:
    assert set(COMMANDS) <= set(make_app())


@pytest.mark.parametrize(
    ("arguments", "environ", "words"),
    [
        (["--host", "0.0.0.0", "--demo"], {}, "comptes de démonstration"),
        (["--port", "0"], {}, "1 à 65535"),
        ([], {"CANEVAS_PROT": "80"}, "CANEVAS_PORT"),
        ([], {"CANEVAS_STORE": "oracle:x"}, "oracle"),
    ],
)
def test_faulty_settings_stop_it_with_words(
    arguments: list[str], environ: dict[str, str], words: str
) -> None:
    ended = run("serve", *arguments, **environ)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run("serve", "--port", port, CANEVAS_STORE="memory:")
    assert ended.returncode == 2
    assert f"Le port {port} de 127.0.0.1 ne peut pas être ouvert" in ended.stderr


def test_it_serves_and_stops(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "cli.main",
        "serve",
        "--port",
        str(port),
        "--data",
        str(tmp_path),
    ]
    served = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert served.stdout is not None
    try:
        assert f"http://127.0.0.1:{port}" in served.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sante", timeout=20) as answer:
            assert (answer.status, answer.read()) == (200, b"ok\n")
            assert answer.headers["server"] is None
        forged = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="400") as refused:
            urllib.request.urlopen(forged, timeout=20)
        refused.value.close()
    finally:
        served.send_signal(signal.SIGTERM)
        _, errors = served.communicate(timeout=20)
    assert "Traceback" not in errors

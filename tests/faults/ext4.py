"""Power cuts of a real file system: an ext4 on a loop device, shut down under a writer, mounted again."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import struct
import subprocess
import time
from functools import partial
from pathlib import Path

from storage.tiny import TinyStore
from tests.faults.embedded import SEED, in_child_until, work
from tests.faults.outcome import Outcome, judge, script

SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
NO_LOG_FLUSH = 2
MEGABYTES = 48


def power_cut_for_real(base: Path, times: int) -> Outcome:
    """Stop the writer, wait until it is stopped, cut, mount again; skipped where nobody may mount."""
    chance, total, writes = random.Random(SEED), Outcome(), script(3_000)
    image, mounted = base / "disk.img", base / "disk"
    mounted.mkdir()
    if reason := _cannot(image, mounted):
        return Outcome(skipped=reason)
    for turn in range(times):
        _mount(image, mounted)
        path = mounted / f"base-{turn}"
        try:
            acknowledged = in_child_until(
                partial(work, path, writes), partial(_cut, mounted, chance.uniform(0.01, 0.06))
            )
        finally:
            _umount(mounted)
        _mount(image, mounted)
        try:
            total.add(judge(partial(TinyStore, path), writes[: len(acknowledged) + 2], acknowledged))
            subprocess.run(["rm", "-rf", str(path)], check=True)
        finally:
            _umount(mounted)
    return total


def _cut(mounted: Path, after: float, child: int) -> None:
    time.sleep(after)
    os.kill(child, signal.SIGSTOP)
    while _state(child) not in "TZ":  # a sync in flight ends first: what it does to a cut isn't known
        time.sleep(0.001)
    descriptor = os.open(mounted, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    finally:
        os.close(descriptor)
    os.kill(child, signal.SIGKILL)


def _state(process: int) -> str:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def _cannot(image: Path, mounted: Path) -> str:
    """Make the file system; say why not, if not."""
    if os.geteuid():
        return "skipped: only root may mount a file system"
    with open(image, "wb") as file:
        file.truncate(MEGABYTES * 2**20)
    try:
        subprocess.run(["mkfs.ext4", "-q", str(image)], check=True, capture_output=True)
        _mount(image, mounted)
        _umount(mounted)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"skipped: this machine mounts no loop device ({type(error).__name__})"
    return ""


def _mount(image: Path, mounted: Path) -> None:
    subprocess.run(["mount", "-o", "loop", str(image), str(mounted)], check=True, capture_output=True)


def _umount(mounted: Path) -> None:
    subprocess.run(["umount", str(mounted)], check=True, capture_output=True)

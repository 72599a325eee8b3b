"""A file that only grows, frame by frame; each is durable before its writer goes on.

A frame is a mark, the length and the CRC-32 of its payload, its sequence number, and the payload. It is
written and synced before the next one begins, so a crash leaves at most the last one torn: it was never
acknowledged, and is cut. A frame that is not whole before one that is means that the disk has changed
what it held: that is not ours to mend.

The file is longer than its frames, by zeros: a sync of what overwrites them costs half of one that makes
the file longer.
"""

import errno
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from storage import files
from storage.base import StoreBroken

MARK = b"cnv\x01"
_HEADER = struct.Struct(">4sIIQ")
AHEAD = 2**20  # bytes of zeros
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Content: TypeAlias = bytes | mmap.mmap


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that is whole; `offset` is that of its payload in the file."""

    offset: int
    sequence: int
    payload: bytes

    @property
    def end(self) -> int:
        """Where the next frame begins."""
        return self.offset + len(self.payload)


def frames(content: Content, start: int = 0, sequence: int = 1) -> Iterator[Frame]:
    """Yield the whole frames that follow each other from an offset, the first with this sequence."""
    while (frame := _frame_at(content, start)) is not None and frame.sequence == sequence:
        yield frame
        start, sequence = frame.end, sequence + 1


def later_frame(content: Content, start: int, sequence: int) -> Frame | None:
    """Return a whole frame somewhere after an offset, of this sequence or a later one, if there is one."""
    start = content.find(MARK, start)
    while start >= 0:
        frame = _frame_at(content, start)
        if frame is not None and frame.sequence >= sequence:
            return frame
        start = content.find(MARK, start + 1)
    return None


def contents_of(descriptor: int) -> Content:
    """Return a file's bytes, mapped: pages are read when they are looked at."""
    size = os.fstat(descriptor).st_size
    return mmap.mmap(descriptor, size, prot=mmap.PROT_READ) if size else b""


def _frame_at(content: Content, start: int) -> Frame | None:
    offset = start + _HEADER.size
    if offset > len(content):
        return None
    mark, length, told, sequence = _HEADER.unpack(content[start:offset])
    if mark != MARK or offset + length > len(content):
        return None
    payload = bytes(content[offset : offset + length])
    return Frame(offset, sequence, payload) if _checksum(sequence, payload) == told else None


def _checksum(sequence: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(sequence.to_bytes(8, "big")))


class Journal:
    """A journal to append to; its owner calls `append` from one thread at a time."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        flags = os.O_CREAT | os.O_EXCL if create else 0
        self._descriptor = os.open(path, os.O_RDWR | flags, 0o600)
        self.end = 0
        self._room = 0
        self.cut = 0  # bytes that `recover` has cut
        self._sequence = 0
        self._broken = ""

    @property
    def sequence(self) -> int:
        """The number of the last frame."""
        return self._sequence

    def recover(self, start: int, sequence: int) -> Iterator[Frame]:
        """Yield the frames after frame `sequence`, which ends at `start`, and cut a torn one at the end.

        Raises StoreBroken, and leaves the file as it is, when what isn't whole isn't at the end.
        """
        self.end, self._sequence = start, sequence
        content = contents_of(self._descriptor)
        self._room = len(content)
        for frame in frames(content, start, sequence + 1):
            self.end, self._sequence = frame.end, frame.sequence
            yield frame
        self.cut = torn(content, self.end)
        if self.cut:
            check_tail(self.path, content, self.end, self._sequence)
            self._shorten()

    def append(self, payload: bytes) -> int:
        """Add a frame, durable when this returns; return the offset of its payload."""
        if self._broken:
            raise StoreBroken(self._broken)
        sequence = self._sequence + 1
        header = _HEADER.pack(MARK, len(payload), _checksum(sequence, payload), sequence)
        try:
            self._make_room(len(header) + len(payload))
            files.write(self._descriptor, header + payload, self.end)
            os.fdatasync(self._descriptor)
        except OSError as error:
            self._cut(error)
            raise files.fault(error, self.path, "saving") from error
        offset = self.end + _HEADER.size
        self.end, self._sequence = offset + len(payload), sequence
        return offset

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of a payload."""
        found = os.pread(self._descriptor, length, offset)
        if len(found) != length:
            raise StoreBroken(f"{self.path}: shorter than it was: check the disk, put a backup in its place")
        return found

    def content(self) -> Content:
        """Return the bytes so far."""
        return contents_of(self._descriptor)

    def close(self) -> None:
        """Let go of the file, without the zeros."""
        with suppress(OSError):  # they harm nobody
            os.ftruncate(self._descriptor, self.end)
        os.close(self._descriptor)

    def _make_room(self, length: int) -> None:
        """Have zeros where a frame is to come; where they don't fit, the frame may."""
        if self.end + length <= self._room:
            return
        try:
            files.write(self._descriptor, bytes(length + AHEAD), self.end)
            self._room = self.end + length + AHEAD
        except OSError as error:
            if error.errno not in _FULL:
                raise
            os.ftruncate(self._descriptor, self.end)
            self._room = self.end

    def _shorten(self) -> None:
        self._room = self.end
        os.ftruncate(self._descriptor, self.end)
        os.fdatasync(self._descriptor)

    def _cut(self, error: OSError) -> None:
        # A full disk may have room again: what was begun is taken back, durably, and writes go on. After
        # any other fault nothing is known of what the disk holds: no more writes on top of it.
        try:
            self._shorten()
        except OSError as second:
            self.stop(second)
        if error.errno not in _FULL:
            self.stop(error)

    def stop(self, error: OSError) -> None:
        """Take no more writes, after a fault that leaves unknown what the disk holds."""
        self._broken = (
            f"{self.path}: the disk failed ({error.strerror}): no more writes; check the disk, then restart"
        )


def torn(content: Content, end: int) -> int:
    """Return how many bytes of something follow the last frame that is whole."""
    return len(bytes(content[end:]).rstrip(b"\0"))


def check_tail(path: Path, content: Content, end: int, sequence: int) -> None:
    """Raise StoreBroken when a whole frame follows what isn't whole: it was damaged, not torn."""
    later = later_frame(content, end, sequence + 1)
    if later is not None:
        raise StoreBroken(
            f"{path}: damaged at byte {end}, after frame {sequence}; frame {later.sequence} follows: it was "
            "left as it is; put a backup in its place"
        )

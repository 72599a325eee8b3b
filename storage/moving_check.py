"""What must hold of a dump's lines, checked one after the other: see `storage.moving` for the lines."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from storage.audit import BEGINNING, canonical, chained, digest
from storage.base import Body, Logged, StorageError

FORMAT = 1
Document: TypeAlias = tuple[str, str]  # kind, id


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a dump: at which line (0: all of it), in what, and the key of its cause."""

    line: int
    place: str
    cause: str
    detail: str = ""

    def __str__(self) -> str:
        reason, remedy = CAUSES[self.cause]
        where = f"line {self.line}" if self.line else "dump"
        place = f"{where}, {self.place}" if self.place else where
        return f"{place}: {reason.format(self.detail)}: {remedy}"


class Broken(StorageError):
    """A dump that isn't whole, or isn't what its store wrote."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


OTHER = "take another copy of this dump, or make it again from its store"
STORE = "keep the store as it is, look at its disk, and compare with a backup"

# cause -> what is wrong, what to do.
CAUSES: Mapping[str, tuple[str, str]] = {
    "file": ("can't be read ({})", OTHER),
    "json": ("not a JSON object", OTHER),
    "spelling": ("not spelled as a dump is", OTHER),
    "cut": ("cut before its end", OTHER),
    "long": ("longer than {} bytes", OTHER),
    "empty": ("there is no line", OTHER),
    "start": ("the first line doesn't name the format", OTHER),
    "format": ("format {} isn't known", "read it with the version that wrote it"),
    "shape": ("the members aren't those of this kind of line: {}", OTHER),
    "order": ("a line of kind {} can't stand here", OTHER),
    "after": ("there is something after the end", OTHER),
    "end": ("the end is missing", OTHER),
    "count": ("the end counts {}", OTHER),
    "sum": ("the digest of all lines isn't the one that the end tells", OTHER),
    "revision": ("doesn't follow the revision before: {}", STORE),
    "current": ("the current revision is missing", STORE),
    "chain": ("the chain of the audit log is broken here", STORE),
    "digest": ("isn't what the audit log says was written (record {})", STORE),
    "unlogged": ("the audit log doesn't know of it", STORE),
    "gone": ("the audit log says that it was removed (record {})", STORE),
    "lost": ("the audit log says that it was written (record {}), and it isn't there", STORE),
}

Text = (str,)
REVISION: Mapping[str, tuple[type, ...]] = {
    "line": Text,
    "kind": Text,
    "id": Text,
    "current": (bool,),
    "revision": (int,),
    "first": (int,),
    "previous": (int, type(None)),
    "author": Text,
    "at": Text,
    "created_at": Text,
    "started_at": Text,
    "sitting": (str, type(None)),
    "note": Text,
    "salt": Text,
    "keys": (dict,),
    "body": (dict,),
}
AUDIT: Mapping[str, tuple[type, ...]] = {
    "line": Text,
    "number": (int,),
    "at": Text,
    "author": Text,
    "action": Text,
    "kind": Text,
    "id": Text,
    "revision": (int, type(None)),
    "digest": (str, type(None)),
    "chain": Text,
}
STORE_LINE: Mapping[str, tuple[type, ...]] = {"line": Text, "format": (int,)}
END: Mapping[str, tuple[type, ...]] = {"line": Text, "revisions": (int,), "audit": (int,), "sha256": Text}
SHAPES = {"store": STORE_LINE, "revision": REVISION, "audit": AUDIT, "end": END}
PHASES = {"store": 0, "revision": 1, "audit": 2, "end": 3}


@dataclass(slots=True)
class _Told:
    """What the audit log tells last of a document."""

    number: int
    revision: int | None
    there: bool


class Check:
    """Takes a dump's lines in order and tells what is wrong. Holds a few numbers a document, no bodies."""

    def __init__(self) -> None:
        self._number = 0
        self._phase = -1
        self._counts = {"revision": 0, "audit": 0}
        self._sum = hashlib.sha256()
        self._chain = BEGINNING
        self._records = 0
        self._last: dict[Document, Body] = {}  # the last line of a document, without keys and body
        self._digests: dict[tuple[str, str, int], tuple[int, str]] = {}  # revision -> line, digest
        self._logged: dict[tuple[str, str, int], tuple[int, str]] = {}  # revision -> record, digest
        self._told: dict[Document, _Told] = {}
        self._kinds: set[str] = set()  # those whose puts are audited

    def take(self, line: Body) -> Iterator[Fault]:
        """Tell what is wrong with the next line."""
        self._number += 1
        wrong = self._misfit(line)
        if wrong is not None:
            yield wrong
            return
        name: str = line["line"]
        if self._phase == PHASES["end"]:
            yield self._fault("", "after")
            return
        if (self._phase < 0) != (name == "store") or PHASES[name] < self._phase:
            yield self._fault("", "start" if self._phase < 0 else "order", name)
        self._phase = PHASES[name]
        yield from TAKE[name](self, line)
        if name != "end":
            self._sum.update(canonical(line) + b"\n")

    def finish(self) -> Iterator[Fault]:
        """Tell what is wrong with the whole, after the last line."""
        if self._number == 0:
            yield Fault(0, "", "empty")
        elif self._phase < PHASES["end"]:
            yield self._fault("", "end")
        for (kind, id), last in self._last.items():
            if not last["current"]:
                yield Fault(last["number"], f"{kind}/{id}", "current")
        yield from self._against_log()

    def _misfit(self, line: Body) -> Fault | None:
        """A line whose members aren't those of its kind."""
        name = line.get("line")
        shape = SHAPES.get(name) if isinstance(name, str) else None
        if shape is None:
            return self._fault("", "shape", "line")
        odd = sorted(set(line) ^ set(shape))
        odd += [key for key, types in shape.items() if key in line and type(line[key]) not in types]
        return self._fault("", "shape", ", ".join(odd[:5])) if odd else None

    def _fault(self, place: str, cause: str, detail: str = "") -> Fault:
        return Fault(self._number, place, cause, detail)

    def _store(self, line: Body) -> Iterator[Fault]:
        if line["format"] != FORMAT:
            yield self._fault("", "format", str(line["format"]))

    def _revision(self, line: Body) -> Iterator[Fault]:
        self._counts["revision"] += 1
        kind, id, revision = line["kind"], line["id"], line["revision"]
        former = self._last.get((kind, id))
        place = f"{kind}/{id} revision {revision}"
        for odd in _unlike(former, line):
            yield self._fault(place, "revision", odd)
        kept = {key: line[key] for key in ("revision", "first", "created_at", "current")}
        self._last[kind, id] = kept | {"number": self._number}
        told = digest(line["salt"], canonical(line["body"]))
        self._digests[kind, id, revision] = (self._number, told)

    def _audit(self, line: Body) -> Iterator[Fault]:
        self._counts["audit"] += 1
        self._records += 1
        record = Logged(**{name: line[name] for name in Logged.__slots__})
        if record.number != self._records or record.chain != chained(self._chain, record).chain:
            yield self._fault(f"audit record {self._records}", "chain")
        self._chain, self._records = record.chain, record.number
        document = (record.kind, record.id)
        if record.digest is not None and record.revision is not None:
            self._kinds.add(record.kind)
            self._logged[*document, record.revision] = (record.number, record.digest)
            self._told[document] = _Told(record.number, record.revision, there=True)
        elif record.action in {"delete", "purge"}:
            self._told[document] = _Told(record.number, None, there=False)

    def _end(self, line: Body) -> Iterator[Fault]:
        told = {"revision": line["revisions"], "audit": line["audit"]}
        if told != self._counts:
            yield self._fault("", "count", f"{told['revision']} revisions and {told['audit']} records")
        if line["sha256"] != self._sum.hexdigest():
            yield self._fault("", "sum")

    def _against_log(self) -> Iterator[Fault]:
        """Compare the documents with what the log says was written: both ways."""
        for (kind, id, revision), (number, found) in self._digests.items():
            logged = self._logged.get((kind, id, revision))
            place = f"{kind}/{id} revision {revision}"
            if kind in self._kinds and logged is None:
                yield Fault(number, place, "unlogged")
            elif logged is not None and logged[1] != found:
                yield Fault(number, place, "digest", str(logged[0]))
        for (kind, id), told in self._told.items():
            last = self._last.get((kind, id))
            if last is not None and not told.there:
                yield Fault(last["number"], f"{kind}/{id}", "gone", str(told.number))
            elif told.there and (last is None or last["revision"] < (told.revision or 0)):
                yield Fault(0, f"{kind}/{id} revision {told.revision}", "lost", str(told.number))


def _unlike(former: Body | None, line: Body) -> Iterator[str]:
    """Name what of a revision doesn't follow from the one before."""
    first, revision = line["first"], line["revision"]
    if former is None:
        if first != 1 or line["previous"] is not None:
            yield "the first one is missing"
    else:
        if former["current"]:
            yield "it comes after the current one"
        if line["previous"] != former["first"] or first != former["revision"] + 1:
            yield f"{former['revision']} was expected just before"
        if line["created_at"] != former["created_at"]:
            yield "created_at"
    if revision < first:
        yield "it ends before it begins"


TAKE: Mapping[str, Callable[[Check, Body], Iterator[Any]]] = {
    "store": Check._store,
    "revision": Check._revision,
    "audit": Check._audit,
    "end": Check._end,
}

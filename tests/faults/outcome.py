"""What became of a store under a fault, and the work that is done to it meanwhile.

The work writes numbered documents and says which writes were acknowledged. A write is right when it is
there if it was acknowledged, whole or absent if not, and never twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage.audit import canonical, digest, first_broken
from storage.base import Store

KIND = "document"


@dataclass
class Outcome:
    """Counts of one fault; `lost`, `doubled` and `stuck` (a store that needs a hand) must be zero."""

    tried: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    skipped: str = ""  # why the fault can't be tried on this machine

    @property
    def good(self) -> bool:
        """Tell whether nothing went wrong."""
        return not (self.lost or self.doubled or self.stuck)

    def add(self, other: Outcome) -> None:
        """Count another trial of the same fault."""
        self.tried += other.tried
        self.acknowledged += other.acknowledged
        self.lost += other.lost
        self.doubled += other.doubled
        self.stuck += other.stuck


@dataclass(frozen=True)
class Write:
    """One write of the work: the revision and the content that it gives to documents."""

    number: int
    ids: tuple[str, ...]
    revision: int

    def body(self) -> dict[str, object]:
        """What every document of this write holds."""
        return {"n": self.number, "text": f"écrit {self.number} " * (1 + self.number % 40)}


def script(length: int) -> list[Write]:
    """Return writes of every shape: new documents, new revisions, two documents at once."""
    writes, revisions = [], dict.fromkeys("abc", 0)
    for number in range(1, length + 1):
        if number % 3:
            ids: tuple[str, ...] = (f"d{number}",)
            revision = 1
        else:
            ids = ("a", "b") if number % 2 else ("c",)
            revision = revisions[ids[0]] + 1
            revisions.update(dict.fromkeys(ids, revision))
        writes.append(Write(number, ids, revision))
    return writes


def perform(store: Store, write: Write, at: str) -> None:
    """Do one write in one transaction."""
    with store.transaction("writer", at) as work:
        for id in write.ids:
            work.put(KIND, id, write.body(), {"n": write.number}, expected_revision=write.revision - 1)


def clock(number: int) -> str:
    """Return a time that jumps back and forth by years: order must never depend on it."""
    return f"{2026 + (-1) ** number * (number % 11):04}-0{1 + number % 9}-2{number % 9}T0{number % 10}:00:00Z"


def judge(open_store: Callable[[], Store], writes: Iterable[Write], acknowledged: set[int]) -> Outcome:
    """Open what is left as anybody would, count what is wrong with it, and see that it goes on."""
    outcome = Outcome(tried=1, acknowledged=len(acknowledged))
    try:
        store = open_store()
        try:
            _count(store, list(writes), acknowledged, outcome)
            with store.transaction("after", "2026-03-02T08:00:00Z") as work:
                work.put("after", "x", {"ok": True}, {}, expected_revision=0)
        finally:
            store.close()
        _reopened(open_store, outcome)
    except Exception as error:  # whatever keeps a store from being used
        print(f"    stuck: {type(error).__name__}: {error}")
        outcome.stuck += 1
    return outcome


def _count(store: Store, writes: list[Write], acknowledged: set[int], outcome: Outcome) -> None:
    for write in writes:
        found = [_holds(store, write, id) for id in write.ids]
        if write.number in acknowledged:
            outcome.lost += not all(found)
        else:
            outcome.lost += any(found) and not all(found)  # half a transaction
    listed = [entry.id for entry in store.find(KIND, {}).entries]
    outcome.doubled += len(listed) - len(set(listed))
    _check_chain(store, outcome)


def _holds(store: Store, write: Write, id: str) -> bool:
    stored = store.at_revision(KIND, id, write.revision)
    if stored is None:
        return False
    if stored.body != write.body():
        raise AssertionError(f"{id}@{write.revision} holds {stored.body!r:.80}")
    return True


def _check_chain(store: Store, outcome: Outcome) -> None:
    logged = list(store.audit())
    if (number := first_broken(logged)) is not None:
        raise AssertionError(f"audit record {number} is broken")
    told = {(one.kind, one.id, one.revision): one.digest for one in logged if one.action == "put"}
    puts = [(one.kind, one.id, one.revision) for one in logged if one.action == "put"]
    outcome.doubled += len(puts) - len(set(puts))
    for line in store.dump():
        if line["line"] == "revision":
            right = digest(line["salt"], canonical(line["body"]))
            if told.get((line["kind"], line["id"], line["revision"])) != right:
                raise AssertionError(f"{line['id']}@{line['revision']} isn't what was logged")


def _reopened(open_store: Callable[[], Store], outcome: Outcome) -> None:
    store = open_store()
    try:
        outcome.lost += store.get("after", "x") is None
    finally:
        store.close()

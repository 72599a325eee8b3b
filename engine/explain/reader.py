"""Who asks why, and what may be told: an explanation never holds an answer that its reader may not read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.access import Grant
from engine.types import Reads

ELSEWHERE = frozenset({"subject", "link", "collection"})
UNTOLD = "une réponse que vous ne pouvez pas lire en décide"


@dataclass(frozen=True, eq=False)
class Reader:
    """Who asks. `grant` None: the author, who plays with invented answers and reads them all.

    `full`: named conditions are opened; `quote` is applied to the answers that are cited.
    """

    grant: Grant | None
    full: bool = False
    quote: Callable[[str], str] = str

    def may_know(self, reads: Reads) -> bool:
        """Tell whether the truth of what reads this may be told."""
        if self.grant is None:
            return True
        own = all(tuple(path.split(".")) in self.grant.reads for path in reads.own)
        return own and self.grant.meets(reads.guards)

    def may_cite(self, reads: Reads) -> bool:
        """Tell whether the values read may be cited: those of other documents have rights of their own."""
        return self.may_know(reads) and (self.grant is None or not reads.sources & ELSEWHERE)

"""How long `canevas check` takes to prove things about 1,000 conditions: prints the time, judges nothing.

Run: .venv/bin/python benchmarks/solver.py (or -m benchmarks.solver)
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any

from engine.solver import find

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script finds its own folder only, and tests lie beside

from tests.unit.worlds import make_world

CONDITIONS = 1000
PER_FORM = 100
FIELDS: dict[str, dict[str, Any]] = {
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "choice": {"type": "choice", "list": "couleurs"},
    "several": {"type": "choice", "list": "sens", "many": True},
    "date": {"type": "date"},
}


def atom(kind: str, name: str, pick: random.Random) -> dict[str, Any]:
    """A comparison that a field of a kind takes."""
    match kind:
        case "number":
            return {"ref": name, "op": pick.choice(["lt", "ge", "is"]), "value": pick.randint(0, 20)}
        case "boolean":
            return {"ref": name, "op": "is", "value": pick.choice([True, False])}
        case "choice":
            return {"ref": name, "op": "in", "value": pick.sample(["rouge", "vert", "bleu"], 2)}
        case "several":
            return {"ref": name, "op": "has", "value": pick.choice(["oui", "non"])}
    return {"ref": name, "op": "le", "value": f"2026-0{pick.randint(1, 9)}-01"}


def definition(pick: random.Random) -> dict[str, Any]:
    """A form of thirty fields with a hundred conditions of two to five atoms, one in two named ones."""
    kinds = [(f"f{n}", kind) for n, kind in enumerate(sorted(FIELDS) * 6)]
    items = [{"id": name, **FIELDS[kind]} for name, kind in kinds]
    conditions: dict[str, Any] = {}
    for n in range(PER_FORM):
        atoms = [atom(kind, name, pick) for name, kind in pick.sample(kinds, pick.randint(2, 5))]
        if conditions and n % 2:
            atoms.append({"condition": pick.choice(sorted(conditions))})
        conditions[f"c{n}"] = {"label": f"c{n}", "when": {pick.choice(["all", "any"]): atoms}}
    return {"items": items, "conditions": conditions}


def main() -> None:
    """Check ten forms and print how long it took."""
    pick = random.Random(5)
    world = make_world({f"essai_{n}": definition(pick) for n in range(CONDITIONS // PER_FORM)})
    assert not world.faults
    start, used = time.perf_counter(), time.process_time()
    findings = sum(len(find(form)) for form in world.forms.values())
    spent, used = time.perf_counter() - start, time.process_time() - used
    print(f"{CONDITIONS} conditions: {spent:.2f} s ({used:.2f} s of processor), {findings} findings")


if __name__ == "__main__":
    main()

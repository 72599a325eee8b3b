"""What can never be, or always is, in a form: proved, said in French with why; silent when it cannot tell.

Every answer is judged as at run time; what is not modelled may be anything, so that a finding is true.
"""

from __future__ import annotations

from engine.compile import CompiledForm
from engine.faults import Fault
from engine.paths import json_path
from engine.solver.moving import moves
from engine.solver.rights import rights
from engine.solver.showing import choices, conditions, shows
from engine.solver.translate import Translator

LOOKS = (shows, conditions, choices, moves, rights)


def find(form: CompiledForm) -> tuple[Fault, ...]:
    """Find what can never be in a form that has no fault; each finding is true, some truths are not found."""
    translator = Translator(form)
    file = form.drafting.faults.file
    found: dict[Fault, None] = {}
    for look in LOOKS:
        for location, text in look(form, translator):
            found[Fault(file, json_path(location), text)] = None
    return tuple(found)


__all__ = ["find"]

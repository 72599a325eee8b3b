"""What a compiled form must hold beyond its types; every fault is noted, none stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.checks.alerts import check_alerts
from engine.checks.automatic import check_automatic
from engine.checks.common import Found
from engine.checks.identifiers import check_identifiers
from engine.checks.items import check_items
from engine.checks.leaks import check_leaks
from engine.checks.limits import check_limits
from engine.checks.moves import check_moves
from engine.checks.places import check_places
from engine.checks.rights import check_rights
from engine.checks.world import check_block, check_list, check_roles
from engine.compile import CompiledForm
from engine.faults import Fault
from engine.paths import json_path

CHECKS: tuple[Callable[[CompiledForm], Iterator[Found]], ...] = (
    check_identifiers,
    check_items,
    check_moves,
    check_places,
    check_rights,
    check_alerts,
    check_automatic,
    check_leaks,
    check_limits,
)


def check_form(form: CompiledForm) -> None:
    """Note every fault of a compiled form in its drafting."""
    faults = form.drafting.faults
    for check in CHECKS:
        for location, text in check(form):
            faults.add(location, text)
    for item in list(form.skeleton.items.values()):
        if isinstance(getattr(item.spec, "items", None), str):
            faults.found[:] = _block_faults(form, item.spec.items, json_path((*item.location, "items")))


def _block_faults(form: CompiledForm, name: str, path: str) -> list[Fault]:
    """Place what is wrong inside a block where the form names it."""
    block = form.drafting.library.blocks.get(name)
    expects = {} if block is None else block.expects
    missing = {one: words for one, words in expects.items() if one not in form.form.conditions}
    kept: dict[Fault, None] = {}
    for fault in form.drafting.faults.found:
        if not fault.path.startswith(f"{path}["):
            kept[fault] = None
        elif not any(fault.text.startswith(f"la condition « {one} » n'existe pas") for one in missing):
            kept[Fault(fault.file, path, f"dans le bloc « {name} » : {fault.text}")] = None
    for one, words in missing.items():
        text = f"le bloc « {name} » attend la condition « {one} » ({words}). Déclarez-la dans « conditions »."
        kept[Fault(form.drafting.faults.file, path, text)] = None
    return list(kept)


__all__ = ["check_block", "check_form", "check_list", "check_roles"]

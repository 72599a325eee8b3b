"""Signatures: a named act with its day, worth nothing once what was signed has changed.

No drawing, no proof of identity beyond the session: who, when, and a digest of the answers that were seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.french import long_date
from engine.paths import Path
from engine.skeleton import Item, Roles, Skeleton
from engine.types import iso_day

if TYPE_CHECKING:
    from engine.evaluate import FormState

SIGN, PAPER, WITHDRAW = "signer", "papier", "retirer"
ACTS = frozenset({SIGN, PAPER, WITHDRAW})


class Signed(NamedTuple):
    """A signature as conditions and texts see it: who, the day (ISO), on paper or not."""

    by: str
    label: str
    date: str
    paper: bool

    def words(self) -> str:
        """Say it: who and when; a paper one tells who recorded it."""
        day = iso_day(self.date)
        when = "" if day is None else f" le {long_date(day)}"
        return f"Sur papier, enregistré par {self.label}{when}" if self.paper else f"{self.label}{when}"


def typed(stored: Mapping[str, Any]) -> Signed:
    """Type a stored signature."""
    return Signed(stored["by"]["id"], stored["by"]["label"], stored["date"], stored.get("paper", False))


def covered(skeleton: Skeleton, item: Item) -> tuple[Item, ...]:
    """Give the fields covered outside the signature's row: those named, or those before it in its step."""
    named = item.spec.covers
    if named is None:
        if item.parent is not None:
            return ()
        keys = {one.path for one in skeleton.step_items(item.step)}
    else:
        keys = set().union(*(skeleton.covers(key) for key in named))
    fields = (one for one in skeleton.named.values() if one.path in keys and one.is_field)
    return tuple(one for one in fields if one.type != "signature" and one.order < item.order)


def beside(skeleton: Skeleton, item: Item) -> tuple[Item, ...]:
    """Give the fields of its own row or group that a signature covers: those before it."""
    around = () if item.parent is None else skeleton.items[item.parent.path].children
    return tuple(one for one in around if one.is_field and one.type != "signature" and one.order < item.order)


def digest(state: FormState, item: Item, path: Path) -> str:
    """Sum up what a signature covers as it now reads."""
    seen = [[one.id, _seen(state, one, one.path)] for one in covered(state.form.skeleton, item)]
    seen += [[one.id, _seen(state, one, (*path[:-1], one.id))] for one in beside(state.form.skeleton, item)]
    text = json.dumps(seen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _seen(state: FormState, item: Item, path: Path) -> Any:
    """An answer without the signatures that it holds: one signature does not void another."""
    stored = state.stored(path)
    names = {child.id for child in item.children if child.type == "signature"}
    if not names or stored is None:
        return stored
    held = stored if isinstance(stored, list) else [stored]
    return [{key: value for key, value in one.items() if key not in names} for one in held]


def possible(state: FormState, item: Item, path: Path, roles: Roles) -> tuple[str, ...]:
    """List what the person at hand may do at a signature that they may write."""
    user, stored = state.context.user, state.stored(path)
    if user is None:
        return ()
    if stored is not None:
        return (WITHDRAW,) if stored["by"]["id"] == user.id or stored.get("paper") else ()
    acts = (SIGN,) if roles & signers(state, item) or item.spec.signers is None else ()
    return (*acts, PAPER) if item.spec.paper else acts


def signers(state: FormState, item: Item) -> Roles:
    """Give the roles that may sign."""
    expand = state.form.drafting.library.expand
    return frozenset().union(*(expand.get(name, frozenset()) for name in item.spec.signers or ()))


def made(state: FormState, item: Item, path: Path, act: str) -> dict[str, Any]:
    """Make the signature of the person at hand, over what now reads."""
    user = state.context.user
    assert user is not None  # `possible` lets nobody else sign
    signature = {
        "by": {"id": user.id, "label": user.label},
        "date": state.context.today.isoformat(),
        "digest": digest(state, item, path),
    }
    return signature | ({"paper": True} if act == PAPER else {})

"""What a page has shown: a digest a leaf, which it carries and hands back. No old revision need be kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from zlib import crc32

import msgspec

from engine.access import Grant
from engine.answers import MISSING, is_empty
from engine.compile import CompiledForm
from engine.evaluate import FormState
from engine.intake import intake
from web.leaves import DEFAULT, SEVERAL, Leaf, cut, leaves, open_to


def digest(value: Any) -> str:
    """Sum up a leaf in eight characters, none for none.

    Against accidents, not against people: who can make up an answer with the digest of another may write
    that answer anyway.
    """
    if value is True or value is False:
        return _BOXES[value]
    if value is MISSING:
        return ""
    return f"{crc32(_written(value)):08x}"


_written = msgspec.json.Encoder(order="sorted").encode
_BOXES = {box: f"{crc32(_written(box)):08x}" for box in (True, False)}  # most leaves


def defaults(state: FormState, step: str) -> dict[Leaf, Any]:
    """The defaults that a page shows in fields that nobody has touched."""
    return {
        (DEFAULT, *path): state.stored(path)
        for item in intake(state.form, step).defaulted
        for path in state.instances(item)
        if path in state.untouched
    }


def shown_leaves(state: FormState, grant: Grant, step: str) -> dict[Leaf, Any]:
    """The leaves that a page of a step shows to somebody, defaults among them."""
    form = state.form
    found = leaves(state.document["answers"], form, step) | defaults(state, step)
    return open_to(grant, found, form, step)


def as_shown(base: Mapping[Leaf, str], path: tuple[str, ...], value: Any, said: bool) -> bool:
    """Tell whether a page showed this very value: sending it back changes nothing.

    `said`: the post holds words for it, and not only that it was shown: an unticked box is a no that nobody
    said, a no among two choices is an answer.
    """
    if not base:
        return False
    known = base.get((DEFAULT, *path)) or base.get(path, "")
    if value is False and not said:
        return known in _NO
    if is_empty(value):
        return known in {"", _NOTHING, digest(value)}
    return known == digest(value)


_NOTHING = digest(None)
_NO = frozenset({"", _NOTHING, digest(False)})


WHOLE, PART = "=", "-"  # marks, among digests: all of a step as stored at the page's revision, or not


def digests(found: Mapping[Leaf, Any]) -> str:
    """Write the digests of a whole step, for the hidden field of the page that shows it.

    Each save sends them back: a digest, then its leaf, in characters that no address nor page escapes.

    >>> digests({("a",): 1, ("rows", "r1", "b"): "x"})
    '=83dcefb7a**f60ef986rows*r1*b='
    """
    return _spelled(WHOLE, [(leaf, digest(value)) for leaf, value in found.items()])


_ENTRY, _PART_OF_NAME, _SIZE = "**", "*", 8
_GONE = "-" * _SIZE  # the digest of what somebody took away


def _spelled(mark: str, known: Iterable[tuple[Leaf, str]]) -> str:
    """Write digests between two marks; a leaf without one is left out, as it reads the same."""
    return f"{mark}{_ENTRY.join([found + _PART_OF_NAME.join(leaf) for leaf, found in known if found])}{mark}"


def written(
    before: Mapping[str, Any], after: Mapping[str, Any], form: CompiledForm, step: str, grant: Grant
) -> dict[Leaf, str]:
    """The digests of what a save changed in one step; "" where it took something away."""
    changed: dict[Leaf, Any] = {}
    for id, kind in intake(form, step).shapes.items():
        was, now = before.get(id, MISSING), after.get(id, MISSING)
        if was == now:
            continue
        if kind not in SEVERAL:
            changed[id,] = now
            continue
        there, here = cut(id, kind, was), cut(id, kind, now)
        changed |= {leaf: MISSING for leaf in there if leaf not in here}
        changed |= {leaf: value for leaf, value in here.items() if there.get(leaf, MISSING) != value}
    return {leaf: digest(value) for leaf, value in open_to(grant, changed, form, step).items()}


def with_written(known: str, fresh: Mapping[Leaf, str]) -> str:
    """Add the digests of what a page has written to those of its saves before, to be kept with the document.

    With those that the page carries, they say what it has seen: its own saves are not taken for others'.
    """
    found = {**read_digests(known), **fresh} if known else fresh
    return _spelled(PART, [(leaf, value or _GONE) for leaf, value in found.items() if leaf != (PART,)])


def shows_whole(base: Mapping[Leaf, str]) -> bool:
    """Tell whether a page shows all of a step as it is stored at the page's revision."""
    return (WHOLE,) in base


def shows_stored(text: str) -> bool:
    """Tell whether digests say that, and that no default is shown; they need not be read then."""
    return len(text) > 1 and text[0] == text[-1] == WHOLE and DEFAULT not in text


def part_of(known: Mapping[Leaf, str]) -> dict[Leaf, str]:
    """The same digests, of a page that shows something else than what is stored."""
    return {(PART,): "", **{leaf: value for leaf, value in known.items() if leaf != (WHOLE,)}}


def read_digests(text: str) -> dict[Leaf, str]:
    """Read what `digests` wrote; whatever is malformed counts as unknown."""
    mark, inner = text[:1], text[1:-1]
    if len(text) < 2 or mark not in (WHOLE, PART) or text[-1] != mark:
        return {}
    found: dict[Leaf, str] = {(mark,): ""}
    for entry in inner.split(_ENTRY) if inner else ():
        value = entry[:_SIZE]
        found[tuple(entry[_SIZE:].split(_PART_OF_NAME))] = "" if value == _GONE else value
    return found


def still_shown(fresh: str, base: Mapping[Leaf, str], theirs: Collection[Leaf]) -> str:
    """The digests of a page that does not show yet what others wrote: there they stay what they were."""
    if not theirs:
        return fresh
    known = part_of(read_digests(fresh))
    for leaf in theirs:
        for key in (leaf, *((DEFAULT, *leaf[:n]) for n in range(1, len(leaf) + 1))):
            known.pop(key, None)
            if key in base:
                known[key] = base[key]
    return _spelled(PART, known.items())

"""Two people, one document: answers cut into leaves, compared three ways by digests.

A leaf is the smallest thing that merges alone: a scalar, one tick of a checklist, one cell of a row.
The page carries a digest a leaf of what it shows, so that no old revision need be kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from zlib import crc32

import msgspec

from engine.access import Grant, decide, may_read_all
from engine.answers import MISSING, code_of, is_empty
from engine.compile import CompiledForm
from engine.evaluate import FormState, static_path
from engine.intake import intake
from engine.paths import Path, dotted

T = TypeVar("T")
Leaf = tuple[str, ...]  # a path; a tick adds "#code", a row's presence adds "#row"

SEVERAL = frozenset({"group", "rows", "checklist"})  # fields of several leaves


def leaves(answers: Mapping[str, Any], form: CompiledForm, step: str) -> dict[Leaf, Any]:
    """Cut one step's answers into leaves."""
    found: dict[Leaf, Any] = {}
    for id, kind in intake(form, step).shapes.items():
        if id not in answers:
            continue
        if kind in SEVERAL:
            found |= _cut(id, kind, answers[id])
        else:
            found[id,] = answers[id]
    return found


def _cut(id: str, kind: str, value: Any) -> dict[Leaf, Any]:
    """Cut an answer of several leaves."""
    if kind == "group" and isinstance(value, dict):
        return {(id, key): inner for key, inner in value.items()}
    if kind == "checklist" and isinstance(value, list):
        return {(id, f"#{code_of(pick)}"): pick for pick in value}
    if kind != "rows" or not isinstance(value, list):
        return {} if value is MISSING else {(id,): value}
    found: dict[Leaf, Any] = {}
    for row in value:
        found[id, row["row"], "#row"] = True
        found |= {(id, row["row"], key): inner for key, inner in row.items() if key != "row"}
    return found


def open_to(grant: Grant, found: Mapping[Leaf, T], form: CompiledForm, step: str) -> dict[Leaf, T]:
    """Leave out of one step's leaves those that somebody may not read: their names alone would tell."""
    if may_read_all(grant, intake(form, step).paths):
        return dict(found)
    items = form.skeleton.items
    return {
        leaf: value
        for leaf, value in found.items()
        if (item := items.get(field_path(leaf, form))) is not None and decide(grant, "read", item)
    }


def field_path(leaf: Leaf, form: CompiledForm) -> Path:
    """The static path of a leaf's field, or of the rows that it is one of."""
    return static_path(tuple(part for part in leaf if not part.startswith("#") and part != DEFAULT), form)


def put_leaf(answers: dict[str, Any], leaf: Leaf, value: Any, form: CompiledForm) -> None:
    """Write one leaf back; MISSING removes it."""
    if leaf[-1].startswith("#") and leaf[-1] != "#row":
        _put_tick(answers, leaf, value, form)
    elif len(leaf) == 1:
        _put(answers, leaf[0], value)
    elif len(leaf) == 2:
        group = answers.setdefault(leaf[0], {})
        _put(group, leaf[1], value)
    else:
        _put_cell(answers, leaf, value)


def _put(holder: dict[str, Any], key: str, value: Any) -> None:
    if value is MISSING:
        holder.pop(key, None)
    else:
        holder[key] = value


def _put_tick(answers: dict[str, Any], leaf: Leaf, value: Any, form: CompiledForm) -> None:
    code = leaf[-1][1:]
    picks = [pick for pick in answers.get(leaf[0]) or [] if code_of(pick) != code]
    if value is not MISSING:
        picks.append(value)
    listing = form.target(form.skeleton.named[leaf[0]]).listing
    if listing is not None:
        picks.sort(key=lambda pick: listing.rank(code_of(pick)))
    answers[leaf[0]] = picks


def _put_cell(answers: dict[str, Any], leaf: Leaf, value: Any) -> None:
    rows = answers.setdefault(leaf[0], [])
    row = next((one for one in rows if one["row"] == leaf[1]), None)
    if leaf[2] == "#row":
        if value is MISSING and row is not None:
            rows.remove(row)
        elif value is not MISSING and row is None:
            rows.append({"row": leaf[1]})
        return
    if row is None:
        if value is MISSING:
            return
        row = {"row": leaf[1]}
        rows.append(row)
    _put(row, leaf[2], value)


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


DEFAULT = "?"  # marks, among digests, a default that the page shows


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
        there, here = _cut(id, kind, was), _cut(id, kind, now)
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


@dataclass(frozen=True)
class Merged:
    """The outcome: answers without the clashes, what came from the other, and what clashes."""

    answers: dict[str, Any]
    theirs: tuple[Leaf, ...]
    clashes: tuple[tuple[Leaf, Any, Any], ...]  # leaf, mine, theirs


def merge(
    mine: Mapping[Leaf, Any],
    theirs: Mapping[Leaf, Any],
    base: Mapping[Leaf, str],
    answers: dict[str, Any],
    form: CompiledForm,
) -> Merged:
    """Merge three ways. `answers` hold mine and become the merge; a clash keeps theirs until settled."""
    from_them: list[Leaf] = []
    clashes: list[tuple[Leaf, Any, Any]] = []
    for leaf in dict.fromkeys([*theirs, *mine]):
        own, other = mine.get(leaf, MISSING), theirs.get(leaf, MISSING)
        was, now = base.get(leaf, ""), digest(other)
        if type(own) is type(other) and own == other:
            if now != was:
                from_them.append(leaf)
            continue
        if now == was:
            continue  # only I changed it
        if _relative(leaf, form):
            from_them.append(leaf)
            continue  # what I said was of what stands there: mine holds both
        put_leaf(answers, leaf, other, form)
        if digest(own) == was:
            from_them.append(leaf)
        elif leaf[-1] != "#row":
            clashes.append((leaf, own, other))
    return Merged(answers, tuple(from_them), tuple(clashes))


def _relative(leaf: Leaf, form: CompiledForm) -> bool:
    """Tell whether a post says what comes to an answer and leaves it, whatever stands there."""
    item = form.skeleton.items.get(static_path(leaf, form))
    return item is not None and item.type == "attachment"


def leaf_label(leaf: Leaf, state: FormState) -> str:
    """Name a leaf: its row, its field, its option."""
    form = state.form
    path = tuple(part for part in leaf if not part.startswith("#"))
    item = form.skeleton.items.get(static_path(path, form))
    if item is None:
        return dotted(path)
    words = [item.heading]
    if len(path) == 3:
        words.insert(0, state.row_title(path[:1], path[1]))
    if leaf[-1].startswith("#") and leaf[-1] != "#row":
        listing = form.target(item).listing
        words.append(listing.label(leaf[-1][1:]) if listing is not None else leaf[-1][1:])
    return ", ".join(words)

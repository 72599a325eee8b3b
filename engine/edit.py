"""Posted entries -> new answers: keeps what a person wrote, refuses what they could not have written.

Nothing valid is lost with what is refused. A field that the new answers hide keeps its former value.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import signatures, wording
from engine.access import Grant, author_at, decide, may_write_all
from engine.answers import (
    MISSING,
    all_codes,
    at,
    code_of,
    details_of,
    filled,
    fitting,
    is_empty,
    is_raw,
    is_row_id,
    make_pick,
    picks_of,
)
from engine.attachments import MOST, Received, refusal
from engine.compile import CompiledForm
from engine.evaluate import FormState, evaluate, to_stored
from engine.fields import READERS, Entry, read_attachment
from engine.fused import doubtful
from engine.intake import intake
from engine.paths import Path, dotted
from engine.posting import Posted, Sent
from engine.problems import Problem
from engine.scopes import RowElement, Scope
from engine.skeleton import Item
from engine.taking import Taken, take, taking

Candidates = Callable[[Item, str], str | None]
AsShown = Callable[[Path, Any, bool], bool]


RELATIVE = frozenset({"checklist", "attachment"})  # a post says what changes of what stands there


@dataclass(frozen=True, eq=False)
class AsStored:
    """`as_shown` of a page that shows these very answers, and no default: no digest is needed."""

    answers: Mapping[str, Any]

    def __call__(self, path: Path, value: Any, said: bool) -> bool:
        known = _value(at(self.answers, path))
        if type(known) is type(value):
            return bool(known == value)
        return known is None and (is_empty(value) or (value is False and not said))


def _unknown_page(_path: Path, _value: Any, _said: bool) -> bool:
    return False


@dataclass(frozen=True, eq=False)
class Edited:
    """The document after the edit, how it reads now, and what was not stored."""

    document: dict[str, Any]
    state: FormState
    refused: tuple[Problem, ...]
    hidden: tuple[Problem, ...]  # picks that the edit made unavailable


def edit(
    before: FormState,
    posted: Posted,
    grant: Grant,
    label_of: Candidates,
    step: str,
    as_shown: AsShown = _unknown_page,
) -> Edited:
    """Apply posted entries to one step of a document.

    `label_of(item, id)` gives the label of somebody or some place that may be chosen, None if not.
    `as_shown(path, value, said)` tells whether the person's page showed that value: sending it back is no
    answer, even if the default or somebody else's answer has changed since.
    """
    document, taken = _taken(before, posted, grant, step, as_shown)
    refused: list[Problem] = []
    work = _Work(before, document, grant, label_of, step, refused, as_shown)
    for path, ids in taken.left.rows.items():
        work.set_rows(path, ids)
    entries = taken.left.entries
    if entries:
        work.set_entries(entries)
    work.drop_empty_rows(taken.items)
    after = evaluate(before.form, document, before.context)
    if work.take_row_defaults(after):
        after = evaluate(before.form, document, before.context)
    if taken.doubts is not None:
        after.doubts[step] = taken.doubts
    if entries:
        after = _restore_hidden(before, after, document, _not_steady(before.form, step, entries))
        after = _refuse_unoffered(before, after, document, _in_doubt(after, step, entries), refused)
        after = work.sign(after)
    return Edited(document, after, tuple(refused), tuple(_newly_lost(before, after, step)))


def _taken(
    before: FormState, posted: Posted, grant: Grant, step: str, as_shown: AsShown
) -> tuple[dict[str, Any], Taken]:
    """Take in what needs no more than a look, into a document of our own."""
    form, document = before.form, _own_copy(before.document)
    if isinstance(posted, Sent) and may_write_all(grant, taking(form, step).paths):
        stored = isinstance(as_shown, AsStored)
        shown = None if stored or as_shown is _unknown_page else as_shown
        taken = take(posted, form, step, document["answers"], shown, stored)
        if taken is not None:
            return document, taken
        document = _own_copy(before.document)
    return document, Taken(posted, frozenset(), None)


def _own_copy(document: Mapping[str, Any]) -> dict[str, Any]:
    """Copy what an edit changes: answers down to the fields of groups and rows, and what was bound."""
    answers = {
        name: stored if type(stored) in _WHOLE else _own(stored)
        for name, stored in document["answers"].items()
    }
    copied = {**document, "answers": answers}
    if "bases" in document:
        copied["bases"] = dict(document["bases"])
    return copied


_WHOLE = frozenset({str, bool, int, type(None)})


def _own(stored: Any) -> Any:
    if isinstance(stored, list):
        return [dict(one) if isinstance(one, dict) else one for one in stored]
    return dict(stored) if isinstance(stored, dict) else stored


@dataclass(eq=False)
class _Work:
    before: FormState
    document: dict[str, Any]
    grant: Grant
    label_of: Candidates
    step: str
    refused: list[Problem]
    as_shown: AsShown
    signing: dict[Path, str] = field(default_factory=dict)
    held: dict[Path, dict[str, Any]] = field(default_factory=dict)  # rows found so far

    def set_entries(self, entries: Mapping[Path, Entry]) -> None:
        """Store entries, those that the former state has nothing to say about without asking it."""
        readers = {
            path: known
            for path, known in intake(self.before.form, self.step).readers.items()
            if decide(self.grant, "write", known[0])
        }
        answers, as_shown = self.answers, self.as_shown
        for path, entry in entries.items():
            static = path if len(path) == 1 else (path[0], path[-1])
            known = readers.get(static)
            holder = answers if len(path) == 1 else self._row(path)
            if known is None or holder is None:
                self.set_entry(path, entry)
                continue
            item, read = known
            former = holder.get(item.id)
            value = read(entry, item, former)
            if former == value and type(former) is type(value):
                continue
            if item.type != "checklist" and as_shown(path, value, bool(entry.texts)):
                continue  # as the page showed it: whatever stands there now stays
            if value is None or is_empty(value):
                holder.pop(item.id, None)
            else:
                holder[item.id] = value

    def _row(self, path: Path) -> dict[str, Any] | None:
        """Find the row of a path if it is already there."""
        prefix = path[:2]
        if prefix in self.held or len(path) != 3:
            return self.held.get(prefix) if len(path) == 3 else None
        rows, item = self.answers.get(path[0]), self.before.form.skeleton.named.get(path[0])
        if item is None or item.type != "rows" or not isinstance(rows, list):
            return None
        found = {
            one["row"]: one
            for one in reversed(rows)
            if isinstance(one, dict) and isinstance(one.get("row"), str)
        }
        self.held.update({(path[0], row): one for row, one in found.items()})
        return self.held.get(prefix)

    @property
    def answers(self) -> dict[str, Any]:
        answers: dict[str, Any] = self.document["answers"]
        return answers

    def label(self, item: Item, path: Path) -> str:
        """Name a field in a refusal."""
        return wording.label_of(self.before, item, path)

    def writable(self, path: Path) -> Item | None:
        """Find the item at a path if this person may write it in this step; refusals are noted."""
        item = self.before.item(path)
        if item is None or not item.is_field or item.step != self.step:
            self.refused.append(Problem((), "unknown_field", {"value": dotted(path)[:100]}))
            return None
        if not decide(self.grant, "write", item, author_at(self.before, path)):
            if decide(self.grant, "read", item):
                self.refused.append(Problem(path, "not_writable", {"label": self.label(item, path)}))
            else:  # naming it would reveal it
                self.refused.append(Problem((), "unknown_field", {"value": dotted(path)[:100]}))
            return None
        return item

    def set_rows(self, path: Path, ids: Sequence[str]) -> None:
        """Keep the rows posted, in their order; new ones start empty."""
        item = self.writable(path)
        if item is None:
            return
        if item.type == "rows" and item.spec.over is not None:
            return  # these rows follow another document's
        usable = list(dict.fromkeys(ids))
        if (
            item.type != "rows"
            or item.spec.over is not None
            or len(usable) > 50
            or not all(map(is_row_id, usable))
        ):
            self.refused.append(Problem(path, "rows_refused", {"label": self.label(item, path)}))
            return
        untouched = item.id not in self.before.document["answers"] and path in self.before.untouched
        if untouched and tuple(usable) == self.before.rows.get(path, ()):
            usable_rows = [copy.deepcopy(row) for row in self.before.stored(path) or []]
            self.answers[item.id] = usable_rows
            return
        former = {row["row"]: row for row in self._former_rows(path, item)}
        self.answers[item.id] = [former.get(row) or self._new_row(item, row) for row in usable]
        if item.spec.own:
            self._keep_others(path, item, former)

    def _new_row(self, item: Item, row: str) -> dict[str, Any]:
        return {"row": row, "by": self.grant.person} if item.spec.own and self.grant.person else {"row": row}

    def _keep_others(self, path: Path, item: Item, former: Mapping[str, dict[str, Any]]) -> None:
        """Put back, at its place, what only somebody else may take away."""
        rows: list[dict[str, Any]] = self.answers[item.id]
        for place, (name, row) in enumerate(former.items()):
            if row not in rows and not decide(self.grant, "write", item, self.before.author((*path, name))):
                rows.insert(min(place, len(rows)), row)

    def _former_rows(self, path: Path, item: Item) -> list[dict[str, Any]]:
        stored = self.answers.get(item.id, MISSING)
        if stored is MISSING:
            stored = copy.deepcopy(self.before.stored(path)) or []
        rows = stored if isinstance(stored, list) else []
        return [row for row in rows if isinstance(row, dict) and isinstance(row.get("row"), str)]

    def set_entry(self, path: Path, entry: Entry) -> None:
        """Read one entry and store it."""
        item = self.writable(path)
        if item is None:
            return
        target = self.before.form.target(item)
        if target.type == "signature":
            self.signing[path] = entry.texts[0] if entry.texts else ""
            return
        reader = READERS.get(target.type)
        if reader is None:
            self.refused.append(Problem((), "unknown_field", {"value": dotted(path)[:100]}))
            return
        former = at(self.answers, path)
        shown = self.before.stored(path)
        former = shown if path in self.before.untouched else _value(former)
        if entry.files and target.type == "attachment":
            entry = entry._replace(files=self._taken(entry, target, path, former))
        value = reader(entry, target, former)
        if target.type == "reference":
            value = self._referred(item, path, value, shown)
        holder = self._holder(path, item)
        if holder is None:
            return
        if target.type not in RELATIVE and self.as_shown(path, value, bool(entry.texts)):
            return  # as the page showed it: whatever stands there now stays
        if path in self.before.untouched and _same(value, shown) and item.type != "bound":
            return  # still follows its default
        if item.type == "bound":
            self._bind(item, value, shown, path)
            return
        self._store(holder, item, value)

    def _taken(self, entry: Entry, item: Item, path: Path, former: Any) -> list[Received]:
        """The files that the field accepts; the others are told with the reason."""
        label, taken = self.label(item, path), list[Received]()
        for one in entry.files:
            problem = refusal(one, item.spec, label, path)
            held = read_attachment(entry._replace(files=[*taken, one]), item, former) or ()
            if problem is None and len(held) > MOST:
                problem = Problem(path, "files_many", {"label": label, "name": one.name, "max": MOST})
            if problem is None:
                taken.append(one)
            else:
                self.refused.append(problem)
        return taken

    def _holder(self, path: Path, item: Item) -> dict[str, Any] | None:
        if item.parent is None:
            return self.answers
        if item.parent.type == "group":
            group = self.answers.setdefault(item.parent.id, {})
            return group if isinstance(group, dict) else None
        rows = self.answers.get(item.parent.id)
        if rows is None or not isinstance(rows, list):
            rows = self._start_rows(item.parent, path)
        row = next((one for one in rows if isinstance(one, dict) and one.get("row") == path[1]), None)
        if (
            row is None
            and item.parent.spec.over is not None
            and path[1] in self.before.rows.get(path[:1], ())
        ):
            row = {"row": path[1]}
            rows.append(row)
        if row is None:
            self.refused.append(Problem((), "unknown_field", {"value": dotted(path)[:100]}))
        return row

    def _start_rows(self, parent: Item, path: Path) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = copy.deepcopy(self.before.stored(path[:1])) or []
        self.answers[parent.id] = rows
        return rows

    def _store(self, holder: dict[str, Any], item: Item, value: Any) -> None:
        if not is_empty(value):
            holder[item.id] = value
        elif self.before.form.rules[item.path].default is not None:
            holder[item.id] = None  # emptied by hand: no longer follows its default
        else:
            holder.pop(item.id, None)

    def _bind(self, item: Item, value: Any, shown: Any, path: Path) -> None:
        """Keep (base, mine) from the first change on."""
        if path in self.before.untouched:
            if _same(value, shown):
                return
            self.document.setdefault("bases", {})[item.id] = copy.deepcopy(shown)
        self.answers[item.id] = None if is_empty(value) else value

    def _referred(self, item: Item, path: Path, value: Any, shown: Any) -> Any:
        known = {one["id"]: one for one in shown or []}
        kept: list[Any] = []
        for one in value or []:
            label = self.label_of(item, one["id"])
            if label is not None:
                kept.append({"id": one["id"], "label": label})
            elif one["id"] in known:
                kept.append(known[one["id"]])
            else:
                self.refused.append(Problem(path, "not_offered", {"label": self.label(item, path)}))
        if not self.before.form.target(item).spec.many:
            kept = kept[:1]
        if not kept and value:  # only refused ones were posted: keep the former answer
            return shown
        return kept or None

    def sign(self, after: FormState) -> FormState:
        """Make or withdraw signatures, over the answers that come with them."""
        changed = False
        for path, act in self.signing.items():
            item = self.before.item(path)
            holder = None if item is None or path not in after.visible else self._holder(path, item)
            if item is None or holder is None or act not in signatures.ACTS:
                continue
            if act not in signatures.possible(after, item, path, self.grant.roles):
                self.refused.append(_not_signed(after, path, act, self.label(item, path)))
                continue
            changed = True
            if act == signatures.WITHDRAW:
                holder.pop(item.id, None)
            else:
                holder[item.id] = signatures.made(after, item, path, act)
        return evaluate(after.form, self.document, after.context) if changed else after

    def drop_empty_rows(self, taken: Collection[str]) -> None:
        """Forget rows in which nothing is written; those that were taken in have none."""
        for item in intake(self.before.form, self.step).rows:
            rows = self.answers.get(item.id)
            if item.id in taken or not isinstance(rows, list):
                continue
            self.answers[item.id] = [row for row in rows if not isinstance(row, dict) or filled(row)]
            has_default = self.before.form.rules[item.path].default is not None
            if not self.answers[item.id] and not has_default:
                del self.answers[item.id]

    def take_row_defaults(self, after: FormState) -> bool:
        """Give rows that begin what they draw from whoever begins them, once; tells whether any did."""
        found = False
        for item in intake(self.before.form, self.step).defaulted:
            default = self.before.form.rules[item.path].default
            in_rows = item.parent is not None and item.parent.type == "rows"
            if not in_rows or default is None or "user" not in default.reads.sources:
                continue
            for row in self._begun(after, item):
                prefix = (item.path[0], row["row"])
                value = default.get(Scope(after, RowElement(after, prefix)))
                user = after.context.user
                labels = {} if user is None else {user.id: user.label}
                stored = to_stored(value, default.type, labels)
                if stored is not None and decide(self.grant, "write", item):
                    row[item.id] = stored
                    found = True
        return found

    def _begun(self, after: FormState, item: Item) -> list[dict[str, Any]]:
        """The rows that this edit begins, in which a field shows and has no answer."""
        rows, former = self.answers.get(item.path[0]), self.before.document["answers"].get(item.path[0])
        known = {one.get("row") for one in former or () if isinstance(one, dict)}
        return [
            one
            for one in (rows if isinstance(rows, list) else ())
            if isinstance(one, dict)
            and one.get("row") not in known
            and item.id not in one
            and (item.path[0], one.get("row"), item.id) in after.visible
        ]


def _not_signed(state: FormState, path: Path, act: str, label: str) -> Problem:
    stored = state.stored(path)
    if stored is None:
        return Problem(path, "not_signer", {"label": label})
    if act == signatures.WITHDRAW:
        return Problem(path, "not_withdrawn", {"label": label})
    return Problem(path, "signed_already", {"label": label, "who": signatures.typed(stored).words()})


def _value(stored: Any) -> Any:
    return None if stored is MISSING else stored


def _same(left: Any, right: Any) -> bool:
    return (is_empty(left) and is_empty(right)) or left == right


# --- after the pass -----------------------------------------------------------------------------


def _not_steady(form: CompiledForm, step: str, entries: Collection[Path]) -> list[Path]:
    """The entries of what may be hidden."""
    steady = intake(form, step).steady
    return [path for path in entries if path[0] not in steady]


def _in_doubt(after: FormState, step: str, entries: Collection[Path]) -> list[Path]:
    """The entries whose codes may not be on offer: those that are not right beyond doubt."""
    offering = intake(after.form, step).offering
    names = doubtful(after, step) & offering if offering else offering
    return [path for path in entries if path[0] in names] if names else []


def _restore_hidden(
    before: FormState, after: FormState, document: dict[str, Any], paths: Sequence[Path]
) -> FormState:
    """A field that the edit hides, or that was hidden all along, keeps its former value."""
    changed = False
    for path in paths:
        if path in after.visible or after.item(path) is None:
            continue
        changed |= _put_back(document["answers"], before.document["answers"], path)
    return evaluate(before.form, document, before.context) if changed else after


def _put_back(answers: dict[str, Any], former: Mapping[str, Any], path: Path) -> bool:
    holder = at(answers, path[:-1]) if len(path) > 1 else answers
    if not isinstance(holder, dict):
        return False
    old, now = at(former, path), at(answers, path)
    if old is now or (old is not MISSING and old == now):
        return False
    if old is MISSING:
        holder.pop(path[-1], None)
    else:
        holder[path[-1]] = copy.deepcopy(old)
    return True


def _refuse_unoffered(
    before: FormState,
    after: FormState,
    document: dict[str, Any],
    paths: Sequence[Path],
    refused: list[Problem],
) -> FormState:
    """Drop codes that were never on offer; those that the edit itself withdrew stay, hidden."""
    changed = False
    for path in paths:
        after.read(path[0])  # before anything is dropped that another offer depends on
    for path in paths:
        item = after.item(path)
        offer = after.offers.get(path)
        stored = at(document["answers"], path)
        if item is None or offer is None or is_empty(_value(stored)):
            continue
        target = after.form.target(item)
        if is_raw(fitting(stored, target)):
            continue
        earlier = before.offers.get(path)
        possible = set(offer.codes) | (set(earlier.codes) if earlier is not None else set())
        held = fitting(_value(at(before.document["answers"], path)), target)
        possible |= set(all_codes(held)) if isinstance(held, list) else set()
        kept = _only(stored, possible)
        if kept == stored:
            continue
        changed = True
        refused.append(Problem(path, "not_offered", {"label": wording.label_of(after, item, path)}))
        former = at(before.document["answers"], path)
        holder = at(document["answers"], path[:-1]) if len(path) > 1 else document["answers"]
        single = target.type == "choice" and not target.spec.many
        if not kept and (single or former is not MISSING):
            _put_back(document["answers"], before.document["answers"], path)
        elif kept:
            holder[path[-1]] = kept
        else:
            holder.pop(path[-1], None)
    return evaluate(before.form, document, before.context) if changed else after


def _only(picks: Sequence[Any], possible: set[str]) -> list[Any]:
    return [
        make_pick(code_of(pick), details_of(pick), _only(picks_of(pick), possible))
        for pick in picks
        if code_of(pick) in possible
    ]


def _newly_lost(before: FormState, after: FormState, step: str) -> list[Problem]:
    found: list[Problem] = []
    for path, codes in after.lost_of(intake(after.form, step).movers):
        fresh = [code for code in codes if code not in before.lost.get(path, ())]
        item = after.item(path)
        if fresh and item is not None:
            listing = after.form.target(item).listing
            names = [listing.label(code) if listing is not None else code for code in fresh]
            label = wording.label_of(after, item, path)
            message = f"{label} : ne s'applique plus et ne comptera pas : {', '.join(names)}."
            found.append(Problem(path, "form", {"message": message}, "info"))
    return found

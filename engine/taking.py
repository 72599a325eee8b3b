"""What a page sends for a step, taken in and judged in one go by a function written once per form.

Reading entry after entry by the readers of `engine.fields` costs several times what parsing the whole body
does (row 2 of `docs/performance.md`). Most answers are those that a plain item (`engine.plain`) takes as
they come: a tidy text within its bounds, a code on offer, a box. For these the function stores the answer
and knows that it is right; what is anything else is left to `engine.edit`, which reads it as it reads
everything. So a post means the same with and without this module, which a property test holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import filterfalse, repeat, takewhile
from operator import eq
from typing import Any, NamedTuple

from engine.answers import filled, is_row_id
from engine.compile import CompiledForm
from engine.fields import READERS, Entry, Reader
from engine.fused import Doubt, Writer, fused
from engine.intake import intake
from engine.paths import Path
from engine.plain import Plain, PlainRows, PlainTest
from engine.posting import MAX_SLOTS, Posted, Sent, cell_names, marker, top
from engine.skeleton import Item

Shown = Callable[[Path, Any, bool], bool]  # `as_shown` of `engine.edit`


class Taking(NamedTuple):
    """A step's function, what it takes in, and whether that is all that its post decides.

    `paths`: what one must be allowed to write; `items`: the top items; `known`: the names that it reads,
    but those of rows and slots; `several`: those that may come again.
    """

    take: Callable[..., tuple[list[str], list[Doubt]]]
    paths: frozenset[Path]
    items: frozenset[str]
    known: frozenset[str]
    several: frozenset[str]
    whole: bool


class Taken(NamedTuple):
    """What is still to be read, and what is in doubt afterwards: None when nobody knows."""

    left: Posted
    items: Collection[str]
    doubts: list[Doubt] | None


NOTHING = Posted()


def taking(form: CompiledForm, step: str) -> Taking:
    """Give a step's function, written when it is first asked for and kept with its form."""
    found: Taking | None = form.takings.get(step)
    if found is None:
        found = form.takings[step] = _written(form, step)
    return found


def take(
    sent: Sent, form: CompiledForm, step: str, answers: dict[str, Any], shown: Shown | None, stored: bool
) -> Taken | None:
    """Take in what was sent; None, with `answers` spoilt, when names came that only nesting understands.

    `stored`: the page showed the answers as they stand. Only a box that nobody ticked nor unticked differs
    then from what a page that nothing is known of would send: it stays unanswered.
    """
    function, _, items, known, several, whole = taking(form, step)
    parted = sent.apart(several)
    if parted is None:
        return None
    once, many = parted
    left, doubts = function(once, many, sent.said.tidy, answers, shown, stored)
    others = set(left)
    if many or not once.keys() <= known:
        for name in filterfalse(known.__contains__, (*once, *many)):
            item = top(name)
            if item not in items:
                others.add(item)
            elif item not in left and not marker(name):
                return None
        others.discard("")
    remaining = sent.only(others) if others else NOTHING
    return Taken(remaining, items.difference(left) if left else items, doubts if whole and not left else None)


# --- writing ------------------------------------------------------------------------------------


def _written(form: CompiledForm, step: str) -> Taking:
    """Write a step's function: an item after another, boxes that follow each other at once."""
    facts, writer = intake(form, step), _Taker()
    items = fused(form, step).items
    at = 0
    while at < len(items):
        run = list(takewhile(lambda one: one.item.path in facts.readers and _box(one), items[at:]))
        if len(run) > 1:
            writer.boxes(run, at)
        else:
            writer.item(items[at], at, facts.readers)
        at += max(len(run), 1)
    function = writer.function()
    return Taking(
        function,
        frozenset(writer.paths),
        frozenset(path[0] for path in writer.paths),
        frozenset(writer.known),
        frozenset(writer.several),
        writer.whole,
    )


def _box(one: Plain) -> bool:
    """Tell whether an item is an optional box: it is right whatever comes."""
    how = one.how
    return isinstance(how, PlainTest) and how.free and one.item.type == "boolean" and _ticked(one.item)


def _ticked(item: Item) -> bool:
    return bool(item.spec.display == "checkbox")


# How a text `t` that came becomes an answer `v`.
_READ: Mapping[str, str] = {
    "text": "v = tidy(t)",
    "date": 'v = f"{t[6:]}-{t[3:5]}-{t[:2]}" if len(t) == 10 and t[2] == t[5] == "/" else tidy(t)',
    "number": "v = int(t) if t.isdecimal() and t.isascii() and len(t) < 16 else None",
    "boolean": 'v = t == "oui" if t == "oui" or t == "non" else None',
    "choice": "v = [t]",
}
# Of what was read so, what the plain test has left to ask.
_RIGHT: Mapping[str, str] = {
    "text": "0 < len(v) <= limit",
    "boolean": "v is not None",
    "choice": "t in codes",
}


def _readable(item: Item, test: PlainTest) -> bool:
    return item.type in _READ and (item.type != "choice" or "codes" in test.constants)


class _Taker(Writer):
    """Writes `take(once, many, tidy, answers, shown, stored)`: the items to leave to others, and doubts."""

    def __init__(self) -> None:
        super().__init__(
            "take(once, many, tidy, answers, shown, stored)",
            {
                "Doubt": Doubt,
                "cell_names": cell_names,
                "Entry": Entry,
                "eq": eq,
                "filled": filled,
                "former_rows": former_rows,
                "repeat": repeat,
                "row_id": is_row_id,
            },
        )
        self.add(0, "get, pop, left, doubts = once.get, once.pop, [], []")
        self.paths: set[Path] = set()
        self.known: set[str] = set()
        self.several: set[str] = set()
        self.whole = True

    def function(self) -> Callable[..., tuple[list[str], list[Doubt]]]:
        """Give the function."""
        self.add(0, "return left, doubts")
        found: Callable[..., tuple[list[str], list[Doubt]]] = self.made("take")
        return found

    def item(self, one: Plain, at: int, readers: Mapping[Path, Any]) -> None:
        """Take in one item if it is plain; leave it otherwise, in doubt."""
        item, how = one.item, one.how
        doubt = f"doubts.append({self.constant(Doubt(at))})"
        if isinstance(how, PlainRows) and _readable_rows(how, readers):
            self.paths |= {item.path, *(child.path for child, _ in how.fields)}
            self._rows(item, how, at, doubt)
        elif isinstance(how, PlainTest) and item.path in readers and item.type == "cascade":
            self.paths.add(item.path)
            self._cascade(item, how, doubt)
        elif isinstance(how, PlainTest) and item.path in readers and _readable(item, how):
            self.paths.add(item.path)
            self.known |= {item.id, f"{item.id}~"}
            self._single(item, how, readers[item.path][1], doubt)
        else:
            self.whole = self.whole and how is None
            self.add(0, doubt)

    def boxes(self, run: Sequence[Plain], at: int) -> None:
        """Take in boxes: all of them are one step, when the page showed all."""
        ids = [one.item.id for one in run]
        marks = [f"{id}~" for id in ids]
        self.paths |= {one.item.path for one in run}
        self.known.update(ids, marks)
        names, shown = self.constant(tuple(ids)), self.constant(frozenset(marks))
        each = self.constant([(one.item.id, f"{one.item.id}~", Doubt(at + n)) for n, one in enumerate(run)])
        self.add(0, f"if shown is None and once.keys() >= {shown}:")
        self.add(1, "if stored:")
        self.add(2, f"known = [id for id in {names} if id in once or answers.get(id) is not None]")
        self.add(2, 'answers.update({id: get(id) == "oui" for id in known})')
        self.add(1, f'else: answers.update(zip({names}, map(eq, map(get, {names}), repeat("oui"))))')
        self.add(0, "else:")
        self.add(1, f"for id, mark, doubt in {each}:")
        self.add(2, 'v, former = get(id) == "oui", answers.get(id)')
        self.add(2, "if id in once or mark in once:")
        self.add(3, "if former == v: former = answers[id] = v")
        self.add(3, "elif former is None and stored and not v and id not in once: pass")
        self.add(3, "elif shown is None or not shown((id,), v, id in once): former = answers[id] = v")
        self.add(2, "if former is not None and type(former) is not bool: doubts.append(doubt)")

    def _single(self, item: Item, test: PlainTest, reader: Reader, doubt: str) -> None:
        key, path = self.constant(item.id), self.constant(item.path)
        self.add(0, f"t = get({key})")
        self.add(0, f"if t is None and {self.constant(item.id + '~')} in once: t = ''")
        self.add(0, f"if t is None: {doubt}")
        self.add(0, "else:")
        bad = f"left.append({key}); {doubt}"
        self._field(
            1,
            item,
            test,
            reader,
            _Place("answers", key, path, f"{key} in once", doubt, "pass", doubt, doubt, bad),
        )

    def _cascade(self, item: Item, test: PlainTest, doubt: str) -> None:
        marks = [(f"{item.id}~{n}", f"{item.id}~{n}~p") for n in range(1, MAX_SLOTS + 1)]
        self.known |= {f"{item.id}~", item.id}
        self.several |= {ticked for _, ticked in marks}
        key, path = self.constant(item.id), self.constant(item.path)
        self.add(0, "slots = []")
        self.add(0, f"for name, ticks in {self.constant(marks)}:")
        self.add(1, "t = pop(name, None)")
        self.add(1, "if t is None: break")
        self.add(1, "slots.append((t, many.pop(ticks, ())))")
        self.add(0, f"v = {self.said('picked(slots)', test)} if slots else None")
        place = _Place("answers", key, path, f"{key} in once", doubt, "pass", doubt, doubt, "")
        self.add(0, "if v:")
        self._store(1, place)
        self.add(0, f"elif slots: left.append({key}); {doubt}")
        self.add(0, f"elif {self.constant(item.id + '~')} in once:")
        self._drop(1, place, test.free)
        self.add(0, f"else: {doubt}")

    def _rows(self, item: Item, rows: PlainRows, at: int, doubt: str) -> None:
        key, shown = self.constant(item.id), self.constant(f"{item.id}~rows")
        fields = self.constant(tuple(child.id for child, _ in rows.fields))
        nothing = self.constant((None,) * len(rows.fields))
        self.several.add(f"{item.id}~rows")
        self.add(0, f"ids = many.pop({shown}, None)")
        self.add(0, "if ids is None:")
        self.add(1, f"if {key} in answers: left.append({key})")
        self.add(1, doubt)
        self.add(0, "else:")
        self.add(1, f"former, made, cells, sure, bad = former_rows(answers.get({key})), [], [], True, False")
        self.add(1, "ids = list(dict.fromkeys(ids))")
        self.add(1, "if len(ids) > 50: bad, ids = True, ()")
        self.add(1, "for row in ids:")
        sound = "row.isalnum() and row.isascii() and len(row) <= 40 or row_id(row)"
        self.add(2, f"if not ({sound}): bad = True; break")
        cells = "".join(f"t{n}, " for n in range(len(rows.fields)))
        self.add(2, f"names = cell_names({self.constant(item.id)}, row, {fields})")
        self.add(2, f"{cells}= map(pop, names, {nothing})")
        self.add(2, "place, before, some = len(made) + 1, len(cells), False")
        self.add(2, "one = former.get(row)")
        self.add(2, "one = {'row': row} if one is None else {**one}")
        for n, (child, test) in enumerate(rows.fields):
            self._cell(item, child, test, at, n)
        self.add(2, "if some: made.append(one)")
        self.add(2, "elif filled(one): made.append(one); sure = False")
        self.add(2, "else: del cells[before:]")
        self.add(1, f"if bad: left.append({key}); {doubt}")
        self.add(1, "else:")
        self.add(2, f"if made: answers[{key}] = made")
        self.add(2, f"else: answers.pop({key}, None)")
        free = "not made or " if rows.least == 0 else ""
        self.add(2, f"if sure and ({free}{rows.least} <= len(made) <= {rows.most}): doubts += cells")
        self.add(2, f"else: {doubt}")

    def _cell(self, item: Item, child: Item, test: PlainTest, at: int, n: int) -> None:
        key, reader = self.constant(child.id), READERS[child.type]
        path = f"({self.constant(item.id)}, row, {key})"
        self.add(2, f"t = t{n}")
        self.add(2, f"if t is None and names[{n}] + '~' in once: t = ''")
        self.add(2, "if t is None: sure = False")
        self.add(2, "else:")
        wrong = f"cells.append(Doubt({at}, {n}, row, place, v))"
        stored = "some = some or v" if child.type == "boolean" else "some = True"
        place = _Place(
            "one", key, path, f"t{n} is not None", "sure = False", stored, wrong, wrong, "bad = True; break"
        )
        self._field(3, child, test, reader, place)

    def _field(self, pad: int, item: Item, test: PlainTest, reader: Reader, place: _Place) -> None:
        """Read a text `t` and store it."""
        read, right = _READ[item.type], _RIGHT.get(item.type, test.right)
        if item.type == "boolean" and _ticked(item):
            read = 'v = t == "oui"'
            holder, key = place.holder, place.key
            self.add(pad, read)
            nobody = f"stored and not v and {holder}.get({key}) is None and not ({place.said})"
            self.add(pad, f"if {nobody}: {place.kept}")
            self.add(pad, "else:")
            self._store(pad + 1, place)
            return
        if "matches" in test.constants:
            right += " and matches(v) is not None"
        self.add(pad, read)
        self.add(pad, f"if {self.said(right, test)}:")
        self._store(pad + 1, place)
        if item.type == "choice":
            self.add(pad, 'elif t == "":')
            self._drop(pad + 1, place, test.free)
            self.add(pad, f"else: {place.bad}")
            return
        self.add(pad, "else:")
        self.add(pad + 1, f"v = {self.constant(reader)}(Entry((t,)), {self.constant(item)}, None)")
        self.add(pad + 1, "if v is None:")
        self._drop(pad + 2, place, test.free)
        self.add(pad + 1, "else:")
        self.add(pad + 2, place.wrong)
        self._store(pad + 2, place._replace(kept="pass"))

    def _store(self, pad: int, place: _Place) -> None:
        holder, key = place.holder, place.key
        as_shown = f"shown is not None and {holder}.get({key}) != v and shown({place.path}, v, {place.said})"
        self.add(pad, f"if {as_shown}: {place.kept}")
        self.add(pad, f"else: {holder}[{key}] = v; {place.stored}")

    def _drop(self, pad: int, place: _Place, free: bool) -> None:
        holder, key = place.holder, place.key
        missing = "pass" if free else place.missing
        self.add(pad, "v = None")
        self.add(pad, f"if {holder}.get({key}) is None: {missing}")
        self.add(pad, f"elif shown is not None and shown({place.path}, None, {place.said}): {place.kept}")
        self.add(pad, f"else: del {holder}[{key}]; {missing}")


class _Place(NamedTuple):
    """Where a field's answer goes, and the statements for what becomes of it.

    `said`: whether the post holds words for it. `kept`: what stands there stays, unseen; `stored`,
    `missing`, `wrong`: so is the answer; `bad`: it takes more than the text to tell.
    """

    holder: str
    key: str
    path: str
    said: str
    kept: str
    stored: str
    missing: str
    wrong: str
    bad: str


def _readable_rows(rows: PlainRows, readers: Mapping[Path, Any]) -> bool:
    return all(child.path in readers and _readable(child, test) for child, test in rows.fields)


# --- what the function calls ----------------------------------------------------------------------


def former_rows(stored: Any) -> Mapping[str, dict[str, Any]]:
    """Give the stored rows by id; the last of an id counts."""
    if not isinstance(stored, list):
        return {}
    return {row["row"]: row for row in stored if isinstance(row, dict) and isinstance(row.get("row"), str)}

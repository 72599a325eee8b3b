"""The tests of `engine.plain` melted into one Python function a step, written once per form.

Calling one closure a field costs more than the tests themselves: written in a row, they run three times as
fast, which is what it takes to keep up with a model written by hand (row 1 of `docs/performance.md`). The
text that is compiled is made of the expressions of `engine.plain` and of numbers; ids, codes, bounds and
patterns of a definition are only ever constants, handed over in a namespace. This is the one module that
compiles code: what others write (`engine.taking`), they write with its `Writer`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.answers import ROW_ID
from engine.compile import CompiledForm
from engine.paths import Path
from engine.plain import BOOLEAN, Plain, PlainRows, PlainTest, plain_items
from engine.problems import Problem

if TYPE_CHECKING:
    from engine.evaluate import FormState

Look = Callable[[Mapping[str, Any]], "list[Doubt]"]


class Doubt(NamedTuple):
    """What a look at a step leaves to be judged: an item or, in plain rows, one cell of it.

    `at` is the place of the item among those of `Fused`; `place` that of its row, from 1.
    """

    at: int
    cell: int = -1
    row: str = ""
    place: int = 0
    stored: Any = None


class Fused(NamedTuple):
    """A step ready to be judged: its items, and what finds those in doubt in the answers of a document."""

    items: tuple[Plain, ...]
    look: Look
    missing: dict[Path, tuple[Problem, ...]]  # by item: filled by `engine.validate`


def fused(form: CompiledForm, step: str) -> Fused:
    """Give a step's function, written when it is first asked for and kept with its form."""
    found: Fused | None = form.fused.get(step)
    if found is None:
        items = plain_items(form, step)
        found = form.fused[step] = Fused(items, _Looker().function(items), {})
    return found


def doubts(state: FormState, step: str) -> list[Doubt]:
    """Look at a step of a document, once."""
    if step not in state.doubts:
        state.doubts[step] = fused(state.form, step).look(state.document["answers"])
    found: list[Doubt] = state.doubts[step]
    return found


def doubtful(state: FormState, step: str) -> frozenset[str]:
    """Name the top items of a step that are not right beyond doubt."""
    items = fused(state.form, step).items
    return frozenset(items[one.at].item.id for one in doubts(state, step))


class Writer:
    """Gathers the lines of one function, and the constants that they name."""

    def __init__(self, signature: str, names: Mapping[str, Any]) -> None:
        self.lines = [f"def {signature}:"]
        self.names: dict[str, Any] = dict(names)

    def add(self, pad: int, line: str) -> None:
        """Add a line, so deep in the function."""
        self.lines.append(" " * (pad + 1) + line)

    def constant(self, value: Any) -> str:
        """Hand over a value; give its name."""
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def said(self, expression: str, test: PlainTest) -> str:
        """Spell an expression of this program with the constants of a test."""
        for name, value in test.constants.items():
            if re.search(rf"\b{name}\b", expression):
                expression = re.sub(rf"\b{name}\b", self.constant(value), expression)
        return expression

    def made(self, name: str) -> Any:
        """Compile what was written."""
        exec(compile("\n".join(self.lines), f"<{name}>", "exec"), self.names)
        return self.names[name]


class _Looker(Writer):
    """Writes `look(answers)`: the doubts."""

    def __init__(self) -> None:
        super().__init__(
            "look(answers)",
            {
                "Doubt": Doubt,
                "row_id": re.compile(ROW_ID).fullmatch,
                "written": written,
                "BOXES": frozenset({bool, type(None)}),
            },
        )
        self.add(0, "get, doubts = answers.get, []")

    def function(self, items: Sequence[Plain]) -> Look:
        """Write the function of a step."""
        at = 0
        while at < len(items):
            boxes = _boxes(items, at)
            if len(boxes) > 1:
                self._boxes(boxes, at)
            else:
                self._item(items[at], at)
            at += max(len(boxes), 1)
        self.add(0, "return doubts")
        look: Look = self.made("look")
        return look

    def _item(self, one: Plain, at: int) -> None:
        doubt = f"doubts.append({self.constant(Doubt(at))})"
        if one.how is None:
            self.lines.append(f" {doubt}")
            return
        self.lines.append(f" v = get({self.constant(one.item.id)})")
        if isinstance(one.how, PlainTest):
            self.lines.append(f" if {self._wrong(one.how)}: {doubt}")
        else:
            self._rows(one.how, at, doubt)

    def _wrong(self, test: PlainTest) -> str:
        right = self.said(test.right, test)
        return f"v is not None and not ({right})" if test.free else f"not ({right})"

    def _boxes(self, boxes: Sequence[Plain], at: int) -> None:
        """Many boxes are one test: whatever types are found there."""
        names = self.constant(tuple(one.item.id for one in boxes))
        places = self.constant(tuple((Doubt(at + n), one.item.id) for n, one in enumerate(boxes)))
        self.lines += [
            f" if not BOXES.issuperset(map(type, map(get, {names}))):",
            f"  doubts += [one for one, name in {places} if type(get(name)) not in BOXES]",
        ]

    def _rows(self, rows: PlainRows, at: int, doubt: str) -> None:
        free = "v is not None and " if rows.least == 0 else ""
        self.lines += [
            f" if {free}(type(v) is not list or not {rows.least} <= len(v) <= {rows.most}): {doubt}",
            " elif v:",
            "  ids, rows, cells, sure, odd = {}, v, [], True, 0",
            "  for place, row in enumerate(rows, 1):",
            "   if type(row) is not dict: sure = False; break",
            "   cell = row.get; id = cell('row')",
            "   if type(id) is not str: sure = False; break",
            "   if not (id.isalnum() and id.isascii() and len(id) <= 40 or row_id(id)): sure = False; break",
            "   ids[id] = place",
        ]
        for n, (item, test) in enumerate(rows.fields):
            name = self.constant(item.id)
            self.lines += [
                f"   v = cell({name})",
                f"   if {self._wrong(test)}: odd += 1; cells.append(Doubt({at}, {n}, id, place, v))",
            ]
        names = self.constant(tuple(item.id for item, _ in rows.fields))
        check = f"odd >= {rows.needed} and " if rows.needed else ""
        self.lines += [
            f"   if {check}not written(row, {names}): sure = False; break",
            "   odd = 0",
            "  if not sure or len(ids) < len(rows): " + doubt,
            "  elif cells: doubts += cells",
        ]


def _boxes(items: Sequence[Plain], at: int) -> list[Plain]:
    """The run of optional boxes from a place on."""
    found: list[Plain] = []
    for one in items[at:]:
        if not isinstance(one.how, PlainTest) or one.how.right != BOOLEAN or not one.how.free:
            break
        found.append(one)
    return found


_EMPTY: tuple[Any, ...] = (None, False, "", [], {})


def written(row: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Tell whether somebody surely wrote in a row: one with nothing in it does not count."""
    cells = [cell for name in names if (cell := row.get(name)) not in _EMPTY]
    return any(not isinstance(cell, str) or not cell.isspace() for cell in cells)

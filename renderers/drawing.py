"""A step from its state straight to HTML: walks the form's items, fills their pieces, joins them.

The same items in the same order as `renderers.view` and `templates/node.html`, which stay the reference: what
a piece is cut from is a view drawn by the templates, and what has no piece is drawn by them each time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from markupsafe import Markup, escape

from engine.access import author_at, decide
from engine.answers import code_of, picks_of
from engine.compile import CompiledForm
from engine.fused import doubts, fused
from engine.offers import Offer
from engine.paths import Path, region_id
from engine.skeleton import Item, StepPart
from engine.wording import label_of
from renderers.controls import CONTROLS, cascade_slot, slot_count, slot_tally
from renderers.cut import MARKED, Marker, Piece, Pieces
from renderers.french import french
from renderers.live import LIVE, Picks, Unusual, walk_picks
from renderers.marking import (
    mark_group,
    mark_options,
    mark_rows,
    mark_slots,
    marked_field,
    marked_slot,
    stub,
)
from renderers.marks import parse
from renderers.showing import LONG, Showing, message_of
from renderers.swift import Line, Program
from renderers.templating import ENVIRONMENT, SIMPLE, Place, Stub, aside, below, outline, top
from renderers.tree import AbsentView, Message, OptionView
from renderers.view import (
    field_view,
    fields_in,
    is_open,
    node_view,
    row_head,
    rows_head,
    section_head,
    why_of,
)

Drawn = tuple[str, str]  # how it joins its neighbours (simple, absent, other), HTML
Fill = tuple[
    Hashable, list[str], Callable[[Any, Marker], Any]
]  # rest of the shape, holes, how to mark the data
BOTH = (ENVIRONMENT, MARKED)
NODE, MARKED_NODE = (cast(Any, one.get_template("node.html").module) for one in BOTH)
FIELD, MARKED_FIELD = (cast(Any, one.get_template("field.html").module) for one in BOTH)
UI, MARKED_UI = (cast(Any, one.get_template("ui.html").module) for one in BOTH)
TOP = top("")
AS_TYPED = frozenset({"text", "number", "date", "time", "boolean"})
_forms: WeakKeyDictionary[CompiledForm, Kept] = WeakKeyDictionary()
MOST_PROGRAMS = 200  # looks that a form's steps are kept in: rights x states
_joints = Pieces()  # what stands between items, whatever the form


class Kept(NamedTuple):
    """What is worked out once about a form."""

    pieces: Pieces
    programs: Pieces


def kept_for(form: CompiledForm) -> Kept:
    """The pieces and programs of a form, kept as long as the form is served."""
    found = _forms.get(form)
    if found is None:
        found = _forms[form] = Kept(Pieces(), Pieces(MOST_PROGRAMS))
    return found


class Drawing:
    """One step being drawn; `required`: something on it must be answered.

    `compiled` makes the program of a step; without one, every item is drawn by its pieces.
    """

    def __init__(self, showing: Showing, compiled: Callable[[Showing, str], Program] | None = None) -> None:
        self.showing, self.state, self._compiled = showing, showing.state, compiled
        self.pieces, self.programs = kept_for(showing.state.form)
        self.required = False
        self._rows: dict[Path, list[str]] = {}
        self._open: dict[str, bool] = {}
        self._program: Program | None = None
        self._slow: Collection[str] = ()

    def step(self, step: str) -> list[str]:
        """Draw what a step holds; gives parts, since a page is better joined once."""
        part = self._begin(step)
        return self._flow(part.items, (), top(part.spec.title), boxed=False)

    def regions(self, step: str, wanted: Collection[str]) -> list[str]:
        """Draw some items of a step, named by their regions, to be put in place out of band."""
        part = self._begin(step)
        found = None if self._program is None else self._program.found(wanted, self._slow)
        if found is None:
            return list(self._wanted(part.items, (), top(part.spec.title), wanted))
        return [self._out_of_band(item, (), place) or "" for item, place in found]

    def _begin(self, step: str) -> StepPart:
        """Find the program of a step, and the items that it may not draw this time."""
        state, grant, compiled = self.state, self.showing.grant, self._compiled
        if compiled is not None and state.frozen(step) is None and not grant.closed:
            look = ("look", step, state.document["state"], grant.roles, grant.reads, grant.writes)
            self._program = self.programs.once(look, partial(compiled, self.showing, step))
            self._slow = self._unsure(step)
        return state.form.skeleton.parts[step]

    def _unsure(self, step: str) -> set[str]:
        """The items about which something is to be said, or whose answer may not be right."""
        answered = self.state.document["answers"]
        slow = {
            name for paths in (self.showing.told, self.showing.blanks) for path in paths for name in path[:1]
        }
        if wrong := doubts(self.state, step):
            items = fused(self.state.form, step).items
            for doubt in wrong:
                name = items[doubt.at].item.id
                if (doubt.stored if doubt.cell >= 0 else answered.get(name)) is not None:
                    slow.add(name)
        return slow

    def _wanted(
        self, items: Sequence[Item], base: Path, place: Place, wanted: Collection[str]
    ) -> Iterator[str]:
        for item in items:
            path = (*base, item.id)
            if region_id(path) in wanted:
                drawn = self._out_of_band(item, base, place)
                if drawn is not None:
                    yield drawn
            elif path not in self.state.visible or not is_open(self.showing, item):
                continue
            elif item.type == "section":
                head, inner = section_head(self.showing, item, path, base)
                if not isinstance(head, AbsentView):
                    yield from self._wanted(inner, base, below(head, place), wanted)
            elif item.type == "group":
                yield from self._wanted(item.children, path, Place(place.level, False, True), wanted)
            elif item.type == "rows":
                for row in self.state.rows.get(path, ()):
                    yield from self._wanted(
                        item.children, (*path, row), Place(place.level + 2, False, True), wanted
                    )

    def _out_of_band(self, item: Item, base: Path, place: Place) -> str | None:
        draw = None if base or self._program is None else self._program.part(item, place)
        if draw is not None and item.id not in self._slow:
            with suppress(Unusual):
                return "".join(draw(self.state.document["answers"].get(item.id)))
        drawn = self.node(item, base, place, oob=True)
        return None if drawn is None else drawn[1]

    def flow(self, items: Sequence[Item], base: Path, place: Place, *, boxed: bool) -> str:
        """Draw items one after the other."""
        return "".join(self._flow(items, base, place, boxed=boxed))

    def _flow(self, items: Sequence[Item], base: Path, place: Place, *, boxed: bool) -> list[str]:
        if self._program is not None and not base and items:
            line = self._program.line(items, place)
            return self._whole(line, boxed) or self._joined(*self._swiftly(line, place), boxed)
        drawn = [one for item in items if (one := self.node(item, base, place)) is not None]
        return self._joined("".join([kind for kind, _ in drawn]), [html for _, html in drawn], boxed)

    def _whole(self, line: Line, boxed: bool) -> list[str]:
        """Draw top items side by side, in parts, if each may draw itself; nothing if one may not."""
        joint = _joints.find((line.kinds, boxed))
        if joint is None or not line.whole or self._slow:
            return []
        found = map(self.state.document["answers"].get, line.names)
        texts = iter(joint.texts)
        parts = [next(texts)]
        try:
            for draw, one, text in zip(line.whole, found, texts, strict=True):
                parts += draw(one)
                parts.append(text)
        except Unusual:
            return []
        self.required = self.required or line.required
        return parts

    def _swiftly(self, line: Line, place: Place) -> tuple[str, list[str]]:
        """Draw top items side by side: how they join, their HTML."""
        self.required = self.required or line.required
        drawn = [one for n, item in enumerate(line.items) if (one := self._item(line, n, item, place))]
        return "".join([kind for kind, _ in drawn]), [html for _, html in drawn]

    def _item(self, line: Line, n: int, item: Item, place: Place) -> Drawn | None:
        draw = line.draws[n]
        if draw is not None and item.id not in self._slow:
            with suppress(Unusual):
                return line.kinds[n], "".join(draw(self.state.document["answers"].get(item.id)))
        return self.node(item, (), place)

    def _joined(self, kinds: str, holes: list[str], boxed: bool) -> list[str]:
        piece = _joints.find((kinds, boxed))
        if piece is not None:
            return piece.parts(holes)
        drawn = zip(kinds, holes, strict=True)
        plain = NODE.flow([stub(kind, Markup(html)) for kind, html in drawn], {}, boxed)
        marker = Marker()
        marked = MARKED_NODE.flow([stub(kind, marker.plain()) for kind in kinds], {}, boxed)
        return [_joints.learn((kinds, boxed), holes, plain, marked)]

    def node(self, item: Item, base: Path, place: Place, *, oob: bool = False) -> Drawn | None:
        """Draw one item inside its region; None if the reader may not see it."""
        if not is_open(self.showing, item):
            return None
        path = (*base, item.id)
        if path not in self.state.visible:
            return "a", self._absent(item, path, oob)
        if item.type == "section":
            return self._section(item, path, base, place, oob)
        if item.type == "note":
            return "o", self._note(item, path, base, place, oob)
        try:
            html = self._field(item, path, place, oob)
        except Unusual:
            html = self._plain(item, path, base, place, oob)
        simple = (
            item.type not in {"recap", "listing", "tally"} and self.state.form.target(item).type in SIMPLE
        )
        return "s" if simple else "o", html

    def _plain(self, item: Item, path: Path, base: Path, place: Place, oob: bool) -> str:
        view = node_view(self.showing, item, path, base)
        assert view is not None
        self.required = self.required or any(one.required for one in fields_in((view,)))
        return str(NODE.node(view, outline((view,), place), oob))

    # -- layout --

    def _absent(self, item: Item, path: Path, oob: bool) -> str:
        region = region_id(path)
        piece = _joints.find(oob)
        if piece is not None:
            return piece.fill([region])
        mark = Marker().plain()
        plain = NODE.node(AbsentView(item.id, region), {region: TOP}, oob)
        return _joints.learn(oob, [region], plain, MARKED_NODE.node(AbsentView("", mark), {mark: TOP}, oob))

    def _section(self, item: Item, path: Path, base: Path, place: Place, oob: bool) -> Drawn:
        head, inner = section_head(self.showing, item, path, base)
        if isinstance(head, AbsentView):
            return "a", self._absent(item, path, oob)
        html = self.flow(inner, base, below(head, place), boxed=place.boxed or place.fold)
        piece = self.pieces.find((head, place, oob))
        if piece is not None:
            return "o", piece.fill([html])
        holder, marked = (
            replace(head, nodes=Stub(mark))  # type: ignore[arg-type]
            for mark in (Markup(html), Marker().plain())
        )
        return "o", self._learn((head, place, oob), [html], holder, marked, place, oob)

    def _note(self, item: Item, path: Path, base: Path, place: Place, oob: bool) -> str:
        template = self.state.form.rules[item.path].text
        if template is None or not all(isinstance(part, str) for part in template.parts) or len(path) > 2:
            return self._plain(item, path, base, place, oob)
        piece = self.pieces.find((item, place, oob))
        if piece is not None:
            return piece.fill([])
        view = node_view(self.showing, item, path, base)
        return self._learn((item, place, oob), [], view, view, place, oob)

    def _learn(
        self, key: Hashable, holes: Sequence[str], view: Any, marked: Any, place: Place, oob: bool
    ) -> str:
        """Draw a view with the plain templates, and cut its piece out of the marked one."""
        plain = NODE.node(view, outline((view,), place), oob)
        return self.pieces.learn(key, holes, plain, MARKED_NODE.node(marked, outline((marked,), place), oob))

    # -- fields --

    def _field(self, item: Item, path: Path, place: Place, oob: bool) -> str:
        return self.cut_field(item, path, place, oob)[0]

    def cut_field(self, item: Item, path: Path, place: Place, oob: bool) -> tuple[str, Piece | None]:
        """Draw a field; gives its piece too."""
        form = self.state.form
        target = form.target(item)
        author = author_at(self.state, path)
        editable = item.is_field and bool(decide(self.showing.grant, "write", item, author))
        bound = target is not item and target.type not in AS_TYPED
        if bound or not (editable or target.type in {"group", "rows", "computed"}) or len(path) > 3:
            raise Unusual
        rule = form.rules[item.path].required
        required = rule is not None and rule.holds(self.state.scope(path))
        label = label_of(self.state, item, path)
        messages = self._messages(item, path)
        holes = self._row_holes(path) if len(path) == 3 else []
        holes += [escape(french(one.text)) for one in messages]
        why = "" if self.needs_no_reason(item) else why_of(self.showing, item, path)
        holes += [self._prose(why)] if why else []
        shape, more, mark = self._fill(target, path, place, editable)
        holes += more
        self.required = self.required or required
        levels = tuple(one.level for one in messages)
        key = (item, place, oob, required, editable, label, levels, shape, bool(why))
        piece = self.pieces.find(key)
        if piece is not None:
            return piece.fill(holes), piece
        view = field_view(self.showing, item, path)
        html = self._learn(key, holes, view, marked_field(view, path, mark), place, oob)
        return html, self.pieces.find(key)

    def needs_no_reason(self, item: Item) -> bool:
        """Tell at once that a field is always asked, and can be changed: most are."""
        state = self.state
        always, generated = self.pieces.once((item, "always"), lambda: _asked_always(item.spec))
        if not always:
            return False
        if item.parent is not None or not item.is_field:
            return True
        is_open = self._open.get(item.step)
        if is_open is None:
            now = state.form.state(state.document["state"])
            is_open = self._open[item.step] = state.frozen(item.step) is None and item.step in now.open
        return is_open and not generated and bool(decide(self.showing.grant, "write", item))

    def _prose(self, text: str) -> str:
        """Draw a text; one plain paragraph, as most are, has a piece."""
        blocks = parse(text)
        run = blocks[0].items[0][0] if len(blocks) == 1 and len(blocks[0].items[0]) == 1 else None
        if run is None or run.kind != "text" or blocks[0].kind != "paragraph":
            return str(UI.prose(text))
        holes = [escape(french(run.text))]
        piece = _joints.find("prose")
        if piece is not None:
            return piece.fill(holes)
        return _joints.learn("prose", holes, str(UI.prose(text)), str(MARKED_UI.prose(Marker().words())))

    def _messages(self, item: Item, path: Path) -> Sequence[Message]:
        problems = self.showing.problems_at(path)
        if any(one.slot is not None or one.code.startswith("detail") for one in problems):
            raise Unusual
        return [message_of(self.showing, one, item) for one in problems]

    def _row_holes(self, path: Path) -> list[str]:
        """The row's id, and what it adds to a label in speech."""
        if path[:2] not in self._rows:
            title = self.state.row_title(path[:1], path[1])
            self._rows[path[:2]] = [escape(path[1]), escape(french(f", {title}"))]
        return list(self._rows[path[:2]])

    def _fill(self, item: Item, path: Path, place: Place, editable: bool) -> Fill:
        match item.type:
            case "group":
                inside = Place(place.level, False, True)
                return None, [self.flow(item.children, path, inside, boxed=True)], mark_group
            case "rows":
                return self._rows_filled(item, path, Place(place.level + 2, False, True), editable)
            case "cascade":
                return self._cascade(item, path, place)
            case "reference":
                return self._reference(item, path)
            case kind if kind in LIVE:
                read, mark = LIVE[kind]
                shape, holes = read(self.showing, item, path, self.pieces)
                return shape, holes, mark
        raise Unusual

    # -- people and places --

    def _reference(self, item: Item, path: Path) -> Fill:
        """Who can be chosen changes from day to day: a piece an option."""
        data = CONTROLS["reference"](self.showing, item, path, True)
        select = data["as"] == "select"
        if not select and len(path) == 3:
            raise Unusual
        lines = [self._option(item, path, one, select) for one in data["options"]]
        return (data["as"], bool(lines)), ["\n".join(lines)], mark_options

    def _option(self, item: Item, path: Path, option: OptionView, select: bool) -> str:
        state = f" {'selected' if select else 'checked'}" if option.checked else ""
        holes = [escape(option.html_id), escape(option.code), escape(french(option.label)), state]
        piece = self.pieces.find((item, select, "option"))
        if piece is not None:
            return piece.fill(holes)
        marker = Marker()
        id, code, label = marker.plain(), marker.plain(), marker.words()
        marked = replace(option, html_id=id, code=code, label=label, checked=marker.state())
        field = field_view(self.showing, item, path)
        plain, other = (
            macros.entry(one)
            if select
            else macros.box(field, one, field.name, "checkbox", macros.drives(field))
            for macros, one in ((FIELD, option), (MARKED_FIELD, marked))
        )
        return self.pieces.learn((item, select, "option"), holes, plain, other)

    # -- rows --

    def _rows_filled(self, item: Item, path: Path, place: Place, editable: bool) -> Fill:
        if item.spec.own:
            raise Unusual  # each row has its own rights
        head = rows_head(self.showing, item, path, editable)
        table, can_change = head["display"] == "table", editable and item.spec.over is None
        wrong = ' class="wrong"' if table else " wrong"
        holes: list[str] = []
        cells: list[Any] = []
        for n, id in enumerate(self.state.rows.get(path, ()), start=1):
            row = row_head(self.showing, item, (*path, id), n, can_change)
            holes += [escape(id), *(escape(french(text)) for text in (row.title, row.spoken, row.tally))]
            holes += [wrong if row.invalid else "", " open" if row.open or row.invalid else ""]
            if table:
                drawn = [(child.id, self.node(child, (*path, id), place)) for child in item.children]
                cells.append(tuple((name, one[0]) for name, one in drawn if one is not None))
                holes += [one[1] for _, one in drawn if one is not None]
            else:
                cells.append(())
                holes.append(self.flow(item.children, (*path, id), place, boxed=True))
        shape = (head["display"], head["columns"], head["add"], can_change, tuple(cells))
        return shape, holes, mark_rows

    # -- cascades --

    def _cascade(self, item: Item, path: Path, place: Place) -> Fill:
        offer = self.state.offers.get(path)
        if not isinstance(offer, Offer) or len(path) == 3:
            raise Unusual
        if offer.crowds(None, LONG):
            raise Unusual
        stored: list[Any] = self.state.stored(path) or []
        count = slot_count(self.showing, item, path, stored)
        codes = [code_of(pick) for pick in stored]
        slots = [
            self._slot(item, path, offer, codes, stored[n - 1] if n <= len(stored) else None, n, place)
            for n in range(1, count + 1)
        ]
        shown = Picks(item, offer, (), self.pieces).shown
        return (count, shown), slots, mark_slots

    def _slot(
        self, item: Item, path: Path, offer: Offer, codes: list[str], pick: Any, n: int, place: Place
    ) -> str:
        return self.cut_slot(item, path, offer, codes, pick, n, place)[0]

    def cut_slot(
        self, item: Item, path: Path, offer: Offer, codes: list[str], pick: Any, n: int, place: Place
    ) -> tuple[str, Piece | None, list[str], Sequence[str]]:
        """Draw a slot; gives its piece too, what fills it, and the codes whose boxes it shows."""
        below_it = () if pick is None else picks_of(pick)
        picks = Picks(item, offer, below_it, self.pieces)
        code = None if pick is None else codes[n - 1]
        tops: tuple[str, ...]
        branch: tuple[str, ...]
        tops, branch = self.pieces.once(
            (item, picks.shown, code, "branch"),
            lambda: (tuple(offer.children(None)), _branch(offer, code, len(item.spec.levels))),
        )
        if len(branch) > LONG:
            raise Unusual
        tally = slot_tally(pick, sum(1 for _ in walk_picks(below_it)))
        holes = [" open" if n == 1 or pick is not None else "", escape(french(tally))]
        elsewhere = {other: m for m, other in enumerate(codes, start=1) if m != n}
        for one in tops:
            holes.append(" selected" if one == code else "")
            holes.append(aside(f"déjà choisi au n° {elsewhere[one]}") if one in elsewhere else "")
        holes += picks.boxes(branch)
        key = (item, picks.shown, n, code, place)
        piece = self.pieces.find(key)
        if piece is not None:
            return piece.fill(holes), piece, holes, branch
        stored = self.state.stored(path) or []
        slot = cascade_slot(self.showing, item, path, offer, stored, n, [])
        view = field_view(self.showing, item, path)
        field = replace(view, messages=(), data={**view.data, "slots": ()})
        marked = MARKED_FIELD.branch(field, marked_slot(slot, Marker()), place)
        html = self.pieces.learn(key, holes, FIELD.branch(field, slot, place), marked)
        return html, self.pieces.find(key), holes, branch


def _asked_always(spec: Any) -> tuple[bool, bool]:
    """Whether no condition decides that a field is asked or required, and whether it writes itself."""
    always = spec.when is None and isinstance(getattr(spec, "required", False), bool)
    return always, bool(getattr(spec, "generate", None))


def _branch(offer: Offer, code: str | None, levels: int) -> tuple[str, ...]:
    """The codes below a first pick, each followed by those below it; no more than can be sent, and one."""
    return () if code is None else tuple(islice(offer.branch(code, levels - 1), LONG + 1))

"""A step from its state straight to HTML: walks the form's items, fills their pieces, joins them.

The same items in the same order as `renderers.view` and `templates/node.html`, which stay the reference: what
a piece is cut from is a view drawn by the templates, and what has no piece is drawn by them each time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast
from weakref import WeakKeyDictionary

from markupsafe import Markup, escape

from engine.access import author_at, decide
from engine.answers import code_of, picks_of
from engine.compile import CompiledForm
from engine.offers import Offer
from engine.paths import Path, dotted, html_id, region_id
from engine.skeleton import Item
from engine.wording import label_of
from renderers.controls import CONTROLS, cascade_slot, slot_count, slot_tally
from renderers.cut import MARKED, Marker, Pieces
from renderers.french import french
from renderers.live import LIVE, Picks, Unusual, mark_level, walk_picks
from renderers.marks import parse
from renderers.showing import Showing, message_of
from renderers.templating import ENVIRONMENT, SIMPLE, Place, Stub, aside, below, outline, top
from renderers.tree import AbsentView, FieldView, Message, Node, OptionView, RowView, SlotView, StepView
from renderers.view import (
    field_view,
    fields_in,
    is_open,
    node_view,
    row_head,
    rows_head,
    section_head,
    step_view,
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
_forms: WeakKeyDictionary[CompiledForm, Pieces] = WeakKeyDictionary()
_joints = Pieces()  # what stands between items, whatever the form


def pieces_of(form: CompiledForm) -> Pieces:
    """The pieces of a form, kept as long as the form is served."""
    found = _forms.get(form)
    if found is None:
        found = _forms[form] = Pieces()
    return found


class Drawing:
    """One step being drawn; `required`: something on it must be answered."""

    def __init__(self, showing: Showing) -> None:
        self.showing, self.state = showing, showing.state
        self.pieces = pieces_of(showing.state.form)
        self.required = False
        self._rows: dict[Path, list[str]] = {}
        self._open: dict[str, bool] = {}

    def step(self, step: str) -> str:
        """Draw what a step holds."""
        part = self.state.form.skeleton.parts[step]
        return self.flow(part.items, (), top(part.spec.title), boxed=False)

    def regions(self, step: str, wanted: Collection[str]) -> list[str]:
        """Draw some items of a step, named by their regions, to be put in place out of band."""
        part = self.state.form.skeleton.parts[step]
        return list(self._wanted(part.items, (), top(part.spec.title), wanted))

    def _wanted(
        self, items: Sequence[Item], base: Path, place: Place, wanted: Collection[str]
    ) -> Iterator[str]:
        for item in items:
            path = (*base, item.id)
            if region_id(path) in wanted:
                drawn = self.node(item, base, place, oob=True)
                if drawn is not None:
                    yield drawn[1]
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

    def flow(self, items: Sequence[Item], base: Path, place: Place, *, boxed: bool) -> str:
        """Draw items one after the other."""
        drawn = [one for item in items if (one := self.node(item, base, place)) is not None]
        kinds, holes = "".join(kind for kind, _ in drawn), [html for _, html in drawn]
        piece = _joints.find((kinds, boxed))
        if piece is not None:
            return piece.fill(holes)
        plain = NODE.flow([_stub(kind, Markup(html)) for kind, html in drawn], {}, boxed)
        marker = Marker()
        marked = MARKED_NODE.flow([_stub(kind, marker.plain()) for kind in kinds], {}, boxed)
        return _joints.learn((kinds, boxed), holes, plain, marked)

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
        simple = item.type != "recap" and self.state.form.target(item).type in SIMPLE
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
        why = "" if self._needs_no_reason(item) else why_of(self.showing, item, path)
        holes += [self._prose(why)] if why else []
        shape, more, mark = self._fill(target, path, place, editable)
        holes += more
        self.required = self.required or required
        levels = tuple(one.level for one in messages)
        key = (item, place, oob, required, editable, label, levels, shape, bool(why))
        piece = self.pieces.find(key)
        if piece is not None:
            return piece.fill(holes)
        view = field_view(self.showing, item, path)
        return self._learn(key, holes, view, _marked(view, path, mark), place, oob)

    def _needs_no_reason(self, item: Item) -> bool:
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
                return None, [self.flow(item.children, path, inside, boxed=True)], _mark_group
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
        return (data["as"], bool(lines)), ["\n".join(lines)], _mark_options

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
        return shape, holes, _mark_rows

    # -- cascades --

    def _cascade(self, item: Item, path: Path, place: Place) -> Fill:
        offer = self.state.offers.get(path)
        if not isinstance(offer, Offer) or len(path) == 3:
            raise Unusual
        stored: list[Any] = self.state.stored(path) or []
        count = slot_count(self.showing, item, path, stored)
        codes = [code_of(pick) for pick in stored]
        slots = [
            self._slot(item, path, offer, codes, stored[n - 1] if n <= len(stored) else None, n, place)
            for n in range(1, count + 1)
        ]
        return count, slots, _mark_slots

    def _slot(
        self, item: Item, path: Path, offer: Offer, codes: list[str], pick: Any, n: int, place: Place
    ) -> str:
        below_it = () if pick is None else picks_of(pick)
        picks = Picks(item, offer, below_it, self.pieces)
        code = None if pick is None else codes[n - 1]
        tops: tuple[str, ...]
        branch: tuple[str, ...]
        tops, branch = self.pieces.once(
            (item, picks.shown, code, "branch"),
            lambda: (tuple(offer.children(None)), tuple(_branch(offer, code, len(item.spec.levels)))),
        )
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
            return piece.fill(holes)
        stored = self.state.stored(path) or []
        slot = cascade_slot(self.showing, item, path, offer, stored, n, [])
        field = replace(field_view(self.showing, item, path), messages=(), data={"slots": ()})
        marked = MARKED_FIELD.branch(field, _marked_slot(slot, Marker()), place)
        return self.pieces.learn(key, holes, FIELD.branch(field, slot, place), marked)


@dataclass(frozen=True, eq=False)
class LiveStep:
    """A step to show, drawn when it is asked for; `view` is the tree that the plain templates draw."""

    showing: Showing
    id: str

    @property
    def title(self) -> str:
        """The step's title."""
        return str(self.showing.state.form.skeleton.parts[self.id].spec.title)

    @property
    def help(self) -> str:
        """What is said at the head of the step."""
        return self.showing.state.form.skeleton.parts[self.id].spec.help or ""

    @property
    def has_required(self) -> bool:
        """Whether something on it must be answered."""
        return self._drawn[1]

    @property
    def html(self) -> str:
        """The items, drawn."""
        return self._drawn[0]

    @cached_property
    def view(self) -> StepView:
        """The step as a tree."""
        return step_view(self.showing, self.id)

    @cached_property
    def _drawn(self) -> tuple[str, bool]:
        drawing = Drawing(self.showing)
        return drawing.step(self.id), drawing.required


def _asked_always(spec: Any) -> tuple[bool, bool]:
    """Whether no condition decides that a field is asked or required, and whether it writes itself."""
    always = spec.when is None and isinstance(getattr(spec, "required", False), bool)
    return always, bool(getattr(spec, "generate", None))


def _branch(offer: Offer, code: str | None, levels: int) -> Iterator[str]:
    """The codes below a first pick, each followed by those below it."""
    if code is None or levels < 2:
        return
    for child in offer.children(code):
        yield child
        yield from _branch(offer, child, levels - 1)


# --- marks ----------------------------------------------------------------------------------------


def _stub(kind: str, mark: str) -> Stub:
    return Stub(mark, "absent" if kind == "a" else "field", "text" if kind == "s" else "group")


def _marked(view: FieldView, path: Path, mark: Callable[[Any, Marker], Any]) -> FieldView:
    """Put marks in a field, in the order of its holes."""
    marker = Marker()
    if len(path) == 3:
        place = (path[0], marker.plain(), path[2])
        suffix = marker.after()
        view = replace(
            view,
            path=dotted(place),
            name=dotted(place),
            html_id=html_id(place),
            region=region_id(place),
            spoken=view.label + suffix if view.spoken != view.label else view.label,
        )
    messages = tuple(replace(one, text=marker.words()) for one in view.messages)
    why = cast(str, Stub(marker.plain())) if view.why else ""
    data = mark(view.data, marker)
    if len(path) == 3 and view.type == "choice":
        data = data | {"options": tuple(_moved(one, path, place) for one in data["options"])}
    return replace(view, messages=messages, data=data, why=why)


def _moved(option: OptionView, path: Path, place: Path) -> OptionView:
    """Put the mark of a row's id into the ids of a box."""
    details = option.details
    if details is not None:
        inputs = tuple(
            replace(
                one,
                html_id=one.html_id.replace(html_id(path), html_id(place), 1),
                name=one.name.replace(dotted(path), dotted(place), 1),
            )
            for one in details.inputs
        )
        details = replace(details, inputs=inputs)
    ident = option.html_id.replace(html_id(path), html_id(place), 1)
    return replace(option, html_id=ident, details=details)


def _mark_group(_data: Any, marker: Marker) -> Any:
    return {"nodes": Stub(marker.plain())}


def _mark_rows(data: Any, marker: Marker) -> Any:
    table = data["display"] == "table"
    return data | {"rows": tuple(_marked_row(row, marker, table) for row in data["rows"])}


def _marked_row(row: RowView, marker: Marker, table: bool) -> RowView:
    id, title, spoken, tally = marker.plain(), marker.words(), marker.words(), marker.words()
    invalid, opened = marker.state(), marker.state()
    nodes: Any = Stub(marker.plain()) if not table else tuple(_cell(node, marker) for node in row.nodes)
    return replace(
        row, row=id, title=title, spoken=spoken, tally=tally, invalid=invalid, open=opened, nodes=nodes
    )


def _cell(node: Node, marker: Marker) -> Stub:
    return Stub(marker.plain(), node.node, node.type if isinstance(node, FieldView) else "", node.id)


def _mark_options(data: Any, marker: Marker) -> Any:
    return data | {"options": (Stub(marker.plain()),) if data["options"] else ()}


def _mark_slots(data: Any, marker: Marker) -> Any:
    return {"slots": tuple(Stub(marker.plain()) for _ in data["slots"])}


def _marked_slot(slot: SlotView, marker: Marker) -> SlotView:
    opened, tally = marker.state(), marker.words()
    options = tuple(replace(one, checked=marker.state(), note=marker.plain()) for one in slot.options)
    level = None if slot.level is None else mark_level(slot.level, marker)
    return replace(slot, open=opened, tally=tally, options=options, level=level)

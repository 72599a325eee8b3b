"""FormState + problems -> View tree: names, ids, texts and messages; nothing of HTML.

Only what the reader may see enters the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from engine.access import Grant, decide
from engine.answers import code_of, details_of, is_empty, is_raw, picks_of
from engine.evaluate import FormState
from engine.french import UNITS, short_date
from engine.offers import Offer, RowOffer
from engine.paths import Path, dotted, html_id, region_id
from engine.present import for_reader, read_form, read_value
from engine.problems import Problem
from engine.references import Scope
from engine.skeleton import Item
from engine.validate import slot_label
from engine.wording import label_of
from renderers.marks import quote
from renderers.tree import (
    AbsentView,
    DetailView,
    FieldView,
    FoldView,
    InputView,
    LevelView,
    Message,
    Node,
    NoteView,
    OptionView,
    RecapView,
    RowView,
    SectionView,
    SlotView,
    StepView,
    TabView,
)

RADIOS_UP_TO = 5
Candidates = Callable[[Item], Sequence[tuple[str, str]]]


@dataclass(frozen=True, eq=False)
class Showing:
    """What a step is shown with.

    `state` holds blank rows too; `problems` were judged without them. `tabs`: tab name -> id shown.
    `missing`: whether what is merely missing is told yet.
    """

    state: FormState
    grant: Grant
    problems: Sequence[Problem]
    candidates: Candidates
    tabs: Mapping[str, str] = field(default_factory=dict)
    blanks: frozenset[Path] = frozenset()
    missing: bool = False

    def problems_at(self, path: Path) -> list[Problem]:
        """The problems to show at a path."""
        return [one for one in self.problems if one.path == path and (self.missing or not one.missing)]


def step_view(showing: Showing, step: str) -> StepView:
    """Build one step."""
    part = showing.state.form.skeleton.parts[step]
    nodes = tuple(_nodes(showing, part.items, ()))
    fields = list(_fields(nodes))
    return StepView(
        id=step,
        title=part.spec.title,
        help=part.spec.help or "",
        nodes=nodes,
        messages=tuple(messages_of(showing, step)),
        has_required=any(one.required for one in fields),
    )


def _fields(nodes: Iterable[Node]) -> Iterable[FieldView]:
    for node in nodes:
        if isinstance(node, FieldView):
            yield node
            yield from _fields(node.data.get("nodes", ()))
            for row in node.data.get("rows", ()):
                yield from _fields(row.nodes)
        elif isinstance(node, SectionView):
            yield from _fields(node.nodes)


def messages_of(showing: Showing, step: str | None) -> list[Message]:
    """Every message of a step (or of the form), in page order, as the reader may be told."""
    order = {path: item.order for path, item in showing.state.form.skeleton.items.items()}
    told: list[tuple[int, int, Message]] = []
    for index, problem in enumerate(showing.problems):
        item = showing.state.item(problem.path)
        if not showing.missing and problem.missing:
            continue
        if item is None or (step is not None and item.step != step):
            continue
        told.append((order[item.path], index, message_of(showing, problem, item)))
    return _unique([message for _, _, message in sorted(told, key=lambda one: one[:2])])


def _unique(messages: list[Message]) -> list[Message]:
    return list({one.text: one for one in reversed(messages)}.values())[::-1]


def message_of(showing: Showing, problem: Problem, item: Item) -> Message:
    """Word a problem for the reader; what they may not read is told without its content."""
    if not decide(showing.grant, "read", item) or not showing.grant.meets(problem.guards):
        return Message(problem.level, Problem((), "unreadable").text, "", item.step)
    return Message(problem.level, problem.text, _target(showing, problem, item), item.step)


def _target(showing: Showing, problem: Problem, item: Item) -> str:
    """The id of the control to correct."""
    base, path = html_id(problem.path), problem.path
    target = showing.state.form.target(item)
    if target.type == "cascade":
        slot = problem.slot or 1
        if problem.target and problem.code.startswith("detail"):
            return detail_id(path, slot, problem.target, 1)
        return f"{base}-{slot}"
    if problem.target and problem.code.startswith("detail"):
        return detail_id(path, 0, problem.target, 1)
    if target.type in {"choice", "reference", "boolean"} and _as(showing, target, path) != "select":
        return f"{base}--1" if target.type != "boolean" or target.spec.display != "checkbox" else base
    if target.type == "rows":
        rows = showing.state.rows.get(path, ())
        first = next((child for child in target.children if child.is_field), None)
        return html_id((*path, rows[0], first.id)) if rows and first is not None else base
    return base


def detail_id(path: Path, slot: int, code: str, n: int) -> str:
    """The id of a precision's input."""
    return f"{html_id(path)}-d{slot}-{code.replace('.', '_')}-{n}"


# --- nodes --------------------------------------------------------------------------------------


def _nodes(showing: Showing, items: Sequence[Item], base: Path) -> Iterable[Node]:
    for item in items:
        node = _node(showing, item, (*base, item.id), base)
        if node is not None:
            yield node


def _node(showing: Showing, item: Item, path: Path, base: Path) -> Node | None:
    if item.type not in {"section", "note"} and not decide(showing.grant, "read", item):
        return None
    if item.type in {"section", "note"} and not showing.grant.meets(item.guards):
        return None
    if path not in showing.state.visible:
        return AbsentView(item.id, region_id(path))
    match item.type:
        case "section":
            return _section(showing, item, path, base)
        case "note":
            template = showing.state.form.rules[item.path].text
            text = "" if template is None else template.render(showing.state.scope(path), quote=quote)
            return NoteView(item.id, region_id(path), text)
        case "recap":
            return _recap(showing, item, path)
    return _field(showing, item, path)


def _recap(showing: Showing, item: Item, path: Path) -> Node | None:
    linked = showing.state.context.link(item.spec.of)
    if linked is None:
        return None
    nodes = for_reader(read_form(linked), showing.grant.roles, lambda _id: True)
    return RecapView(item.id, region_id(path), linked.form.name.render(Scope(linked)), tuple(nodes))


def _section(showing: Showing, item: Item, path: Path, base: Path) -> Node | None:
    state = showing.state
    shown = [
        child
        for child in item.children
        if (*base, child.id) in state.visible and showing.grant.meets(child.guards)
    ]
    if item.spec.layout != "tabs":
        nodes = tuple(_nodes(showing, item.children, base))
        return SectionView(
            item.id, region_id(path), item.spec.label or "", item.spec.help or "", item.spec.layout, nodes
        )
    if not shown:
        return AbsentView(item.id, region_id(path))
    wanted = showing.tabs.get(item.id)
    current = next((child for child in shown if child.id == wanted), shown[0])
    invalid = {child.id: _has_errors(showing, child) for child in shown}
    tabs = tuple(
        TabView(child.id, child.label, child is current, invalid=invalid[child.id]) for child in shown
    )
    nodes = tuple(_nodes(showing, current.children, base))
    return SectionView(
        item.id,
        region_id(path),
        item.spec.label or "",
        current.spec.help or "",
        "tabs",
        nodes,
        tabs=tabs,
        tab_name=item.id,
    )


def _folded(showing: Showing, item: Item, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Open the folds of an accordion that hold an answer or an error, and the first."""
    inner = {child.id: child for child in item.children}

    def wanted(child: Item) -> bool:
        return _answered(showing, child) or _has_errors(showing, child)

    return tuple(
        replace(node, open=n == 0 or wanted(inner[node.id])) if isinstance(node, SectionView) else node
        for n, node in enumerate(nodes)
    )


def _answered(showing: Showing, item: Item) -> bool:
    state = showing.state
    return any(
        path not in state.untouched and not is_empty(state.stored(path)) and path not in showing.blanks
        for one in item.walk()
        if one.is_field and one.parent is None
        for path in [one.path]
    )


def _has_errors(showing: Showing, item: Item) -> bool:
    inside = {one.path for one in item.walk()}
    return any(
        showing.state.static(problem.path) in inside and problem.level == "error"
        for problem in showing.problems
        if showing.missing or not problem.missing
    )


def tab_of(state: FormState, item: Item) -> dict[str, str]:
    """The tabs to open so that an item shows."""
    chain = [state.form.skeleton.named[name] for name in item.chain[1:]]
    tabs: dict[str, str] = {}
    for outer, inner in pairwise(chain):
        if outer.spec.layout == "tabs":
            tabs[outer.id] = inner.id
    return tabs


def _field(showing: Showing, item: Item, path: Path) -> FieldView:
    state = showing.state
    target = state.form.target(item)
    editable = item.is_field and bool(decide(showing.grant, "write", item))
    problems = showing.problems_at(path)
    data = (
        DATA[target.type](showing, target, path, editable)
        if editable or target.type in {"group", "rows", "computed"}
        else {}
    )
    rules = state.form.rules[item.path]
    required = rules.required is not None and rules.required.holds(state.scope(path))
    return FieldView(
        type=target.type,
        id=item.id,
        path=dotted(path),
        name=dotted(path),
        html_id=html_id(path),
        region=region_id(path),
        label=label_of(state, item, path),
        spoken=_spoken(state, item, path),
        help=item.spec.help or "",
        required=required,
        editable=editable,
        messages=tuple(message_of(showing, problem, item) for problem in problems if problem.slot is None),
        read=read_value(state, item, path) if target.type not in {"group", "rows"} else {},
        data=data,
        why=_why(state, item, path),
        drives=item.path in state.form.drivers,
    )


def _spoken(state: FormState, item: Item, path: Path) -> str:
    """The label as speech needs it: with its row, unless it tells it already."""
    label = label_of(state, item, path)
    if len(path) == 3 and label == item.label:
        return f"{label}, {state.row_title(path[:1], path[1])}"
    return label


def _why(state: FormState, item: Item, path: Path) -> str:
    test = state.form.rules[item.path].when
    if test is None or item.type in {"section", "note", "recap"} or not test.words:
        return ""
    return f"Parce que {test.words}."


# --- data by type -------------------------------------------------------------------------------


def _entered(showing: Showing, path: Path) -> Any:
    stored = showing.state.stored(path)
    return stored["raw"] if is_raw(stored) else stored


def _text(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    value = _entered(showing, path) or ""
    limit = item.spec.max
    width = "w34" if item.spec.lines > 1 or (limit or 100) > 60 else "w20"
    return {
        "value": value,
        "lines": item.spec.lines,
        "max": limit,
        "length": len(value),
        "placeholder": item.spec.placeholder or "",
        "width": width,
    }


def _number(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    value = _entered(showing, path)
    words = UNITS[item.spec.unit] if item.spec.unit else item.spec.suffix or ""
    return {"value": "" if value is None else str(value).replace(".", ","), "unit": words, "width": "w5"}


def _date(showing: Showing, _item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    stored = showing.state.stored(path)
    day = showing.state.values.get(path)
    return {
        "value": short_date(day) if day is not None else _entered(showing, path) if is_raw(stored) else ""
    }


def _boolean(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    return {
        "value": showing.state.stored(path),
        "as": "checkbox" if item.spec.display == "checkbox" else "radios",
    }


def _as(showing: Showing, item: Item, path: Path) -> str:
    """Choose the control: select, radios or checkboxes."""
    if item.type == "reference":
        return "checkboxes" if item.spec.many else "select"
    if item.type != "choice":
        return "radios"
    if item.spec.many:
        return "checkboxes"
    if item.spec.display in {"select", "radios"}:
        return str(item.spec.display)
    offer = showing.state.offers.get(path)
    count = len(offer.options) if offer is not None else 0
    return "select" if count > RADIOS_UP_TO or len(path) == 3 else "radios"


def _choice(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    offer = showing.state.offers.get(path)
    stored = showing.state.stored(path) or []
    picked = {code_of(pick): pick for pick in stored}
    options = offer.options if offer is not None else ()
    views = tuple(
        _option(item, path, code, _label(offer, code), picked, 0, n)
        for n, code in enumerate(options, start=1)
    )
    return {
        "as": _as(showing, item, path),
        "options": views,
        "placeholder": item.spec.placeholder or "Choisissez un élément",
    }


def _label(offer: Offer | RowOffer | None, code: str) -> str:
    if isinstance(offer, Offer):
        return offer.listing.label(code)
    return offer.labels.get(code, code) if offer is not None else code


def _option(
    item: Item,
    path: Path,
    code: str,
    label: str,
    picked: Mapping[str, Any],
    slot: int,
    n: int,
    children: LevelView | None = None,
    prefix: str = "",
) -> OptionView:
    return OptionView(
        code=code,
        label=label,
        html_id=f"{html_id(path)}{prefix}--{n}",
        checked=code in picked,
        details=_details(item, path, code, picked.get(code), slot),
        children=children,
    )


def _details(item: Item, path: Path, code: str, pick: Any, slot: int) -> DetailView | None:
    asks = item.listing.asks(code) if item.listing is not None else None
    if asks is None:
        return None
    label = item.spec.details.label if item.spec.details is not None else "Veuillez préciser"
    limit = item.spec.details.max if item.spec.details is not None else 250
    given = details_of(pick) if pick is not None else ()
    count = max(asks.max, len(given))
    inputs = tuple(
        InputView(
            name=f"{dotted(path)}~d~{slot}~{code}",
            html_id=detail_id(path, slot, code, n),
            value=given[n - 1] if n <= len(given) else "",
            label=label if count == 1 else f"{label} ({n} sur {count})",
            invalid=(n <= len(given) and len(given[n - 1]) > limit) or n > asks.max,
        )
        for n in range(1, count + 1)
    )
    return DetailView(label, inputs)


def _cascade(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    offer = showing.state.offers.get(path)
    stored: list[Any] = showing.state.stored(path) or []
    _low, high = showing.state.form.rules[item.path].level_bounds[item.spec.levels[0].id]
    most = high.get(showing.state.scope(path)) if high is not None else None
    wanted = int(most) if most is not None and most <= 6 else len(stored) + 1
    problems = showing.problems_at(path)
    slots = tuple(
        _slot(showing, item, path, offer, stored, n, problems)
        for n in range(1, max(wanted, len(stored), 1) + 1)
        if isinstance(offer, Offer)
    )
    return {"slots": slots}


def _slot(
    showing: Showing, item: Item, path: Path, offer: Offer, stored: list[Any], n: int, problems: list[Problem]
) -> SlotView:
    pick = stored[n - 1] if n <= len(stored) else None
    code = None if pick is None else code_of(pick)
    elsewhere = {code_of(other): m for m, other in enumerate(stored, start=1) if m != n}
    options = tuple(
        OptionView(
            code=one,
            label=offer.listing.label(one),
            html_id=f"{html_id(path)}-{n}--{index}",
            checked=one == code,
            note=f"déjà choisi au n° {elsewhere[one]}" if one in elsewhere else "",
        )
        for index, one in enumerate(offer.children(None), start=1)
    )
    messages = tuple(message_of(showing, problem, item) for problem in problems if problem.slot == n)
    level = None if code is None else _level(item, path, offer, pick, 1, n, "")
    count = 0 if pick is None else sum(1 for _ in _codes(picks_of(pick)))
    return SlotView(
        n=n,
        label=slot_label(item, n),
        name=f"{dotted(path)}~{n}",
        html_id=f"{html_id(path)}-{n}",
        options=options,
        tally=_tally(pick, count),
        open=n == 1 or pick is not None or bool(messages),
        level=level,
        messages=messages,
    )


def _codes(picks: Iterable[Any]) -> Iterable[str]:
    for pick in picks:
        yield code_of(pick)
        yield from _codes(picks_of(pick))


def _tally(pick: Any, count: int) -> str:
    if pick is None:
        return "Vide"
    return f"{count} cochés" if count > 1 else f"{count} coché" if count else "Rien de coché"


def _level(
    item: Item, path: Path, offer: Offer, pick: Any, depth: int, slot: int, prefix: str
) -> LevelView | None:
    """The options under a pick; every branch is there, shown when its parent is ticked."""
    if depth >= len(item.spec.levels):
        return None
    parent = code_of(pick)
    picked = {code_of(child): child for child in picks_of(pick)}
    spec = item.spec.levels[depth]
    options: list[OptionView] = []
    for n, code in enumerate(offer.children(parent), start=1):
        below = _level(item, path, offer, picked.get(code, code), depth + 1, slot, f"{prefix}-{n}")
        options.append(
            _option(
                item,
                path,
                code,
                offer.listing.label(code),
                picked,
                slot,
                n,
                below if below is not None and below.options else None,
                f"-{slot}{prefix}",
            )
        )
    return LevelView(
        legend=spec.label or item.label,
        context=offer.listing.label(parent),
        name=f"{dotted(path)}~{slot}~p",
        many=spec.many,
        options=tuple(options),
    )


def _checklist(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    offer = showing.state.offers.get(path)
    stored = showing.state.stored(path) or []
    picked = {code_of(pick): pick for pick in stored}
    name = dotted(path)
    if not isinstance(offer, Offer) or offer.rootless:
        return {"tabs": (), "tab_name": name, "folds": (), "total": len(picked), "shown": ""}
    tops = list(offer.children(None))
    listing = offer.listing
    tabbed = len(tops) > 1 and all(
        any(listing.children(child) for child in listing.children(top)) for top in tops
    )
    if not tabbed:
        folds = _folds(item, path, offer, None, tops, picked)
        return {"tabs": (), "tab_name": name, "folds": folds, "total": len(picked), "shown": offer.root or ""}
    wanted = showing.tabs.get(name)
    current = wanted if wanted in tops else tops[0]
    tabs = tuple(
        TabView(
            top,
            listing.label(top),
            top == current,
            count=sum(1 for leaf in offer.leaves(top) if leaf in picked),
        )
        for top in tops
    )
    folds = _folds(item, path, offer, current, list(offer.children(current)), picked)
    return {"tabs": tabs, "tab_name": name, "folds": folds, "total": len(picked), "shown": current}


def _folds(
    item: Item, path: Path, offer: Offer, parent: str | None, codes: list[str], picked: Mapping[str, Any]
) -> tuple[FoldView, ...]:
    listing = offer.listing
    order = {code: n for n, code in enumerate(offer.options, start=1)}
    loose = [code for code in codes if not listing.children(code)]
    folds = [_fold(item, path, offer, code, picked, order) for code in codes if listing.children(code)]
    if loose:
        label = listing.label(parent) if parent is not None else item.label
        folds.insert(0, _leaf_fold(item, path, offer, parent or "", label, loose, picked, order))
    opened = [fold.checked > 0 or n == 0 for n, fold in enumerate(folds)]
    return tuple(
        FoldView(fold.code, fold.label, fold.checked, fold.total, is_open, fold.options, fold.groups)
        for fold, is_open in zip(folds, opened, strict=True)
    )


def _fold(
    item: Item, path: Path, offer: Offer, code: str, picked: Mapping[str, Any], order: Mapping[str, int]
) -> FoldView:
    listing = offer.listing
    below = list(offer.children(code))
    loose = [child for child in below if not listing.children(child)]
    inner = tuple(
        _fold(item, path, offer, child, picked, order) for child in below if listing.children(child)
    )
    leaf = _leaf_fold(item, path, offer, code, listing.label(code), loose, picked, order)
    checked = leaf.checked + sum(fold.checked for fold in inner)
    total = leaf.total + sum(fold.total for fold in inner)
    return FoldView(code, listing.label(code), checked, total, False, leaf.options, inner)


def _leaf_fold(
    item: Item,
    path: Path,
    offer: Offer,
    code: str,
    label: str,
    leaves: Sequence[str],
    picked: Mapping[str, Any],
    order: Mapping[str, int],
) -> FoldView:
    options = tuple(
        _option(item, path, leaf, offer.listing.label(leaf), picked, 0, order.get(leaf, 0)) for leaf in leaves
    )
    return FoldView(code, label, sum(one.checked for one in options), len(options), False, options)


def _reference(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    stored = showing.state.stored(path) or []
    chosen = {one["id"]: one["label"] for one in stored}
    offered = dict(showing.candidates(item))
    everyone = offered | {one: label for one, label in chosen.items() if one not in offered}
    options = tuple(
        OptionView(one, label, f"{html_id(path)}--{n}", checked=one in chosen)
        for n, (one, label) in enumerate(sorted(everyone.items(), key=lambda pair: pair[1]), start=1)
    )
    return {
        "as": _as(showing, item, path),
        "options": options,
        "placeholder": "Choisissez un élément",
        "empty": "Personne ne peut être choisi ici pour le moment.",
    }


def _group(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    return {"nodes": tuple(_nodes(showing, item.children, path))}


def _rows(showing: Showing, item: Item, path: Path, editable: bool) -> dict[str, Any]:
    state, spec = showing.state, item.spec
    ids = state.rows.get(path, ())
    can_change = editable and spec.over is None
    full = spec.max is not None and len(ids) >= spec.max
    rows = tuple(_row(showing, item, (*path, row), n, can_change) for n, row in enumerate(ids, start=1))
    readable = [child for child in item.children if decide(showing.grant, "read", child)]
    widest = next((child for child in readable if child.type in {"choice", "reference"}), None)
    columns = tuple((child.id, child.heading, "l" if child is widest else "m") for child in readable)
    add = None if not can_change or full else spec.add or "Ajouter une ligne"
    return {
        "rows": rows,
        "display": spec.display or "cards",
        "columns": columns,
        "add": add,
        "add_value": f"ajouter:{dotted(path)}",
        "item": (spec.row_label or item.label).split("{")[0].strip(" n°") or item.label,
        "fixed": spec.over is not None,
    }


def _row(showing: Showing, item: Item, prefix: Path, n: int, can_change: bool) -> RowView:
    state = showing.state
    blank = prefix in showing.blanks
    fields = [child for child in item.children if child.is_field]
    filled = sum(not is_empty(state.stored((*prefix, child.id))) for child in fields)
    shown = sum((*prefix, child.id) in state.visible for child in fields)
    title = state.row_title(prefix[:1], prefix[1])
    names = [
        str(state.stored((*prefix, child.id))) for child in fields[:2] if child.type == "text" and not blank
    ]
    spoken = " ".join(name for name in names if name and name != "None")[:80]
    invalid = any(
        problem.path[:2] == prefix and problem.level == "error" and (showing.missing or not problem.missing)
        for problem in showing.problems
    )
    tally = "Vide" if filled == 0 else "Complet" if filled == shown else f"{filled} champs sur {shown}"
    return RowView(
        row=prefix[1],
        n=n,
        title=title,
        spoken=f"{title}, {spoken}" if spoken else title,
        nodes=tuple(_nodes(showing, item.children, prefix)),
        blank=blank,
        removable=can_change,
        invalid=invalid,
        tally=tally,
        open=n == 1 or filled > 0 or invalid or not blank,
    )


def _computed(showing: Showing, item: Item, path: Path, _editable: bool) -> dict[str, Any]:
    value = read_value(showing.state, item, path)
    return {"text": value.get("text")}


DATA: Mapping[str, Callable[[Showing, Item, Path, bool], dict[str, Any]]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
    "cascade": _cascade,
    "checklist": _checklist,
    "reference": _reference,
    "group": _group,
    "rows": _rows,
    "computed": _computed,
}

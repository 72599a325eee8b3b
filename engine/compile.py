"""Definition + code lists -> CompiledForm, once per version; gathers every fault.

What a request needs is compiled here, so that nothing walks the JSON on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import re2

from engine import model
from engine.conditions import ALWAYS, Test, compile_condition
from engine.dependents import Dependents, dependents
from engine.drafting import Drafting, Library
from engine.faults import Fault, Faults, Location, nearest
from engine.formats import FORMATS
from engine.paths import Path
from engine.references import resolve
from engine.scopes import DocumentNames, EntryNames, Names, Reference, Scope, TargetNames
from engine.skeleton import Item, Roles, Skeleton, StepPart
from engine.types import Reads, Type
from engine.values import Computed, compile_as, compile_value
from engine.wording import Template, compile_text


@dataclass(frozen=True, eq=False, repr=False)
class Rules:
    """What an item does, compiled. Bounds are values; `required` is a test."""

    when: Test | None = None
    required: Test | None = None
    default: Computed | None = None
    min: Computed | None = None
    max: Computed | None = None
    filter: Test | None = None
    root: Computed | None = None
    value: Computed | None = None
    text: Template | None = None
    row_label: Template | None = None
    columns: tuple[Reference, ...] = ()
    suggest: tuple[Reference, ...] = ()
    level_bounds: Mapping[str, tuple[Computed | None, Computed | None]] = field(default_factory=dict)
    problems: tuple[CompiledProblem, ...] = ()
    pattern: Any = None


@dataclass(frozen=True, eq=False)
class CompiledProblem:
    """A problem with its test and message; `on` are static paths."""

    id: str
    level: str
    on: tuple[Path, ...]
    test: Test
    message: Template


@dataclass(frozen=True, eq=False)
class CompiledRefusal:
    """Why an action may be refused."""

    id: str
    test: Test
    message: Template


@dataclass(frozen=True, eq=False)
class CompiledEffect:
    """An effect with its test, its values and its row filter."""

    spec: Any
    test: Test
    values: Mapping[str, Computed]
    rows: Mapping[str, CompiledEach]


@dataclass(frozen=True, eq=False)
class CompiledEach:
    """Rows made out of rows."""

    source: Path
    where: Test
    give: Mapping[str, Reference | Computed]


@dataclass(frozen=True, eq=False)
class CompiledAction:
    """A transition; `closes` are the steps that it judges."""

    id: str
    spec: model.Action
    closes: frozenset[str]
    refused: tuple[CompiledRefusal, ...]
    effects: tuple[CompiledEffect, ...]
    confirm: Mapping[str, Template]


@dataclass(frozen=True, eq=False)
class CompiledRight:
    """A right: who, what, where, when."""

    who: Roles
    may: frozenset[str]
    only: frozenset[Path] | None
    states: frozenset[str] | None
    test: Test | None


@dataclass(frozen=True, eq=False)
class CompiledClosing:
    """When a document is shut, to whom (None: everybody), and why."""

    id: str
    who: Roles | None
    test: Test
    message: str


@dataclass(frozen=True, eq=False)
class CompiledAlert:
    """What is told while a condition holds, in which states, to whom (None: any, everybody)."""

    id: str
    states: frozenset[str] | None
    to: Roles | None
    test: Test
    text: Template
    offer: model.AlertOffer | None = None


@dataclass(frozen=True, eq=False)
class CompiledAutomatic:
    """A document created by itself, once, in which states (None: any), and what is said of it."""

    id: str
    states: frozenset[str] | None
    text: str
    effect: CompiledEffect


@dataclass(frozen=True, eq=False, repr=False)
class CompiledForm:
    """A form ready to run."""

    id: str
    version: str
    form: model.Form
    skeleton: Skeleton
    drafting: Drafting
    rules: Mapping[Path, Rules]
    step_when: Mapping[str, Test]
    values: Mapping[str, Computed]
    conditions: Mapping[str, Test]
    problems: tuple[CompiledProblem, ...]
    actions: Mapping[str, CompiledAction]
    rights: tuple[CompiledRight, ...]
    closed: tuple[CompiledClosing, ...]
    alerts: tuple[CompiledAlert, ...]
    automatic: tuple[CompiledAutomatic, ...]
    place: Reference | None
    name: Template
    subtitle: Template | None
    filters: Mapping[str, Test]
    collections: Mapping[str, Test]
    pieces: dict[tuple[int, int], Test] = field(default_factory=dict)  # of conditions, to say why
    fused: dict[str, Any] = field(default_factory=dict)  # by step: what `engine.fused` wrote
    intakes: dict[str, Any] = field(default_factory=dict)  # by step: what `engine.intake` gathered
    opened: dict[Any, Any] = field(default_factory=dict)  # by rights: what `engine.access` opens
    takings: dict[str, Any] = field(default_factory=dict)  # by step: what `engine.taking` wrote
    asking: dict[str, Any] = field(default_factory=dict)  # under "": what `engine.asking` wrote
    _readers: dict[tuple[str, ...], Reference | None] = field(default_factory=dict)

    def reader(self, parts: tuple[str, ...]) -> Reference | None:
        """Give the closure that reads a path of this form, None when it has no such path."""
        if parts not in self._readers:
            self._readers[parts] = self.drafting.reader(parts)
        return self._readers[parts]

    @cached_property
    def problems_of(self) -> Mapping[str, tuple[CompiledProblem, ...]]:
        """The form's own problems, by the steps on which they may be told."""
        items = self.skeleton.items
        steps: dict[str, list[CompiledProblem]] = {}
        for problem in self.problems:
            for step in dict.fromkeys(items[path].step for path in problem.on):
                steps.setdefault(step, []).append(problem)
        return {step: tuple(found) for step, found in steps.items()}

    @cached_property
    def drivers(self) -> frozenset[Path]:
        """The fields on which something else on screen depends; problems are told by the next whole page."""
        parts: list[Any] = []
        for rules in self.rules.values():
            parts += [rules.when, rules.required, rules.filter, rules.root, rules.value]
            parts += [rules.default, rules.min, rules.max, rules.text, *rules.suggest]
        reads = frozenset().union(*(part.reads.own for part in parts if part is not None))
        return frozenset(tuple(read.split(".")) for read in reads)

    @cached_property
    def dependents(self) -> Dependents:
        """What may read otherwise once an answer has changed."""
        return dependents(self)

    def target(self, item: Item) -> Item:
        """The record's field behind a bound field."""
        return self.drafting.target(item)

    def type(self, item: Item) -> Type:
        """The type of an item's answer."""
        typed = self.drafting.item_type(item)
        assert typed is not None, item.path
        return typed

    def state(self, name: str) -> model.State:
        """One state of the life cycle."""
        return next(state for state in self.form.lifecycle.states if state.id == name)

    def step_parts(self) -> tuple[StepPart, ...]:
        """The steps, in order."""
        return self.skeleton.steps


def compile_all(library: Library) -> tuple[dict[tuple[str, str], CompiledForm], list[Fault]]:
    """Compile every form; a faulty one is left out, the others stand."""
    compiled = {key: compile_form(drafting) for key, drafting in library.draftings.items()}
    faults = [fault for drafting in library.draftings.values() for fault in drafting.faults.found]
    good = {key: form for key, form in compiled.items() if form is not None}
    return good, sorted(faults)


def compile_form(drafting: Drafting) -> CompiledForm | None:
    """Compile one form; None when it has faults, noted in the drafting."""
    from engine.checks import check_form  # checks read what is compiled here

    skeleton, form = drafting.skeleton, drafting.skeleton.form
    rules = {item.path: _rules(item, drafting) for step in skeleton.steps for item in step.walk()}
    names = drafting.names()
    looking = drafting.names(user=True)
    compiled = CompiledForm(
        id=form.form,
        version=form.version,
        form=form,
        skeleton=skeleton,
        drafting=drafting,
        rules=rules,
        step_when=dict(_step_whens(drafting)),
        values={name: value for name in form.values if (value := drafting.value(name)) is not None},
        conditions={name: test for name in form.conditions if (test := drafting.condition(name)) is not None},
        problems=tuple(_problems(form.problems, names, ("problems",), None)),
        actions={action.id: _action(action, i, drafting) for i, action in enumerate(form.lifecycle.actions)},
        rights=tuple(_right(right, i, drafting) for i, right in enumerate(form.access.rights)),
        closed=tuple(_closing(one, i, drafting) for i, one in enumerate(form.access.closed)),
        alerts=tuple(_alert(one, i, drafting) for i, one in enumerate(form.alerts)),
        automatic=tuple(_automatic(one, i, drafting) for i, one in enumerate(form.automatic)),
        place=_place(drafting),
        name=compile_text(form.name, names, ("name",)),
        subtitle=_subtitle(form, names),
        filters={
            box.id: compile_condition(box.when, looking, ("index", "filters", i, "when"))
            for i, box in enumerate(form.index.filters if form.index else [])
        },
        collections=_collections(drafting),
    )
    check_form(compiled)
    return None if drafting.faults.found else compiled


def _collections(drafting: Drafting) -> dict[str, Test]:
    names = drafting.skeleton.form.collections
    return {name: test for name in names if (test := drafting.collection_test(name)) is not None}


def _step_whens(drafting: Drafting) -> Iterator[tuple[str, Test]]:
    for part in drafting.skeleton.steps:
        if part.spec.when is not None:
            names = drafting.names(before=part.order + 1)
            yield part.id, compile_condition(part.spec.when, names, (*part.location, "when"))


def _place(drafting: Drafting) -> Reference | None:
    form = drafting.skeleton.form
    if form.place is None:
        return None
    found = resolve(form.place, drafting.names(), ("place",))
    kinds = drafting.library.roles.places
    if found is not None and (found.type.kind != "reference" or found.type.target not in kinds):
        drafting.faults.add(("place",), f"« {form.place} » doit mener à un lieu ({', '.join(kinds)}).")
        return None
    return found


def _subtitle(form: model.Form, names: Names) -> Template | None:
    if form.page is None or form.page.subtitle is None:
        return None
    return compile_text(form.page.subtitle, names, ("page", "subtitle"))


# --- items --------------------------------------------------------------------------------------


def _rules(item: Item, drafting: Drafting) -> Rules:
    spec, location = item.spec, item.location
    shaping = drafting.names(item.order, item=item.parent)
    judging = drafting.names(item=item.parent)
    given: dict[str, Any] = {}
    if spec.when is not None:
        given["when"] = compile_condition(spec.when, shaping, (*location, "when"))
    required = getattr(spec, "required", False)
    if required is True:
        given["required"] = ALWAYS
    elif required is not False:
        given["required"] = compile_condition(required, judging, (*location, "required"))
    given |= _shape_rules(item, drafting, shaping)
    given |= _bounds(item, drafting, judging)
    given |= _text_rules(item, drafting, judging)
    if item.type in {"listing", "tally"}:
        given["columns"] = tuple(_columns(item, drafting))
    if getattr(spec, "suggest", None) is not None:
        given["suggest"] = tuple(_suggested(item, drafting, judging))
    if item.type == "rows":
        inside = drafting.names(item=item)
        given["problems"] = tuple(_problems(spec.problems, inside, (*location, "problems"), item))
    if getattr(spec, "format", None):
        given["pattern"] = _pattern(spec.format, drafting.faults, (*location, "format"))
    return Rules(**given)


def _shape_rules(item: Item, drafting: Drafting, names: Names) -> dict[str, Any]:
    spec, location = item.spec, item.location
    given: dict[str, Any] = {}
    if item.type == "computed":
        value = drafting.computed(item)
        if value is not None:
            given["value"] = value
        return given
    typed = drafting.item_type(item) if item.is_field else None
    if getattr(spec, "default", None) is not None and typed is not None:
        asking = Names(drafting, names.element, item.order, user=True)
        given["default"] = compile_as(spec.default, typed, asking, (*location, "default"))
    if getattr(spec, "root", None) is not None and item.listing is not None:
        single = Type("code", listing=item.listing)
        node = model.CodeNode(code=spec.root) if isinstance(spec.root, str) else spec.root
        given["root"] = compile_as(node, single, names, (*location, "root"))
    if getattr(spec, "filter", None) is not None:
        given["filter"] = _filter(item, drafting, names)
    return given


def _columns(item: Item, drafting: Drafting) -> Iterator[Reference]:
    """What a listing shows of each document, cut for its reader when it shows; what a tally counts by."""
    spec = drafting.skeleton.form.collections.get(item.spec.of)
    if spec is None:
        return  # the checks say so
    names = drafting.names().at(DocumentNames(drafting.library.newest_draftings(spec.forms)))
    if item.type == "tally":
        paths: dict[Location, str] = {("by",): item.spec.by}
    else:
        paths = {("columns", index): path for index, path in enumerate(item.spec.columns)}
    for where, path in paths.items():
        found = resolve(path, names, (*item.location, *where)) if path.startswith(".") else None
        if found is not None:
            yield found


def _suggested(item: Item, drafting: Drafting, names: Names) -> Iterator[Reference]:
    """What suggests ticks: codes of the list that the item ticks."""
    listing = drafting.target(item).listing
    for index, path in enumerate(item.spec.suggest.from_):
        where = (*item.location, "suggest", "from", index)
        found = resolve(path, names, where)
        if found is None or listing is None:
            continue
        read = found.type.listing
        if found.type.kind in {"code", "codes"} and read is not None and read.name == listing.name:
            yield found
            continue
        known = sorted(
            name
            for name, attribute in getattr(read, "attributes", {}).items()
            if attribute.list == listing.name
        )
        hint = f" Lisez son attribut « {known[0]} »." if known else ""
        drafting.faults.add(
            where,
            f"« {path} » ne donne pas de codes de la liste « {listing.name} », que coche ce champ.{hint}",
        )


def _filter(item: Item, drafting: Drafting, names: Names) -> Test | None:
    location = (*item.location, "filter")
    if item.type == "reference":
        asking = Names(drafting, TargetNames(item.spec.to), item.order, user=True)
        return compile_condition(item.spec.filter, asking, location)
    if item.listing is None:
        drafting.faults.add(location, "un filtre demande une liste.")
        return None
    return compile_condition(item.spec.filter, names.at(EntryNames(item.listing)), location)


def _bounds(item: Item, drafting: Drafting, names: Names) -> dict[str, Any]:
    spec, location = item.spec, item.location
    if item.type == "cascade":
        return {
            "level_bounds": {
                level.id: _level_bounds(level, i, item, names) for i, level in enumerate(spec.levels)
            }
        }
    if item.type in {"number", "date", "time"}:
        wanted = drafting.item_type(item)
    elif item.type in {"choice", "checklist"}:
        wanted = Type("number")
    else:
        return {}
    assert wanted is not None
    return {
        key: compile_as(bound, wanted, names, (*location, key))
        for key in ("min", "max")
        if (bound := getattr(spec, key, None)) is not None
    }


def _level_bounds(
    level: model.CascadeLevel, index: int, item: Item, names: Names
) -> tuple[Computed | None, Computed | None]:
    where = (*item.location, "levels", index)
    low, high = (
        None if bound is None else compile_as(bound, Type("number"), names, (*where, key))
        for key, bound in (("min", level.min), ("max", level.max))
    )
    return low, high


def _text_rules(item: Item, drafting: Drafting, names: Names) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if item.type == "note":
        given["text"] = compile_text(item.spec.text, names, (*item.location, "text"))
    if item.type == "rows" and item.spec.row_label is not None:
        inside = drafting.names(item=item)
        given["row_label"] = compile_text(item.spec.row_label, inside, (*item.location, "row_label"))
    return given


def _pattern(pattern: str, faults: Faults, location: Location) -> Any:
    if pattern in FORMATS:  # ours, and simple: Python's own engine answers sooner
        return re.compile(FORMATS[pattern].pattern, re.ASCII)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        known = ", ".join(sorted(FORMATS))
        faults.add(location, f"« {pattern} » n'est ni un format connu ({known}) ni un motif RE2 : {error}.")
        return None


def _problems(
    specs: list[model.Problem], names: Names, location: Location, rows: Item | None
) -> Iterator[CompiledProblem]:
    for index, spec in enumerate(specs):
        where = (*location, index)
        yield CompiledProblem(
            spec.id,
            spec.level,
            tuple(_on(path, names, (*where, "on", i), rows) for i, path in enumerate(spec.on)),
            compile_condition(spec.when, names, (*where, "when")),
            compile_text(spec.message, names, (*where, "message")),
        )


def _on(path: str, names: Names, location: Location, rows: Item | None) -> Path:
    parts = tuple(path.lstrip(".").split("."))
    static = (*rows.path, *parts) if rows is not None and path.startswith(".") else parts
    items = names.drafting.skeleton.items
    if static not in items:
        known = nearest(path, [".".join(known) for known in items])
        names.fault(location, f"« {path} » n'est pas un champ.{known}")
    return static


# --- life cycle and rights ----------------------------------------------------------------------


def _action(action: model.Action, index: int, drafting: Drafting) -> CompiledAction:
    location: Location = ("lifecycle", "actions", index)
    form = drafting.skeleton.form
    names = drafting.names()
    states = {state.id: state for state in form.lifecycle.states}
    for key, used in (("from", action.from_), ("to", [action.to])):
        for state in used:
            if state not in states:
                drafting.faults.add(
                    (*location, key), f"l'état « {state} » n'existe pas.{nearest(state, states)}"
                )
    opened = frozenset().union(*(states[name].open for name in action.from_ if name in states))
    kept = frozenset(states[action.to].open) if action.to in states else frozenset()
    confirm = action.confirm
    texts = {} if confirm is None else {"title": confirm.title, "text": confirm.text}
    return CompiledAction(
        action.id,
        action,
        opened - kept,
        tuple(
            CompiledRefusal(
                refusal.id,
                compile_condition(refusal.when, names, (*location, "refused", i, "when")),
                compile_text(refusal.message, names, (*location, "refused", i, "message")),
            )
            for i, refusal in enumerate(action.refused)
        ),
        tuple(
            _effect(effect, (*location, "effects", i), drafting) for i, effect in enumerate(action.effects)
        ),
        {key: compile_text(text, names, (*location, "confirm", key)) for key, text in texts.items()},
    )


def _effect(effect: Any, location: Location, drafting: Drafting) -> CompiledEffect:
    names = drafting.names()
    test = ALWAYS if effect.when is None else compile_condition(effect.when, names, (*location, "when"))
    values: dict[str, Computed] = {}
    rows: dict[str, CompiledEach] = {}
    if isinstance(effect, model.SetEffect):
        where = (*location, "value")
        values |= _set_value(effect.field, effect.value, drafting.subject_draftings(), names, where)
    if isinstance(effect, model.CreateEffect):
        created = drafting.library.newest(effect.form)
        for name, given in effect.set.items():
            where = (*location, "set", name)
            if isinstance(given, model.EachSet):
                each = _each(given, drafting, where)
                if each is not None:
                    rows[name] = each
            else:
                values |= _set_value(name, given, () if created is None else (created,), names, where)
    return CompiledEffect(effect, test, values, rows)


def _set_value(
    path: str, node: Any, draftings: tuple[Drafting, ...], names: Names, location: Location
) -> dict[str, Computed]:
    field_id = path.removeprefix("subject.")
    item = draftings[0].skeleton.named.get(field_id) if draftings else None
    if item is None:
        return {}  # the checks say so
    wanted = draftings[0].item_type(item)
    found = None if wanted is None else compile_as(node, wanted, names, location)
    return {} if found is None else {field_id: found}


def _each(given: model.EachSet, drafting: Drafting, location: Location) -> CompiledEach | None:
    item = drafting.skeleton.named.get(given.each)
    if item is None or item.type != "rows":
        drafting.faults.add(
            (*location, "each"), f"« {given.each} » n'est pas un champ à lignes de cette forme."
        )
        return None
    names = drafting.names(item=item)
    where = ALWAYS if given.where is None else compile_condition(given.where, names, (*location, "where"))
    give: dict[str, Any] = {}
    for name, node in given.give.items():
        found = _given(node, names, (*location, "give", name))
        if found is not None:
            give[name] = found
    return CompiledEach(item.path, where, give)


def _given(node: Any, names: Names, location: Location) -> Reference | Computed | None:
    if isinstance(node, model.RefNode):
        return resolve(node.ref, names, (*location, "ref"))
    return compile_value(node, names, location)


def _automatic(one: model.Automatic, index: int, drafting: Drafting) -> CompiledAutomatic:
    states = None if one.in_ is None else frozenset(one.in_)
    return CompiledAutomatic(
        one.id, states, one.text, _effect(one.effect, ("automatic", index, "effect"), drafting)
    )


def _alert(alert: model.Alert, index: int, drafting: Drafting) -> CompiledAlert:
    location: Location = ("alerts", index)
    names, expand = drafting.names(), drafting.library.expand
    return CompiledAlert(
        alert.id,
        None if alert.in_ is None else frozenset(alert.in_),
        None if alert.to is None else frozenset().union(*(expand.get(one, ()) for one in alert.to)),
        compile_condition(alert.when, names, (*location, "when")),
        compile_text(alert.text, names, (*location, "text")),
        alert.offer,
    )


def _closing(closing: model.Closing, index: int, drafting: Drafting) -> CompiledClosing:
    location: Location = ("access", "closed", index)
    expand = drafting.library.expand
    test = compile_condition(closing.when, drafting.names(user=True), (*location, "when"))
    who = None if closing.who is None else frozenset().union(*(expand.get(one, ()) for one in closing.who))
    return CompiledClosing(closing.id, who, test, closing.message)


def _right(right: model.Right, index: int, drafting: Drafting) -> CompiledRight:
    location: Location = ("access", "rights", index)
    expand = drafting.library.expand
    for i, name in enumerate(right.who):
        if name not in expand:
            drafting.faults.add(
                (*location, "who", i), f"le rôle ou groupe « {name} » n'existe pas.{nearest(name, expand)}"
            )
    only: frozenset[Path] | None = None
    if right.only is not None:
        only = frozenset()
        for i, key in enumerate(right.only):
            covered = drafting.skeleton.covers(key)
            if not covered:
                drafting.faults.add(
                    (*location, "only", i), f"« {key} » n'est ni une étape, ni une section, ni un champ."
                )
            only |= covered
    test = None
    if right.when is not None:
        test = compile_condition(right.when, drafting.names(user=True), (*location, "when"))
    return CompiledRight(
        frozenset().union(*(expand.get(name, frozenset()) for name in right.who)),
        frozenset(right.may),
        only,
        None if right.in_ is None else frozenset(right.in_),
        test,
    )


def scope_of(state: Any) -> Scope:
    """A scope without element."""
    return Scope(state)


Check = Callable[[CompiledForm], None]
__all__ = ["CompiledForm", "Library", "Reads", "Rules", "compile_all", "compile_form", "scope_of"]

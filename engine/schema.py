"""The JSON Schema of a form's answers as they are stored once complete, and what it cannot say.

Whatever the engine accepts, the schema accepts. What depends on other answers, on other documents, on
the day or on a pattern of the form is the engine's alone: `engine_only` lists it in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil, floor
from typing import Any

from engine.answers import ROW_ID, TEXT_LIMIT
from engine.attachments import MOST
from engine.compile import CompiledForm, Rules
from engine.conditions import ALWAYS
from engine.context import Context
from engine.evaluate import FormState
from engine.formats import FORMATS
from engine.model import Asks
from engine.offers import Offer
from engine.schema_limits import NESTED, engine_only
from engine.scopes import Scope
from engine.skeleton import Item
from engine.types import NOTHING, Type, exact, from_smallest, plain
from engine.values import Computed, constant

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SHARED = 20  # options beyond which they are described aside
NOT_BLANK = r"\S"
DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"

Schema = dict[str, Any]


def answers_schema(form: CompiledForm) -> Schema:
    """Describe `FormState.answers` of a complete document (draft 2020-12).

    Optional keys are those that a condition may hide or that nobody has to fill in. Codes of nested
    choices are listed below their own parent; a list used twice is described once, in `$defs`.
    """
    work = _Work(form)
    properties: dict[str, Schema] = {}
    demanded: list[str] = []
    for step in form.skeleton.steps:
        inner, wanted = _namespace(step.items, work)
        properties |= inner
        demanded += wanted if step.spec.when is None else []
    schema: Schema = {
        "$schema": DIALECT,
        "$id": f"urn:canevas:{form.id}:{form.version}",
        "title": form.form.title,
        **_object(properties, demanded),
    }
    return schema | ({"$defs": work.definitions} if work.definitions else {})


# --- what is known beforehand -------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Work:
    """A form, a blank document of it to work out what reads nothing, and shared definitions."""

    form: CompiledForm
    definitions: dict[str, Schema] = field(default_factory=dict)

    @property
    def blank(self) -> Scope:
        """The scope of a document without answers nor surroundings."""
        state = self.form.form.lifecycle.states[0].id
        return Scope(FormState(self.form, {"state": state, "answers": {}}, Context(date(2000, 1, 1))))

    def share(self, name: str, schema: Schema) -> Schema:
        """Put a schema among the definitions, once, and refer to it."""
        n, key = 1, name
        while key in self.definitions and self.definitions[key] != schema:
            n += 1
            key = f"{name}-{n}"
        self.definitions[key] = schema
        return {"$ref": f"#/$defs/{key}"}


@dataclass(frozen=True, eq=False)
class _Known:
    """What of a field does not depend on anything: its target, bounds, options.

    `certain`: the options are those that will be offered, whatever the answers.
    """

    target: Item
    low: Any
    high: Any
    levels: Mapping[str, tuple[Any, Any]]
    offer: Offer | None
    certain: bool


def _known(item: Item, work: _Work) -> _Known:
    target = work.form.target(item)
    rules = work.form.rules[item.path] if target is item else _written(target)
    root = _fixed_rule(rules.root)
    test = rules.filter if rules.filter is not None and rules.filter.reads == NOTHING else None
    filtered = test is None and getattr(target.spec, "filter", None) is not None
    adrift = root is None and getattr(target.spec, "root", None) is not None
    listing = target.listing
    fixed = Rules(root=root, filter=test)
    # Retired entries too: they stay where they were picked.
    offer = None if listing is None else Offer(listing, work.blank, fixed, target, held=frozenset(listing))
    return _Known(
        target,
        _fixed(rules.min, work),
        _fixed(rules.max, work),
        {name: (_fixed(low, work), _fixed(high, work)) for name, (low, high) in rules.level_bounds.items()},
        offer,
        not filtered and not adrift,
    )


def _written(target: Item) -> Rules:
    """The rules of a record's field that are written out in it; the others are for its own form."""
    spec, code = target.spec, Type("code", listing=target.listing)
    root = getattr(spec, "root", None)
    return Rules(
        root=constant(root, code) if isinstance(root, str) else None,
        min=_written_bound(getattr(spec, "min", None)),
        max=_written_bound(getattr(spec, "max", None)) if target.type != "text" else None,
        level_bounds={
            level.id: (_written_bound(level.min), _written_bound(level.max))
            for level in (spec.levels if target.type == "cascade" else ())
        },
    )


def _written_bound(bound: Any) -> Computed | None:
    return constant(exact(bound), Type("number")) if isinstance(bound, (int, float)) else None


def _fixed_rule(computed: Computed | None) -> Computed | None:
    return computed if computed is not None and computed.reads == NOTHING else None


def _fixed(computed: Computed | None, work: _Work) -> Any:
    """Work out a bound that reads nothing, in its own unit; None for the others."""
    if _fixed_rule(computed) is None or computed is None:
        return None
    value = computed.get(work.blank)
    if computed.type.kind != "number" or value is None:
        return None
    return plain(from_smallest(value, computed.type.unit))


# --- objects, rows ------------------------------------------------------------------------------


def _object(properties: Mapping[str, Schema], demanded: Sequence[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return schema | ({"required": list(demanded)} if demanded else {})


def _namespace(
    items: Sequence[Item], work: _Work, whole: bool = False
) -> tuple[dict[str, Schema], list[str]]:
    """Describe what stands side by side: the keys, and those that are always there."""
    properties: dict[str, Schema] = {}
    demanded: list[str] = []
    for item in items:
        if item.type == "section":
            inner, wanted = _namespace(item.children, work)
            properties |= inner
            demanded += wanted if item.spec.when is None else []
        elif item.is_field:
            known = None if item.type in {"group", "rows"} else _known(item, work)
            properties[item.id] = {"title": item.label, **_answer(item, known, work)}
            if item.spec.when is None and (
                _demanded(item, known, work) or (whole and item.type != "boolean")
            ):
                demanded.append(item.id)
    return properties, demanded


def _demanded(item: Item, known: _Known | None, work: _Work) -> bool:
    """Tell whether an item that shows must be answered, whatever the rest."""
    if work.form.rules[item.path].required is ALWAYS:
        return item.type != "rows" or item.spec.over is None
    if item.type == "rows":
        return bool(item.spec.min)
    if known is None:
        return bool(_namespace(item.children, work)[1])
    if known.target.type == "cascade":
        return (known.levels[known.target.spec.levels[0].id][0] or 0) > 0
    return known.target.type in {"choice", "checklist"} and (known.low or 0) > 0


def _answer(item: Item, known: _Known | None, work: _Work) -> Schema:
    if known is not None:
        return SCHEMAS[known.target.type](known, work)
    if item.type == "group":
        return _object(*_namespace(item.children, work)) | {"minProperties": 1}
    return _rows(item, work)


def _rows(item: Item, work: _Work) -> Schema:
    properties, demanded = _namespace(item.children, work, item.spec.whole)
    row: dict[str, Schema] = {"row": {"type": "string", "pattern": f"^{ROW_ID}$"}}
    if item.spec.own:
        row["by"] = {"type": "string", "minLength": 1}
    return _array(_object(row | properties, ["row", *demanded]), item.spec.min, item.spec.max)


def _array(items: Schema, least: Any, most: Any) -> Schema:
    """A list that is never empty: what is unanswered is not there."""
    schema: Schema = {
        "type": "array",
        "items": items,
        "minItems": max(1, ceil(least or 1)),
        "uniqueItems": True,
    }
    return schema if most is None else schema | {"maxItems": floor(most)}


# --- scalars ------------------------------------------------------------------------------------


def _text(known: _Known, _work: _Work) -> Schema:
    spec = known.target.spec
    schema = {"type": "string", "minLength": 1, "maxLength": spec.max or TEXT_LIMIT, "pattern": NOT_BLANK}
    if spec.format in FORMATS:
        pattern = FORMATS[spec.format].pattern.replace(r"\s", r"\t\n\f\r ")  # as RE2 reads it
        schema["pattern"] = f"^(?:{pattern})$"
    return schema


def _number(known: _Known, _work: _Work) -> Schema:
    whole = known.target.spec.decimals == 0
    bounds = {"minimum": known.low, "maximum": known.high}
    return {"type": "integer" if whole else "number"} | {
        key: bound for key, bound in bounds.items() if bound is not None
    }


def _date(_known: _Known, _work: _Work) -> Schema:
    return {"type": "string", "format": "date", "pattern": DAY}


def _time(_known: _Known, _work: _Work) -> Schema:
    return {"type": "string", "pattern": TIME}


def _boolean(_known: _Known, _work: _Work) -> Schema:
    return {"type": "boolean"}


def _reference(known: _Known, _work: _Work) -> Schema:
    one = _object({"id": {"type": "string", "minLength": 1}, "label": {"type": "string"}}, ["id", "label"])
    spec = known.target.spec
    return _array(one, spec.min, None if spec.many else 1)


def _signature(_known: _Known, _work: _Work) -> Schema:
    who = _object({"id": {"type": "string"}, "label": {"type": "string"}}, ["id", "label"])
    keys = {"by": who, "date": {"type": "string", "pattern": DAY}, "digest": {"type": "string"}}
    return _object(keys | {"paper": {"const": True}}, list(keys))


def _attachment(known: _Known, _work: _Work) -> Schema:
    spec = known.target.spec
    keys: dict[str, Schema] = {
        "file": {"type": "string", "pattern": f"^{ROW_ID}$"},
        "name": {"type": "string", "minLength": 1},
        "size": {"type": "integer", "minimum": 0},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    }
    return _array(_object(keys, list(keys)), None, MOST if spec.many else 1)


# --- picks --------------------------------------------------------------------------------------

Below = Callable[[str], tuple[Schema | None, bool]]


def _choice(known: _Known, work: _Work) -> Schema:
    most = known.high if getattr(known.target.spec, "many", True) else 1
    if known.offer is None:
        return _array({"type": "string", "pattern": f"^{ROW_ID}$"}, known.low, most)
    picks = _alternatives(known.offer.options, known, lambda _code: (None, False))
    if len(known.offer.options) > SHARED:
        picks = work.share(known.offer.listing.name, picks)
    return _array(picks, known.low, most)


def _cascade(known: _Known, work: _Work) -> Schema:
    offer, levels = known.offer, known.target.spec.levels
    assert offer is not None
    if len(offer.listing) > NESTED:
        codes = work.share(
            f"{offer.listing.name}-codes", {"enum": sorted(offer.codes, key=offer.listing.rank)}
        )
        picks = _flat(codes, len(levels))
    else:
        picks = _level(None, 0, known)
    low, high = known.levels[levels[0].id]
    most = 1 if high is None and levels[0].max is None else high
    return _array(work.share(offer.listing.name, picks), low, most)


def _flat(codes: Schema, depth: int) -> Schema:
    """Any code of a large list at any level; whose child it is, is left to the engine."""
    properties: dict[str, Schema] = {"code": codes, "details": {"type": "array", "items": {"type": "string"}}}
    if depth > 1:
        properties["picks"] = _array(_flat(codes, depth - 1), 1, None)
    return {"anyOf": [codes, _object(properties, ["code"]) | {"minProperties": 2}]}


def _level(parent: str | None, depth: int, known: _Known) -> Schema:
    """The picks below a parent, each with the picks below it."""
    assert known.offer is not None
    codes = tuple(known.offer.children(parent))
    return _alternatives(codes, known, lambda code: _below(code, depth + 1, known))


def _below(code: str, depth: int, known: _Known) -> tuple[Schema | None, bool]:
    """Describe the picks below a code, and whether there must be some."""
    levels, offer = known.target.spec.levels, known.offer
    assert offer is not None
    if depth >= len(levels) or next(offer.children(code), None) is None:
        return None, False
    low, high = known.levels[levels[depth].id]
    most = high if levels[depth].many else 1
    return _array(_level(code, depth, known), low, most), bool(low) and known.certain


def _alternatives(codes: Sequence[str], known: _Known, below: Below) -> Schema:
    """A pick of one of some codes: the code alone, or an object where there is more to say."""
    assert known.offer is not None
    alone: list[str] = []
    objects: list[Schema] = []
    asking: dict[tuple[int, int], list[str]] = {}
    for code in codes:
        asks = known.offer.listing.asks(code)
        inner, demanded = below(code)
        if not demanded and (asks is None or asks.min == 0):
            alone.append(code)
        if inner is not None:
            objects.append(_pick({"const": code}, asks, inner, known, demanded))
        elif asks is not None:
            asking.setdefault((asks.min, asks.max), []).append(code)
    for (low, high), some in asking.items():
        objects.append(_pick({"enum": some}, Asks(min=low, max=high), None, known, False))
    found = [*([{"enum": alone}] if alone else []), *objects]
    return found[0] if len(found) == 1 else {"anyOf": found or [{"not": {}}]}


def _pick(code: Schema, asks: Asks | None, inner: Schema | None, known: _Known, demanded: bool) -> Schema:
    properties, required = {"code": code}, ["code"]
    if asks is not None:
        properties["details"] = _details(asks, known)
        required += ["details"] if asks.min else []
    if inner is not None:
        properties["picks"] = inner
        required += ["picks"] if demanded else []
    return _object(properties, required) | {"minProperties": 2}


def _details(asks: Asks, known: _Known) -> Schema:
    details = known.target.spec.details
    limit = 250 if details is None else details.max
    text = {"type": "string", "maxLength": limit, "pattern": NOT_BLANK}
    return {"type": "array", "items": text, "minItems": max(1, asks.min), "maxItems": asks.max}


SCHEMAS: Mapping[str, Callable[[_Known, _Work], Schema]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "time": _time,
    "boolean": _boolean,
    "choice": _choice,
    "cascade": _cascade,
    "checklist": _choice,
    "reference": _reference,
    "signature": _signature,
    "attachment": _attachment,
}


__all__ = ["answers_schema", "engine_only"]

"""The definition language as frozen pydantic models: shape only, no behaviour.

Unknown keys are faults. What needs other definitions to be judged (references, types, lists) is the
business of `engine.compile`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Code = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,199}$")]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Short = Annotated[str, Field(min_length=1, max_length=500)]
Path = Annotated[str, Field(pattern=r"^\.?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=200)]
Semver = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,4})(\.(0|[1-9][0-9]{0,4})){2}$")]
Unit = Literal["minutes", "hours", "days", "weeks", "months", "euros"]
Literals = bool | int | float | str
Many = list  # classes with a field named `list` cannot say `list[…]`


class Part(BaseModel):
    """Base of every piece of a definition."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


# --- conditions ---------------------------------------------------------------------------------


def _tag_by_keys(*keys: str) -> Any:
    """Choose a union's branch by the first of `keys` that the object has."""

    def choose(value: Any) -> str:
        if isinstance(value, dict):
            return next((key for key in keys if key in value), "unknown")
        if isinstance(value, BaseModel):
            return next((key for key in keys if _has(value, key)), "unknown")
        return "literal"

    return choose


def _has(value: BaseModel, key: str) -> bool:
    fields = type(value).model_fields
    return any(name == key or field.alias == key for name, field in fields.items())


class RefNode(Part):
    """A value read at a dotted path."""

    ref: Path


Operand = RefNode | bool | int | float | str | list[str | int | float]
FileKind = Literal["pdf", "jpeg", "png", "odt", "ods", "docx", "xlsx"]
Op = Literal["answered", "is", "in", "lt", "le", "gt", "ge", "has", "has_any"]


class Compare(Part):
    """One comparison; anything unanswered makes it false."""

    ref: Path
    op: Op
    value: Operand | None = None


class Named(Part):
    """A condition of the form's `conditions`."""

    condition: Slug


class Some(Part):
    """At least one row or document; `where` reads the element with a leading dot."""

    some: Path
    where: Condition | None = None


class Not(Part):
    """The inverse, spoken « sauf si »."""

    not_: Atom = Field(alias="not")


class All(Part):
    """Every atom holds."""

    all: Annotated[list[Atom], Field(min_length=1, max_length=12)]


class AnyOf(Part):
    """At least one atom holds."""

    any: Annotated[list[Atom], Field(min_length=1, max_length=12)]


Atom = Annotated[
    Annotated[Compare, Tag("ref")]
    | Annotated[Named, Tag("condition")]
    | Annotated[Some, Tag("some")]
    | Annotated[Not, Tag("not")],
    Discriminator(
        _tag_by_keys("ref", "condition", "some", "not"),
        custom_error_type="condition",
        custom_error_message="expects one of: ref, condition, some, not",
    ),
]
Condition = Annotated[
    Annotated[Compare, Tag("ref")]
    | Annotated[Named, Tag("condition")]
    | Annotated[Some, Tag("some")]
    | Annotated[Not, Tag("not")]
    | Annotated[All, Tag("all")]
    | Annotated[AnyOf, Tag("any")],
    Discriminator(
        _tag_by_keys("ref", "condition", "some", "not", "all", "any"),
        custom_error_type="condition",
        custom_error_message="expects one of: ref, condition, some, not, all, any",
    ),
]

# --- values -------------------------------------------------------------------------------------


class Quantity(Part):
    """A number with its unit."""

    n: int | float
    unit: Unit


class CodeNode(Part):
    """A code of some list."""

    code: Code


class Add(Part):
    """Sum of two or more values of compatible units."""

    add: Annotated[list[Value], Field(min_length=2, max_length=10)]


class Sub(Part):
    """Difference of two values."""

    sub: Annotated[list[Value], Field(min_length=2, max_length=2)]


class Mul(Part):
    """Product; at most one operand has a unit."""

    mul: Annotated[list[Value], Field(min_length=2, max_length=10)]


class Div(Part):
    """Quotient, rounded half up to `decimals`; division by zero is unanswered."""

    div: Annotated[list[Value], Field(min_length=2, max_length=2)]
    decimals: Annotated[int, Field(ge=0, le=6)] | None = None


class Case(Part):
    """One branch of `cases`."""

    when: Condition
    value: Value


class Cases(Part):
    """The first branch whose `when` holds, otherwise `else`."""

    cases: Annotated[list[Case], Field(min_length=1, max_length=12)]
    else_: Value | None = Field(default=None, alias="else")


class Count(Part):
    """Number of rows or documents, or of distinct answers in them."""

    count: Path
    where: Condition | None = None
    distinct: Path | None = None


class Sum(Part):
    """Sum over rows or documents; skips unanswered ones, 0 on none."""

    sum: Path
    of: Path
    where: Condition | None = None


Value = Annotated[
    Annotated[Literals, Tag("literal")]
    | Annotated[Quantity, Tag("n")]
    | Annotated[CodeNode, Tag("code")]
    | Annotated[RefNode, Tag("ref")]
    | Annotated[Add, Tag("add")]
    | Annotated[Sub, Tag("sub")]
    | Annotated[Mul, Tag("mul")]
    | Annotated[Div, Tag("div")]
    | Annotated[Cases, Tag("cases")]
    | Annotated[Count, Tag("count")]
    | Annotated[Sum, Tag("sum")],
    Discriminator(
        _tag_by_keys("n", "code", "ref", "add", "sub", "mul", "div", "cases", "count", "sum"),
        custom_error_type="value",
        custom_error_message="expects a literal or one of: n, code, ref, add, sub, mul, div, cases, count, "
        "sum",
    ),
]
Bound = RefNode | int | float | str


class NamedValue(Part):
    """A named value; `readers` declassifies what it reads."""

    label: Short
    value: Value
    readers: list[Slug] | None = None


class NamedCondition(Part):
    """A named condition; the label completes « parce que … »."""

    label: Short
    when: Condition


# --- items --------------------------------------------------------------------------------------


class ItemBase(Part):
    """What every item may carry."""

    id: Slug
    label: Short | None = None
    help: Text | None = None
    when: Condition | None = None
    readers: list[Slug] | None = None
    writers: list[Slug] | None = None


class FieldBase(ItemBase):
    """What every field may carry."""

    required: bool | Condition = False
    renew: Literal["keep", "ask", "clear"] = "ask"
    display: Literal["select", "radios", "checkbox", "table", "cards"] | None = None
    shared: bool = False


class Details(Part):
    """Labels and bounds the precisions that marked options ask for."""

    label: Short
    max: Annotated[int, Field(ge=1, le=2000)] = 250


class Option(Part):
    """An option written in the form itself."""

    code: Code
    label: Short
    asks: Asks | None = None


class Asks(Part):
    """How many precisions an option asks for once picked."""

    min: Annotated[int, Field(ge=0, le=10)] = 1
    max: Annotated[int, Field(ge=1, le=10)] = 1


class TextField(FieldBase):
    """A text; `lines` > 1 makes it long."""

    type: Literal["text"]
    max: Annotated[int, Field(ge=1, le=20000)] | None = None
    lines: Annotated[int, Field(ge=1, le=40)] = 1
    format: Annotated[str, Field(max_length=200)] | None = None
    generate: Annotated[int, Field(ge=4, le=40)] | None = None
    default: Value | None = None
    placeholder: Short | None = None


class NumberField(FieldBase):
    """An exact decimal."""

    type: Literal["number"]
    min: Bound | None = None
    max: Bound | None = None
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    unit: Unit | None = None
    suffix: Short | None = None
    default: Value | None = None


class DateField(FieldBase):
    """A day."""

    type: Literal["date"]
    min: Bound | None = None
    max: Bound | None = None
    default: Value | None = None


class TimeField(FieldBase):
    """A time of day, to the minute."""

    type: Literal["time"]
    min: Bound | None = None
    max: Bound | None = None
    default: Value | None = None


class BooleanField(FieldBase):
    """Yes or no; `display: checkbox` makes unticked a no."""

    type: Literal["boolean"]
    default: Value | None = None


class ChoiceField(FieldBase):
    """One option, or several with `many`."""

    type: Literal["choice"]
    list: Slug | None = None
    options: Annotated[Many[Option], Field(min_length=1, max_length=200)] | None = None
    from_rows: Path | None = None
    root: Code | RefNode | None = None
    level: Slug | None = None
    filter: Condition | None = None
    many: bool = False
    min: Annotated[int, Field(ge=0)] | RefNode | None = None
    max: Annotated[int, Field(ge=1)] | RefNode | None = None
    details: Details | None = None
    default: Value | None = None
    placeholder: Short | None = None


class CascadeLevel(Part):
    """One level of a cascade."""

    id: Slug
    label: Short | None = None
    many: bool = False
    min: Annotated[int, Field(ge=0)] | RefNode | None = None
    max: Annotated[int, Field(ge=1)] | RefNode | None = None
    display: Literal["select", "radios", "checkbox"] | None = None


class CascadeField(FieldBase):
    """Nested picks down a code list."""

    type: Literal["cascade"]
    list: Slug
    root: Code | RefNode | None = None
    levels: Annotated[Many[CascadeLevel], Field(min_length=1, max_length=6)]
    filter: Condition | None = None
    details: Details | None = None


class Suggest(Part):
    """Where suggestions come from: codes of the same list, read in other answers or their attributes."""

    from_: Annotated[list[Path], Field(alias="from", min_length=1, max_length=5)]
    label: Short | None = None


class ChecklistField(FieldBase):
    """Ticks on the leaves of a code list, shown by its upper levels."""

    type: Literal["checklist"]
    list: Slug
    root: Code | RefNode | None = None
    filter: Condition | None = None
    details: Details | None = None
    max: Annotated[int, Field(ge=1)] | RefNode | None = None
    suggest: Suggest | None = None


class ReferenceField(FieldBase):
    """A person, a place of a kind, or a record."""

    type: Literal["reference"]
    to: Slug
    many: bool = False
    min: Annotated[int, Field(ge=0)] | None = None
    filter: Condition | None = None
    default: Value | None = None


class SignatureField(FieldBase):
    """A named act with its day; void once what it `covers` changes."""

    type: Literal["signature"]
    signers: Annotated[list[Slug], Field(min_length=1)] | None = None
    covers: Annotated[list[Slug], Field(min_length=1, max_length=20)] | None = None
    paper: bool = False


class AttachmentField(FieldBase):
    """Files joined to the document."""

    type: Literal["attachment"]
    accept: Annotated[list[FileKind], Field(min_length=1, max_length=7)] = ["pdf", "jpeg", "png"]
    max_mb: Annotated[int, Field(ge=1, le=10)] = 5
    many: bool = False


class ComputedItem(ItemBase):
    """Shows a value."""

    type: Literal["computed"]
    value: Value


class BoundField(FieldBase):
    """A field of the subject, edited here and merged back when its step closes."""

    type: Literal["bound"]
    to: Path
    suggest: Suggest | None = None


class GroupField(FieldBase):
    """A namespace of one occurrence."""

    type: Literal["group"]
    items: Slug | list[InnerItem]


class RowsField(FieldBase):
    """A namespace repeated."""

    type: Literal["rows"]
    items: Slug | list[InnerItem]
    min: Annotated[int, Field(ge=0, le=50)] | None = None
    max: Annotated[int, Field(ge=1, le=50)] | None = None
    whole: bool = False
    own: bool = False
    distinct: list[Slug] | None = None
    over: Path | None = None
    row_label: Short | None = None
    add: Short | None = None
    default: RefNode | None = None
    problems: list[Problem] = []


class NoteItem(ItemBase):
    """A text for the reader; may hold `{path}`."""

    type: Literal["note"]
    text: Text


class RecapItem(ItemBase):
    """A linked document, read-only."""

    type: Literal["recap"]
    of: Slug


class ListingItem(ItemBase):
    """A table of the documents of a collection, read-only: each row a document, each column a path in it."""

    type: Literal["listing"]
    of: Slug
    columns: Annotated[list[Path], Field(min_length=1, max_length=10)]
    empty: Short | None = None


class TallyItem(ItemBase):
    """How many documents of a collection gave each answer; no number below `least` shows or can be found."""

    type: Literal["tally"]
    of: Slug
    by: Path
    least: Annotated[int, Field(ge=3, le=100)] = 5


class Section(ItemBase):
    """Layout only: adds no namespace."""

    type: Literal["section"]
    layout: Literal["stack", "tabs", "accordion"] = "stack"
    items: list[Item]


_SCALARS = (
    Annotated[TextField, Tag("text")]
    | Annotated[NumberField, Tag("number")]
    | Annotated[DateField, Tag("date")]
    | Annotated[TimeField, Tag("time")]
    | Annotated[BooleanField, Tag("boolean")]
    | Annotated[ChoiceField, Tag("choice")]
    | Annotated[CascadeField, Tag("cascade")]
    | Annotated[ChecklistField, Tag("checklist")]
    | Annotated[ReferenceField, Tag("reference")]
    | Annotated[SignatureField, Tag("signature")]
    | Annotated[AttachmentField, Tag("attachment")]
    | Annotated[ComputedItem, Tag("computed")]
    | Annotated[NoteItem, Tag("note")]
)
InnerItem = Annotated[_SCALARS, Field(discriminator="type")]
Item = Annotated[
    _SCALARS
    | Annotated[BoundField, Tag("bound")]
    | Annotated[GroupField, Tag("group")]
    | Annotated[RowsField, Tag("rows")]
    | Annotated[RecapItem, Tag("recap")]
    | Annotated[ListingItem, Tag("listing")]
    | Annotated[TallyItem, Tag("tally")]
    | Annotated[Section, Tag("section")],
    Field(discriminator="type"),
]


class Problem(Part):
    """Says when something is wrong."""

    id: Slug
    level: Literal["error", "warning", "info"] = "error"
    on: Annotated[list[Path], Field(min_length=1, max_length=10)]
    when: Condition
    message: Text


class Step(Part):
    """A page of the wizard; `apart` ones are opened from the document's page."""

    id: Slug
    title: Short
    help: Text | None = None
    gate: bool = False
    apart: bool = False
    when: Condition | None = None
    readers: list[Slug] | None = None
    writers: list[Slug] | None = None
    items: list[Item]


# --- life cycle, access, outputs ----------------------------------------------------------------


class State(Part):
    """A state and the steps that may change in it."""

    id: Slug
    label: Short
    phase: Literal["draft", "running", "closed"]
    open: list[Slug] = []


class Refusal(Part):
    """Why an action is refused."""

    id: Slug
    when: Condition
    message: Text


class Confirm(Part):
    """The exact question before an action."""

    title: Short
    text: Text
    yes: Short
    no: Short


class ActEffect(Part):
    """Carries out an action of the linked document."""

    do: Literal["act"]
    link: Slug
    action: Slug
    when: Condition | None = None


class SetEffect(Part):
    """Sets a shared field of the subject."""

    do: Literal["set"]
    field: Path
    value: Value
    when: Condition | None = None


class EachSet(Part):
    """Rows made out of rows."""

    each: Path
    where: Condition | None = None
    give: dict[Slug, Value]


class CreateEffect(Part):
    """Creates a document, possibly out of a linked one; `link` leads to what is copied, else to this one."""

    do: Literal["create"]
    form: Slug
    copy_: Slug | None = Field(default=None, alias="copy")
    keep: Literal["renew", "all"] = "renew"
    link: Slug | None = None
    when: Condition | None = None
    set: dict[Slug, EachSet | Value] = {}


Effect = Annotated[ActEffect | SetEffect | CreateEffect, Field(discriminator="do")]


class Action(Part):
    """A transition."""

    id: Slug
    label: Short
    from_: Annotated[list[Slug], Field(alias="from", min_length=1)]
    to: Slug
    needs: list[Slug] | None = None
    refused: list[Refusal] = []
    confirm: Confirm | None = None
    effects: list[Effect] = []
    called_by: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]] = []


class Lifecycle(Part):
    """States and transitions; the first state is where documents start."""

    states: Annotated[list[State], Field(min_length=1, max_length=20)]
    actions: list[Action] = []


class Right(Part):
    """What some roles may do."""

    who: Annotated[list[Slug], Field(min_length=1)]
    may: Annotated[list[Slug], Field(min_length=1)]
    only: list[Slug] | None = None
    in_: list[Slug] | None = Field(default=None, alias="in")
    when: Condition | None = None


class Closing(Part):
    """Shuts the whole document to `who` (everybody when absent), with its reason."""

    id: Slug
    who: Annotated[list[Slug], Field(min_length=1)] | None = None
    when: Condition
    message: Text


class Access(Part):
    """Rights only add up; a closing shuts."""

    closed: Annotated[list[Closing], Field(max_length=10)] = []
    rights: list[Right] = []


class AlertOffer(Part):
    """What an alert proposes: an action of this document, or to create one that is linked back to it."""

    label: Short | None = None
    action: Slug | None = None
    create: Slug | None = None
    link: Slug | None = None


class Alert(Part):
    """Told on a document's page while its condition holds, to whoever may read it among `to`."""

    id: Slug
    in_: Annotated[list[Slug], Field(min_length=1)] | None = Field(default=None, alias="in")
    when: Condition
    to: Annotated[list[Slug], Field(min_length=1)] | None = None
    text: Short
    offer: AlertOffer | None = None


class Automatic(Part):
    """Creates a document by itself, once, when its document is written while `effect.when` holds."""

    id: Slug
    in_: Annotated[list[Slug], Field(min_length=1)] | None = Field(default=None, alias="in")
    text: Short
    effect: CreateEffect


class Link(Part):
    """A stored pointer to one document."""

    label: Short
    form: Slug
    versions: list[Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,4})$")]] | None = None
    states: list[Slug] | None = None
    required: bool = False
    many: bool = False


class Collection(Part):
    """A live query over documents, anchored by `about`, `via` or one `is`."""

    label: Short
    forms: Annotated[list[Slug], Field(min_length=1, max_length=10)]
    about: Literal["subject"] | None = None
    via: Slug | None = None
    phases: list[Literal["draft", "running", "closed"]] | None = None
    states: list[Slug] | None = None
    where: Condition | None = None


class OutputPart(Part):
    """A titled part of a printed output: steps, fields."""

    title: Short
    of: Annotated[list[Slug], Field(min_length=1)]


class Output(Part):
    """A printed output; `as` prints what that role may read, `documents` adds the record's documents."""

    id: Slug
    label: Short
    parts: list[OutputPart] = []
    like: Slug | None = None
    as_: Slug | None = Field(default=None, alias="as")
    documents: list[Slug] = []
    signs: list[Short] = []


class IndexFilter(Part):
    """A box of a list."""

    id: Slug
    label: Short
    when: Condition


class Index(Part):
    """How records are listed."""

    title: Short
    label: Short | None = None
    intro: Text | None = None
    search: list[Slug] = []
    search_label: Short | None = None
    group: Slug | None = None
    count: Short | None = None
    columns: Annotated[list[Slug], Field(min_length=1, max_length=10)]
    sort: list[Slug] = []
    filters: list[IndexFilter] = []
    empty: Text | None = None


class Edit(Part):
    """A link to a step; `empty` is its label while there is nothing to show."""

    label: Short
    step: Slug
    empty: Short | None = None
    read: Short | None = None  # the label of the link that only shows the step


class Card(Part):
    """A card of a record's page."""

    id: Slug
    title: Short
    intro: Text | None = None
    show: list[Path] = []
    first: int | None = None
    more: Short | None = None
    empty: Short | None = None
    edit: Edit | None = None
    documents: list[Slug] = []


class Page(Part):
    """A record's page."""

    subtitle: Short | None = None
    edit: Edit | None = None
    cards: list[Card] = []


class Texts(Part):
    """The form's own words."""

    create: Short | None = None
    quit: Short | None = None
    about: Text | None = None
    about_title: Short | None = None
    done: Text | None = None


class RetiredItem(Part):
    """A field of an earlier version: kept readable."""

    in_: Semver = Field(alias="in")
    type: Short
    label: Short
    readers: list[Slug] | None = None


class Form(Part):
    """One form, whole."""

    canevas: Literal[1]
    form: Slug
    version: Semver
    nature: Literal["record", "document"]
    subject: Slug | None = None
    place: Path | None = None
    title: Short
    short: Short | None = None
    name: Short
    texts: Texts = Texts()
    links: dict[Slug, Link] = {}
    collections: Annotated[dict[Slug, Collection], Field(max_length=10)] = {}
    values: dict[Slug, NamedValue] = {}
    conditions: dict[Slug, NamedCondition] = {}
    steps: Annotated[list[Step], Field(min_length=1, max_length=100)]
    problems: list[Problem] = []
    lifecycle: Lifecycle
    access: Access = Access()
    alerts: Annotated[list[Alert], Field(max_length=20)] = []
    automatic: Annotated[list[Automatic], Field(max_length=5)] = []
    index: Index | None = None
    page: Page | None = None
    outputs: list[Output] = []
    retired: dict[Slug, RetiredItem] = {}
    pins: dict[Slug, Semver] = {}  # versions of the lists, written at publication


class Block(Part):
    """Items used by several forms; reads its own fields and the conditions that it `expects`."""

    canevas: Literal[1] = 1
    block: Slug
    title: Short
    expects: dict[Slug, Short] = {}
    items: list[InnerItem]


# --- roles and lists ----------------------------------------------------------------------------


class Attribute(Part):
    """A typed attribute of a list's items, of places or of people."""

    type: Literal["text", "number", "boolean", "date", "code", "codes"]
    list: Slug | None = None
    unit: Unit | None = None


class PlaceKind(Part):
    """A kind of place."""

    label: Short
    within: list[Slug] = []
    attributes: dict[Slug, Attribute] = {}


class People(Part):
    """Attributes of people."""

    attributes: dict[Slug, Attribute] = {}


class Role(Part):
    """Assigned `at` a kind of place, `held_in` a person field (`form.field`), or `among` another role,
    kept `when` the person (`user.`) or that role's place (`place.`) meets a condition.
    """

    id: Slug
    label: Short
    at: Slug | None = None
    held_in: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")] | None = None
    among: Slug | None = None
    when: Condition | None = None


class GlobalRight(Part):
    """A right on all forms."""

    who: list[Slug]
    may: list[Literal["publish", "assign_roles", "see_faults"]]


class Roles(Part):
    """Places, people and roles: one file for all forms."""

    canevas: Literal[1]
    places: dict[Slug, PlaceKind]
    people: People = People()
    roles: list[Role]
    groups: dict[Slug, list[Slug]] = {}
    rights: list[GlobalRight] = []


class ListItem(Part):
    """An entry of a code list; a `retired` one is no longer offered, but stays where it was picked."""

    code: Code
    label: Short
    source: Short | None = None
    retired: bool = False
    replaced_by: Annotated[list[Code], Field(max_length=50)] = []
    asks: Asks | None = None
    attributes: dict[Slug, Any] = {}
    notes: dict[str, Any] = {}
    items: list[ListItem] = []


class CodeList(Part):
    """A hierarchical code list; branches may be of unequal depth."""

    canevas: Literal[1]
    list: Slug
    version: Semver
    title: Short
    source: Short | None = None
    levels: Annotated[Many[Slug], Field(min_length=1, max_length=6)]
    ordered: bool = False
    attributes: dict[Slug, Attribute] = {}
    items: Many[ListItem]

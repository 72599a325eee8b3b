"""The View tree of an editable step: all that a renderer needs, nothing of HTML but names and ids.

Texts are plain (the renderer escapes and applies French typography). Read-only content is a list of
*read nodes*, the JSON tree of `engine.present`, shared by pages, PDF and plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """A problem as shown: `target` is the HTML id of the control to correct."""

    level: str  # error, warning, info
    text: str
    target: str
    step: str = ""  # id of the step that holds it


@dataclass(frozen=True)
class DetailView:
    """The precisions that a ticked option asks for."""

    label: str
    inputs: tuple[InputView, ...]


@dataclass(frozen=True)
class InputView:
    """One plain text input."""

    name: str
    html_id: str
    value: str
    label: str
    invalid: bool = False


@dataclass(frozen=True)
class OptionView:
    """An option; `children` is what picking it reveals (a cascade's next level)."""

    code: str
    label: str
    html_id: str
    checked: bool = False
    note: str = ""  # « déjà choisi au n° 1 »
    details: DetailView | None = None
    children: LevelView | None = None


@dataclass(frozen=True)
class SearchView:
    """A search in a list too long to be shown; beside it are what is picked, then what is found."""

    key: str  # what is searched: « field », « field~1~code »; see `renderers.long_lists`
    html_id: str
    label: str  # the same, for speech
    words: str
    told: str  # what is found, in words
    found: tuple[Any, ...]  # codes, then how many


@dataclass(frozen=True)
class LevelView:
    """The options of one level under one parent."""

    legend: str
    context: str  # the parent's label, for speech
    name: str
    many: bool
    options: tuple[OptionView, ...]
    messages: tuple[Message, ...] = ()
    search: SearchView | None = None


@dataclass(frozen=True)
class SlotView:
    """One first-level pick of a cascade (« Sport n° 1 »): a select, then what it opens."""

    n: int
    label: str
    name: str
    html_id: str
    options: tuple[OptionView, ...]
    tally: str  # « 1 discipline, 3 libellés », « Facultatif, vide »
    open: bool
    level: LevelView | None
    messages: tuple[Message, ...] = ()
    prompt: str = ""  # label of the select itself; "" hides it behind `label`
    search: SearchView | None = None


@dataclass(frozen=True)
class TabView:
    """A tab: a submit button that saves, then shows the part."""

    id: str  # value posted
    label: str
    current: bool
    count: int | None = None
    invalid: bool = False


@dataclass(frozen=True)
class FoldView:
    """A fold of a checklist: options, or inner groups of options with a heading."""

    code: str
    label: str
    checked: int
    total: int
    open: bool
    options: tuple[OptionView, ...]
    groups: tuple[FoldView, ...] = ()


@dataclass(frozen=True)
class RowView:
    """One row of a repeated part."""

    row: str
    n: int
    title: str  # « Participant n°1 », « Objectif n°2 »
    spoken: str  # what names the row in a button: « le participant 1, Hélène Tournier »
    nodes: tuple[Node, ...]
    blank: bool
    removable: bool
    invalid: bool
    tally: str = ""  # « Complet », « 3 champs sur 4 », « Facultatif, vide »
    open: bool = True


@dataclass(frozen=True)
class FieldView:
    """One field.

    `type` names the template and decides the keys of `data`:

    - text: value, lines, max (int|None), length (int), placeholder, width (w5|w20|w34)
    - number: value (as typed), unit (words|""), width
    - date: value (« 05/10/2026 » or as typed); time: value (« 14 h 30 » or as typed)
    - boolean: value (True|False|None), as (checkbox|radios)
    - choice: as (select|radios|checkboxes), options (OptionView…), placeholder; or as (search), kind
      (radio|checkbox), options (what is picked, then what is found), search (SearchView), found (its own)
    - cascade: slots (SlotView…)
    - checklist: tabs (TabView…), tab_name, folds (FoldView… of the current tab), total (ticked in all),
      shown (code of the branch on screen or ""), suggest (a title, or ""), suggested ((value, label) of what
      other answers suggest), suggest_all (the value that takes them all); a long list has no folds but the
      keys of a searched choice
    - reference: as (select|checkboxes), options, placeholder, empty (text when nobody can be chosen)
    - signature: text (who and when, or ""), void (the same, of one that no longer holds), acts ((value,
      label) of what the person may do)
    - attachment: files ({id, name, size in words}…), prompt, many, accept (endings), most (bytes), hint, over
      (what is said of a file that is too large)
    - group: nodes
    - rows: rows (RowView…), display (table|cards), columns ((id, label, width class)…), add (label|None),
      add_value, item (« Participant »)
    - computed: text (str|None)
    """

    type: str
    id: str
    path: str  # « participants.k3f.nom »
    name: str  # HTML name; also the value of the presence marker
    html_id: str
    region: str  # HTML id of the region replaced as a whole
    label: str
    spoken: str  # the label with its row: « Nom du participant 1 »
    help: str
    required: bool
    editable: bool
    messages: tuple[Message, ...]
    read: Mapping[str, Any]  # the value as a read node's value, when not editable
    data: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""  # « Pourquoi ? » in one sentence, or ""
    drives: bool = False  # other things depend on it: saved at once
    node: str = "field"


@dataclass(frozen=True)
class SectionView:
    """Layout: stack, tabs (`tabs` + the current part's nodes), accordion."""

    id: str
    region: str
    label: str
    help: str
    layout: str
    nodes: tuple[Node, ...]
    tabs: tuple[TabView, ...] = ()
    tab_name: str = ""
    open: bool = True
    node: str = "section"


@dataclass(frozen=True)
class NoteView:
    """A text in the Markdown subset of `renderers.marks` (values set into it: `marks.quote`)."""

    id: str
    region: str
    text: str
    node: str = "note"


@dataclass(frozen=True)
class RecapView:
    """A linked document, read-only: read nodes."""

    id: str
    region: str
    title: str
    nodes: tuple[Mapping[str, Any], ...]
    node: str = "recap"


@dataclass(frozen=True)
class ListingView:
    """A table of documents, cut for its reader: one read node."""

    id: str
    region: str
    title: str
    help: str
    nodes: tuple[Mapping[str, Any], ...]
    node: str = "listing"


@dataclass(frozen=True)
class AbsentView:
    """A hidden item: keeps its region so that a fragment can fill it."""

    id: str
    region: str
    node: str = "absent"


Node = FieldView | SectionView | NoteView | RecapView | ListingView | AbsentView


@dataclass(frozen=True)
class StepLink:
    """A step of the wizard's thread."""

    id: str
    n: int
    title: str
    state: str  # « À faire », « En cours », « Complète », « 2 réponses à corriger »
    done: bool
    current: bool
    reachable: bool
    parts: tuple[TabView, ...] = ()


@dataclass(frozen=True)
class StepView:
    """One step ready to render."""

    id: str
    title: str
    help: str
    nodes: tuple[Node, ...]
    messages: tuple[Message, ...]  # every message of the step, in page order
    has_required: bool

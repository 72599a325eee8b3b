"""What each screen is made of: frozen data handed from `web` to a renderer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from renderers.live_step import LiveStep
from renderers.thread import Stretch, stretches
from renderers.tree import Message, StepLink, StepView

ReadNodes = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class NavLink:
    """An entry of the main navigation."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True)
class Frame:
    """What surrounds every page."""

    user: str  # « Nadia Ferrand », "" when signed out
    role: str  # « Collège Aimé-Césaire », hidden on a phone
    nav: tuple[NavLink, ...]
    csrf: str
    flash: str = ""  # one status sentence after a redirect
    flash_level: str = "good"
    demo: bool = False
    once: str = ""  # names the forms of this page: one that is sent twice counts once


@dataclass(frozen=True)
class Button:
    """A link or a submit button: `post` ones are forms of their own."""

    label: str
    url: str
    main: bool = False
    post: bool = False
    icon: str = ""  # plus, down, eye, ""
    spoken: str = ""  # hidden words that complete the label
    quiet: bool = False


@dataclass(frozen=True)
class LoginPage:
    """Sign-in."""

    login: str
    error: str
    next: str
    accounts: tuple[tuple[str, str, str], ...]  # demo only: login, password, who


@dataclass(frozen=True)
class Row:
    """A line of a list: cells are (column label, text, tags)."""

    title: str
    url: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Cell:
    """A cell: text, or tags (text, level), or "" shown as `empty`."""

    label: str
    text: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class GroupOfRows:
    """Rows of one place."""

    id: str
    title: str
    count: str  # « 15 dossiers, 5 affichés »
    rows: tuple[Row, ...]
    open: bool
    empty: str


@dataclass(frozen=True)
class FilterBox:
    """A filter of a list."""

    id: str
    label: str
    checked: bool


@dataclass(frozen=True)
class ListPage:
    """Records grouped by place."""

    title: str
    intro: str
    url: str
    create: Button | None
    search_label: str
    query: str
    filters_legend: str
    filters: tuple[FilterBox, ...]
    status: str  # « 5 dossiers affichés sur 19. »
    columns: tuple[str, ...]
    groups: tuple[GroupOfRows, ...]
    empty_title: str
    empty_causes: tuple[str, ...]
    exports: tuple[Button, ...] = ()
    tasks: tuple[Row, ...] = ()  # what waits for whoever looks, where this is the page that they come to


@dataclass(frozen=True)
class PlaceChoice:
    """Where a new record is created."""

    title: str
    url: str
    back: Button
    label: str
    places: tuple[tuple[str, str, bool], ...]  # id, label, chosen
    error: str
    submit: str


@dataclass(frozen=True)
class CardView:
    """A card of facts; `edit` and `view` are links."""

    id: str
    title: str
    intro: str
    nodes: ReadNodes
    empty: str
    more: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class DocumentLine:
    """A document in a card."""

    title: str
    state: str
    level: str  # tag level: "", info, good, warn
    date: str
    buttons: tuple[Button, ...]
    inner: bool = False  # hangs on the line before (through a link)


@dataclass(frozen=True)
class DocumentsBlock:
    """One kind of document in a card."""

    id: str
    title: str
    about_title: str
    about: str
    create: Button | None
    lines: tuple[DocumentLine, ...]
    empty: str


@dataclass(frozen=True)
class ToggleForm:
    """A boolean of the record that is changed straight from its page."""

    legend: str
    action: str
    name: str
    html_id: str
    label: str
    help: str
    checked: bool
    submit: str
    revision: int


@dataclass(frozen=True)
class RecordPage:
    """A record's page with its cards."""

    title: str
    subtitle: str
    state: str
    back: Button
    buttons: tuple[Button, ...]
    cards: tuple[CardView, ...]
    documents_title: str
    documents_intro: str
    documents: tuple[DocumentsBlock, ...]
    toggles: tuple[ToggleForm, ...]


@dataclass(frozen=True)
class WizardPage:
    """A step being filled."""

    title: str  # <title>: step – étape n sur N – document – Canevas
    over: str  # « Créer un projet · Lina Morel, 6e B »
    quit: str
    action: str  # URL of the form
    revision: int
    base: str  # digests of what is shown, for the merge
    sitting: str
    steps: tuple[StepLink, ...]  # empty for a single step opened apart
    where: str  # « Étape 1 sur 4 »
    step: StepView | LiveStep
    show_errors: bool  # the summary and the field messages of missing answers
    summary_title: str
    summary: tuple[Message, ...]
    reassure: str
    notices: tuple[Message, ...]  # what was not stored, what became hidden, merged changes
    back: bool
    next: str  # « Suivant », « Finaliser le projet », ""
    save: str
    saved: str  # « Brouillon enregistré à 14 h 32 »
    live: bool  # autosave wanted
    files: bool = False  # files may be joined: the form sends them
    proposals: tuple[AlertLine, ...] = ()  # what others put forward

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The thread in parts: far steps are folded."""
        return stretches(self.steps)


@dataclass(frozen=True)
class AlertLine:
    """What is late or awaited, with what it proposes to do."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class DocumentPage:
    """A document to read, with what can be done next."""

    title: str
    over: str
    back: Button
    state: str
    level: str
    notice: str
    nodes: ReadNodes
    signs: tuple[str, ...]
    aside_title: str
    buttons: tuple[Button, ...]
    apart: tuple[Button, ...]
    related: tuple[DocumentLine, ...]
    related_title: str
    alerts: tuple[AlertLine, ...] = ()


@dataclass(frozen=True)
class ConfirmPage:
    """The exact question before an action, with the essentials."""

    title: str
    over: str
    question: str
    text: str
    yes: str
    no: Button
    action: str
    revision: int
    nodes: ReadNodes
    edits: tuple[Button, ...]  # « Modifier » for each step
    warnings: tuple[Message, ...]
    errors: tuple[tuple[str, str], ...]  # text, URL of the step with its anchor
    refusal: str
    why: str = ""  # the refusal's reason, with the answers that decide it


@dataclass(frozen=True)
class Side:
    """One of two versions of an answer: runs of text, True when it differs."""

    who: str
    runs: tuple[tuple[str, bool], ...]
    empty: bool


@dataclass(frozen=True)
class ConflictChoice:
    """Two versions of one answer."""

    name: str
    legend: str
    mine: Side
    theirs: Side
    free: bool  # a third text may be written
    max: int | None


@dataclass(frozen=True)
class ConflictPage:
    """Two people changed the same answers."""

    title: str
    over: str
    lead: str
    action: str
    revision: int
    payload: str  # everything posted, kept in the page
    choices: tuple[ConflictChoice, ...]
    merged_title: str
    merged: tuple[str, ...]
    later: Button
    calm: str = "Rien n'est perdu"
    take: str = "Garder ma version"
    leave: str = "Garder l'autre version"
    done: str = "Enregistrer mes choix"
    said: str = ""  # somebody's own words


@dataclass(frozen=True)
class Change:
    """What changed of one field: entries that came and went, or a version before and one after.

    The versions are runs of text, True where they differ; a text that is long has a `summary` to unfold.
    """

    label: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    before: tuple[tuple[str, bool], ...] = ()
    after: tuple[tuple[str, bool], ...] = ()
    summary: str = ""


@dataclass(frozen=True)
class HistoryLine:
    """What one person changed in one go; `more` is folded."""

    at: str
    who: str
    note: str
    changes: tuple[Change, ...]
    more: tuple[Change, ...]
    url: str = ""  # the whole document as it then was


@dataclass(frozen=True)
class HistoryPage:
    """Revisions of a document, newest first."""

    title: str
    over: str
    back: Button
    lines: tuple[HistoryLine, ...]
    newer: Button | None
    older: Button | None


@dataclass(frozen=True)
class BesideLine:
    """A fact as it was and as it would be today; a side is None where it isn't asked."""

    label: str
    former: str  # its label then, "" if it is the same
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    mark: str  # what differs, "" for nothing
    level: str


@dataclass(frozen=True)
class BesidePart:
    """The facts of one step."""

    title: str
    lines: tuple[BesideLine, ...]


@dataclass(frozen=True)
class BesidePage:
    """A finished document beside the same answers in today's form."""

    title: str
    back: Button
    intro: str
    status: str
    before: str  # heads of the columns
    after: str
    parts: tuple[BesidePart, ...]


@dataclass(frozen=True)
class RehearsalLine:
    """A document and what would become of it; no address for whoever may not open it."""

    name: str
    url: str
    place: str
    state: str
    version: str
    outcome: str
    level: str
    about: str


@dataclass(frozen=True)
class NoteForm:
    """One thing to do to a version, with a sentence that says why; `errors`: why it was not done."""

    id: str
    title: str
    text: str
    action: str
    label: str
    help: str
    submit: str
    note: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    versions: tuple[str, ...] = ()  # to choose from
    errors: tuple[str, ...] = ()
    main: bool = False


@dataclass(frozen=True)
class Advance:
    """How far some long work is; the page goes on by itself while it is `running`."""

    title: str
    status: str
    done: int
    total: int
    running: bool
    counts: tuple[tuple[str, str], ...]  # words, tag level
    action: str
    submit: str  # "" where there is nothing more to do


@dataclass(frozen=True)
class RehearsalPage:
    """A dress rehearsal: what a version changes, how far it is, what becomes of the documents."""

    title: str
    back: Button
    intro: str
    changes: tuple[tuple[str, str, str], ...]  # sentence, class, who is hurt
    advance: Advance
    lines: tuple[RehearsalLine, ...]
    listed: str
    earlier: Button | None
    later: Button | None
    checked: str = ""  # what the scenarios say
    reasons: tuple[str, ...] = ()  # why it cannot be published
    ask: NoteForm | None = None

    @property
    def running(self) -> bool:
        """True while some documents are still to be replayed."""
        return self.advance.running


@dataclass(frozen=True)
class VersionLine:
    """A published version: where it is in its life, who published it, how many documents live on it."""

    version: str
    tag: str
    level: str
    said: str
    note: str
    documents: str


@dataclass(frozen=True)
class Played:
    """What the scenarios say of a working copy; the page asks for it by itself while `url` isn't ""."""

    text: str
    reasons: tuple[str, ...]  # what is not as expected
    url: str  # where they are played, "" once they are


@dataclass(frozen=True)
class Deposit:
    """The working copy as a file: to download, to put another in its place; `errors`: why it was not."""

    action: str  # also where it is downloaded
    content: str  # the digest of what there is now
    size: str
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class LifePage:
    """The life of a form or a list: its versions, the documents that pass between them, what may be done."""

    title: str
    back: Button
    intro: str
    versions: tuple[VersionLine, ...]
    advance: Advance | None
    lines: tuple[RehearsalLine, ...]
    listed: str
    draft: str
    reasons: tuple[str, ...]  # why there is nothing to rehearse
    buttons: tuple[Button, ...]
    asks: tuple[NoteForm, ...]
    played: Played | None = None  # None where there is no working copy to play them with
    counted: str = "Documents"  # what the last column of the versions tells
    changes: tuple[tuple[str, str, str], ...] = ()  # of the working copy: sentence, class, who is hurt
    deposit: Deposit | None = None  # None on a site without working copies

    @property
    def running(self) -> bool:
        """True while some documents have still to pass, or scenarios to be played."""
        waiting = self.played is not None and bool(self.played.url)
        return waiting or (self.advance is not None and self.advance.running)


@dataclass(frozen=True)
class ErrorPage:
    """A refusal or a fault in plain words."""

    status: int
    title: str
    text: str
    remedy: str
    button: Button | None


@dataclass(frozen=True)
class FaultsPage:
    """Definition faults, for administrators."""

    title: str
    intro: str
    faults: tuple[tuple[str, str, str], ...]  # file, path, text
    forms: tuple[tuple[str, str, str], ...] = ()  # name, URL, where it is in its life
    lists: tuple[tuple[str, str, str], ...] = ()  # the same of code lists
    together: tuple[tuple[str, str], ...] = ()  # id, name and version of what may be published together


@dataclass(frozen=True)
class TextPage:
    """A page about the service: headings, each with its text in the Markdown subset."""

    title: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ResumePage:
    """A post that an expired session sent, kept: one button sends it again, pair by pair."""

    title: str
    text: str
    action: str
    pairs: tuple[tuple[str, str], ...]
    submit: str


@dataclass(frozen=True)
class UnsavedPage:
    """A post that the store couldn't take, kept on screen: one button sends it again, pair by pair."""

    status: int
    title: str
    text: str
    remedy: str
    action: str
    pairs: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]  # what was typed, to be read and copied
    submit: str


@dataclass(frozen=True)
class ImportChoice:
    """A file to bring in: its kind, its place."""

    title: str
    kinds: tuple[tuple[str, str, str, bool], ...]  # id, label, help, chosen
    places: tuple[tuple[str, str, bool], ...]  # id, label, chosen
    error: str


@dataclass(frozen=True)
class ImportLine:
    """What becomes of a row."""

    line: str
    name: str
    kind: str
    changes: str


@dataclass(frozen=True)
class ImportDoubt:
    """A row that may be of a record that is there already: somebody says so."""

    line: str
    name: str
    url: str  # of that record, "" for whoever may not read it
    why: str


@dataclass(frozen=True)
class ImportPreview:
    """What an import would change, before the yes."""

    title: str
    back: Button
    counts: tuple[tuple[str, str], ...]
    lines: tuple[ImportLine, ...]
    more: int
    faults: tuple[tuple[str, str, str, bool], ...]  # line, column, cause and remedy, only a warning
    more_faults: int
    leavers: tuple[tuple[str, str], ...]  # name, address; "" for those that may not be read
    action: str  # "" when there is nothing to do
    doubts: tuple[ImportDoubt, ...] = ()


Screen = (
    LoginPage
    | ImportChoice
    | ImportPreview
    | ListPage
    | PlaceChoice
    | RecordPage
    | WizardPage
    | DocumentPage
    | ConfirmPage
    | ConflictPage
    | HistoryPage
    | BesidePage
    | RehearsalPage
    | LifePage
    | ErrorPage
    | FaultsPage
    | TextPage
    | ResumePage
    | UnsavedPage
)

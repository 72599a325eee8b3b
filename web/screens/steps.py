"""A step of the wizard as a screen: the thread, what to correct, what was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.access import decide
from engine.answers import MISSING
from engine.compile import CompiledAction
from engine.evaluate import FormState
from engine.french import clock, long_date
from engine.paths import Path
from engine.problems import ERROR, Problem
from engine.scopes import Scope
from engine.skeleton import StepPart
from engine.validate import judge
from renderers.live_step import LiveStep
from renderers.pages import WizardPage
from renderers.showing import Showing, message_of, messages_of
from renderers.tree import FieldView, Message, Node, SectionView, StepLink
from web.leaves import leaf_label
from web.screens.proposing import told
from web.screens.seeing import seer
from web.screens.shared import step_url
from web.services import Saved
from web.shown import digests, shown_leaves
from web.world import Desk, Opened

NEXT, SAVE = "Suivant", "Enregistrer"


@dataclass(frozen=True)
class Asked:
    """What the address asks of a step: tabs, an extra blank row, errors shown, searches in long lists."""

    tabs: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[Path, str] = field(default_factory=dict)  # rows path -> id of the new row
    errors: bool = False
    searches: Mapping[str, str] = field(default_factory=dict)  # by field: what is looked for in its list

    def query(self) -> str:
        """The tabs as an address's query."""
        return "&".join(f"onglet={name}:{tab}" for name, tab in self.tabs.items())


def wizard_steps(opened: Opened) -> list[StepPart]:
    """The steps of the thread that this person may read, in order."""
    state = opened.state
    return [
        part
        for part in state.form.skeleton.steps
        if state.shows_step(part.id)
        and not part.spec.apart
        and any(decide(opened.grant, "read", item) or item.type in {"note", "recap"} for item in part.walk())
    ]


def finishing(opened: Opened) -> CompiledAction | None:
    """The action that ends the wizard: the first one that closes what is open and may be done."""
    for action in opened.state.form.actions.values():
        possible = opened.state.document["state"] in action.spec.from_ and _judges_all(opened, action)
        if possible and action.closes and decide(opened.grant, action.id):
            return action
    return None


def _judges_all(opened: Opened, action: CompiledAction) -> bool:
    """Tell whether an action judges all the open steps of the thread; some may stay open after it."""
    if action.spec.needs is None:
        return True
    state = opened.state
    open_here = state.form.state(state.document["state"]).open
    thread = [part.id for part in state.form.skeleton.steps if not part.spec.apart and part.id in open_here]
    return bool(thread) and all(step in action.spec.needs for step in thread if state.shows_step(step))


def first_to_fill(opened: Opened) -> str | None:
    """The step at which to resume: the first that is open and not complete."""
    opened_steps = opened.state.form.state(opened.state.document["state"]).open
    steps = [part for part in wizard_steps(opened) if part.id in opened_steps]
    visited = opened.state.document.get("visited", ())
    for part in steps:
        if part.id not in visited or _errors(opened.state, part.id):
            return part.id
    return steps[-1].id if steps else None


def _errors(state: FormState, step: str) -> list[Problem]:
    return [problem for problem in judge(state, frozenset({step})) if problem.level == ERROR]


def with_blanks(
    state: FormState, step: str, asked: Asked, new_row: Any
) -> tuple[dict[str, Any], frozenset[Path]]:
    """Add the blank rows that a page shows; gives the document and the paths of the blank rows."""
    answered: dict[str, Any] = dict(state.document["answers"])
    blanks: set[Path] = set()
    for item in state.form.skeleton.step_items(step):
        if item.type != "rows" or item.spec.over is not None:
            continue
        present = state.rows_on_screen(item)
        if present is None:
            continue
        wanted = [] if item.path not in asked.added else [asked.added[item.path]]
        wanted = [row for row in wanted if row not in present]
        least = max(item.spec.min or 0, 1)
        table = item.spec.display == "table"
        while len(present) + len(wanted) < least or (table and not wanted):
            wanted.append(new_row())
        room = (item.spec.max or 50) - len(present)
        added = wanted[: max(room, 0)]
        if added:
            held = answered.get(item.id) if item.id in answered else state.stored(item.path)
            answered[item.id] = [*(held if isinstance(held, list) else ()), *({"row": row} for row in added)]
            blanks.update((*item.path, row) for row in added)
    return {**state.document, "answers": answered}, frozenset(blanks)


def showing(here: Desk, opened: Opened, step: str, asked: Asked, new_row: Any) -> Showing:
    """Prepare what a step is shown with."""
    state = opened.state
    document, blanks = with_blanks(state, step, asked, new_row)
    shown = here.evaluate(opened.id, document) if blanks else state
    problems = [*judge(state, frozenset({step})), *_to_confirm(state, step)]
    return Showing(
        state=shown,
        grant=opened.grant,
        problems=problems,
        candidates=lambda item: here.candidates(state, item),
        tabs=asked.tabs,
        blanks=blanks,
        missing=asked.errors,
        sees=seer(here),
        searches=asked.searches,
    )


def _to_confirm(state: FormState, step: str) -> list[Problem]:
    """What a renewal brought along and somebody should look at."""
    ids = {item.id for item in state.form.skeleton.step_items(step)}
    message = "Repris du document précédent : vérifiez que cela convient encore."
    return [
        Problem((name,), "form", {"message": message}, "info")
        for name in state.document.get("asked", ())
        if name in ids
    ]


def step_page(
    here: Desk, opened: Opened, step: str, asked: Asked, new_row: Any, *, saved: Saved | None = None
) -> WizardPage:
    """Build a step's screen."""
    state = opened.state
    part = state.form.skeleton.parts[step]
    shown = showing(here, opened, step, asked, new_row)
    summary = _summary(shown, step, asked)
    notices = (*_told(state), *(() if saved is None else _notices(shown, saved)))
    show_errors = asked.errors and bool(summary)
    parts = wizard_steps(opened)
    position = next((n for n, one in enumerate(parts, start=1) if one.id == step), 0)
    where = f"Étape {position} sur {len(parts)}" if position and len(parts) > 1 else ""
    draft = state.form.state(state.document["state"]).phase == "draft"
    query = asked.query()
    return WizardPage(
        title=_title(part, position, len(parts), opened),
        over=_over(opened),
        quit=_quit_words(opened, part),
        action=step_url(opened.id, step) + (f"?{query}" if query else ""),
        revision=opened.stored.revision,
        base=digests(shown_leaves(state, opened.grant, step)),
        sitting=new_row(),
        steps=_links(opened, parts, step) if position and len(parts) > 1 else (),
        where=where,
        step=LiveStep(shown, step),
        show_errors=show_errors,
        summary_title=_count(len(summary)),
        summary=summary,
        reassure=_reassure(draft, position, len(parts)),
        notices=notices,
        back=position > 1,
        next=_next(opened, parts, position),
        save=SAVE,
        saved=saved_words(opened, here.now, draft),
        live=True,
        proposals=told(here, opened),
        files=any(item.type == "attachment" and decide(opened.grant, "write", item) for item in part.walk()),
    )


def _quit_words(opened: Opened, part: StepPart) -> str:
    if part.spec.apart:
        return "Revenir au document"
    return opened.state.form.form.texts.quit or "Revenir à la fiche"


def _title(part: StepPart, position: int, count: int, opened: Opened) -> str:
    where = f" – étape {position} sur {count}" if position and count > 1 else ""
    return f"{part.spec.title}{where} – {opened.name} – Canevas"


def _over(opened: Opened) -> str:
    form = opened.state.form.form
    subject = opened.state.context.subject
    first = (form.texts.create or form.title) if form.nature == "document" else opened.name
    if subject is None:
        return first
    return f"{first} · {subject.form.name.render(Scope(subject))}"


def _reassure(draft: bool, position: int, count: int) -> str:
    kept = "Votre saisie est enregistrée dans le brouillon." if draft else "Votre saisie est enregistrée."
    return f"{kept} Pour continuer :" if 0 < position < count else f"{kept} Il reste à corriger :"


def _next(opened: Opened, parts: Sequence[StepPart], position: int) -> str:
    if 0 < position < len(parts):
        return NEXT
    action = finishing(opened) if position else None
    return action.spec.label if action is not None and opened.state.form.form.nature == "document" else ""


def _count(n: int) -> str:
    return "1 réponse est à corriger" if n == 1 else f"{n} réponses sont à corriger"


def _summary(shown: Showing, step: str, asked: Asked) -> tuple[Message, ...]:
    if not asked.errors:
        return ()
    return tuple(one for one in messages_of(shown, step) if one.level == ERROR)


def saved_words(opened: Opened, now: datetime, draft: bool) -> str:
    """Say when the document was last saved."""
    at = datetime.fromisoformat(opened.stored.at)
    what = "Brouillon enregistré" if draft else "Enregistré"
    if at.date() == now.date():
        return f"{what} à {clock(at)}"
    return f"{what} le {long_date(at.date())}"


def _told(state: FormState) -> tuple[Message, ...]:
    """What changed in the form since this draft was begun, until a step is gone through."""
    words = state.document.get("told")
    return () if not words else (Message("info", str(words), ""),)


def _notices(shown: Showing, saved: Saved) -> tuple[Message, ...]:
    """What was not stored, what no longer applies, what somebody else wrote meanwhile."""
    found: list[Message] = []
    for problem in (*saved.refused, *saved.hidden):
        item = shown.state.item(problem.path) if problem.path else None
        if item is None:
            found.append(Message("warning", problem.text, ""))
        else:
            found.append(replace(message_of(shown, problem, item), level="warning"))
    if saved.theirs:
        names = list(dict.fromkeys(leaf_label(leaf, saved.opened.state) for leaf in saved.theirs))
        words = ", ".join(names[:5]) + (f" et {len(names) - 5} autres" if len(names) > 5 else "")
        found.append(Message("info", f"Réuni avec ce qu'une autre personne a enregistré : {words}.", ""))
    return tuple(found)


# --- the thread ---------------------------------------------------------------------------------


def _links(opened: Opened, parts: Sequence[StepPart], step: str) -> tuple[StepLink, ...]:
    visited = set(opened.state.document.get("visited", ()))
    links: list[StepLink] = []
    passed, free = True, opened.state.form.form.nature == "record"
    for n, part in enumerate(parts, start=1):
        errors = _errors(opened.state, part.id)
        wrong = [problem for problem in errors if not problem.missing]
        started = _started(opened.state, part) or part.id in visited
        complete = not errors and started
        words = "À faire"
        if wrong:
            words = "1 réponse à corriger" if len(wrong) == 1 else f"{len(wrong)} réponses à corriger"
        elif complete and part.id != step:
            words = "Complète"
        elif started or part.id == step:
            words = "En cours"
        links.append(
            StepLink(
                id=part.id,
                n=n,
                title=part.spec.title,
                state=words,
                done=complete,
                current=part.id == step,
                reachable=passed and (free or part.id in visited or started or part.id == step),
            )
        )
        passed = passed and not (part.spec.gate and errors)
    return tuple(links)


def _started(state: FormState, part: StepPart) -> bool:
    return any(
        item.parent is None and item.id in state.document["answers"] for item in part.walk() if item.is_field
    )


# --- what a save changed on screen ---------------------------------------------------------------

SCALARS = frozenset({"text", "number", "date", "time", "boolean"})


def settled(before: FormState, after: FormState) -> frozenset[str]:
    """Name top items that look the same in two states of a document: nothing that they read has changed."""
    if before.form is not after.form:
        return frozenset()
    old, new = before.document["answers"], after.document["answers"]
    names = after.form.skeleton.named.keys()
    changed = {name for name in names if old.get(name, MISSING) != new.get(name, MISSING)}
    return frozenset(names - after.form.dependents.of(changed))


def changed_nodes(before: Sequence[Node], after: Sequence[Node], posted: Mapping[str, str]) -> list[Node]:
    """The items of a step to draw anew: those that look different for another reason than what was typed.

    `posted`: control name -> its first text.
    """
    old = {node.region: node for node in before}
    found: list[Node] = []
    for node in after:
        former = old.get(node.region)
        if former is None or former.node != node.node:
            found.append(node)
        elif isinstance(node, SectionView) and isinstance(former, SectionView):
            found.extend(changed_nodes(former.nodes, node.nodes, posted))
        elif isinstance(node, FieldView) and isinstance(former, FieldView):
            found.extend(_changed_field(former, node, posted))
        elif former != node:
            found.append(node)
    return found


def _changed_field(before: FieldView, after: FieldView, posted: Mapping[str, str]) -> list[Node]:
    if before == after:
        return []
    if after.type == "group" and before.type == "group":
        return changed_nodes(before.data["nodes"], after.data["nodes"], posted)
    if after.type == "rows" and before.type == "rows":
        return _changed_rows(before, after, posted)
    if after.path not in posted:
        return [after]
    return [] if _typed_only(before, after, posted[after.path]) else [after]


def _changed_rows(before: FieldView, after: FieldView, posted: Mapping[str, str]) -> list[Node]:
    if [row.row for row in before.data["rows"]] != [row.row for row in after.data["rows"]]:
        return [after]
    found: list[Node] = []
    for old, new in zip(before.data["rows"], after.data["rows"], strict=True):
        found.extend(changed_nodes(old.nodes, new.nodes, posted))
    return found


def _typed_only(before: FieldView, after: FieldView, text: str) -> bool:
    """Tell whether only what the person typed or ticked differs: their page shows it already."""
    if replace(before, data={}, read={}, messages=()) != replace(after, data={}, read={}, messages=()):
        return False
    if after.type in SCALARS:
        return bool(text.strip()) or not after.data["value"]  # an empty control that has got a default
    if after.type == "reference":
        return True
    if after.type == "choice" and after.data["as"] == before.data["as"] == "search":
        return bool(before.data["found"] == after.data["found"])
    if after.type == "choice":
        return [one.code for one in before.data["options"]] == [one.code for one in after.data["options"]]
    if after.type == "cascade" and after.data["branches"]:  # the page draws what a pick opens by itself
        return [_offered(slot) for slot in before.data["slots"]] == [
            _offered(slot) for slot in after.data["slots"]
        ]
    if after.type == "cascade":
        return [_slot_shape(slot) for slot in before.data["slots"]] == [
            _slot_shape(slot) for slot in after.data["slots"]
        ]
    return after.type == "checklist" and all(
        before.data.get(key) == after.data.get(key) for key in ("shown", "total", "suggested", "found")
    )


def _offered(slot: Any) -> tuple[str, ...]:
    return tuple(one.code for one in slot.options)


def _slot_shape(slot: Any) -> tuple[Any, ...]:
    chosen = next((one.code for one in slot.options if one.checked), None)
    return chosen, slot.tally, tuple((one.code, one.note) for one in slot.options)

"""Long work on documents, on screen: how far it is, what becomes of each document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from engine.french import long_date
from engine.migrate import ASKED, BLOCKED, LOST, MOVED, OUTCOMES, UNCHANGED
from renderers.pages import RehearsalLine
from web.catalogue import Catalogue
from web.screens.shared import document_url
from web.services import Fate
from web.world import DOCUMENT, Desk

SHOWN = 50  # lines a page
WOULD = {  # one, several, the level of the tag
    BLOCKED: ("bloqué", "bloqués", "bad"),
    LOST: ("perdrait une réponse", "perdraient une réponse", "bad"),
    ASKED: ("à qui une réponse est redemandée", "à qui une réponse est redemandée", "warn"),
    MOVED: ("déplacé", "déplacés", "info"),
    UNCHANGED: ("inchangé", "inchangés", "good"),
}
WAS = WOULD | {
    BLOCKED: ("reste sur sa version", "restent sur leur version", "bad"),
    LOST: ("reste sur sa version : il perdrait une réponse", "restent : ils perdraient une réponse", "bad"),
}
TAGS = {BLOCKED: "Bloqué", LOST: "Perdrait", ASKED: "Redemandé", MOVED: "Déplacé", UNCHANGED: "Inchangé"}


def tallies(
    counts: Mapping[str, int], words: Mapping[str, tuple[str, str, str]]
) -> tuple[tuple[str, str], ...]:
    """How many documents have each outcome, the gravest first, each with the level of its tag."""
    found = [(counts[one], *words[one]) for one in OUTCOMES if counts.get(one)]
    return tuple((f"{n} {one if n == 1 else many}", level) for n, one, many, level in found)


def fate_lines(
    here: Desk, served: Catalogue, form_id: str, fates: Sequence[Fate]
) -> tuple[RehearsalLine, ...]:
    """Documents named without their contents, linked for those who may open them."""
    return tuple(_line(here, served, form_id, fate) for fate in fates)


def _line(here: Desk, served: Catalogue, form_id: str, fate: Fate) -> RehearsalLine:
    form = served.forms.get((form_id, fate.version)) or served.newest(form_id)
    assert form is not None
    states = {state.id: state.label for state in form.form.lifecycle.states}
    created = long_date(date.fromisoformat(fate.created[:10])) if fate.created else ""
    about = fate.why or ", ".join(f"« {name} »" for name in fate.fields)
    return RehearsalLine(
        name=f"{form.form.short or form.form.title}, créé le {created}",
        url=document_url(fate.id) if _open_to(here, fate.id) else "",
        place=str(here.place(fate.place).get("label", "")),
        state=states.get(fate.state, fate.state),
        version=fate.version,
        outcome=TAGS[fate.outcome],
        level=WOULD[fate.outcome][2],
        about=about[:1].upper() + about[1:],
    )


def _open_to(here: Desk, id: str) -> bool:
    """Tell by its keys whether a document reaches this person: it is not opened for that."""
    stored = here.reader.get(DOCUMENT, id)
    reach = () if stored is None else stored.keys.get("reach", ())
    return bool(set(here.tokens()) & set(reach if isinstance(reach, tuple) else ()))

"""The page of a dress rehearsal: what changes, what becomes of each document, how far it is."""

from __future__ import annotations

from datetime import date, datetime

from engine.drafting import version_key
from engine.french import clock, long_date
from engine.migrate import ASKED, BLOCKED, LOST, MOVED, OUTCOMES, UNCHANGED
from engine.versions import around, compare
from renderers.pages import Button, RehearsalLine, RehearsalPage
from web.catalogue import Catalogue
from web.screens.shared import document_url
from web.services import Candidate, Fate, Progress
from web.world import DOCUMENT, Desk

SHOWN = 50  # lines a page
WORDS = {  # one, several, the level of the tag
    BLOCKED: ("bloqué", "bloqués", "bad"),
    LOST: ("perdrait une réponse", "perdraient une réponse", "bad"),
    ASKED: ("à qui une réponse est redemandée", "à qui une réponse est redemandée", "warn"),
    MOVED: ("déplacé", "déplacés", "info"),
    UNCHANGED: ("inchangé", "inchangés", "good"),
}
TAGS = {BLOCKED: "Bloqué", LOST: "Perdrait", ASKED: "Redemandé", MOVED: "Déplacé", UNCHANGED: "Inchangé"}


def rehearsal_url(form: str) -> str:
    """Where a form's rehearsal is."""
    return f"/definitions/{form}/repetition"


def draft_of(drafts: Catalogue, served: Catalogue, form: str) -> Candidate | None:
    """The working copy of a form as a candidate; None if it is faulty, or is no later than what is served."""
    files = drafts.library.forms.get(form, {})
    number = next((one for one, (file, _) in files.items() if file.endswith("/form.json")), "")
    compiled, newest = drafts.forms.get((form, number)), served.newests.get(form)
    if compiled is None or (newest is not None and version_key(number) <= version_key(newest)):
        return None
    return Candidate(compiled, drafts.migrations.get(form, ()), served)


def rehearsal_page(
    here: Desk, candidate: Candidate, drafts: Catalogue, found: Progress | None, fates: list[Fate], page: int
) -> RehearsalPage:
    """Build the page; `fates`: the lines of the last rehearsal, the gravest first."""
    form = candidate.form
    shown = fates[(page - 1) * SHOWN : page * SHOWN]
    current = found is not None and found.current
    url = rehearsal_url(form.id)
    more = len(fates) > page * SHOWN
    return RehearsalPage(
        title=f"Répétition : {form.form.short or form.form.title} {form.version}",
        back=Button("Définitions", "/definitions"),
        intro="Chaque document est rejoué sur la version de travail, sans que rien soit enregistré : voici "
        "ce que chacun deviendrait si elle était publiée.",
        changes=_changes(candidate, drafts),
        status=_status(found),
        done=found.done if found is not None and current else 0,
        total=found.total if found is not None and current else 0,
        running=found is not None and current and not found.over,
        counts=tuple(_counts(found)) if found is not None and current else (),
        lines=tuple(_line(here, candidate, fate) for fate in shown) if current else (),
        listed=f"{len(fates)} documents à regarder" if len(fates) != 1 else "1 document à regarder",
        action=url,
        submit=_submit(found),
        earlier=Button("Précédents", f"{url}?page={page - 1}") if page > 1 else None,
        later=Button("Suivants", f"{url}?page={page + 1}") if more and current else None,
    )


def _changes(candidate: Candidate, drafts: Catalogue) -> tuple[tuple[str, str], ...]:
    """What the working copy changes, in sentences, each with its class."""
    newest = candidate.served.newest(candidate.form.id)
    if newest is None:
        return ()
    old, new = newest.form, drafts.library.forms[candidate.form.id][candidate.form.version][1]
    found = compare(old, new, around(drafts.library, old, new, candidate.served.library))
    kinds = {"patch": "Sans risque", "minor": "Compatible", "major": "Cassant", "impossible": "Impossible"}
    return tuple((change.sentence, kinds[change.kind]) for change in found)


def _status(found: Progress | None) -> str:
    if found is None:
        return "Cette version n'a pas encore été répétée."
    if not found.current:
        return "La version de travail a changé depuis la dernière répétition : recommencez-la."
    if not found.over:
        return f"{found.done} documents rejoués sur {found.total}."
    at = datetime.fromisoformat(found.at)
    return f"Répétition terminée le {long_date(at.date())} à {clock(at)} : {found.total} documents rejoués."


def _submit(found: Progress | None) -> str:
    if found is None or not found.current:
        return "Lancer la répétition"
    return "Recommencer" if found.over else "Continuer la répétition"


def _counts(found: Progress) -> list[tuple[str, str]]:
    counts = [(found.counts[one], *WORDS[one]) for one in OUTCOMES if found.counts.get(one)]
    return [(f"{n} {one if n == 1 else many}", level) for n, one, many, level in counts]


def _line(here: Desk, candidate: Candidate, fate: Fate) -> RehearsalLine:
    form = candidate.source(fate.version) or candidate.form
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
        level=WORDS[fate.outcome][2],
        about=about[:1].upper() + about[1:],
    )


def _open_to(here: Desk, id: str) -> bool:
    """Tell by its keys whether a document reaches this person: it is not opened for that."""
    stored = here.reader.get(DOCUMENT, id)
    reach = () if stored is None else stored.keys.get("reach", ())
    return bool(set(here.tokens()) & set(reach if isinstance(reach, tuple) else ()))

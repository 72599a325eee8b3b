"""The page of a dress rehearsal: what changes, what becomes of each document, and publishing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.french import clock, enumerate_words, long_date
from engine.migrate import LOST
from engine.versions.changes import Change
from renderers.pages import Advance, Button, NoteForm, RehearsalPage
from web.release import Draft
from web.screens.fates import SHOWN, WOULD, fate_lines, tallies
from web.services import Fate, Progress
from web.world import Desk

KINDS = {"first": "première version", "patch": "correctif", "minor": "mineure", "major": "majeure"}
CLASSES = {"patch": "Sans risque", "minor": "Compatible", "major": "Cassant", "impossible": "Impossible"}
NOTE_HELP = (
    "En une phrase, pour la personne qui remplit un document : elle la lira à l'ouverture de son brouillon."
)


def rehearsal_url(form: str) -> str:
    """Where a form's rehearsal is."""
    return f"{life_url(form)}/repetition"


def life_url(form: str) -> str:
    """Where the life of a form is."""
    return f"/definitions/{form}"


def rehearsal_page(
    here: Desk,
    draft: Draft,
    found: Progress | None,
    fates: list[Fate],
    page: int,
    refusals: Sequence[str],
    played: int,
    trial: tuple[str, Sequence[str]] = ("", ()),
) -> RehearsalPage:
    """Build the page.

    `fates`: the lines of the last rehearsal, the gravest first; `refusals`: why it cannot be published,
    whatever the documents hold; `trial`: the note of a publication that was refused, and why.
    """
    form = draft.candidate.form.form
    shown = fates[(page - 1) * SHOWN : page * SHOWN]
    current = found is not None and found.current
    url = rehearsal_url(draft.form)
    more = len(fates) > page * SHOWN
    reasons = (*refusals, *_lost(found)) if current else tuple(refusals)
    return RehearsalPage(
        title=f"Répétition : {form.short or form.title} {draft.version}",
        back=Button(form.short or form.title, life_url(draft.form)),
        intro="Chaque document est rejoué sur la version de travail, sans que rien soit enregistré : voici "
        "ce que chacun deviendrait si elle était publiée.",
        changes=tuple((one.sentence, CLASSES[one.kind], hurt(one)) for one in draft.changes),
        advance=_advance(draft, found),
        lines=fate_lines(here, draft.candidate.served, draft.form, shown) if current else (),
        listed=f"{len(fates)} documents à regarder" if len(fates) != 1 else "1 document à regarder",
        earlier=Button("Précédents", f"{url}?page={page - 1}") if page > 1 else None,
        later=Button("Suivants", f"{url}?page={page + 1}") if more and current else None,
        checked=_checked(refusals, played),
        reasons=reasons,
        ask=None if reasons or found is None or not current or not found.over else _ask(draft, trial),
    )


def hurt(change: Change) -> str:
    """Say whom a change hurts."""
    return f"Gêne {enumerate_words(list(change.hurts))}." if change.hurts else ""


def _checked(refusals: Sequence[str], played: int) -> str:
    return "" if refusals or not played else as_expected(played)


def as_expected(played: int) -> str:
    """Say that some scenarios were played, and none fails."""
    some = f"{played} scénarios joués" if played > 1 else f"{played} scénario joué"
    return f"{some} avec cette version : tout est comme attendu."


def _lost(found: Progress | None) -> tuple[str, ...]:
    lost = 0 if found is None else found.counts.get(LOST, 0)
    if not lost:
        return ()
    some = f"{lost} documents perdraient" if lost > 1 else "1 document perdrait"
    return (f"{some} une réponse : dites ce qu'elle devient dans « migrations/ », puis recommencez.",)


def _ask(draft: Draft, trial: tuple[str, Sequence[str]]) -> NoteForm:
    note, errors = trial
    return NoteForm(
        id="publier",
        title=f"Publier la version {draft.version} ({KINDS[draft.kind]})",
        text="Les nouveaux documents commenceront avec elle, et les documents en cours y passeront comme "
        "ci-dessus. Les étapes closes ne changent pas. La publication peut être annulée.",
        action=f"{life_url(draft.form)}/publication",
        label="Ce qui change",
        help=NOTE_HELP,
        submit=f"Publier la version {draft.version}",
        note=note,
        main=True,
        hidden=(("version", draft.version), ("content", draft.candidate.content)),
        errors=tuple(errors),
    )


def _advance(draft: Draft, found: Progress | None) -> Advance:
    current = found is not None and found.current
    return Advance(
        title="Avancement",
        status=_status(found),
        done=found.done if found is not None and current else 0,
        total=found.total if found is not None and current else 0,
        running=found is not None and current and not found.over,
        counts=tallies(found.counts, WOULD) if found is not None and current else (),
        action=rehearsal_url(draft.form),
        submit=_submit(found),
    )


def _status(found: Progress | None) -> str:
    if found is None:
        return "Cette version n'a pas encore été répétée. Elle se publie une fois répétée jusqu'au bout."
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

"""The page where working copies that name each other are rehearsed, then published in one gesture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode

from engine.french import enumerate_words
from engine.migrate import LOST
from renderers.pages import Advance, Button, NoteForm, RehearsalLine, RehearsalPage
from web.release import Draft
from web.screens.fates import SHOWN, WOULD, fate_lines, tallies
from web.screens.rehearsal import CLASSES, NOTE_HELP, as_expected, hurt
from web.services import Fate, Progress
from web.undoing import Unpublishable
from web.world import Desk

BACK = Button("Définitions", "/definitions")
INTRO = (
    "Ces formes se publient ensemble : toutes, ou aucune. Chaque document est rejoué sur les versions de "
    "travail, sans que rien soit enregistré."
)
Rehearsed = tuple[Draft, Progress | None, Sequence[Fate]]  # a working copy, how far it is, the lines
Trial = tuple[str, Sequence[str]]  # the note of a publication that was refused, and why


def together_url(forms: Sequence[str], what: str = "") -> str:
    """Where some forms are published together."""
    return f"/ensemble{what}?{urlencode([('form', one) for one in forms])}"


def together_page(
    here: Desk, found: Sequence[Rehearsed], refusals: Sequence[str], played: int, trial: Trial = ("", ())
) -> RehearsalPage:
    """Build the page; `refusals`: why they cannot be published, whatever the documents hold."""
    lines = [line for one in found for line in _lines(here, one)]
    progress = [how for _, how, _ in found]
    over = all(how is not None and how.current and how.over for how in progress)
    lost = sum(how.counts.get(LOST, 0) for how in progress if how is not None and how.current)
    reasons = (*refusals, *(_lost(lost) if lost else ()))
    asked = over and not reasons
    return RehearsalPage(
        title=f"Répétition : {enumerate_words([_name(draft) for draft, _, _ in found])}",
        back=BACK,
        intro=INTRO,
        changes=tuple(
            (f"{_title(draft)} : {one.sentence}", CLASSES[one.kind], hurt(one))
            for draft, _, _ in found
            for one in draft.changes
        ),
        advance=_advance([draft.form for draft, _, _ in found], progress, over),
        lines=tuple(lines[:SHOWN]),
        listed=f"{len(lines)} documents à regarder" if len(lines) != 1 else "1 document à regarder",
        earlier=None,
        later=None,
        checked=as_expected(played) if played and not refusals else "",
        reasons=reasons if asked else (*trial[1], *reasons),
        ask=_ask([draft for draft, _, _ in found], trial) if asked else None,
    )


def refused_page(forms: Sequence[str], refused: Unpublishable) -> RehearsalPage:
    """Say why some working copies cannot even be rehearsed together."""
    status, url = "Rien à répéter pour l'instant.", together_url(forms)
    nothing = Advance("Avancement", status, 0, 0, False, (), url, "")
    return RehearsalPage(
        "Publier ensemble", BACK, INTRO, (), nothing, (), "", None, None, reasons=tuple(refused.reasons)
    )


def _title(draft: Draft) -> str:
    form = draft.candidate.form.form
    return form.short or form.title


def _name(draft: Draft) -> str:
    return f"{_title(draft)} {draft.version}"


def _lines(here: Desk, one: Rehearsed) -> tuple[RehearsalLine, ...]:
    draft, how, fates = one
    if how is None or not how.current:
        return ()
    return fate_lines(here, draft.candidate.served, draft.form, list(fates[:SHOWN]))


def _lost(count: int) -> tuple[str, ...]:
    some = f"{count} documents perdraient" if count > 1 else "1 document perdrait"
    return (f"{some} une réponse : dites ce qu'elle devient dans « migrations/ », puis recommencez.",)


def _advance(forms: Sequence[str], progress: Sequence[Progress | None], over: bool) -> Advance:
    current = [how for how in progress if how is not None and how.current]
    counts: Counter[str] = Counter()
    for how in current:
        counts.update(how.counts)
    done, total = sum(how.done for how in current), sum(how.total for how in current)
    begun = bool(current)
    return Advance(
        title="Avancement",
        status=_status(over, len([how for how in current if how.over]), len(progress), done),
        done=done if begun else 0,
        total=total if begun else 0,
        running=begun and not over,
        counts=tallies(counts, WOULD),
        action=together_url(forms, "/repetition"),
        submit="" if over else ("Continuer la répétition" if begun else "Lancer la répétition"),
    )


def _status(over: bool, ready: int, forms: int, done: int) -> str:
    if over:
        return f"Répétition terminée : {forms} formes, {done} documents rejoués."
    if not done and not ready:
        return "Ces versions n'ont pas été répétées. Elles se publient une fois répétées jusqu'au bout."
    return f"Formes répétées jusqu'au bout : {ready} sur {forms}."


def _ask(drafts: Sequence[Draft], trial: Trial) -> NoteForm:
    note, errors = trial
    forms = [one.form for one in drafts]
    return NoteForm(
        id="publier",
        title=f"Publier {enumerate_words([_name(one) for one in drafts])}",
        text="Les nouveaux documents commenceront avec elles, et les documents en cours y passeront comme "
        "ci-dessus. Les étapes closes ne changent pas. Annuler l'une annule toutes les autres.",
        action=together_url(forms, "/publication"),
        label="Ce qui change",
        help=NOTE_HELP,
        submit=f"Publier les {len(drafts)} versions" if len(drafts) > 1 else "Publier la version",
        note=note,
        main=True,
        hidden=tuple((f"content.{one.form}", one.candidate.content) for one in drafts),
        errors=tuple(errors),
    )

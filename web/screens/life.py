"""The page of a form's life: its published versions, the documents that pass, undoing, retiring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.drafting import version_key
from engine.french import long_date
from renderers.pages import Advance, Button, Deposit, LifePage, NoteForm, Played, VersionLine
from web import journal
from web.catalogue import Catalogue
from web.journal import Event
from web.release import Draft
from web.screens.fates import SHOWN, WAS, fate_lines, tallies
from web.screens.rehearsal import KINDS, as_expected, life_url, rehearsal_url
from web.services import Fate, Passage
from web.services.passing import BACK
from web.undoing import Unpublishable, beside
from web.world import DOCUMENT, Desk

Trial = tuple[str, str, Sequence[str]]  # what was refused: « annuler » or « retirer », its note, the reasons
NOTHING: Trial = ("", "", ())
Judged = tuple[Sequence[str], int]  # why a working copy cannot be published, how many scenarios were played


def life_page(
    here: Desk,
    form: str,
    found: Draft | Unpublishable | None,
    passage: Passage | None,
    staying: Sequence[Fate],
    judged: Judged | None = None,
    trial: Trial = NOTHING,
    deposit: Deposit | None = None,
) -> LifePage:
    """Build the page.

    `found`: the working copy, or why there is none; `staying`: what did not pass; `judged`: what playing
    the scenarios with the working copy said, None while they are not played.
    """
    served = here.catalogue
    title = _title(served, form)
    undone = served.withdrawn(form)
    standing = [one for one in _versions(served, form) if one not in undone]
    return LifePage(
        title=title,
        back=Button("Définitions", "/definitions"),
        intro=_intro(served, form),
        versions=tuple(_line(here, form, one) for one in reversed(_versions(served, form))),
        advance=None if passage is None else _advance(form, passage),
        lines=fate_lines(here, served, form, staying[:SHOWN]),
        listed=f"{len(staying)} documents à regarder" if len(staying) != 1 else "1 document à regarder",
        draft=_draft(found),
        reasons=tuple(found.reasons) if isinstance(found, Unpublishable) else (),
        buttons=_buttons(form, found),
        asks=(*_undo(here, form, standing, trial), *_retire(served, form, standing, trial)),
        played=_played(form, judged) if isinstance(found, Draft) else None,
        deposit=deposit,
    )


def summary(here: Desk, form: str, found: Draft | Unpublishable | None, passage: Passage | None) -> str:
    """Where a form is in its life, in one line."""
    newest = here.catalogue.newests.get(form)
    said = [f"Version {newest} en vigueur." if newest else "Aucune version en vigueur."]
    if isinstance(found, Draft):
        said.append(f"Version {found.version} à répéter.")
    if passage is not None and not passage.over:
        said.append("Des documents ont encore à changer de version.")
    return " ".join(said)


def _title(served: Catalogue, form: str) -> str:
    newest = served.newest(form) or next(one for (name, _), one in served.forms.items() if name == form)
    return newest.form.short or newest.form.title


def _versions(served: Catalogue, form: str) -> list[str]:
    return sorted((version for name, version in served.forms if name == form), key=version_key)


def _intro(served: Catalogue, form: str) -> str:
    start, newest = served.starts.get(form), served.newests.get(form)
    if newest is None:
        return "Aucune version n'est en vigueur."
    if start is None:
        return "La forme est retirée : plus aucun document ne commence avec elle ; ceux en cours continuent."
    if start != newest:
        return (
            f"Les nouveaux documents commencent avec la version {start}, et non avec la {newest} : un "
            "réglage du déploiement, ou un retrait, le veut."
        )
    return f"Les nouveaux documents commencent avec la version {start}."


def _line(here: Desk, form: str, version: str) -> VersionLine:
    served = here.catalogue
    events = served.journal.get(form, ())
    tag, level = _tag(served, form, version, events)
    done = next((one for one in events if one.do == "publish" and one.version == version), None)
    count = here.reader.find(DOCUMENT, {"form": form, "version": version}, limit=0).total
    return VersionLine(
        version=version,
        tag=tag,
        level=level,
        said="" if done is None else published_words(done),
        note="" if done is None else done.note,
        documents=f"{count} documents" if count != 1 else "1 document",
    )


def _tag(served: Catalogue, form: str, version: str, events: Sequence[Event]) -> tuple[str, str]:
    if version in served.withdrawn(form):
        return "Annulée", "bad"
    if journal.retired(events, version):
        return "Retirée", "warn"
    return ("En vigueur", "good") if served.newests.get(form) == version else ("Publiée", "")


def published_words(event: Event) -> str:
    """Say when a version was published, by whom, its class."""
    kind = f" ({KINDS[event.kind]})" if event.kind else ""
    return f"Le {long_date(date.fromisoformat(event.on))}, par {event.by}{kind}"


def _draft(found: Draft | Unpublishable | None) -> str:
    if isinstance(found, Draft):
        n = len(found.changes)
        some = f"{n} changements" if n > 1 else "1 changement"
        return f"Elle serait publiée sous le numéro {found.version} ({KINDS[found.kind]}) : {some}."
    return "Rien à répéter ni à publier." if found is not None else "Aucune version de travail ici."


def _played(form: str, judged: Judged | None) -> Played:
    if judged is None:
        return Played("Les scénarios sont à jouer avec cette version.", (), f"{life_url(form)}?scenarios=1")
    reasons, count = judged
    if reasons:
        return Played("Cette version ne peut pas être publiée :", tuple(reasons), "")
    return Played(as_expected(count), (), "")


def _buttons(form: str, found: Draft | Unpublishable | None) -> tuple[Button, ...]:
    tried = Button("Essayer le formulaire", f"{life_url(form)}/essai")
    if not isinstance(found, Draft):
        return (tried,)
    return (Button(f"Répéter la version {found.version}", rehearsal_url(form), main=True), tried)


# --- documents that pass ------------------------------------------------------------------------


def _advance(form: str, found: Passage) -> Advance:
    back = found.way == BACK
    return Advance(
        title=f"Retour des documents de la version {found.version}"
        if back
        else f"Passage des documents à la version {found.version}",
        status=_status(found),
        done=found.done,
        total=found.total,
        running=not found.over and found.done > 0,
        counts=tallies(found.counts, WAS),
        action=f"{life_url(form)}/passage",
        submit="" if found.over else ("Continuer" if found.done else "Faire passer les documents"),
    )


def _status(found: Passage) -> str:
    if found.over:
        some = f"{found.total} documents vus" if found.total != 1 else "1 document vu"
        return f"C'est fini : {some}."
    if not found.done:
        return "Aucun document n'a encore changé de version : commencez quand vous voulez."
    return f"{found.done} documents vus sur {found.total}. Vous pouvez quitter cette page et y revenir."


# --- what may be done ---------------------------------------------------------------------------


def _undo(here: Desk, form: str, standing: Sequence[str], trial: Trial) -> tuple[NoteForm, ...]:
    if len(standing) < 2:
        return ()
    version, previous = standing[-1], standing[-2]
    note, errors = tried("annuler", trial)
    also = [f"{name} {one}" for name, one in beside(here.catalogue, form, version).items()]
    others = f" Ce qui a été publié avec elle revient aussi : {', '.join(also)}." if also else ""
    return (
        NoteForm(
            id="annuler",
            title=f"Annuler la publication de la version {version}",
            text=f"La version {previous} redevient celle en vigueur, et les documents y reviennent avec les "
            "réponses données depuis ; celles qui n'y ont pas de champ sont gardées à part, en lecture. Un "
            f"document dont une étape a été close sous la version {version} y reste.{others}",
            action=f"{life_url(form)}/annulation",
            label="Pourquoi",
            help="En une phrase : elle est gardée au journal de la forme.",
            submit=f"Annuler la version {version}",
            note=note,
            hidden=(("version", version),),
            errors=errors,
        ),
    )


def _retire(served: Catalogue, form: str, standing: Sequence[str], trial: Trial) -> tuple[NoteForm, ...]:
    events = served.journal.get(form, ())
    left = [one for one in reversed(standing) if not journal.retired(events, one)]
    if not left:
        return ()
    note, errors = tried("retirer", trial)
    return (
        NoteForm(
            id="retirer",
            title="Retirer une version",
            text="Plus aucun document ne commence avec elle. Ceux qui sont en cours continuent, et se lisent "
            "et s'impriment comme avant.",
            action=f"{life_url(form)}/retrait",
            label="Pourquoi",
            help="En une phrase : elle est gardée au journal de la forme.",
            submit="Retirer cette version",
            note=note,
            versions=tuple(left),
            errors=errors,
        ),
    )


def tried(name: str, trial: Trial) -> tuple[str, tuple[str, ...]]:
    """The note and the reasons of what was refused, where it is this gesture."""
    which, note, errors = trial
    return (note, tuple(errors)) if which == name else ("", ())

"""The page of a code list's life: its published versions, its working copy, publishing it, undoing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from engine.drafting import version_key
from renderers.pages import Button, Deposit, LifePage, NoteForm, VersionLine
from web.catalogue import Catalogue
from web.journal import withdrawn
from web.list_release import ListDraft, last_standing, list_versions, taken_by
from web.screens.life import published_words, tried
from web.screens.rehearsal import CLASSES, KINDS, hurt, life_url, rehearsal_url
from web.undoing import Unpublishable

Trial = tuple[str, str, Sequence[str]]  # what was refused: « publier » or « annuler », its note, the reasons
NOTHING: Trial = ("", "", ())


def list_url(name: str) -> str:
    """Where the life of a list is."""
    return f"/listes/{name}"


def list_page(
    served: Catalogue,
    name: str,
    title: str,
    found: ListDraft | Unpublishable | None,
    refusals: Sequence[str],
    users: Sequence[tuple[str, str, bool]],
    deposit: Deposit | None,
    trial: Trial = NOTHING,
) -> LifePage:
    """Build the page.

    `found`: the working copy, or why there is none; `refusals`: why it cannot be published; `users`: the
    forms that take the list: id, title, whether they can be rehearsed with it.
    """
    draft = found if isinstance(found, ListDraft) else None
    return LifePage(
        title=title,
        back=Button("Définitions", "/definitions"),
        intro=_intro(served, name),
        versions=tuple(_lines(served, name)),
        advance=None,
        lines=(),
        listed="",
        draft=_draft(draft, found, users),
        reasons=(*(found.reasons if isinstance(found, Unpublishable) else ()), *refusals),
        buttons=tuple(_button(*user) for user in users) if draft is not None else (),
        asks=(*_publish(name, draft, refusals, trial), *_undo(served, name, trial)),
        counted="Formes qui la prennent",
        changes=() if draft is None else tuple((c.sentence, CLASSES[c.kind], hurt(c)) for c in draft.changes),
        deposit=deposit,
    )


def list_title(served: Catalogue, name: str) -> str:
    """What a list is called, in its last version."""
    versions = served.lists[name]
    return versions[max(versions, key=version_key)].title


def list_summary(served: Catalogue, name: str) -> str:
    """Where a list is in its life, in one line."""
    last = last_standing(served, name)
    return f"version {last} en vigueur" if last else "aucune version en vigueur"


def _intro(served: Catalogue, name: str) -> str:
    last = last_standing(served, name)
    if last is None:
        return "Aucune version n'est en vigueur."
    return (
        f"La version {last} est en vigueur. Une forme prend la liste telle qu'elle est à sa propre "
        "publication, et la garde jusqu'à la suivante."
    )


def _lines(served: Catalogue, name: str) -> list[VersionLine]:
    events = served.list_journal.get(name, ())
    taken, undone = taken_by(served, name), withdrawn(events)
    every = sorted({*list_versions(served, name), *undone}, key=version_key, reverse=True)
    return [_line(served, name, one, taken.get(one, []), one in undone) for one in every]


def _line(
    served: Catalogue, name: str, version: str, taken: Sequence[tuple[str, str]], undone: bool
) -> VersionLine:
    events = served.list_journal.get(name, ())
    done = next((one for one in events if one.do == "publish" and one.version == version), None)
    current = last_standing(served, name) == version
    tag, level = ("En vigueur", "good") if current else ("Annulée", "bad") if undone else ("Publiée", "")
    return VersionLine(
        version=version,
        tag=tag,
        level=level,
        said="Sans date" if done is None else published_words(done),
        note="" if done is None else done.note,
        documents=", ".join(sorted(map(partial(_named, served), taken))) or "Aucune",
    )


def _named(served: Catalogue, key: tuple[str, str]) -> str:
    form = served.forms[key].form
    return f"{form.short or form.title} {form.version}"


def _draft(draft: ListDraft | None, found: object, users: Sequence[tuple[str, str, bool]]) -> str:
    if draft is None:
        return "Rien à publier." if found is not None else "Aucune version de travail ici."
    words = f"Elle serait publiée sous le numéro {draft.version} ({KINDS[draft.kind]})."
    return f"{words} Avant cela, répétez avec elle les formes qui la prennent." if users else words


def _button(form: str, title: str, ready: bool) -> Button:
    if ready:
        return Button(f"Répéter {title}", rehearsal_url(form))
    return Button(title, life_url(form))


def _publish(
    name: str, draft: ListDraft | None, refusals: Sequence[str], trial: Trial
) -> tuple[NoteForm, ...]:
    if draft is None or refusals:
        return ()
    note, errors = tried("publier", trial)
    return (
        NoteForm(
            id="publier",
            title=f"Publier la version {draft.version} ({KINDS[draft.kind]})",
            text="Rien de ce qui est servi ne change : chaque forme la prendra à sa prochaine version. La "
            "publication peut être annulée tant qu'aucune forme ne l'a prise.",
            action=f"{list_url(name)}/publication",
            label="Ce qui change",
            help="En une phrase : elle est gardée au journal de la liste.",
            submit=f"Publier la version {draft.version}",
            note=note,
            main=True,
            hidden=(("content", draft.content),),
            errors=errors,
        ),
    )


def _undo(served: Catalogue, name: str, trial: Trial) -> tuple[NoteForm, ...]:
    standing = list_versions(served, name)
    note, errors = tried("annuler", trial)
    if not errors and (len(standing) < 2 or taken_by(served, name).get(standing[-1])):
        return ()
    version = standing[-1] if standing else ""
    return (
        NoteForm(
            id="annuler",
            title=f"Annuler la publication de la version {version}",
            text="La version d'avant redevient celle en vigueur. Aucune forme n'a encore pris celle-ci.",
            action=f"{list_url(name)}/annulation",
            label="Pourquoi",
            help="En une phrase : elle est gardée au journal de la liste.",
            submit=f"Annuler la version {version}",
            note=note,
            hidden=(("version", version),),
            errors=errors,
        ),
    )

"""The page that asks for a file, and the one that says what it would change."""

from __future__ import annotations

from collections.abc import Mapping

from engine.french import enumerate_words
from renderers.pages import Button, ImportChoice, ImportDoubt, ImportLine, ImportPreview
from web.importing.applying import Preview
from web.importing.plan import Bringing, Planned
from web.services import Deps
from web.world import DOCUMENT, PLACE, Desk

MOST = 200
KINDS = (
    ("new", "à créer", "À créer"),
    ("changed", "à mettre à jour", "À mettre à jour"),
    ("moved", "qui arrivent d'un autre lieu", "Arrive d'un autre lieu"),
    ("same", "sans changement", ""),
    ("unsure", "à confirmer", ""),
    ("refused", "refusées", ""),
)


def choice_page(
    deps: Deps, allowed: Mapping[str, Bringing], name: str = "", place: str = "", error: str = ""
) -> ImportChoice:
    """Ask which kind of file, for which place, and the file."""
    places = {id for one in allowed.values() for id in one.places.values()}
    found = deps.store.get_many(PLACE, places)
    labelled = sorted((str(stored.body["label"]), id) for id, stored in found.items())
    return ImportChoice(
        title="Importer des fiches",
        kinds=tuple(
            (id, one.mapping.title, one.mapping.help, id == name or len(allowed) == 1)
            for id, one in allowed.items()
        ),
        places=tuple((id, label, id == place or len(labelled) == 1) for label, id in labelled),
        error=error,
    )


def preview_page(deps: Deps, person: str, shown: Preview, ticket: str) -> ImportPreview:
    """Say what an import would do, row by row, and who is no longer in the file."""
    here = Desk(deps.store, deps.catalogue, deps.now(), person)
    counts = shown.counts
    lines = [_line(shown, one) for one in shown.planned if one.kind in {"new", "changed", "moved"}]
    ready = len(lines)
    return ImportPreview(
        title=f"Ce que l'import va changer : {shown.bringing.mapping.title}",
        back=Button("Choisir un autre fichier", "/imports"),
        counts=tuple((str(counts[kind]), f"fiches {words}") for kind, words, _ in KINDS),
        lines=tuple(lines[:MOST]),
        more=max(ready - MOST, 0),
        faults=tuple((str(one.line), one.column, one.text, one.warning) for one in shown.faults[:MOST]),
        more_faults=max(len(shown.faults) - MOST, 0),
        leavers=tuple(_leaver(here, id) for id in shown.leavers[:MOST]),
        action=f"/imports/{ticket}" if any(not one.linked for one in shown.planned) else "",
        doubts=tuple(_doubt(here, shown, one) for one in shown.planned if one.kind == "unsure")[:MOST],
    )


def _line(shown: Preview, one: Planned) -> ImportLine:
    named = shown.bringing.form.skeleton.named
    labels = [named[name].label for name in one.changes]
    kind = next(words for kind, _, words in KINDS if kind == one.kind)
    return ImportLine(str(one.row.line), _name(shown, one), kind, ", ".join(labels))


def _name(shown: Preview, one: Planned) -> str:
    return " ".join(str(one.row.answers.get(name, "")) for name in shown.bringing.mapping.match[:2])


def _doubt(here: Desk, shown: Preview, one: Planned) -> ImportDoubt:
    mapping, named = shown.bringing.mapping, shown.bringing.form.skeleton.named
    labels = enumerate_words([named[name].label for name in mapping.match])
    key = mapping.column(mapping.key)
    why = (
        f"Une fiche de ce lieu a déjà ces réponses ({labels}), mais rien ne prouve que c'est la même : "
        f"{key.label if key is not None else 'identifiant'} différent, ou plusieurs lignes semblables."
    )
    return ImportDoubt(str(one.row.line), _name(shown, one), _leaver(here, one.record)[1], why)


def _leaver(here: Desk, id: str) -> tuple[str, str]:
    stored = here.reader.get(DOCUMENT, id)
    if stored is None or not here.grant(here.state(stored)).verbs & {"read"}:
        return "", ""
    return here.glance(id).name, f"/documents/{id}"

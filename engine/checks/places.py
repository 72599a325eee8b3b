"""Around a form: its subject and place, its links and collections, how records are shown, outputs."""

from __future__ import annotations

from collections.abc import Iterator

from engine import model
from engine.checks.common import (
    Found,
    all_known,
    all_versions,
    form_ids,
    state_ids,
    unknown,
    unknown_form,
)
from engine.compile import CompiledForm
from engine.faults import Location, nearest
from engine.references import resolve


def check_places(form: CompiledForm) -> Iterator[Found]:
    """Find what is wrong with what surrounds a form."""
    yield from _nature(form)
    yield from _place(form)
    for name, link in form.form.links.items():
        yield from _link(form, link, ("links", name))
    for name, collection in form.form.collections.items():
        yield from _collection(form, collection, ("collections", name))
    if form.form.index is not None:
        yield from _index(form, form.form.index)
    if form.form.page is not None:
        yield from _page(form, form.form.page)
    yield from _outputs(form)


def _nature(form: CompiledForm) -> Iterator[Found]:
    spec, library = form.form, form.drafting.library
    if spec.nature == "record" and spec.subject is not None:
        yield (
            ("subject",),
            "une fiche (« record ») n'a pas de sujet. Retirez « subject », ou écrivez « document ».",
        )
    elif spec.subject is not None:
        records = [name for name in library.forms if _is_record(form, name)]
        if spec.subject not in records:
            yield ("subject",), unknown_form("la fiche", spec.subject, records, library)
    if spec.nature == "document" and spec.page is not None:
        yield ("page",), "« page » est réservé aux fiches (« record »). Retirez-le."
    if spec.subject is not None and spec.nature == "document" and spec.index is not None:
        yield (
            ("index",),
            "les documents d'une fiche se trouvent sur sa page : « index » est pour les fiches, "
            "et les documents sans sujet. Retirez-le.",
        )


def _is_record(form: CompiledForm, name: str) -> bool:
    newest = form.drafting.library.newest(name)
    return newest is not None and newest.skeleton.form.nature == "record"


def _place(form: CompiledForm) -> Iterator[Found]:
    spec = form.form
    if spec.place is None:
        if spec.subject is None:
            yield (), "il manque « place » : le champ du lieu auquel ce document appartient."
        return
    item = form.skeleton.named.get(spec.place)
    if item is None or item.type != "reference":
        return
    around = [form.skeleton.parts[item.step].spec, *(form.skeleton.named[one].spec for one in item.chain[1:])]
    if item.spec.required is not True or any(one.when is not None for one in (item.spec, *around)):
        yield (
            ("place",),
            f"« {spec.place} » doit être toujours rempli : mettez « required » à true, sans « when ».",
        )
    if item.spec.many:
        yield ("place",), f"« {spec.place} » doit être un seul lieu : retirez « many »."


# --- links and collections ----------------------------------------------------------------------


def _link(form: CompiledForm, link: model.Link, location: Location) -> Iterator[Found]:
    library = form.drafting.library
    versions = all_versions(form.drafting, link.form)
    if not versions:
        yield (*location, "form"), unknown_form("la forme", link.form, library.forms, library)
        return
    if versions[-1].nature == "record":
        yield (
            (*location, "form"),
            f"« {link.form} » est une fiche : un lien mène à un document. Prenez un champ « reference ».",
        )
    missing = library.absent.get(link.form, ())
    majors = [number.split(".")[0] for number in (*(one.version for one in versions), *missing)]
    yield from all_known(
        f"la version majeure de « {link.form} »", link.versions or (), majors, (*location, "versions")
    )
    states = state_ids(
        one for one in versions if link.versions is None or one.version.split(".")[0] in link.versions
    )
    if not missing:
        yield from all_known(f"l'état de « {link.form} »", link.states or (), states, (*location, "states"))


def _collection(form: CompiledForm, collection: model.Collection, location: Location) -> Iterator[Found]:
    library = form.drafting.library
    yield from all_known("la forme", collection.forms, form_ids(library), (*location, "forms"))
    forms = [one for name in collection.forms for one in all_versions(form.drafting, name)]
    if not any(name in library.absent for name in collection.forms):
        yield from all_known("l'état", collection.states or (), state_ids(forms), (*location, "states"))
    if collection.about is not None:
        yield from _about(form, collection, location)
    if collection.via is not None:
        yield from _via(form, collection, location)
    if collection.about is None and collection.via is None and not _anchored(collection.where):
        text = (
            "cette collection porterait sur tous les documents : ancrez-la par « about », « via », "
            "ou un « where » où un champ « is » une référence de cette forme."
        )
        yield location, text


def _about(form: CompiledForm, collection: model.Collection, location: Location) -> Iterator[Found]:
    subject = form.form.subject if form.form.nature == "document" else form.id
    if subject is None:
        yield (*location, "about"), "cette forme n'a pas de sujet. Déclarez « subject », ou ancrez autrement."
        return
    for index, name in enumerate(collection.forms):
        newest = form.drafting.library.newest(name)
        if newest is not None and newest.skeleton.form.subject != subject:
            yield (
                (*location, "forms", index),
                f"« {name} » n'a pas « {subject} » pour sujet. Retirez-la, ou ancrez autrement.",
            )


def _via(form: CompiledForm, collection: model.Collection, location: Location) -> Iterator[Found]:
    via = collection.via
    for name in collection.forms:
        newest = form.drafting.library.newest(name)
        if newest is None:
            continue
        links = newest.skeleton.form.links
        if via not in links:
            yield (*location, "via"), unknown(f"le lien de « {name} »", str(via), links)
        elif links[via].form != form.id:
            yield (
                (*location, "via"),
                f"le lien « {via} » de « {name} » ne mène pas à « {form.id} ». Choisissez-en un autre.",
            )


def _anchored(where: object) -> bool:
    atoms = where.all if isinstance(where, model.All) else [where]
    return any(
        isinstance(atom, model.Compare)
        and atom.op == "is"
        and atom.ref.startswith(".")
        and isinstance(atom.value, model.RefNode)
        and not atom.value.ref.startswith(".")
        for atom in atoms
    )


# --- index, page --------------------------------------------------------------------------------

SORTABLE = frozenset({"text", "number", "date", "time", "boolean", "choice", "reference", "computed"})
GROUPABLE = frozenset({"choice", "reference", "boolean"})


def _index(form: CompiledForm, index: model.Index) -> Iterator[Found]:
    columns = [*form.skeleton.named, *form.form.values, *form.form.collections]
    yield from all_known("la colonne", index.columns, columns, ("index", "columns"))
    for n, name in enumerate(index.columns):
        item = form.skeleton.named.get(name)
        if item is not None and not item.is_field and item.type != "computed":
            yield ("index", "columns", n), f"« {name} » n'est pas un champ : il n'y a rien à y lire."
    yield from _of_type(form, index.search, frozenset({"text"}), "un champ de texte", ("index", "search"))
    yield from _of_type(form, index.sort, SORTABLE, "un champ simple", ("index", "sort"))
    if index.group is not None:
        for location, text in _of_type(form, [index.group], GROUPABLE, "un choix ou une référence", ()):
            yield ("index", "group", *location[1:]), text


def _of_type(
    form: CompiledForm, names: list[str], kinds: frozenset[str], words: str, location: Location
) -> Iterator[Found]:
    for n, name in enumerate(names):
        item = form.skeleton.named.get(name)
        if item is None:
            fitting = [one.id for one in form.skeleton.named.values() if one.type in kinds]
            yield (*location, n), unknown("le champ", name, fitting)
        elif item.type not in kinds or getattr(item.spec, "many", False):
            yield (*location, n), f"« {name} » n'est pas {words}. Choisissez-en un autre."


def _page(form: CompiledForm, page: model.Page) -> Iterator[Found]:
    yield from _edit(form, page.edit, ("page", "edit"))
    for index, card in enumerate(page.cards):
        location: Location = ("page", "cards", index)
        yield from _edit(form, card.edit, (*location, "edit"))
        yield from _about_this(form, card.documents, (*location, "documents"))
        for n, path in enumerate(card.show):
            resolve(path, form.drafting.names(), (*location, "show", n))
        if card.first is not None and card.first < 1:
            yield (*location, "first"), "montrez-en au moins un, ou retirez « first »."


def _edit(form: CompiledForm, edit: model.Edit | None, location: Location) -> Iterator[Found]:
    if edit is not None and edit.step not in form.skeleton.parts:
        yield (*location, "step"), unknown("l'étape", edit.step, form.skeleton.parts)


def _about_this(form: CompiledForm, names: list[str], location: Location) -> Iterator[Found]:
    library = form.drafting.library
    yield from all_known("la forme", names, form_ids(library), location)
    for index, name in enumerate(names):
        newest = library.newest(name)
        if newest is not None and newest.skeleton.form.subject != form.id:
            yield (*location, index), f"« {name} » n'a pas « {form.id} » pour sujet. Retirez-la."


# --- outputs ------------------------------------------------------------------------------------


def _outputs(form: CompiledForm) -> Iterator[Found]:
    outputs = {output.id: output for output in form.form.outputs}
    roles = form.drafting.library.role_ids
    known = [*form.skeleton.parts, *form.skeleton.named]
    for index, output in enumerate(form.form.outputs):
        location: Location = ("outputs", index)
        for n, part in enumerate(output.parts):
            yield from all_known(
                "l'étape, la section ou le champ", part.of, known, (*location, "parts", n, "of")
            )
        if output.like is not None:
            yield from _like(output, outputs, location)
        elif not output.parts and not output.documents:
            yield location, f"la sortie « {output.id} » est vide. Donnez-lui « parts » ou « like »."
        if output.as_ is not None and output.as_ not in roles:
            yield (*location, "as"), f"le rôle « {output.as_} » n'existe pas.{nearest(output.as_, roles)}"
        if output.documents and form.form.nature != "record":
            yield (
                (*location, "documents"),
                "seule une fiche (« record ») joint ses documents. Retirez « documents ».",
            )
        else:
            yield from _about_this(form, output.documents, (*location, "documents"))


def _like(output: model.Output, outputs: dict[str, model.Output], location: Location) -> Iterator[Found]:
    if output.parts:
        yield (
            (*location, "parts"),
            "« like » reprend les parties d'une autre sortie. Gardez « like » ou « parts ».",
        )
    model_of = outputs.get(str(output.like))
    if output.like == output.id:
        yield (
            (*location, "like"),
            "une sortie ne se reprend pas elle-même. Visez-en une autre, ou donnez « parts ».",
        )
    elif model_of is None:
        yield (*location, "like"), unknown("la sortie", str(output.like), set(outputs) - {output.id})
    elif model_of.like is not None:
        yield (
            (*location, "like"),
            f"« {output.like} » reprend déjà « {model_of.like} » : visez celle-ci, sans chaîne.",
        )

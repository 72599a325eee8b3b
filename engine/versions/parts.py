"""What a form holds beside its steps, side by side: texts, links, collections, values, outputs, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from engine import model
from engine.saying import provided, say_condition, say_value
from engine.versions.changes import (
    DOCUMENTS,
    DRAFTS,
    EXPORTS,
    IMPOSSIBLE,
    MAJOR,
    MINOR,
    NEW,
    PATCH,
    PRIVACY,
    Change,
    Thing,
    cut,
)
from engine.versions.uses import touched, touching, uses
from engine.versions.world import World

Rule = Callable[[World, Any, Any], Iterator[Change]]


def _whole(words: str, path: str, feminine: bool = False) -> Thing:
    return Thing(path, words, feminine)


def _text(words: str, path: str, _world: World, _old: Any, new: Any) -> Iterator[Change]:
    thing = _whole(words, path)
    tail = f"change : {cut(new)}" if isinstance(new, str) else "change"
    yield thing.does(path, PATCH, tail)


def _texts(_world: World, old: model.Texts, new: model.Texts) -> Iterator[Change]:
    for key in model.Texts.model_fields:
        if getattr(old, key) != getattr(new, key):
            words = getattr(new, key)
            tail = "est retiré" if words is None else f"change : {cut(words)}"
            yield _whole(TEXT_WORDS[key], f"texts.{key}").does("text", PATCH, tail)


TEXT_WORDS = {
    "create": "le bouton de création",
    "quit": "le lien pour quitter",
    "about": "le texte de présentation",
    "about_title": "le titre de la présentation",
    "done": "le texte de fin",
}


def _refounded(words: str, path: str, _world: World, _old: Any, _new: Any) -> Iterator[Change]:
    remedy = "Faites une nouvelle forme."
    yield _whole("la forme", path, True).does(path, IMPOSSIBLE, words, DOCUMENTS, remedy=remedy)


def _place(_world: World, _old: Any, new: Any) -> Iterator[Change]:
    words = (
        "n'appartient plus à un lieu" if new is None else f"appartient maintenant au lieu que dit {cut(new)}"
    )
    yield _whole("le document", "place").does(
        "place", MAJOR, f"{words} : les droits suivent ce lieu", PRIVACY
    )


# --- links and collections ----------------------------------------------------------------------


def _links(world: World, old: Mapping[str, model.Link], new: Mapping[str, model.Link]) -> Iterator[Change]:
    for name, link in new.items():
        thing = Thing(f"links.{name}", f"le lien « {link.label} »")
        if name in old:
            yield from _link(world, thing, old[name], link)
        elif link.required:
            yield thing.does("added", MAJOR, "s'ajoute et est obligatoire", DRAFTS)
        else:
            yield thing.does("added", MINOR, "s'ajoute")
    for name, link in old.items():
        if name not in new:
            yield Thing(f"links.{name}", f"le lien « {link.label} »").does(
                "removed", MAJOR, "est retiré", DOCUMENTS
            )


def _link(_world: World, thing: Thing, old: model.Link, new: model.Link) -> Iterator[Change]:
    if old.label != new.label:
        yield thing.does("label", PATCH, f"s'appelait {cut(old.label)}")
    if old.form != new.form:
        words = f"mène maintenant à un document « {new.form} » au lieu de « {old.form} »"
        yield thing.does("form", IMPOSSIBLE, words, DOCUMENTS, remedy="Faites un nouveau lien.")
    if old.required != new.required:
        words = "est maintenant obligatoire" if new.required else "est maintenant facultatif"
        yield thing.does(
            "required", MAJOR if new.required else MINOR, words, *((DRAFTS,) if new.required else ())
        )
    if old.many != new.many:
        words = "accepte maintenant plusieurs brouillons" if new.many else "n'accepte plus qu'un brouillon"
        yield thing.does("many", MINOR, f"{words} à la fois")
    yield from _narrowed(thing, "versions", "les versions", old.versions, new.versions)
    yield from _narrowed(thing, "states", "les états", old.states, new.states)


def _narrowed(
    thing: Thing, key: str, words: str, old: list[str] | None, new: list[str] | None
) -> Iterator[Change]:
    if old == new or (old is not None and new is not None and set(old) == set(new)):
        return
    fewer = new is not None and (old is None or not set(old) <= set(new))
    tail = "tous" if new is None else ", ".join(new)
    said = f"{words} que lit {thing.name} changent : {tail}"
    yield thing.says(key, MAJOR if fewer else MINOR, said, *((NEW, DOCUMENTS) if fewer else ()))


def _collections(
    world: World, old: Mapping[str, model.Collection], new: Mapping[str, model.Collection]
) -> Iterator[Change]:
    for name, one in new.items():
        thing = Thing(f"collections.{name}", f"la collection « {one.label} »", True)
        if name not in old:
            yield thing.does("added", MINOR, "s'ajoute")
            continue
        if old[name].label != one.label:
            yield thing.does("label", PATCH, f"s'appelait {cut(old[name].label)}")
        if old[name].model_copy(update={"label": one.label}) != one:
            used = uses(world.new, name)
            words = f"ne réunit plus les mêmes documents{touched(used)}"
            yield touching(thing, used).does("value", MINOR, words, DRAFTS)
    for name, one in old.items():
        if name not in new:
            yield Thing(f"collections.{name}", f"la collection « {one.label} »", True).does(
                "removed", MINOR, "est retirée"
            )


# --- values and conditions ----------------------------------------------------------------------


def _values(
    world: World, old: Mapping[str, model.NamedValue], new: Mapping[str, model.NamedValue]
) -> Iterator[Change]:
    for name, one in new.items():
        used = uses(world.new, name)
        thing = touching(Thing(f"values.{name}", f"la valeur « {one.label} »", True), used)
        if name not in old:
            yield thing.does("added", MINOR, "s'ajoute")
            continue
        was = old[name]
        if was.label != one.label:
            yield thing.does("label", PATCH, f"s'appelait {cut(was.label)}")
        if was.value != one.value:
            before, after = say_value(was.value, world.old.labels), say_value(one.value, world.new.labels)
            words = f"passe de {before} à {after}{touched(used)}"
            yield thing.does("value", MINOR, words, DRAFTS)
        if was.readers != one.readers:
            yield thing.does("readers_gained", MAJOR, "n'est plus révélée aux mêmes lecteurs", PRIVACY)
    for name, one in old.items():
        if name not in new:
            yield Thing(f"values.{name}", f"la valeur « {one.label} »", True).does(
                "removed", MINOR, "est retirée"
            )


def _conditions(
    world: World, old: Mapping[str, model.NamedCondition], new: Mapping[str, model.NamedCondition]
) -> Iterator[Change]:
    for name, one in new.items():
        used = uses(world.new, name)
        thing = touching(Thing(f"conditions.{name}", f"la condition « {one.label} »", True), used)
        if name not in old:
            yield thing.does("added", MINOR, "s'ajoute")
            continue
        if old[name].label != one.label:
            yield thing.does("label", PATCH, f"se disait {cut(old[name].label)}")
        if old[name].when != one.when:
            clause = provided(say_condition(one.when, world.new.labels))
            words = f"est maintenant remplie {clause}{touched(used)}"
            yield thing.does("when", MINOR, words, DRAFTS)
    for name, one in old.items():
        if name not in new:
            yield Thing(f"conditions.{name}", f"la condition « {one.label} »", True).does(
                "removed", MINOR, "est retirée"
            )


# --- outputs, lists and pages -------------------------------------------------------------------


def _outputs(_world: World, old: list[model.Output], new: list[model.Output]) -> Iterator[Change]:
    before, after = {one.id: one for one in old}, {one.id: one for one in new}
    for name, one in after.items():
        thing = Thing(f"outputs.{name}", f"le document imprimé « {one.label} »")
        if name not in before:
            yield thing.does("added", MINOR, "s'ajoute")
            continue
        was = before[name]
        if was.as_ != one.as_:
            who = "qui imprime" if one.as_ is None else f"« {one.as_} »"
            yield thing.does("as", MAJOR, f"contient maintenant ce que peut lire {who}", PRIVACY)
        if was.label != one.label:
            yield thing.does("label", PATCH, f"s'appelait {cut(was.label)}")
        if was.model_copy(update={"label": one.label, "as_": one.as_}) != one:
            yield thing.does("parts", MINOR, "n'a plus le même contenu", EXPORTS)
    for name, one in before.items():
        if name not in after:
            yield Thing(f"outputs.{name}", f"le document imprimé « {one.label} »").does(
                "removed", MAJOR, "n'existe plus", EXPORTS
            )
    if before == after:
        yield Thing("outputs", "l'ordre des documents imprimés").does("order", PATCH, "change")


def _screen(words: str, path: str, _world: World, old: Any, new: Any) -> Iterator[Change]:
    thing = _whole(words, path, True)
    if old is None or new is None:
        yield thing.does(path, MINOR, "s'ajoute" if old is None else "est retirée")
        return
    changed = [key for key in type(new).model_fields if getattr(old, key) != getattr(new, key)]
    texts = {"title", "label", "intro", "empty", "search_label", "subtitle", "edit"}
    kind = PATCH if set(changed) <= texts else MINOR
    yield thing.does(path, kind, f"change : {', '.join(SCREEN_WORDS.get(key, key) for key in changed)}")


SCREEN_WORDS = {
    "title": "titre",
    "label": "libellé",
    "intro": "introduction",
    "search": "champs de la recherche",
    "search_label": "libellé de la recherche",
    "group": "regroupement",
    "count": "décompte",
    "columns": "colonnes",
    "sort": "tri",
    "filters": "filtres",
    "empty": "texte quand il n'y a rien",
    "subtitle": "sous-titre",
    "edit": "lien pour modifier",
    "cards": "cartes",
}

PART_RULES: Mapping[str, Rule] = {
    "nature": partial(_refounded, "change de nature", "nature"),
    "subject": partial(_refounded, "ne porte plus sur la même fiche", "subject"),
    "place": _place,
    "title": partial(_text, "le titre de la forme", "title"),
    "short": partial(_text, "le sigle de la forme", "short"),
    "name": partial(_text, "le titre de chaque document", "name"),
    "texts": _texts,
    "links": _links,
    "collections": _collections,
    "values": _values,
    "conditions": _conditions,
    "outputs": _outputs,
    "index": partial(_screen, "la liste des fiches", "index"),
    "page": partial(_screen, "la page de la fiche", "page"),
}


def compare_parts(world: World) -> Iterator[Change]:
    """Compare what the form holds beside its steps, its life cycle and its rights."""
    for key, rule in PART_RULES.items():
        old, new = getattr(world.old.form, key), getattr(world.new.form, key)
        if old != new:
            yield from rule(world, old, new)

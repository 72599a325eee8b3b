"""Code lists side by side, by code: added, retired, replaced, split, merged, removed, renamed, moved."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from engine.french import enumerate_words, fold
from engine.model import CodeList, ListItem
from engine.referentiels import Listing, listing_of
from engine.versions.changes import DOCUMENTS, DRAFTS, EXPORTS, MAJOR, MINOR, PATCH, Change, Thing, cut

ALIKE = 0.5


def compare_lists(
    old: Listing, new: Listing, used_by: Sequence[str] = (), whole: Thing | None = None
) -> tuple[Change, ...]:
    """Compare two versions of a code list; `used_by`: the fields that offer it; `whole`: its name."""
    return tuple(_lists(old, new, whole or list_thing(new.name, new.name, tuple(used_by))))


def list_thing(name: str, title: str, used_by: tuple[str, ...] = ()) -> Thing:
    """Name a code list."""
    return Thing(f"lists.{name}", f"la liste « {title} »", True, used_by)


def compare_code_lists(old: CodeList, new: CodeList) -> tuple[Change, ...]:
    """Compare two versions of a code list with their titles and sources."""
    whole = list_thing(new.list, new.title)
    found = list(_lists(listing_of(old), listing_of(new), whole))
    if old.title != new.title:
        found.append(whole.says("title", PATCH, f"la liste {cut(old.title)} s'appelle {cut(new.title)}"))
    if old.source != new.source:
        found.append(whole.says("source", PATCH, f"la source {whole.of} change"))
    found += _sources(old, new, whole)
    return tuple(found)


def _sources(old: CodeList, new: CodeList, whole: Thing) -> Iterator[Change]:
    before, after = dict(_entries(old.items)), dict(_entries(new.items))
    for code, other in after.items():
        one = before.get(code, other)
        if (one.source, one.notes) != (other.source, other.notes):
            thing = _entry(whole, code, other.label)
            yield thing.says("source", PATCH, f"la source ou les remarques {thing.of} changent")


def _entries(items: Sequence[ListItem]) -> Iterator[tuple[str, ListItem]]:
    for item in items:
        yield item.code, item
        yield from _entries(item.items)


def _entry(whole: Thing, code: str, label: str) -> Thing:
    return Thing(f"{whole.path}.{code}", f"le choix {cut(label)}", False, whole.affects)


def _lists(old: Listing, new: Listing, whole: Thing) -> Iterator[Change]:
    yield from _shape(old, new, whole)
    for code in old:
        thing = _entry(whole, code, old.label(code))
        if code not in new:
            yield thing.does(
                "choice_removed",
                MAJOR,
                f"n'existe plus dans {whole.name}",
                DOCUMENTS,
                EXPORTS,
                remedy="Gardez-le avec « retired » (et « replaced_by »), ou donnez une correspondance.",
            )
        else:
            yield from _both(code, old, new, thing)
    for code in new:
        if code not in old:
            thing = _entry(whole, code, new.label(code))
            retired = " ; il y est déjà retiré" if new.retired(code) else ""
            yield thing.does("choice_added", MINOR, f"s'ajoute {whole.to}{retired}")
    yield from _order(old, new, whole)


def _shape(old: Listing, new: Listing, whole: Thing) -> Iterator[Change]:
    if old.levels != new.levels:
        words = f"n'a plus les mêmes niveaux : {', '.join(old.levels)} devient {', '.join(new.levels)}"
        yield whole.does("levels", MAJOR, words, DOCUMENTS)
    if old.ordered != new.ordered:
        words = "est maintenant ordonnée" if new.ordered else "n'est plus ordonnée"
        yield whole.does(
            "ordered", MINOR if new.ordered else MAJOR, words, *(() if new.ordered else (DRAFTS,))
        )
    for name in {**old.attributes, **new.attributes}:
        before, after = old.attributes.get(name), new.attributes.get(name)
        if before is None:
            yield whole.does("attribute_added", MINOR, f"a un nouvel attribut, « {name} »")
        elif after is None:
            yield whole.does("attribute_removed", MAJOR, f"n'a plus l'attribut « {name} »", DRAFTS)
        elif before != after:
            yield whole.does("attribute_type", MAJOR, f"change le type de l'attribut « {name} »", DRAFTS)


def _both(code: str, old: Listing, new: Listing, thing: Thing) -> Iterator[Change]:
    yield from _retirement(code, old, new, thing)
    yield from _label(code, old, new, thing)
    if old.ancestors(code) != new.ancestors(code):
        above = new.parent(code)
        where = "au premier niveau" if above is None else f"sous {cut(new.label(above))}"
        yield thing.does("choice_moved", MAJOR, f"passe {where}", DOCUMENTS)
    yield from _asks(code, old, new, thing)
    for name in {**old.attributes, **new.attributes}:
        before, after = old.attribute(code, name), new.attribute(code, name)
        if before != after:
            words = f"a un autre « {name} » : {_said(before)} devient {_said(after)}"
            yield thing.does("choice_attribute", MINOR, words, DRAFTS)


def _said(value: object) -> str:
    if value is None or value == []:
        return "rien"
    if isinstance(value, bool):
        return "oui" if value else "non"
    return enumerate_words([str(one) for one in value]) if isinstance(value, list) else str(value)


def _label(code: str, old: Listing, new: Listing, thing: Thing) -> Iterator[Change]:
    before, after = old.label(code), new.label(code)
    if before == after:
        return
    alike = difflib.SequenceMatcher(None, fold(before), fold(after)).ratio() >= ALIKE
    remedy = (
        ""
        if alike
        else "Les documents gardent le code : si le sens a changé, retirez ce choix et ajoutez-en un autre."
    )
    yield thing.does("label", PATCH, f"s'écrit maintenant {cut(after)}", remedy=remedy)


def _retirement(code: str, old: Listing, new: Listing, thing: Thing) -> Iterator[Change]:
    before, after = old.replaced_by(code), new.replaced_by(code)
    if old.retired(code) and not new.retired(code):
        yield thing.does("choice_restored", MINOR, "est proposé de nouveau")
    elif new.retired(code) and (not old.retired(code) or before != after):
        yield thing.does("choice_retired", MINOR, _succession(code, after, new))


def _succession(code: str, after: tuple[str, ...], new: Listing) -> str:
    labels = [cut(new.label(one)) for one in after]
    if not after:
        return "n'est plus proposé ; les documents qui l'ont le gardent"
    if len(after) > 1:
        return f"est remplacé, au choix, par {enumerate_words(labels, 'ou')}"
    others = [one for one in new if one != code and new.replaced_by(one) == after]
    if others:
        together = enumerate_words([cut(new.label(one)) for one in others])
        return f"est réuni avec {together} dans {labels[0]}"
    return f"est remplacé par {labels[0]}"


def _asks(code: str, old: Listing, new: Listing, thing: Thing) -> Iterator[Change]:
    before, after = old.asks(code), new.asks(code)
    if before == after:
        return
    if after is None:
        yield thing.does("asks", MAJOR, "ne demande plus de précision", DOCUMENTS, EXPORTS)
    elif before is None:
        need = "demande maintenant une précision" if after.min else "accepte maintenant une précision"
        yield thing.does("asks", MAJOR if after.min else MINOR, need, *((DRAFTS,) if after.min else ()))
    else:
        tight = after.min > before.min or after.max < before.max
        words = f"demande maintenant de {after.min} à {after.max} précision(s)"
        yield thing.does("asks", MAJOR if tight else MINOR, words, *((DRAFTS,) if tight else ()))


def _order(old: Listing, new: Listing, whole: Thing) -> Iterator[Change]:
    common = [code for code in old if code in new and old.ancestors(code) == new.ancestors(code)]
    if common == sorted(common, key=new.rank):
        return
    if new.ordered:
        words = "range ses choix autrement : les comparaisons d'ordre peuvent changer de réponse"
        yield whole.does("choice_order", MAJOR, words, DRAFTS)
    else:
        yield whole.does("choice_order", PATCH, "range ses choix autrement")

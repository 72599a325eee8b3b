"""The keys of an item or a step, side by side: one rule a key, in one table.

What a rule does not know cannot be lost: a test holds the table against the models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine import model
from engine.attachments import KINDS
from engine.french import enumerate_words
from engine.saying import provided, say_condition, say_value
from engine.skeleton import Roles
from engine.versions.bounds import bound_change
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
from engine.versions.choices import compare_lists
from engine.versions.mentions import cited, setting_it
from engine.versions.uses import in_step, touched, touching, uses, within
from engine.versions.world import World


@dataclass(frozen=True, eq=False)
class Spot:
    """One key of one thing in both versions; `was` and `now` are the whole specifications."""

    world: World
    thing: Thing
    key: str
    old: Any
    new: Any
    was: Any
    now: Any


Rule = Callable[[Spot], Iterator[Change]]


# --- texts and layout ---------------------------------------------------------------------------


def _renamed(spot: Spot) -> Iterator[Change]:
    if spot.old is not None and spot.new is not None:
        words = f"s'appelle maintenant {cut(spot.new)} au lieu de {cut(spot.old)}"
    else:
        words = "n'a plus de titre" if spot.new is None else f"s'appelle maintenant {cut(spot.new)}"
    yield spot.thing.does(spot.key, PATCH, words)


def _text(words: str, feminine: bool, spot: Spot) -> Iterator[Change]:
    e = "e" if feminine else ""
    if spot.old is None:
        tail = "change" if spot.key == "display" else f"est ajouté{e} : {cut(spot.new)}"
    elif spot.new is None:
        tail = f"est retiré{e}"
    else:
        tail = "change" if spot.key in {"display", "layout"} else f"change : {cut(spot.new)}"
    yield spot.thing.says(spot.key, PATCH, f"{words} {spot.thing.of} {tail}")


def text(words: str, feminine: bool = False) -> Rule:
    """A rule for a text: harmless."""
    return partial(_text, words, feminine)


RENEW = {"keep": "reprise telle quelle", "ask": "reprise, à confirmer", "clear": "vidée"}


def _renew(spot: Spot) -> Iterator[Change]:
    words = f"au renouvellement, la réponse {spot.thing.of} est maintenant {RENEW[spot.new]}"
    yield spot.thing.says("renew", MINOR, words, NEW)


def _suggest(spot: Spot) -> Iterator[Change]:
    words = "suggère maintenant des cases" if spot.new is not None else "ne suggère plus de cases"
    yield spot.thing.does("suggest", MINOR, words)


def _least(spot: Spot) -> Iterator[Change]:
    words = f"ne montre aucun nombre au-dessous de {spot.new} (avant, {spot.old})"
    if spot.new < spot.old:
        yield spot.thing.does("least", MAJOR, words, PRIVACY)
    else:
        yield spot.thing.does("least", MINOR, words)


def _columns(spot: Spot) -> Iterator[Change]:
    words = "montre d'autres colonnes" if set(spot.old) != set(spot.new) else "montre ses colonnes autrement"
    yield spot.thing.does("columns", MINOR if set(spot.old) != set(spot.new) else PATCH, words)


# --- what a switch turns on or off --------------------------------------------------------------


@dataclass(frozen=True)
class Switch:
    """A yes or no: its words and class when it turns on, then off, and whom each hurts."""

    on: tuple[str, str, tuple[str, ...]]
    off: tuple[str, str, tuple[str, ...]]
    remedy: str = ""


def _switched(switch: Switch, spot: Spot) -> Iterator[Change]:
    words, kind, hurts = switch.on if spot.new else switch.off
    remedy = switch.remedy if kind == MAJOR else ""
    yield spot.thing.does(spot.key, kind, words.format(e=spot.thing.e), *hurts, remedy=remedy)


SWITCHES: Mapping[str, Switch] = {
    "many": Switch(
        ("accepte maintenant plusieurs choix", MINOR, ()),
        ("n'accepte plus qu'un choix", MAJOR, (DRAFTS, DOCUMENTS)),
        "Donnez un convertisseur : lequel garder quand il y en a plusieurs.",
    ),
    "whole": Switch(
        ("demande maintenant des lignes entières", MAJOR, (DRAFTS,)),
        ("accepte maintenant des lignes incomplètes", MINOR, ()),
    ),
    "own": Switch(
        ("ne laisse plus chacun modifier que ses lignes", MINOR, (DRAFTS,)),
        ("laisse maintenant chacun modifier les lignes des autres", MAJOR, (DOCUMENTS,)),
    ),
    "paper": Switch(
        ("peut maintenant être signé{e} sur papier", MINOR, ()),
        ("ne peut plus être signé{e} sur papier", MINOR, (DRAFTS,)),
    ),
    "gate": Switch(
        ("doit maintenant être complète pour continuer", MAJOR, (DRAFTS,)),
        ("n'a plus à être complète pour continuer", MINOR, ()),
    ),
    "apart": Switch(
        ("s'ouvre maintenant à part, hors de l'assistant", MINOR, (DRAFTS,)),
        ("est maintenant dans l'assistant", MINOR, (DRAFTS,)),
    ),
}


def switch(name: str) -> Rule:
    """A rule for a yes or no."""
    return partial(_switched, SWITCHES[name])


def _shared(spot: Spot) -> Iterator[Change]:
    """A field of a record that documents may set: withdrawn, it is refused while one does."""
    if spot.new:
        yield spot.thing.does("shared", MINOR, f"est maintenant partagé{spot.thing.e} avec les documents")
        return
    words = f"n'est plus partagé{spot.thing.e} avec les documents"
    path = tuple(spot.thing.path.split("."))
    found = setting_it(path, spot.world.new.form, spot.world.new.around.forms)
    if not found:
        yield spot.thing.does("shared", MAJOR, words, DOCUMENTS)
        return
    remedy = f"Retirez d'abord ce qui y écrit : {cited(found)}."
    words += ", mais on y écrit encore"
    yield spot.thing.does("shared", IMPOSSIBLE, words, DOCUMENTS, remedy=remedy)


# --- conditions ---------------------------------------------------------------------------------


def _when(spot: Spot) -> Iterator[Change]:
    if spot.new is None:
        words = "se montre maintenant toujours"
    else:
        words = f"se montre maintenant seulement {provided(say_condition(spot.new, spot.world.new.labels))}"
    used = _hidden_with(spot)
    words += touched(used)
    yield touching(spot.thing, used).does("when", MINOR, words, *(() if spot.new is None else (DRAFTS,)))


def _hidden_with(spot: Spot) -> tuple[Thing, ...]:
    """What shows or not with something else: what it holds, and what reads its answer."""
    side = spot.world.new
    if isinstance(spot.now, model.Step):
        return in_step(side, spot.now.id)
    path = tuple(spot.thing.path.split("."))
    reading = uses(side, path[0]) if len(path) == 1 else ()
    return tuple(one for one in (*within(side, path), *reading) if one.path != spot.thing.path)


def _required(spot: Spot) -> Iterator[Change]:
    if spot.new is False:
        optional = "facultative" if spot.thing.feminine else "facultatif"
        yield spot.thing.does("optional", MINOR, f"est maintenant {optional}")
        return
    if spot.new is True:
        yield spot.thing.does("required", MAJOR, "est maintenant obligatoire", DRAFTS)
        return
    words = say_condition(spot.new, spot.world.new.labels)
    if spot.old is True:
        yield spot.thing.does("optional", MINOR, f"n'est plus obligatoire que {provided(words)}")
    else:
        yield spot.thing.does("required", MAJOR, f"est maintenant obligatoire {provided(words)}", DRAFTS)


def _offer(spot: Spot) -> Iterator[Change]:
    """`root` and `filter`: what is offered."""
    if spot.new is None:
        words = "propose maintenant tous les choix de sa liste"
    elif spot.key == "filter":
        words = f"propose maintenant les choix où {say_condition(spot.new, spot.world.new.labels)}"
    elif isinstance(spot.new, str):
        words = f"propose maintenant les choix de {cut(spot.world.new.labels.code(spot.new))}"
    else:
        words = f"propose maintenant les choix que dit {say_value(spot.new, spot.world.new.labels)}"
    yield spot.thing.does(spot.key, MINOR, words, DRAFTS)


def _default(spot: Spot) -> Iterator[Change]:
    if spot.new is None:
        words = "n'est plus prérempli" + spot.thing.e
    else:
        words = f"est maintenant prérempli{spot.thing.e} par {say_value(spot.new, spot.world.new.labels)}"
    yield spot.thing.does("default", MINOR, words, DRAFTS)


def _value(spot: Spot) -> Iterator[Change]:
    words = f"se calcule autrement : {say_value(spot.new, spot.world.new.labels)}"
    yield spot.thing.does("value", MINOR, words, DRAFTS)


# --- bounds and shapes --------------------------------------------------------------------------


def _limit(spot: Spot) -> Iterator[Change]:
    sides = (spot.world.old, spot.world.new)
    units = (getattr(spot.was, "unit", None), getattr(spot.now, "unit", None))
    yield from bound_change(spot.thing, spot.key, sides, (spot.old, spot.new), units)


def _lines(spot: Spot) -> Iterator[Change]:
    if spot.old == 1:
        yield spot.thing.does("lines", MINOR, f"devient un texte long, de {spot.new} lignes")
    elif spot.new == 1:
        words = "devient un texte court, sur une ligne"
        yield spot.thing.does("lines", MAJOR, words, DOCUMENTS, remedy="Donnez un convertisseur.")
    else:
        yield spot.thing.does("lines", PATCH, f"montre {spot.new} lignes au lieu de {spot.old}")


def _format(spot: Spot) -> Iterator[Change]:
    if spot.new is None:
        yield spot.thing.does("format", MINOR, "accepte maintenant toute écriture")
    else:
        yield spot.thing.does("format", MAJOR, f"demande maintenant l'écriture {cut(spot.new)}", DRAFTS)


def _generate(spot: Spot) -> Iterator[Change]:
    words = "n'est plus écrit par la machine"
    if spot.new is not None:
        words = f"est maintenant écrit par la machine, en {spot.new} signes"
    yield spot.thing.does("generate", MINOR, words, NEW)


def _decimals(spot: Spot) -> Iterator[Change]:
    words = f"accepte maintenant {spot.new} décimale(s) au lieu de {spot.old}"
    fewer = spot.new < spot.old
    yield spot.thing.does("decimals", MAJOR if fewer else MINOR, words, *((DRAFTS,) if fewer else ()))


def _remade(words: str, spot: Spot) -> Iterator[Change]:
    """What would make given answers mean something else: refused."""
    remedy = "Faites un nouveau champ, et retirez celui-ci."
    yield spot.thing.does(spot.key, IMPOSSIBLE, words, DOCUMENTS, remedy=remedy)


def remade(words: str) -> Rule:
    """A rule for what may not change."""
    return partial(_remade, words)


def _distinct(spot: Spot) -> Iterator[Change]:
    old, new = set(spot.old or ()), set(spot.new or ())
    if not new:
        yield spot.thing.does("distinct", MINOR, "accepte maintenant deux lignes semblables")
        return
    words = f"refuse maintenant deux lignes de mêmes {enumerate_words(sorted(new))}"
    loose = bool(old) and new > old  # more fields must agree: fewer rows are alike
    yield spot.thing.does("distinct", MINOR if loose else MAJOR, words, *(() if loose else (DRAFTS,)))


def _covers(spot: Spot) -> Iterator[Change]:
    words = "ne porte plus sur les mêmes réponses : les signatures données sont à refaire"
    yield spot.thing.does("covers", MAJOR, words, DRAFTS)


def _accept(spot: Spot) -> Iterator[Change]:
    """Kinds of files; those that are joined already stay."""
    for verb, kinds, level in (
        ("accepte maintenant", set(spot.new) - set(spot.old), MINOR),
        ("n'accepte plus", set(spot.old) - set(spot.new), MAJOR),
    ):
        if kinds:
            words = enumerate_words([KINDS[one].words for one in sorted(kinds)])
            yield spot.thing.does("accept", level, f"{verb} les fichiers {words}")


def _max_mb(spot: Spot) -> Iterator[Change]:
    words = f"accepte des fichiers de {spot.new} Mo au plus au lieu de {spot.old}"
    yield spot.thing.does("max_mb", MAJOR if spot.new < spot.old else MINOR, words)


def _details(spot: Spot) -> Iterator[Change]:
    if spot.old is None or spot.new is None:
        words = "ne demande plus" if spot.new is None else "demande maintenant"
        kind = MINOR if spot.old is None else MAJOR
        hurts = () if spot.old is None else (DOCUMENTS, EXPORTS)
        yield spot.thing.does("details", kind, f"{words} la précision de certains choix", *hurts)
        return
    if spot.old.label != spot.new.label:
        words = f"la question des précisions {spot.thing.of} change : {cut(spot.new.label)}"
        yield spot.thing.says("details", PATCH, words)
    if spot.old.max != spot.new.max:
        fewer = spot.new.max < spot.old.max
        words = (
            f"les précisions {spot.thing.of} ont au plus {spot.new.max} caractères au lieu de {spot.old.max}"
        )
        yield spot.thing.says("details", MAJOR if fewer else MINOR, words, *((DRAFTS,) if fewer else ()))


def _source(spot: Spot) -> Iterator[Change]:
    """`list`, `options`, `from_rows`: where the options come from."""
    item = spot.thing.affects[0] if spot.thing.affects else spot.thing.path
    path = tuple(item.split("."))
    before, after = spot.world.old.skeleton.items.get(path), spot.world.new.skeleton.items.get(path)
    old, new = (None if one is None else one.listing for one in (before, after))
    if old is None or new is None:
        yield from _remade("prend ses choix ailleurs", spot)
        return
    kept = [code for code in old if code in new]
    if not kept:
        yield from _remade("propose une tout autre liste", spot)
        return
    if type(spot.old) is type(spot.new) is list or spot.key == "list":
        if spot.key == "list":
            yield spot.thing.does("list", MINOR, "prend ses choix dans une autre liste")
        yield from compare_lists(old, new, spot.thing.affects, spot.thing)


# --- who reads and writes -----------------------------------------------------------------------


def _audience(verbs: tuple[str, str], privacy: bool, spot: Spot) -> Iterator[Change]:
    old, new = (_roles(names, side) for names, side in _both_sides(spot))
    everyone = old is None or new is None
    gained = (new or frozenset()) - (old or frozenset()) if not everyone else frozenset()
    lost = (old or frozenset()) - (new or frozenset()) if not everyone else frozenset()
    may, may_not = verbs
    if old is not None and (new is None or gained):
        who = "tous ceux qui ont le document" if new is None else _named(gained, spot)
        kind, hurts = (MAJOR, (PRIVACY,)) if privacy else (MINOR, ())
        yield spot.thing.says(f"{spot.key}_gained", kind, f"{who} {_may(may, who)} {spot.thing.name}", *hurts)
    if new is not None and (old is None or lost):
        rest = f"seuls {_named(new, spot)} {_may(may, 'ceux')} {spot.thing.name}"
        words = (
            rest
            if old is None
            else f"{_named(lost, spot)} {_may(may_not, _named(lost, spot))} {spot.thing.name}"
        )
        who = "les autres lecteurs" if old is None else _named(lost, spot)
        yield spot.thing.says(f"{spot.key}_lost", MAJOR, words, who)


def _both_sides(spot: Spot) -> list[tuple[Any, Any]]:
    return [(spot.old, spot.world.old), (spot.new, spot.world.new)]


def _roles(names: list[str] | None, side: Any) -> Roles | None:
    if names is None:
        return None
    return frozenset().union(*(side.expand.get(name, frozenset({name})) for name in names))


def _named(roles: Roles, spot: Spot) -> str:
    return enumerate_words([f"« {spot.world.new.role(one)} »" for one in sorted(roles)])


def _may(verb: str, who: str) -> str:
    plural = who.startswith(("tous", "ceux")) or " et " in who
    return verb.replace("peut", "peuvent", 1) if plural else verb


READING = ("peut maintenant lire", "ne peut plus lire")
SIGNING = ("peut maintenant signer", "ne peut plus signer")
WRITING = ("peut maintenant modifier", "ne peut plus modifier")


# --- the table ----------------------------------------------------------------------------------

HANDLED = frozenset({"id", "type", "items", "levels", "problems"})  # compared by structure, elsewhere
RULES: Mapping[str, Rule] = {
    "label": _renamed,
    "title": _renamed,
    "help": text("l'aide", True),
    "placeholder": text("le texte d'attente"),
    "suffix": text("le suffixe"),
    "row_label": text("le titre des lignes"),
    "add": text("le bouton d'ajout"),
    "text": text("le texte"),
    "display": text("la présentation", True),
    "layout": text("la présentation", True),
    "when": _when,
    "readers": partial(_audience, READING, True),
    "writers": partial(_audience, WRITING, False),
    "required": _required,
    "renew": _renew,
    "shared": _shared,
    "max": _limit,
    "min": _limit,
    "lines": _lines,
    "format": _format,
    "generate": _generate,
    "default": _default,
    "decimals": _decimals,
    "unit": remade("change d'unité : les réponses données voudraient dire autre chose"),
    "list": _source,
    "options": _source,
    "from_rows": _source,
    "root": _offer,
    "level": remade("propose les choix d'un autre niveau"),
    "filter": _offer,
    "many": switch("many"),
    "details": _details,
    "to": remade("désigne autre chose"),
    "value": _value,
    "whole": switch("whole"),
    "own": switch("own"),
    "distinct": _distinct,
    "over": remade("suit d'autres lignes"),
    "of": remade("montre autre chose"),
    "columns": _columns,
    "by": remade("compte autre chose"),
    "least": _least,
    "suggest": _suggest,
    "empty": text("le texte sans rien à montrer"),
    "signers": partial(_audience, SIGNING, False),
    "covers": _covers,
    "paper": switch("paper"),
    "accept": _accept,
    "max_mb": _max_mb,
    "gate": switch("gate"),
    "apart": switch("apart"),
}


def compare_keys(world: World, thing: Thing, was: Any, now: Any) -> Iterator[Change]:
    """Compare two specifications of one thing, key by key."""
    for key in type(now).model_fields:
        if key in HANDLED:
            continue
        old, new = getattr(was, key), getattr(now, key)
        if old != new or key in {"min", "max"}:
            yield from RULES[key](Spot(world, thing, key, old, new, was, now))

"""Rights side by side, cell by cell: role, verb, state; groups opened, whatever the way they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine import model
from engine.french import enumerate_words, fold
from engine.saying import provided, say_condition
from engine.versions.changes import MAJOR, MINOR, PRIVACY, Change, Thing
from engine.versions.world import Side, World


@dataclass(frozen=True)
class Reach:
    """How far one right goes: the parts that it is limited to, the condition that it waits for, its words."""

    only: tuple[str, ...] | None
    when: str
    words: str = field(default="", compare=False)


FULL = Reach(None, "")
Cell = Mapping[str, frozenset[Reach]]  # state -> reaches
READS = frozenset({"read", "print"})
VERBS = {
    "create": "créer un document",
    "read": "lire le document",
    "write": "modifier le document",
    "print": "télécharger le document",
    "suggest": "proposer des réponses",
}
FEMININE = ("trice", "euse", "iere", "ion", "ite", "ee", "lle", "ure", "ance", "ence", "ipe")


def with_article(label: str) -> str:
    """Begin a role's label with its article, as well as can be guessed.

    >>> with_article("Enseignant contributeur"), with_article("Directeur d'école"), with_article("Commission")
    ("l'enseignant contributeur", "le directeur d'école", 'la commission')
    """
    words = label if label[1:2].isupper() else label[:1].lower() + label[1:]
    if fold(label[:1]) in "aeiouyh":
        return f"l'{words}"
    return f"{'la' if fold(label.split()[0]).endswith(FEMININE) else 'le'} {words}"


def cells(side: Side) -> dict[tuple[str, str], dict[str, frozenset[Reach]]]:
    """Spread rights over roles, verbs and states."""
    found: dict[tuple[str, str], dict[str, set[Reach]]] = {}
    states = [state.id for state in side.form.lifecycle.states]
    for right in side.form.access.rights:
        when = "" if right.when is None else right.when.model_dump_json(by_alias=True)
        words = "" if right.when is None else provided(say_condition(right.when, side.labels))
        reach = Reach(None if right.only is None else tuple(sorted(right.only)), when, words)
        roles = frozenset().union(*(side.expand.get(name, frozenset({name})) for name in right.who))
        for role in roles:
            for verb in right.may:
                cell = found.setdefault((role, verb), {})
                for state in [""] if verb == "create" else right.in_ or states:
                    cell.setdefault(state, set()).add(reach)
    return {
        key: {state: frozenset({FULL}) if FULL in one else frozenset(one) for state, one in cell.items()}
        for key, cell in found.items()
    }


def compare_rights(world: World) -> Iterator[Change]:
    """Compare who may do what."""
    before, after = cells(world.old), cells(world.new)
    common = {state.id for state in world.old.form.lifecycle.states}
    common &= {state.id for state in world.new.form.lifecycle.states}
    for role, verb in sorted({*before, *after}):
        old, new = before.get((role, verb), {}), after.get((role, verb), {})
        if _unknown(verb, world):
            continue  # the action itself has come or gone: said with it
        yield from _cell(world, role, verb, _kept(old, common), _kept(new, common))


def compare_alerts(world: World) -> Iterator[Change]:
    """Compare what is told on a document's page."""
    before = {one.id: one for one in world.old.form.alerts}
    after = {one.id: one for one in world.new.form.alerts}
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        thing = Thing(f"alerts.{name}", f"l'alerte « {name} »", True)
        if new is None:
            yield thing.does("alert_removed", MINOR, "est retirée")
        elif old is None:
            yield thing.does("alert_added", MINOR, f"s'ajoute : {new.text[:80]}")
        elif old != new:
            yield thing.does("alert_changed", MINOR, "change")


def compare_automatic(world: World) -> Iterator[Change]:
    """Compare what is created by itself."""
    before = {one.id: one for one in world.old.form.automatic}
    after = {one.id: one for one in world.new.form.automatic}
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        thing = Thing(f"automatic.{name}", f"la création automatique « {(new or before[name]).text} »", True)
        if new is None:
            yield thing.does("automatic_removed", MINOR, "est retirée")
        elif old is None:
            yield thing.does("automatic_added", MINOR, f"s'ajoute{_clause(new, world)}")
        elif old != new:
            yield thing.does("automatic_changed", MINOR, f"change{_clause(new, world)}")


def _clause(one: model.Automatic, world: World) -> str:
    if one.effect.when is None:
        return ""
    return f", {provided(say_condition(one.effect.when, world.new.labels))}"


def compare_closings(world: World) -> Iterator[Change]:
    """Compare what shuts a document."""
    before = {one.id: one for one in world.old.form.access.closed}
    after = {one.id: one for one in world.new.form.access.closed}
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        thing = Thing(f"access.closed.{name}", f"la fermeture « {name} »", True)
        if new is None:
            yield thing.does("closing_removed", MAJOR, "est retirée : le document n'est plus fermé", PRIVACY)
        elif old is None:
            clause = provided(say_condition(new.when, world.new.labels))
            yield thing.does("closing_added", MAJOR, f"ferme maintenant le document {clause}", "ses lecteurs")
        elif (old.who, old.when) != (new.who, new.when):
            clause = provided(say_condition(new.when, world.new.labels))
            yield thing.does("closing_changed", MAJOR, f"ferme maintenant le document {clause}", PRIVACY)
        elif old.message != new.message:
            yield thing.does("closing_message", "patch", f"dit maintenant : {new.message[:80]}")


def _unknown(verb: str, world: World) -> bool:
    actions = [{action.id for action in side.form.lifecycle.actions} for side in (world.old, world.new)]
    return verb in actions[0] ^ actions[1]


def _kept(cell: Cell, common: Iterable[str]) -> Cell:
    return {state: reaches for state, reaches in cell.items() if state in {"", *common}}


def _cell(world: World, role: str, verb: str, old: Cell, new: Cell) -> Iterator[Change]:
    who = with_article(world.new.role(role))
    thing = Thing(f"access.{role}.{verb}", who)
    does = _verb(verb, world)
    lost = [state for state in old if state not in new]
    gained = [state for state in new if state not in old]
    privacy = (PRIVACY,) if verb in READS else ()
    if lost:
        where = "" if not new else _where(lost, world.old)
        yield thing.does("right_lost", MAJOR, f"ne peut plus {does}{where}", who)
    if gained:
        where = "" if not old and len(gained) > 1 and not _partial(new, world) else _where(gained, world.new)
        kind = MAJOR if privacy else MINOR
        only = _limits(frozenset().union(*(new[state] for state in gained)), world)
        yield thing.does("right_gained", kind, f"peut maintenant {does}{where}{only}", *privacy)
    changed = [state for state in new if state in old and old[state] != new[state]]
    if changed:
        yield from _changed(world, thing, does, privacy, changed, old, new)


def _partial(cell: Cell, world: World) -> bool:
    return len(cell) < len(world.new.form.lifecycle.states)


def _changed(
    world: World,
    thing: Thing,
    does: str,
    privacy: tuple[str, ...],
    states: list[str],
    old: Cell,
    new: Cell,
) -> Iterator[Change]:
    after = frozenset().union(*(new[state] for state in states))
    wider = all(new[state] == {FULL} or new[state] > old[state] for state in states)
    where = "" if set(states) == set(new) else _where(states, world.new)
    if wider:
        limits = _limits(after, world) or ", sans condition"
        words = f"peut maintenant {does}{where}{limits}"
        yield thing.does("right_widened", MAJOR if privacy else MINOR, words, *privacy)
    else:
        words = f"ne peut plus {does}{where} que dans d'autres limites{_limits(after, world)}"
        yield thing.does("right_narrowed", MAJOR, words, thing.name)


def _verb(verb: str, world: World) -> str:
    if verb in VERBS:
        return VERBS[verb]
    actions = world.new.form.lifecycle.actions
    label = next((action.label for action in actions if action.id == verb), verb)
    return f"faire « {label} »"


def _where(states: list[str], side: Side) -> str:
    named = [f"« {side.labels.code(state)} »" for state in states if state]
    if not named:
        return ""
    return f" dans {'l’état' if len(named) == 1 else 'les états'} {enumerate_words(named)}".replace("’", "'")


def _limits(reaches: frozenset[Reach], world: World) -> str:
    if FULL in reaches:
        return ""
    said = [
        " ".join(part for part in (_parts(reach.only, world), reach.words) if part)
        for reach in sorted(reaches, key=lambda one: (one.only or (), one.when))
    ]
    return f", seulement {enumerate_words(said, 'ou')}"


def _parts(only: tuple[str, ...] | None, world: World) -> str:
    if only is None:
        return ""
    titles = {step.id: step.title for step in world.new.form.steps}
    names = [titles.get(part) or world.new.labels.path(part).strip("« »") for part in only]
    return enumerate_words([f"« {name} »" for name in names])


def compare_retired(
    old: Mapping[str, model.RetiredItem], new: Mapping[str, model.RetiredItem]
) -> Iterator[Change]:
    """Compare the fields that are kept readable."""
    for name, one in new.items():
        thing = Thing(name, f"le champ retiré « {one.label} »")
        if name not in old:
            yield thing.does("retired", "patch", "est inscrit parmi les champs retirés")
        elif old[name].readers != one.readers:
            yield thing.does("readers_gained", MAJOR, "n'a plus les mêmes lecteurs", PRIVACY)
        elif old[name] != one:
            yield thing.does("retired", "patch", "est inscrit autrement parmi les champs retirés")
    for name, one in old.items():
        if name not in new:
            words = "n'est plus inscrit : ses réponses ne seraient plus lisibles"
            yield Thing(name, f"le champ retiré « {one.label} »").does(
                "unretired", MAJOR, words, "les documents en cours"
            )

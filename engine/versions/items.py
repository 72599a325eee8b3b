"""Steps and items side by side, by id: added, removed, moved, of another type, or changed in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from engine import model
from engine.french import enumerate_words
from engine.paths import Path
from engine.skeleton import Item, Roles
from engine.versions.changes import (
    DOCUMENTS,
    DRAFTS,
    EXPORTS,
    IMPOSSIBLE,
    MAJOR,
    MINOR,
    PATCH,
    PRIVACY,
    Change,
    Thing,
)
from engine.versions.keys import compare_keys
from engine.versions.mentions import cited, left_dangling
from engine.versions.problems import compare_problems
from engine.versions.world import World, thing_of


def compare_items(world: World) -> Iterator[Change]:
    """Compare every item of both versions."""
    before, after = world.old.skeleton.items, world.new.skeleton.items
    moved = dict(_repeated_moves(world))
    for path, item in after.items():
        if path in before:
            yield from _both(world, before[path], item)
        elif path not in moved.values():
            yield from _added(world, item)
    for path, item in before.items():
        if path in moved:
            yield _moved(world, item, after[moved[path]])
        elif path not in after:
            yield _removed(world, item)
    yield from _orders(world)


def thing_of_step(step: model.Step) -> Thing:
    """Name a step."""
    return Thing(f"steps.{step.id}", f"l'étape « {step.title} »", True)


def compare_steps(world: World) -> Iterator[Change]:
    """Compare the steps of both versions."""
    before = {step.id: step for step in world.old.form.steps}
    after = {step.id: step for step in world.new.form.steps}
    for name, step in after.items():
        if name in before:
            yield from compare_keys(world, thing_of_step(step), before[name], step)
        elif step.gate:
            words = "s'ajoute, et doit être complète pour continuer"
            yield thing_of_step(step).does("added", MAJOR, words, DRAFTS)
        else:
            yield thing_of_step(step).does("added", MINOR, "s'ajoute")
    for name, step in before.items():
        if name not in after:
            yield _gone(world, thing_of_step(step), (name,), DOCUMENTS, EXPORTS)
    if [one for one in before if one in after] != [one for one in after if one in before]:
        titles = [f"« {step.title} »" for step in world.new.form.steps]
        whole = Thing("steps", "l'ordre des étapes")
        yield whole.does("order", PATCH, f"change : {enumerate_words(titles)}")


# --- added, removed -----------------------------------------------------------------------------


def _added(world: World, item: Item) -> Iterator[Change]:
    thing = thing_of(item)
    inside = item.parent is not None and item.parent.path not in world.old.skeleton.items
    if inside and (item.path[0] in _new_rows(world) or not _demanding(item)):
        return  # said with its rows or group: nothing is asked where there is no row
    if item.id in world.old.form.retired and item.parent is None:
        yield thing.does(
            "reused",
            IMPOSSIBLE,
            f"reprend l'identifiant « {item.id} », celui d'un champ retiré",
            DOCUMENTS,
            remedy="Un identifiant ne sert qu'une fois : choisissez-en un autre.",
        )
        return
    if not item.is_field:
        kind = MINOR if item.type == "computed" else PATCH
        yield thing.does("added", kind, f"s'ajoute à l'étape « {_title(world, item)} »")
        return
    if _demanding(item):
        words = f"s'ajoute à l'étape « {_title(world, item)} » et est obligatoire"
        yield thing.does("added_required", MAJOR, words, DRAFTS)
        return
    where = f"à l'étape « {_title(world, item)} »"
    if item.type == "group":
        yield thing.does("added", MINOR, f"s'ajoute {where}")
        return
    yield thing.does("added", MINOR, f"s'ajoute {where}, {'facultative' if thing.feminine else 'facultatif'}")


def _new_rows(world: World) -> set[str]:
    return {path[0] for path, item in world.new.skeleton.items.items() if item.type == "rows"}


def _title(world: World, item: Item) -> str:
    return world.new.skeleton.parts[item.step].spec.title


def _demanding(item: Item) -> bool:
    """Tell whether an item may keep a document from being complete."""
    spec = item.spec
    if getattr(spec, "required", False) is not False:
        return True
    if item.type == "cascade":
        return any(
            level.min not in {None, 0} for level in spec.levels if not isinstance(level.min, model.RefNode)
        )
    return item.type == "rows" and bool(spec.min)


def _removed(world: World, item: Item) -> Change:
    thing = thing_of(item)
    if not item.is_field:
        if item.type == "computed":
            return _gone(world, thing, item.path, EXPORTS)
        return thing.does("removed", PATCH, f"est retiré{thing.e}")
    return _gone(world, thing, item.path, DOCUMENTS, EXPORTS)


def _gone(world: World, thing: Thing, path: Path, *hurts: str) -> Change:
    found = left_dangling(path, world.new.form, world.new.around.forms)
    if found:
        remedy = f"Retirez d'abord ce qui le lit : {cited(found)}."
        words = f"est retiré{thing.e}, mais on y fait encore référence"
        return thing.does("removed", IMPOSSIBLE, words, *hurts, remedy=remedy)
    kept = path[0] in world.new.form.retired
    tail = " ; les réponses données restent lisibles" if kept else ""
    remedy = (
        ""
        if kept or thing.path.startswith("steps.")
        else "Inscrivez-le sous « retired » : ses réponses restent lisibles."
    )
    return thing.does("removed", MAJOR, f"est retiré{thing.e}{tail}", *hurts, remedy=remedy)


# --- moved --------------------------------------------------------------------------------------


def _repeated_moves(world: World) -> Iterator[tuple[Path, Path]]:
    """Pair fields that went into or out of rows or a group: same id and type, one on each side."""
    before, after = world.old.skeleton.items, world.new.skeleton.items
    gone = [item for path, item in before.items() if path not in after and item.is_field]
    come = [item for path, item in after.items() if path not in before and item.is_field]
    counts = Counter(item.id for item in gone), Counter(item.id for item in come)
    for item in gone:
        if counts[0][item.id] != 1 or counts[1][item.id] != 1:
            continue
        other = next(one for one in come if one.id == item.id)
        if other.type == item.type and len(other.path) != len(item.path):
            yield item.path, other.path


def _moved(world: World, item: Item, other: Item) -> Change:
    thing = thing_of(other)
    into = other.parent
    words = f"entre dans « {into.heading} »" if into is not None else f"sort de « {_holder(item)} »"
    found = left_dangling(item.path, world.new.form, world.new.around.forms)
    kind, remedy = MAJOR, "Donnez le mouvement des réponses (« wrap » ou « unwrap »)."
    if found:
        kind, remedy = IMPOSSIBLE, f"Changez ce qui le lit : {found[0].form} ({found[0].where})."
    named = Thing(thing.path, f"le champ « {other.heading} »", False, (*thing.affects, ".".join(item.path)))
    return named.does("moved", kind, words, DRAFTS, DOCUMENTS, remedy=remedy)


def _holder(item: Item) -> str:
    return item.parent.heading if item.parent is not None else ""


# --- in both ------------------------------------------------------------------------------------


def _both(world: World, was: Item, now: Item) -> Iterator[Change]:
    thing = thing_of(now)
    if was.type != now.type:
        words = f"change de type : {was.type} devient {now.type}"
        remedy = "Faites un nouveau champ sous un autre identifiant, et retirez celui-ci."
        field = was.is_field or now.is_field
        yield thing.does(
            "type", IMPOSSIBLE if field else MINOR, words, *((DOCUMENTS,) if field else ()), remedy=remedy
        )
        return
    if was.step != now.step:
        yield _other_step(world, thing, was, now)
    elif was.chain != now.chain:
        yield thing.does("place", PATCH, "change de place dans son étape")
    yield from _inherited(world, thing, was, now)
    yield from compare_keys(world, thing, was.spec, now.spec)
    if now.type == "cascade":
        yield from _levels(world, thing, was, now)
    if now.type == "rows":
        yield from compare_problems(world, was.spec.problems, now.spec.problems, thing)


def _other_step(world: World, thing: Thing, was: Item, now: Item) -> Change:
    closing = [
        {state.id for state in side.form.lifecycle.states if step in state.open}
        for side, step in ((world.old, was.step), (world.new, now.step))
    ]
    same = closing[0] == closing[1]
    words = f"passe à l'étape « {_title(world, now)} »"
    if not same and now.is_field:
        return thing.does(
            "moved_step", MAJOR, f"{words}, qui ne se ferme pas au même moment", DRAFTS, DOCUMENTS
        )
    return thing.does("moved_step", MINOR if now.is_field else PATCH, words)


def _inherited(world: World, thing: Thing, was: Item, now: Item) -> Iterator[Change]:
    """Who reads may change with the place alone: other sections around have other readers."""
    if was.chain == now.chain or not now.is_field:
        return
    own = was.spec.readers, now.spec.readers
    around = [_allowed(item.guards, item.spec.readers is not None) for item in (was, now)]
    if own[0] != own[1] or around[0] == around[1]:
        return
    opened = around[1] is None or (around[0] is not None and not around[1] <= around[0])
    words = (
        "s'ouvre à d'autres lecteurs par sa nouvelle place"
        if opened
        else "a moins de lecteurs par sa nouvelle place"
    )
    yield thing.does(
        "readers_gained" if opened else "readers_lost", MAJOR, words, PRIVACY if opened else "ses lecteurs"
    )


def _allowed(guards: Sequence[Roles], own: bool) -> Roles | None:
    """Who is left when everybody must be within each set; None: everyone."""
    outer = list(guards[:-1] if own else guards)
    return frozenset.intersection(*outer) if outer else None


def _levels(world: World, thing: Thing, was: Item, now: Item) -> Iterator[Change]:
    before = {level.id: level for level in was.spec.levels}
    after = {level.id: level for level in now.spec.levels}
    if list(before) != list(after):
        words = f"n'a plus les mêmes niveaux : {', '.join(before)} devient {', '.join(after)}"
        yield thing.does("levels", MAJOR, words, DRAFTS, DOCUMENTS)
    for name in before.keys() & after.keys():
        level = after[name]
        path = f"{thing.path}.{name}"
        title = level.label.replace(" n°{n}", "") if level.label else name
        part = Thing(path, f"le niveau « {title} » {thing.of}", False, thing.affects)
        yield from compare_keys(world, part, before[name], level)


# --- order --------------------------------------------------------------------------------------


def _orders(world: World) -> Iterator[Change]:
    for holder, names in _siblings(world.new.skeleton.items.values()).items():
        before = _siblings(world.old.skeleton.items.values()).get(holder, [])
        if [one for one in before if one in names] != [one for one in names if one in before]:
            where = world.new.skeleton.parts.get(holder[0])
            title = where.spec.title if where is not None and len(holder) == 1 else _heading(world, holder)
            thing = Thing(".".join(holder), f"l'ordre des champs de « {title} »")
            yield thing.does("order", PATCH, "change")


def _heading(world: World, holder: tuple[str, ...]) -> str:
    named = world.new.skeleton.named.get(holder[-1])
    return holder[-1] if named is None else named.heading


def _siblings(items: Iterable[Item]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for item in items:
        holder = (*item.chain, *item.path[:-1])
        found.setdefault(holder, []).append(item.id)
    return found

"""How a step takes in what is posted to it, compiled once: who reads each entry, what needs a closer look.

The plain route of `engine.edit` asks the document's former state about every entry. Where a field has no
default and is bound to nothing, that state has nothing to say; where it always shows, no entry is put back;
where it has no options, none can be refused. These facts are gathered here, so that a post asks for no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.compile import CompiledForm
from engine.fields import READERS, Reader
from engine.paths import Path
from engine.skeleton import Item

OFFERING = frozenset({"choice", "checklist", "cascade", "bound"})


@dataclass(frozen=True, eq=False)
class Intake:
    """Facts about one step. Paths are static, names those of top items.

    `readers`: of the fields that the former state has nothing to say about; `steady`: what always shows,
    with all that it holds; `offering`: what holds fields with options; `rows`: the fields with rows;
    `shapes`: the type of each top field, that of the field behind a bound one; `defaulted`: what has
    a default; `paths`: of all fields;
    `movers`: in the whole form, what may lose picks by any edit, as its offers move with other answers.
    """

    readers: Mapping[Path, tuple[Item, Reader]]
    steady: frozenset[str]
    offering: frozenset[str]
    rows: tuple[Item, ...]
    shapes: Mapping[str, str]
    defaulted: tuple[Item, ...]
    movers: tuple[str, ...]
    paths: frozenset[Path]


def intake(form: CompiledForm, step: str) -> Intake:
    """Give the facts about a step, gathered when they are first asked for and kept with their form."""
    found: Intake | None = form.intakes.get(step)
    if found is None:
        found = form.intakes[step] = _gathered(form, step)
    return found


def _gathered(form: CompiledForm, step: str) -> Intake:
    part = form.skeleton.parts[step]
    tops = [item for item in part.walk() if item.parent is None]
    return Intake(
        readers={item.path: (item, READERS[item.type]) for item in part.walk() if _plain(form, item)},
        steady=frozenset(item.id for item in tops if step not in form.step_when and _steady(form, item)),
        offering=frozenset(item.id for item in tops if any(one.type in OFFERING for one in item.walk())),
        rows=tuple(item for item in tops if item.type == "rows"),
        defaulted=tuple(item for item in part.walk() if form.rules[item.path].default is not None),
        shapes={item.id: form.target(item).type for item in tops if item.is_field},
        movers=_movers(form),
        paths=frozenset(item.path for item in part.walk() if item.is_field),
    )


def _plain(form: CompiledForm, item: Item) -> bool:
    if item.type not in READERS or item.type in {"reference", "signature", "attachment"}:
        return False
    above = item.parent
    if above is not None and (_shared(above) or form.rules[above.path].default is not None):
        return False
    return form.rules[item.path].default is None


def _shared(above: Item) -> bool:
    """Tell whether rows follow another document's, or belong each to who wrote them: the state knows more."""
    return bool(getattr(above.spec, "over", None) or getattr(above.spec, "own", False))


def _steady(form: CompiledForm, item: Item) -> bool:
    around = [form.skeleton.named[id] for id in item.chain[1:]]
    return not any(form.rules[one.path].when for one in (*around, *item.walk()))


def _movers(form: CompiledForm) -> tuple[str, ...]:
    return tuple(
        item.id
        for item in form.skeleton.named.values()
        if item.type != "section"
        and any(one.type in OFFERING for one in item.walk())
        and (item.step in form.step_when or not _steady(form, item) or not _fixed(form, item))
    )


def _fixed(form: CompiledForm, item: Item) -> bool:
    offering = [one for one in item.walk() if one.type in OFFERING]
    rules = [form.rules[one.path] for one in offering]
    listed = all(one.listing is not None for one in offering)
    return listed and all(
        one.filter is None and (one.root is None or not one.root.reads.own) for one in rules
    )

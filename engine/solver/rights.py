"""Rights that contradict the rest: what they give is taken away elsewhere, or never comes."""

from __future__ import annotations

from collections.abc import Iterator

from engine import model
from engine.checks.common import Found
from engine.compile import CompiledForm
from engine.french import enumerate_words
from engine.solver.showing import verdict
from engine.solver.translate import Translator


def rights(form: CompiledForm, translator: Translator) -> Iterator[Found]:
    """Find rights that give nothing."""
    for index, right in enumerate(form.form.access.rights):
        where = ("access", "rights", index)
        if right.when is not None:
            names = translator.names()
            yield from verdict(right.when, translator, names, (*where, "when"), "ce qui donne ce droit")
        yield from _actions(form, right, where)
        yield from _closed(form, right, where)
        yield from _unreadable(form, right, index)
        yield from _blind(form, right, index)


def _label(form: CompiledForm, role: str) -> str:
    return next((one.label for one in form.drafting.library.roles.roles if one.id == role), role)


def _actions(form: CompiledForm, right: model.Right, where: tuple[str | int, ...]) -> Iterator[Found]:
    """An action in states that it never leaves."""
    for action in form.form.lifecycle.actions:
        if action.id in right.may and right.in_ is not None and not set(right.in_) & set(action.from_):
            states = enumerate_words([f"« {form.state(state).label} »" for state in action.from_], "ou")
            text = f"« {action.label} » part de {states}, et ce droit ne vaut dans aucun de ces états."
            yield (*where, "in"), f"{text} Corrigez « in », ou retirez l'action de « may »."


def _closed(form: CompiledForm, right: model.Right, where: tuple[str | int, ...]) -> Iterator[Found]:
    """Writing where nothing is open."""
    if "write" not in right.may or right.in_ is None:
        return
    opened = {step for state in right.in_ for step in form.state(state).open}
    compiled = form.rights[int(where[2])]
    parts = form.skeleton.items.values()
    if any(item.step in opened and (compiled.only is None or item.path in compiled.only) for item in parts):
        return
    yield (
        (*where, "in"),
        "ce droit permet de modifier dans des états où rien de ce qu'il couvre n'est ouvert. "
        "Ajoutez l'étape à « open », ou retirez « write ».",
    )


def _unreadable(form: CompiledForm, right: model.Right, index: int) -> Iterator[Found]:
    """A part that is given to a role which its readers leave out."""
    only, compiled = right.only or (), form.rights[index]
    for n, key in enumerate(only):
        items = [form.skeleton.items[path] for path in form.skeleton.covers(key)]
        for role in sorted(compiled.who):
            guards = [guard for item in items for guard in item.guards]
            if items and all(any(role not in guard for guard in item.guards) for item in items):
                who = enumerate_words([f"« {_label(form, one)} »" for one in sorted(guards[0])], "ou")
                text = (
                    f"ce droit donne « {key} » à « {_label(form, role)} », mais seuls {who} peuvent le lire."
                )
                yield (
                    ("access", "rights", index, "only", n),
                    f"{text} Corrigez « only », ou « readers » de cette partie.",
                )


def _blind(form: CompiledForm, right: model.Right, index: int) -> Iterator[Found]:
    """Writing without any right to read."""
    if "write" not in right.may:
        return
    for role in sorted(form.rights[index].who):
        if not any("read" in other.may and role in other.who for other in form.rights):
            text = f"« {_label(form, role)} » peut modifier ce que ce rôle ne peut jamais lire."
            yield ("access", "rights", index, "may"), f"{text} Ajoutez « read »."

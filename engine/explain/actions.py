"""Why an action may be done or not: rights, state, refusals with their values, what is still missing."""

from __future__ import annotations

from engine.access import decide
from engine.compile import CompiledAction
from engine.evaluate import FormState
from engine.explain.fields import Why, role_names
from engine.explain.reader import UNTOLD, Reader
from engine.explain.reasons import Asking
from engine.french import enumerate_words
from engine.lifecycle import needed
from engine.problems import ERROR
from engine.saying import that
from engine.skeleton import Roles


def of_action(state: FormState, reader: Reader, action: CompiledAction) -> tuple[Why, ...]:
    """Say why an action may be done now, or everything that stands in its way."""
    name = f"« {action.spec.label} »"
    found: list[Why] = []
    if reader.grant is not None and not decide(reader.grant, action.id):
        found.append(Why("forbidden", f"{name} ne vous est pas permis{_to_whom(state, action)}."))
    now = state.document["state"]
    if now not in action.spec.from_:
        starts = enumerate_words([f"« {state.form.state(one).label} »" for one in action.spec.from_], "ou")
        label = state.form.state(now).label
        found.append(Why("state", f"{name} part de l'état {starts} ; le document est « {label} »."))
        return tuple(found)
    found += [Why("refused", one) for one in _refusals(state, reader, action)]
    found += _missing(state, reader, action)
    if not found:
        found.append(Why("ready", f"{name} est possible."))
    return tuple(found)


def _refusals(state: FormState, reader: Reader, action: CompiledAction) -> list[str]:
    """Say each refusal that holds, with the values that decide it."""
    asking = Asking(state, reader)
    found: list[str] = []
    for spec, refusal in zip(action.spec.refused, action.refused, strict=True):
        if not refusal.test.holds(asking.scope):
            continue
        why = asking.because(spec.when, True) if reader.may_know(refusal.test.reads) else UNTOLD
        found.append(f"« {action.spec.label} » est refusé parce {that(why)}.")
    return found


def _to_whom(state: FormState, action: CompiledAction) -> str:
    roles: Roles = frozenset().union(
        *(right.who for right in state.form.rights if action.id in right.may), frozenset()
    )
    return (
        f" : c'est à {role_names(state, roles)} de le faire"
        if roles
        else " : d'autres documents s'en chargent"
    )


def _missing(state: FormState, reader: Reader, action: CompiledAction) -> list[Why]:
    found: list[Why] = []
    for problem in needed(state, action):
        if problem.level != ERROR:
            continue
        item = state.item(problem.path)
        open_ = reader.grant is None or (item is not None and bool(decide(reader.grant, "read", item)))
        if open_ and (reader.grant is None or reader.grant.meets(problem.guards)):
            found.append(Why("incomplete", problem.text))
        elif not any(one.about == "incomplete" and one.sentence == UNREADABLE for one in found):
            found.append(Why("incomplete", UNREADABLE))
    return found


UNREADABLE = "Il manque une réponse que vous ne pouvez pas lire."

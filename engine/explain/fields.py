"""Why a field shows or not, must be answered or not, may be changed or not, holds what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine import model
from engine.access import decide
from engine.evaluate import FormState
from engine.explain.reader import Reader
from engine.explain.reasons import Asking, plural
from engine.french import enumerate_words, long_date
from engine.paths import Path
from engine.saying import say_value, that
from engine.skeleton import Item, Roles
from engine.types import iso_day
from engine.wording import show_value

CLOSED = "Cette réponse ne vous est pas ouverte."


@dataclass(frozen=True)
class Why:
    """One answer to « Pourquoi ? »: about what, and the sentence."""

    about: str
    sentence: str


def of_field(state: FormState, reader: Reader, item: Item, path: Path) -> tuple[Why, ...]:
    """Say everything about a field at a path; one sentence, and nothing more, to who may not read it."""
    if not _opened(reader, item):
        return (Why("closed", CLOSED),)
    found = [Why("shown" if path in state.visible else "hidden", _shown(state, reader, item, path))]
    if path in state.visible:
        found += _required(state, reader, item, path)
        found += _locked(state, reader, item)
    if path in state.visible and state.frozen(item.step) is None:
        found += _held(state, reader, item, path)
        found += _bounds(state, reader, item, path)
    return tuple(found)


def briefly(state: FormState, reader: Reader, item: Item, path: Path) -> str:
    """Say in a sentence or two, to whoever fills a field, why it is asked or cannot be changed; or "".

    The reader has been let see the field; what it hangs on may still be closed to them.
    """
    told: list[str] = []
    asking = Asking(state, reader, item, path)
    if item.spec.when is not None and state.frozen(item.step) is None:
        told.append(f"Parce {that(asking.because(item.spec.when, True))}.")
    required = getattr(item.spec, "required", False)
    if (
        not isinstance(required, bool)
        and state.frozen(item.step) is None
        and asking.test(required).holds(asking.scope)
    ):
        told.append(f"Une réponse est obligatoire parce {that(asking.because(required, True))}.")
    if item.is_field and item.parent is None:
        told += [one.sentence for one in _locked(state, reader, item)]
    return " ".join(told)


def _opened(reader: Reader, item: Item) -> bool:
    if reader.grant is None:
        return True
    if item.type in {"section", "note"}:
        return reader.grant.meets(item.guards)
    return bool(decide(reader.grant, "read", item))


# --- shown or hidden ----------------------------------------------------------------------------


def _shown(state: FormState, reader: Reader, item: Item, path: Path) -> str:
    frozen = state.frozen(item.step)
    name = f"« {item.heading} »"
    if frozen is not None:
        verb = "se montrait" if path in state.visible else "ne se montrait pas"
        return f"{name} {verb} quand son étape s'est fermée, le {_day(frozen['at'])} ; cela ne change plus."
    reasons = list(_around(state, reader, item, path))
    if path in state.visible:
        held = [reason for reason, holds in reasons if holds]
        return (
            f"{name} se montre parce {that(enumerate_words(held))}."
            if held
            else f"{name} se montre toujours."
        )
    missing = next((reason for reason, holds in reasons if not holds), None)
    if missing is None:
        return f"{name} ne se montre pas : cette ligne n'existe pas."
    return f"{name} ne se montre pas parce {that(missing)}."


def _around(state: FormState, reader: Reader, item: Item, path: Path) -> Iterator[tuple[str, bool]]:
    """The conditions of the step, the sections, the rows and the field, from the outside in."""
    part = state.form.skeleton.parts[item.step]
    whole = Asking(state, reader)
    if part.spec.when is not None:
        holds = whole.test(part.spec.when).holds(whole.scope)
        yield f"l'étape « {part.spec.title} » {_which(holds)} : {whole.because(part.spec.when, holds)}", holds
    named = state.form.skeleton.named
    outer = [named[name] for name in item.chain[1:] if name in named]
    outer += [] if item.parent is None else [item.parent]
    for one in outer:
        if one.spec.when is not None:
            asking = Asking(state, reader, one)
            holds = asking.test(one.spec.when).holds(asking.scope)
            yield f"« {one.heading} » {_which(holds)} : {asking.because(one.spec.when, holds)}", holds
    if item.spec.when is not None and (
        item.parent is None or len(path) == len(item.path) + (item.parent.type == "rows")
    ):
        asking = Asking(state, reader, item, path)
        holds = asking.test(item.spec.when).holds(asking.scope)
        yield asking.because(item.spec.when, holds), holds


def _which(holds: bool) -> str:
    return "se montre" if holds else "ne se montre pas"


def _day(moment: str) -> str:
    day = iso_day(moment[:10])
    return moment if day is None else long_date(day)


# --- required, locked ---------------------------------------------------------------------------


def _required(state: FormState, reader: Reader, item: Item, path: Path) -> Iterator[Why]:
    required = getattr(item.spec, "required", None)
    if required is None or state.frozen(item.step) is not None:
        return
    if required is True:
        yield Why("required", "Une réponse est toujours obligatoire.")
    elif required is False:
        yield Why("optional", "Une réponse est facultative.")
    else:
        asking = Asking(state, reader, item, path)
        holds = asking.test(required).holds(asking.scope)
        kind = "obligatoire" if holds else "facultative"
        words = f"Une réponse est {kind} parce {that(asking.because(required, holds))}."
        yield Why("required" if holds else "optional", words)


def _locked(state: FormState, reader: Reader, item: Item) -> Iterator[Why]:
    """Why a field cannot be changed; nothing when it can."""
    if not item.is_field:
        return
    frozen = state.frozen(item.step)
    part, now = state.form.skeleton.parts[item.step].spec, state.form.state(state.document["state"])
    if frozen is not None:
        words = f"l'étape « {part.title} » est fermée depuis le {_day(frozen['at'])}"
    elif item.step not in now.open:
        words = f"l'étape « {part.title} » n'est pas ouverte dans l'état « {now.label} »"
    elif getattr(item.spec, "generate", None):
        words = "il s'écrit tout seul"
    elif reader.grant is None or decide(reader.grant, "write", item):
        return
    else:
        words = _refused(state, reader.grant.roles, item)
    yield Why("locked", f"« {item.heading} » ne peut pas être modifié ici : {words}.")


def _refused(state: FormState, roles: Roles, item: Item) -> str:
    shut = next((one for one in item.writers if not roles & one), None)
    if shut is not None:
        return f"seuls {role_names(state, shut)} peuvent le faire"
    return "vos droits sur ce document permettent de le lire, pas de le modifier"


def role_names(state: FormState, roles: Roles) -> str:
    """Name roles."""
    known = {role.id: role.label for role in state.form.drafting.library.roles.roles}
    return enumerate_words([f"« {known.get(role, role)} »" for role in sorted(roles)])


# --- what it holds ------------------------------------------------------------------------------


def _held(state: FormState, reader: Reader, item: Item, path: Path) -> Iterator[Why]:
    rules = state.form.rules[item.path]
    asking = Asking(state, reader, item, path)
    if item.type == "computed" and rules.value is not None and reader.may_cite(rules.value.reads):
        yield Why("value", f"« {item.heading} » se calcule : {_worked_out(item.spec.value, asking)}.")
    default = rules.default
    follows = default is not None and path in state.untouched and state.stored(path) is not None
    if follows and default is not None and reader.may_cite(default.reads):
        words = say_value(item.spec.default, asking.labels())
        yield Why("default", f"Personne n'y a répondu : elle suit {words}.")
    if path in state.lost:
        labels = [item.listing.label(code) if item.listing is not None else code for code in state.lost[path]]
        named = enumerate_words([f"« {label} »" for label in labels])
        yield Why("lost", f"{named} : ce choix n'est plus proposé ici et ne compte pas.")


def _worked_out(node: Any, asking: Asking) -> str:
    """Say a value with what it reads; of several branches, the one that counts and why."""
    if not isinstance(node, model.Cases):
        return say_value(node, asking.labels())
    for case in node.cases:
        if asking.test(case.when).holds(asking.scope):
            return f"{_worked_out(case.value, asking)}, parce {that(asking.because(case.when, True))}"
    return "rien ne convient" if node.else_ is None else f"{_worked_out(node.else_, asking)}, à défaut"


def _bounds(state: FormState, reader: Reader, item: Item, path: Path) -> Iterator[Why]:
    if item.type not in {"number", "date"}:
        return
    rules, asking = state.form.rules[item.path], Asking(state, reader, item, path)
    for key, bound, spec in (("min", rules.min, item.spec.min), ("max", rules.max, item.spec.max)):
        if bound is None or not reader.may_cite(bound.reads):
            continue
        value = bound.get(state.scope(path))
        if value is not None:
            source = f", d'après {asking.labels(cite=False).path(spec.ref)}" if hasattr(spec, "ref") else ""
            words = LIMITS[item.type, key]
            yield Why(
                "bounds", f"« {item.heading} » est {words} {plural(show_value(value, bound.type))}{source}."
            )


LIMITS = {
    ("number", "min"): "au moins",
    ("number", "max"): "au plus",
    ("date", "min"): "au plus tôt le",
    ("date", "max"): "au plus tard le",
}

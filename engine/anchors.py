"""What ties a collection to its form: comparisons of its `where` that an index can answer.

« .field is <what this form reads> » is looked up by a key of the documents, `anchor.<field>`; the whole
`where` is judged on what is found. A key is as old as its document's last change: only fields whose answer
depends on their own document are tied so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from fractions import Fraction
from typing import Any

from engine import model
from engine.compile import CompiledForm
from engine.evaluate import FormState
from engine.scopes import Scope
from engine.skeleton import Item

Key = str | bool | None
Tied = Mapping[str, frozenset[str]]  # form -> its fields that have keys
NO_FIELDS: frozenset[str] = frozenset()
SINGLE = frozenset({"text", "number", "date", "time", "boolean", "choice", "reference"})


def comparisons(collection: model.Collection) -> dict[str, str]:
    """Give the fields that a `where` ties, each to a path of the form that has the collection."""
    where = collection.where
    atoms = where.all if isinstance(where, model.All) else [where]
    return {
        atom.ref[1:]: atom.value.ref
        for atom in atoms
        if isinstance(atom, model.Compare)
        and atom.op == "is"
        and atom.ref.startswith(".")
        and "." not in atom.ref[1:]
        and isinstance(atom.value, model.RefNode)
        and not atom.value.ref.startswith(".")
    }


def tied_fields(forms: Mapping[tuple[str, str], CompiledForm]) -> Tied:
    """Give, by form, the fields of its documents that collections are tied to, and that have keys."""
    found: dict[str, set[str]] = {}
    for form in forms.values():
        for collection in form.form.collections.values():
            for name in collection.forms:
                found.setdefault(name, set()).update(comparisons(collection))
    return {
        name: frozenset(
            field
            for field in fields
            if all(_steady(form, field) for (known, _), form in forms.items() if known == name)
        )
        for name, fields in found.items()
    }


def _steady(form: CompiledForm, name: str) -> bool:
    """Tell whether a field's answer depends on nothing but its own document."""
    item = form.skeleton.named.get(name)
    if item is None:
        return True  # unanswered in that version
    if item.type not in SINGLE or getattr(item.spec, "many", False):
        return False
    around = [item, *(form.skeleton.named[one] for one in item.chain[1:])]
    tests = [form.step_when.get(item.step), *(form.rules[one.path].when for one in around)]
    return all(test is None or not test.reads.sources for test in tests) and _own_answer(form, item)


def _own_answer(form: CompiledForm, item: Item) -> bool:
    rules = form.rules[item.path]
    shaping = (rules.root, rules.filter if item.type == "choice" else None)
    default = frozenset() if rules.default is None else rules.default.reads.sources
    return default <= {"user"} and all(part is None or not part.reads.sources for part in shaping)


def anchor_keys(state: FormState, tied: Tied) -> dict[str, Key]:
    """Give the keys of a document by which collections find it."""
    fields = sorted(tied.get(state.form.id, NO_FIELDS))
    return {f"anchor.{name}": key for name in fields if (key := _read(state, name)) is not None}


def usable(collection: model.Collection, tied: Tied) -> dict[str, str]:
    """Give the comparisons of a collection that keys answer: those of all its forms."""
    return {
        name: path
        for name, path in comparisons(collection).items()
        if all(name in tied.get(form, NO_FIELDS) for form in collection.forms)
    }


def wanted_keys(state: FormState, name: str, tied: Tied) -> Mapping[str, Key] | None:
    """Give the keys that the documents of a collection have; None when an answer that ties it is missing."""
    paths = usable(state.form.form.collections[name], tied)
    wanted = {f"anchor.{field}": _read(state, path) for field, path in paths.items()}
    return None if None in wanted.values() else wanted


def _read(state: FormState, path: str) -> Key:
    reader = state.form.reader(tuple(path.split(".")))
    return None if reader is None else _key(reader.read(Scope(state)))


def _key(value: Any) -> Key:
    match value:
        case bool() | str():
            return value
        case Fraction():
            return str(value)
        case date() | time():
            return value.isoformat()
    return None


def fields_of(forms: Iterable[str], tied: Tied) -> dict[str, list[str]]:
    """Write which fields have keys, as plain JSON."""
    return {form: sorted(tied[form]) for form in sorted(forms) if tied.get(form)}

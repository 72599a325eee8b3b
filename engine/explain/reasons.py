"""Why a condition holds, or does not: its atoms that decide, with the values that they read."""

from __future__ import annotations

from typing import Any

from engine import model
from engine.compile import CompiledForm
from engine.conditions import Test, compile_condition
from engine.evaluate import FormState
from engine.explain.reader import UNTOLD, Reader
from engine.faults import Location
from engine.french import enumerate_words
from engine.paths import Path
from engine.references import resolve
from engine.saying import Labels, say_condition, that
from engine.scopes import Names, Scope
from engine.skeleton import Item
from engine.wording import UNANSWERED, show

NOWHERE: Location = ()
LONG = 60


def plural(words: str) -> str:
    """Make a unit agree with its number.

    >>> plural("6 semaine(s)"), plural("1 jour(s)")
    ('6 semaines', '1 jour')
    """
    one = words.split(" ", 1)[0].split(",", 1)[0] in {"0", "1", "-1"}
    return words.replace("(s)", "" if one else "s")


class Asking:
    """A reader's question about a place of a document."""

    def __init__(self, state: FormState, reader: Reader, item: Item | None = None, path: Path = ()) -> None:
        self.state = state
        self.reader = reader
        self.form: CompiledForm = state.form
        inside = None if item is None else item.parent
        self.names: Names = self.form.drafting.names(user=True, item=inside)
        self.scope: Scope = state.scope(path) if path else Scope(state)

    def test(self, node: Any) -> Test:
        """Compile a piece of a condition, once for a form and a place."""
        at = getattr(self.names.element, "item", None)
        key = (id(node), id(at))
        if key not in self.form.pieces:
            self.form.pieces[key] = compile_condition(node, self.names, NOWHERE)
        return self.form.pieces[key]

    def because(self, node: Any, holds: bool) -> str:
        """Say why a condition holds, or why it does not, whichever is the case."""
        return enumerate_words(list(dict.fromkeys(self._reasons(node, holds))))

    def _reasons(self, node: Any, holds: bool) -> list[str]:
        match node:
            case model.Not():
                return self._reasons(node.not_, not holds)
            case model.All() | model.AnyOf():
                atoms: list[Any] = node.all if isinstance(node, model.All) else node.any
                telling = [one for one in atoms if self.test(one).holds(self.scope) is holds]
                return [reason for one in telling for reason in self._reasons(one, holds)]
            case model.Named():
                return [self._named(node, holds)]
        return [self._atom(node, holds)]

    def _named(self, node: model.Named, holds: bool) -> str:
        spec = self.form.form.conditions[node.condition]
        if not self.reader.may_know(self.test(node).reads):
            return UNTOLD
        words = spec.label if holds else f"il est faux {that(spec.label)}"
        if not self.reader.full:
            return words
        whole = Asking(self.state, self.reader)
        return f"{words} ({whole.because(spec.when, holds)})"

    def _atom(self, node: Any, holds: bool) -> str:
        reads = self.test(node).reads
        if not self.reader.may_know(reads):
            return UNTOLD
        if not self.reader.may_cite(reads):
            return f"{self._label(node.some if isinstance(node, model.Some) else node.ref)} en décide"
        if isinstance(node, model.Compare) and not self.reader.full:
            chosen = self._chosen(node.ref)
            if chosen:
                return chosen
        said = isinstance(node, model.Compare) and (
            (node.op == "answered" and not holds) or (node.op == "is" and holds)
        )
        return say_condition(node, self.labels(cite=not said), holds)

    def _chosen(self, path: str) -> str:
        """For the attribute of a choice, say the choice: that is what people have seen."""
        head, _, name = path.rpartition(".")
        item = self._item_at(head)
        if (
            item is None
            or item.type != "choice"
            or item.listing is None
            or name not in item.listing.attributes
        ):
            return ""
        found = resolve(head, self.names, NOWHERE)
        if found is None or found.type.kind != "code" or not self.reader.may_cite(found.reads):
            return ""
        words = show(found, self.scope)
        return f"{self._label(head)} est « {words} »" if words else f"{self._label(head)} n'est pas renseigné"

    def _item_at(self, path: str) -> Item | None:
        """The field of this form at a path, None for anything else."""
        parts = tuple(path.lstrip(".").split("."))
        inside = getattr(self.names.element, "item", None)
        if path.startswith(".") and inside is not None:
            parts = (*inside.path, *parts)
        return self.form.skeleton.items.get(parts)

    # -- words --

    def labels(self, cite: bool = True) -> Labels:
        """Call what is read by its label, with its value in brackets where it may be cited."""
        return Labels(
            lambda path: self.cited(path) if cite else self._label(path),
            self._code,
            lambda name: self.form.form.conditions[name].label,
        )

    def _label(self, path: str) -> str:
        if path == "today":
            return "la date du jour"
        found = resolve(path, self.names, NOWHERE)
        return f"« {path if found is None else found.label} »"

    def cited(self, path: str) -> str:
        """A label with its value."""
        found = resolve(path, self.names, NOWHERE)
        if found is None or found.type.kind in {"rows", "collection"}:
            return self._label(path)
        if not self.reader.may_cite(found.reads):
            return self._label(path)
        return f"{self._label(path)} ({self._value(path)})"

    def _value(self, path: str) -> str:
        found = resolve(path, self.names, NOWHERE)
        words = "" if found is None else show(found, self.scope)
        if not words:
            return UNANSWERED
        words = plural(words)
        return self.reader.quote(words if len(words) <= LONG else words[: LONG - 1].rstrip() + "…")

    def _code(self, code: str) -> str:
        for item in self.form.skeleton.items.values():
            if item.listing is not None and code in item.listing:
                return item.listing.label(code)
        for versions in self.form.drafting.library.lists.values():
            for listing in versions.values():
                if code in listing:
                    return listing.label(code)
        return self.form.drafting.states_listing.label(code)

"""A step that draws itself: by its program where it may, by its pieces elsewhere; and how programs are made.

See `renderers.swift` for why, `renderers.cut` for what a piece is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from typing import Any
from weakref import ref

from engine.access import Grant
from engine.answers import code_of
from engine.compile import CompiledForm
from engine.context import Context
from engine.evaluate import evaluate
from engine.offers import Offer, offer_for
from engine.skeleton import Item
from renderers.cut import Marker, Piece, cut
from renderers.drawing import MARKED_NODE, NODE, Drawing
from renderers.live import Unusual
from renderers.makers import Example
from renderers.marking import mark_flat_rows
from renderers.showing import Showing, shown_as
from renderers.swift import Program
from renderers.templating import Place, outline
from renderers.tree import StepView
from renderers.view import field_view, step_view


def regions_of(showing: Showing, step: str, wanted: Collection[str]) -> list[str]:
    """Draw some items of a step, named by their regions, to be put in place out of band."""
    return Drawing(showing, program_for).regions(step, wanted)


def program_for(showing: Showing, step: str) -> Program:
    """Make the program of a step for who looks, in the state that the document is in."""
    form, mine = ref(showing.state.form), showing.grant
    grant = Grant(mine.roles, mine.verbs, mine.reads, mine.writes)
    return Program(form, step, grant, partial(_example, form, showing.state.document["state"], grant))


@dataclass(frozen=True, eq=False)
class LiveStep:
    """A step to show, drawn when it is asked for; `view` is the tree that the plain templates draw."""

    showing: Showing
    id: str

    @property
    def title(self) -> str:
        """The step's title."""
        return str(self.showing.state.form.skeleton.parts[self.id].spec.title)

    @property
    def help(self) -> str:
        """What is said at the head of the step."""
        return self.showing.state.form.skeleton.parts[self.id].spec.help or ""

    @property
    def has_required(self) -> bool:
        """Whether something on it must be answered."""
        return self._drawn[1]

    @property
    def parts(self) -> list[str]:
        """The items, drawn: what is to be joined."""
        return self._drawn[0]

    @property
    def html(self) -> str:
        """The items, drawn."""
        return "".join(self._drawn[0])

    @cached_property
    def view(self) -> StepView:
        """The step as a tree."""
        return step_view(self.showing, self.id)

    @cached_property
    def _drawn(self) -> tuple[list[str], bool]:
        drawing = Drawing(self.showing, program_for)
        return drawing.step(self.id), drawing.required


def _example(form: ref[CompiledForm], state: str, grant: Grant, answers: Mapping[str, Any]) -> Example:
    """A document of nobody's that holds some answers."""
    found = form()
    assert found is not None  # who draws a form holds it
    document = {"state": state, "answers": answers, "links": {}, "events": [], "created_on": "2000-01-01"}
    return Sample(Showing(evaluate(found, document, Context(date(2000, 1, 1))), grant, (), lambda _item: ()))


class Sample(Drawing):
    """An example document, drawn so that a program is cut out of it: see `renderers.swift`."""

    def field(self, item: Item, place: Place, oob: bool) -> tuple[str, Piece | None]:
        """Draw a top field; gives its piece too."""
        return self.cut_field(item, item.path, place, oob)

    def slot(self, item: Item, place: Place, n: int) -> tuple[Piece, list[str], Sequence[str]]:
        """The piece of a cascade's n-th slot, what fills it, and the codes of the boxes that end it."""
        offer, stored = self.state.offers[item.path], self.state.stored(item.path) or []
        codes = [code_of(pick) for pick in stored]
        pick = stored[n - 1] if n <= len(stored) else None
        assert isinstance(offer, Offer)
        _, piece, holes, boxes = self.cut_slot(item, item.path, offer, codes, pick, n, place)
        if piece is None:
            raise Unusual
        return piece, holes, boxes

    def rows(self, item: Item, place: Place, oob: bool) -> tuple[str, Piece | None]:
        """Draw a field of rows; gives a piece in which every cell has its own holes."""
        view = field_view(self.showing, item, item.path)
        marked = replace(view, data=mark_flat_rows(view.data, Marker()))
        plain, other = (
            module.node(one, outline((one,), place), oob)
            for module, one in ((NODE, view), (MARKED_NODE, marked))
        )
        return plain, cut(other)

    def options(self, item: Item) -> tuple[str, tuple[str, ...]]:
        """How a choice is drawn, and its options."""
        offer = offer_for(item, self.state.form.rules[item.path], self.state.scope())
        assert isinstance(offer, Offer)
        shown = shown_as(self.showing, item, item.path)
        if shown == "search":
            raise Unusual
        return shown, offer.options

    def reasonless(self, item: Item) -> bool:
        """Tell whether an item never says why it is there, or locked."""
        return self.needs_no_reason(item)

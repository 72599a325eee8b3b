"""Rows 3 and 4: pages drawn."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, cast

from markupsafe import escape

from benchmarks import workload
from benchmarks.engine_rows import STEP, form_of
from benchmarks.measure import Row, interleaved
from benchmarks.peers import by_django, by_jinja
from engine.access import Grant
from engine.compile import CompiledForm
from engine.context import Context
from engine.evaluate import evaluate
from engine.validate import judge
from renderers.html import page, regions
from renderers.live_step import LiveStep, regions_of
from renderers.pages import Frame, WizardPage
from renderers.showing import Showing

FRAME = Frame("Zoé Lefèvre", "École", (), "x" * 40)


def rows() -> Iterator[Row]:
    """Pages and fragments drawn from answers that are read and judged already, as the peers' are."""
    ready, large = (
        [_Ready(form_of(workload.form(), codes), workload.fields(seed)) for seed in range(4)]
        for codes in (workload.codes(), workload.codes(top=14))
    )
    turn, long = itertools.cycle(ready), itertools.cycle(large)
    around = by_jinja.around(page(ready[0].screen(), FRAME))

    def ours() -> str:
        return page(next(turn).screen(), FRAME)

    def limit() -> str:
        one = next(turn)
        return "".join([*itertools.chain(*zip(one.texts, map(escape, one.values), strict=False))])

    def cascade() -> str:
        return regions(SCREEN, FRAME, regions_of(next(long).showing(), workload.STEP, {"z-domaine_vise"}))

    def django() -> str:
        return by_django.draw(*by_django.made(next(turn).query))

    for one in ready:
        plain = replace(SCREEN, step=LiveStep(one.showing(), workload.STEP).view)
        drawn = page(one.screen(), FRAME)
        assert drawn == page(plain, FRAME), "not the same bytes"
        assert by_jinja.same(drawn, by_jinja.page(one.given, *around)), "not the same page"
        other = by_django.draw(*by_django.made(one.query))
        assert by_django.controls(other) == by_django.controls(drawn), "not the same controls"
    assert "<template" not in cascade(), "what a small list asks of nobody"
    for _ in ready * 2:  # each kind of choice is cut once
        ours(), cascade()
    times = interleaved(
        {
            "ours": ours,
            "flat": lambda: by_jinja.page(next(turn).given, *around),
            "limit": limit,
            "django": django,
            "cascade": cascade,
        },
        rounds=7,
    )
    size = len(ours().encode()) / 1000
    what = f"page de {size:.0f} ko, mêmes octets que le rendu Jinja, réponses déjà lues"
    yield Row("3", what, times["ours"], times["flat"], "Jinja à plat, même page", 0.10)
    yield Row("3", what, times["ours"], times["limit"], "échapper 84 réponses et joindre", 3)
    yield Row("3", what, times["ours"], times["django"], "Django, rendu Jinja", 300, at_most=False)
    what = "fragment après un choix dans une liste de 518 entrées, réponses déjà lues"
    yield Row("4", what, times["cascade"], times["flat"], "page à plat", 0.01)


class _Ready:
    """A document whose answers are read and judged: what each side starts from."""

    def __init__(self, form: CompiledForm, given: dict[str, Any]) -> None:
        document = workload.document(workload.answers(given))
        self.given, self.query = given, by_django.query(given)
        self.state = evaluate(form, document, Context(date(2026, 10, 5)))
        self.problems = judge(self.state, STEP)
        everything = frozenset(form.skeleton.items)
        self.grant = Grant(frozenset(), frozenset(), everything, everything)
        self.values = [text for _, text in workload.pairs(given) if text]
        self.values += ["non"] * (84 - len(self.values))
        whole = page(self.screen(), FRAME)
        step = (len(whole) - sum(map(len, self.values))) // 84
        self.texts = [whole[n * step : (n + 1) * step] for n in range(84)]

    def showing(self) -> Showing:
        """What a request shows it with: made each time."""
        return Showing(self.state, self.grant, self.problems, candidates=lambda _item: ())

    def screen(self) -> WizardPage:
        """The page of its step."""
        return replace(SCREEN, step=LiveStep(self.showing(), workload.STEP))


SCREEN = WizardPage(
    title="Mise en œuvre – PPRE – Canevas",
    over="PPRE",
    quit="Revenir à la fiche",
    action="/documents/1/etapes/mise_en_oeuvre",
    revision=1,
    base="{}",
    sitting="s",
    steps=(),
    where="",
    step=cast(Any, None),
    show_errors=False,
    summary_title="",
    summary=(),
    reassure="",
    notices=(),
    back=False,
    next="Suivant",
    save="Enregistrer",
    saved="Brouillon enregistré à 14 h 32",
    live=True,
)

"""The thread of a wizard's steps: those around the current one in sight, the others folded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from renderers.thread import AROUND, PLAIN, WHOLE, stretches, thread
from renderers.tree import StepLink

STATES = ("À faire", "En cours", "Complète", "2 réponses à corriger")


@st.composite
def threads(draw: st.DrawFn) -> tuple[StepLink, ...]:
    count = draw(st.integers(1, 100))
    at = draw(st.integers(1, count))
    states = draw(st.lists(st.sampled_from(STATES), min_size=count, max_size=count))
    return tuple(
        StepLink(f"e{n}", n, f"Étape « {n} »", state, state == "Complète", n == at, state != "À faire")
        for n, state in enumerate(states, start=1)
    )


@given(threads())
def test_every_step_is_there_once_and_those_around_the_current_one_in_sight(
    steps: tuple[StepLink, ...],
) -> None:
    parts = stretches(steps)
    assert tuple(step for part in parts for step in part.steps) == steps
    (seen,) = (part.steps for part in parts if not part.title)
    at = next(n for n, step in enumerate(steps) if step.current)
    assert len(seen) <= WHOLE and set(steps[max(0, at - AROUND) : at + AROUND + 1]) <= set(seen)


@given(threads())
def test_it_is_drawn_as_its_template_draws_it(steps: tuple[StepLink, ...]) -> None:
    drawn = thread("Étape 1 sur 2", steps)
    assert drawn == PLAIN.thread("Étape 1 sur 2", stretches(steps))
    assert drawn.count('<li class="') == len(steps)


def test_a_folded_stretch_says_what_it_holds() -> None:
    steps = tuple(StepLink(f"e{n}", n, "T", "", n < 4, n == 50, n < 51) for n in range(1, 101))
    assert [part.title for part in stretches(steps)] == ["Étapes 1 à 46 : 3 complètes", "", "Étapes 54 à 100"]

"""The page on which an author tries a form: a step drawn as for whoever fills it, with every reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from engine.access import decide
from engine.compile import CompiledAction
from engine.evaluate import FormState
from engine.explain import Reader, Why, of_action, of_field
from engine.paths import Path
from engine.problems import Problem
from engine.scenarios import Scenario
from engine.skeleton import Item
from engine.validate import judge
from engine.wording import label_of
from renderers.gestures import Option, PreviewPage, Reasons
from renderers.marks import quote
from renderers.pages import Button
from renderers.showing import Showing, messages_of
from renderers.tree import FieldView, Message, Node, SectionView, StepView
from renderers.view import step_view
from web.preview import Trying, candidates, opened, reread, roles_of
from web.screens.rehearsal import life_url
from web.screens.steps import Asked, with_blanks
from web.shown import digests, shown_leaves

OWN = frozenset({"locked", "closed", "forbidden"})  # what hangs on the role, beyond what the author may know
NOTHING_AROUND = "un document vide, sans rien autour"


def preview_url(form: str) -> str:
    """Where a form is tried."""
    return f"{life_url(form)}/essai"


def preview_page(
    trying: Trying,
    versions: Mapping[str, str],
    starts: Mapping[str, Scenario],
    asked: Asked,
    new_row: Callable[[], str],
    seal: Callable[[str], str],
) -> PreviewPage:
    """Build the page; `versions`: those that can be tried, with their words; `seal` signs what is carried."""
    state, now, form = trying.stage.main, trying.carried, trying.form
    shown = _showing(trying, asked, new_row)
    labels = {role.id: role.label for role in form.drafting.library.roles.roles}
    carried = replace(now, base=digests(shown_leaves(state, shown.grant, now.step)))
    return PreviewPage(
        title=f"Essai : {form.form.short or form.form.title} {versions[now.version]}",
        back=Button(form.form.short or form.form.title, life_url(form.id)),
        action=preview_url(form.id),
        sealed=seal(carried.text()),
        versions=tuple(Option(one, words, one == now.version) for one, words in versions.items()),
        starts=(
            Option("", NOTHING_AROUND, not now.start),
            *(Option(name, one.title, name == now.start) for name, one in starts.items()),
        ),
        roles=tuple(Option(one, labels.get(one, one), one in now.roles) for one in roles_of(form)),
        states=tuple(Option(one.id, one.label, one.id == now.state) for one in form.form.lifecycle.states),
        steps=tuple(Option(part.id, part.spec.title, part.id == now.step) for part in form.skeleton.steps),
        notices=tuple(_refused(one) for one in trying.refused),
        shut=opened(trying),
        step=_step(trying, shown),
        summary=tuple(messages_of(shown, now.step)) if asked.errors else (),
        hidden=tuple(_hidden(trying, shown)),
        actions=tuple(_action(trying, action) for action in form.actions.values()),
    )


def _action(trying: Trying, action: CompiledAction) -> Reasons:
    state = trying.stage.main
    whys = _both(trying, lambda reader: of_action(state, reader, action))
    return Reasons(f"« {action.spec.label} »", _sentences(whys))


def _refused(problem: Problem) -> Message:
    return Message("warning", problem.text, "")


def _showing(trying: Trying, asked: Asked, new_row: Callable[[], str]) -> Showing:
    stage, step = trying.stage, trying.carried.step
    state = stage.main
    document, blanks = with_blanks(state, step, asked, new_row)
    return Showing(
        state=reread(trying, document) if blanks else state,
        grant=stage.grant,
        problems=judge(state, frozenset({step})),
        candidates=lambda item: candidates(stage, item),
        tabs=asked.tabs,
        blanks=blanks,
        missing=asked.errors,
        sees=lambda _document, _path: True,
        searches=asked.searches,
    )


def _step(trying: Trying, shown: Showing) -> StepView:
    """The step as its reader would see it, each field with all that may be said of it."""
    view = step_view(shown, trying.carried.step)
    if opened(trying) or not shown.state.shows_step(trying.carried.step):
        return replace(view, nodes=())
    return replace(view, nodes=tuple(_told(one, trying, shown.state) for one in view.nodes))


def _told(node: Node, trying: Trying, state: FormState) -> Node:
    if isinstance(node, SectionView):
        return replace(node, nodes=tuple(_told(one, trying, state) for one in node.nodes))
    if not isinstance(node, FieldView):
        return node
    data = dict(node.data)
    if "nodes" in data:
        data["nodes"] = tuple(_told(one, trying, state) for one in data["nodes"])
    if "rows" in data:
        data["rows"] = tuple(
            replace(row, nodes=tuple(_told(one, trying, state) for one in row.nodes)) for row in data["rows"]
        )
    path = tuple(node.path.split("."))
    item = state.item(path)
    why = "" if item is None else " ".join(_sentences(_whys(trying, state, item, path)))
    return replace(node, data=data, why=why)


def _hidden(trying: Trying, shown: Showing) -> Iterator[Reasons]:
    """What the step has and does not show to the role that is tried, with the reasons."""
    state = shown.state
    for item in state.form.skeleton.step_items(trying.carried.step):
        if not (item.is_field or item.type == "computed" or item.spec.when is not None):
            continue
        for path in state.instances(item):
            closed = item.is_field and not decide(shown.grant, "read", item)
            if path not in state.visible or closed:
                label = label_of(state, item, path) or item.heading
                yield Reasons(label, _sentences(_whys(trying, state, item, path)))


def _whys(trying: Trying, state: FormState, item: Item, path: Path) -> tuple[Why, ...]:
    return _both(trying, lambda reader: of_field(state, reader, item, path))


def _both(trying: Trying, say: Callable[[Reader], Sequence[Why]]) -> tuple[Why, ...]:
    """All that the author may be told, and what the rights of the role that is tried add to it."""
    told = tuple(say(Reader(None, full=True, quote=quote)))
    role = say(Reader(trying.stage.grant, full=True, quote=quote))
    known = {one.sentence for one in told}
    mine = tuple(one for one in role if one.about in OWN and one.sentence not in known)
    return (*mine, *(one for one in told if not (mine and one.about == "ready")))


def _sentences(whys: Sequence[Why]) -> tuple[str, ...]:
    return tuple(one.sentence for one in whys)

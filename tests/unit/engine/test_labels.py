"""`{n}` in the label of a row's field is the place of its row, wherever the label is shown."""

from __future__ import annotations

from engine.access import Grant
from engine.edit import edit
from engine.fields import Entry
from engine.posting import Posted
from engine.present import read_form
from engine.validate import judge
from engine.wording import label_of
from tests.unit.worlds import state_of

ITEMS = {
    "items": [
        {
            "id": "buts",
            "type": "rows",
            "label": "Buts",
            "row_label": "But n°{n}",
            "items": [
                {"id": "nom", "type": "text", "label": "Nom du but n°{n}", "required": True},
                {"id": "teinte", "type": "choice", "list": "couleurs", "label": "Teinte"},
            ],
        }
    ]
}
ROWS = {"buts": [{"row": "a", "nom": "Un"}, {"row": "b", "teinte": ["vert"]}]}


def test_at_a_path_and_without_one() -> None:
    state = state_of(ITEMS, ROWS)
    item = state.form.skeleton.items["buts", "nom"]
    assert label_of(state, item, ("buts", "b", "nom")) == "Nom du but n°2"
    assert label_of(state, item, ("buts", "new", "nom")) == "Nom du but n°3"
    assert label_of(state, item, item.path) == item.heading == "Nom du but"
    teinte = state.form.skeleton.items["buts", "teinte"]
    assert label_of(state, teinte, ("buts", "b", "teinte")) == teinte.heading == "Teinte"


def test_in_messages_and_in_what_is_read() -> None:
    state = state_of(ITEMS, ROWS)
    assert [problem.text.split(" :")[0] for problem in judge(state)] == ["But n°2, Nom du but n°2"]
    (rows,) = read_form(state)[0]["nodes"]
    assert [column["label"] for column in rows["columns"]] == ["Nom du but", "Teinte"]
    assert [row["nodes"][0]["label"] for row in rows["rows"]] == ["Nom du but n°1", "Nom du but n°2"]


def test_in_refusals() -> None:
    state = state_of(ITEMS, ROWS)
    reads = frozenset(state.form.skeleton.items)
    posted = Posted({("buts", "b", "nom"): Entry(("Deux",))})
    edited = edit(
        state, posted, Grant(frozenset(), frozenset(), reads, frozenset()), lambda *_: None, "etape"
    )
    assert [problem.text.split(" :")[0] for problem in edited.refused] == ["Nom du but n°2"]


def test_a_computed_reference_is_read_by_its_label() -> None:
    who = {"id": "p", "type": "reference", "to": "person", "label": "Qui"}
    shown = {"id": "c", "type": "computed", "label": "Rappel", "value": {"ref": "p"}}
    rows = {
        "id": "r",
        "type": "rows",
        "items": [who | {"id": "q"}, shown | {"id": "d", "value": {"ref": ".q"}}],
    }
    zoe, max_ = [{"id": "p1", "label": "Zoé"}], [{"id": "p2", "label": "Max"}]
    state = state_of({"items": [who, shown, rows]}, {"p": zoe, "r": [{"row": "x", "q": max_}]})
    nodes = read_form(state)[0]["nodes"]
    assert nodes[1]["value"]["text"] == "Zoé"
    assert "Max" in str(nodes[2]["rows"]) and "p2" not in str(nodes[2]["rows"])

"""What may be stored comes back from JSON as it is; what may not never gets in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.base import NotJson
from storage.checks import json_object

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner)
        | st.dictionaries(st.text(st.characters(), max_size=3) | st.integers() | st.none(), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(st.characters(), max_size=3), ANYTHING, max_size=4))
def test_what_is_let_in_is_exactly_json(body: dict[str, Any]) -> None:
    try:
        copy = json_object(body, "livret/a body")
    except NotJson as refused:
        assert str(refused).startswith("livret/a body")
        return
    text = json.dumps(copy, allow_nan=False, ensure_ascii=False)
    assert text == json.dumps(json.loads(text.encode()), ensure_ascii=False)
    assert copy == json.loads(json.dumps(body))


@given(
    st.dictionaries(st.text("ab", max_size=3), st.integers(-(2**63), 2**63 - 1) | st.text("aé"), max_size=4)
)
def test_what_json_holds_is_let_in(body: dict[str, Any]) -> None:
    assert json_object(body, "") == body


@pytest.mark.parametrize("depth", [99, 100, 5000])
def test_depth_is_limited(depth: int) -> None:
    body: Any = 1
    for _ in range(depth):
        body = [body]
    if depth < 100:
        assert json_object({"x": body}, "") == {"x": body}
    else:
        with pytest.raises(NotJson, match="deep"):
            json_object({"x": body}, "")

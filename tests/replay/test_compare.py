"""Two states side by side."""

from hypothesis import given
from hypothesis import strategies as st

from replay.compare import Difference, compare

plain = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner)
        | st.lists(st.fixed_dictionaries({"id": inner}), max_size=3)
    ),
    max_leaves=8,
)
states = st.dictionaries(st.text("abc", min_size=1, max_size=2), plain, max_size=4)


def test_what_differs_is_named_by_its_path() -> None:
    left = {"party": {"kind": "person"}, "debts": [{"due": "a"}, {"due": "b"}], "entries": 3}
    right = {"party": {"kind": "household", "region": "n"}, "debts": [{"due": "a"}], "entries": 3}
    assert compare(left, right) == [
        Difference("debts[1]", {"due": "b"}, None),
        Difference("party.kind", "person", "household"),
        Difference("party.region", None, "n"),
    ]


def test_things_with_an_id_are_compared_with_themselves_whatever_stands_before_them() -> None:
    one, two, three = {"id": "1", "due": "a"}, {"id": "2", "due": "b"}, {"id": "3"}
    assert compare({"debts": [one, two]}, {"debts": [three, two | {"due": "c"}]}) == [
        Difference("debts[1]", one, None),
        Difference("debts[2].due", "b", "c"),
        Difference("debts[3]", None, three),
    ]


def test_another_order_is_a_difference() -> None:
    one, two = {"id": "1"}, {"id": "2"}
    assert len(compare({"debts": [one, two]}, {"debts": [two, one]})) == 2


@given(states, states)
def test_states_differ_exactly_where_they_are_not_equal(
    left: dict[str, object], right: dict[str, object]
) -> None:
    assert compare(left, left) == []
    assert bool(compare(left, right)) == (left != right)
    assert [(it.path, it.right, it.left) for it in compare(left, right)] == [
        (it.path, it.left, it.right) for it in compare(right, left)
    ]

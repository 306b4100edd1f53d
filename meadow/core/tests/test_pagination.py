"""A cursor comes back as it was given, or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meadow.core.pagination import InvalidCursor, decode_cursor, encode_cursor

positions = st.dictionaries(
    st.text(max_size=8), st.integers() | st.text(max_size=20) | st.none(), max_size=4
)


@given(position=positions)
def test_a_cursor_brings_its_position_back(position: dict[str, object]) -> None:
    cursor = encode_cursor(position)

    if len(cursor) <= 500:
        assert decode_cursor(cursor) == position


@given(garbage=st.text(max_size=600))
def test_garbage_is_refused(garbage: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(garbage)


@given(position=positions, place=st.integers(min_value=0), letter=st.sampled_from("aZ0:-_"))
def test_a_changed_cursor_is_refused(position: dict[str, object], place: int, letter: str) -> None:
    cursor = encode_cursor(position)
    place %= len(cursor)
    changed = cursor[:place] + letter + cursor[place + 1 :]

    if changed != cursor:
        with pytest.raises(InvalidCursor):
            decode_cursor(changed)


@pytest.mark.parametrize("value", ["", ":", "a:b", "e30", "x" * 501])
def test_what_was_never_signed_is_refused(value: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(value)


def test_a_signed_value_that_is_no_position_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(encode_cursor([1, 2]))  # type: ignore[arg-type]

"""Sizes: never enlarged, never taller than WebP allows, named so that readers can tell them."""

from hypothesis import given
from hypothesis import strategies as st

from meadow.media.sizes import fit_master, list_sizes, size_of

sides = st.integers(min_value=1, max_value=60_000)


@given(width=sides, height=sides)
def test_a_note_photo_is_never_enlarged_and_always_fits_into_webp(width: int, height: int) -> None:
    master = fit_master(width=width, height=height, purpose="note_photo")
    sizes = list_sizes(width=master[0], height=master[1], purpose="note_photo")

    assert master[0] <= min(width, 1920)
    assert master[1] <= min(height, 16_000)
    assert (sizes[-1].width, sizes[-1].height) == master
    assert [size.width for size in sizes] == sorted({size.width for size in sizes})
    assert all(1 <= size.height <= 16_383 for size in sizes)
    assert all(
        size == size_of(label=size.label, width=master[0], height=master[1]) for size in sizes
    )


@given(width=sides, height=sides)
def test_an_avatar_is_square_and_never_enlarged(width: int, height: int) -> None:
    master = fit_master(width=width, height=height, purpose="avatar")
    sizes = list_sizes(width=master[0], height=master[1], purpose="avatar")

    assert master[0] == master[1] == min(width, height, 256)
    assert all(size.width == size.height for size in sizes)
    assert sizes[-1].width == master[0]


def test_a_photo_as_wide_as_a_step_stops_at_that_step() -> None:
    sizes = list_sizes(width=640, height=480, purpose="note_photo")

    assert [(size.label, size.width) for size in sizes] == [("w320", 320), ("w640", 640)]

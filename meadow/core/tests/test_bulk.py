"""Rows in numbers: what arrives is what was given, under ids that nobody else gets."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.db import IntegrityError

from meadow.core.bulk import add_to_counts, copy_table, new_ids, reserve_ids
from meadow.core.ids import ALPHABET, RANDOM_LENGTH
from meadow.core.testing import race
from meadow.core.transactions import TransactionMissing, transaction
from meadow.notes.models import Topic

TABLE = "notes_topic"


def topics(**columns: Any) -> pa.Table:
    return pa.table(columns)


@pytest.mark.django_db
def test_text_arrives_as_it_was() -> None:
    names = ["", 'a "quoted" word', "a,comma", "two\nlines", "\\N", "露营"]
    rows = topics(slug=[f"s{n}" for n in range(6)], name=names, note_count=[0] * 6)

    with transaction():
        copy_table(into=TABLE, rows=rows)

    assert list(Topic.objects.order_by("slug").values_list("name", flat=True)) == names


@pytest.mark.django_db
def test_a_row_that_breaks_a_constraint_brings_down_all() -> None:
    rows = topics(slug=["a", "b", "a"], name=["A", "B", "A"], note_count=[0, 0, 0])

    with pytest.raises(IntegrityError), transaction():
        copy_table(into=TABLE, rows=rows)

    assert not Topic.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_who_reserve_at_once_get_different_ids() -> None:
    def reserve(_number: int) -> list[int]:
        with transaction():
            return [int(one) for one in reserve_ids(table=TABLE, count=500)]

    taken = race(reserve, runners=8)

    ids = [one for some in taken if isinstance(some, list) for one in some]
    assert len(ids) == len(set(ids)) == 4000


@pytest.mark.django_db
def test_an_insert_after_a_reservation_gets_the_next_id() -> None:
    with transaction():
        reserved = reserve_ids(table=TABLE, count=3)

    assert reserved.tolist() == list(range(int(reserved[0]), int(reserved[0]) + 3))
    assert Topic.objects.create(slug="x", name="X").pk == reserved[-1] + 1


@pytest.mark.django_db
def test_counts_grow_by_how_often_an_id_comes() -> None:
    one, two = (Topic.objects.create(slug=slug, name=slug, note_count=1) for slug in "ab")

    with transaction():
        add_to_counts(table=TABLE, column="note_count", ids=np.array([two.pk, one.pk, two.pk]))

    assert list(Topic.objects.order_by("slug").values_list("note_count", flat=True)) == [2, 3]


def test_rows_are_copied_in_a_use_case_only() -> None:
    with pytest.raises(TransactionMissing):
        copy_table(into=TABLE, rows=topics(slug=[], name=[], note_count=[]))


def test_new_ids_look_like_any_id_and_use_every_letter_alike() -> None:
    ids = new_ids(prefix="d", count=20_000)

    assert len(set(ids)) == 20_000
    assert {len(one) for one in ids} == {1 + RANDOM_LENGTH}
    assert {one[0] for one in ids} == {"d"}
    counts = {letter: sum(one[1:].count(letter) for one in ids) for letter in ALPHABET}
    assert set("".join(one[1:] for one in ids)) == set(ALPHABET)
    # 280,000 letters, 4,828 of each give or take 69; six times that is never seen.
    assert all(abs(count - 4828) < 6 * 69 for count in counts.values())
    assert new_ids(prefix="d", count=0) == []

"""What was decided stays as it is: the database refuses every change but losing a person."""

import pytest
from django.db import IntegrityError, connection

from meadow.accounts.testing import make_person
from meadow.decisions import queries
from meadow.decisions.models import Appeal, Batch, Decision, SigningKey, Subject
from meadow.decisions.receipts import verify
from meadow.decisions.testing import WHEN, make_appeal, make_decision

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "table", ["signingkey", "batch", "decision", "subject", "appeal", "appealterms"]
)
@pytest.mark.parametrize("change", ["UPDATE", "DELETE"])
def test_history_cannot_be_changed(table: str, change: str) -> None:
    make_appeal(make_decision(make_person()))
    id_column = {"signingkey": "key_id", "appealterms": "number"}.get(table, "id")
    changes = {
        "signingkey": "public_key = repeat('0', 64)",
        "batch": "root = repeat('0', 64)",
        "decision": "document = '{}'",
        "subject": "name = 'sSomebodyElse'",
        "appeal": "words = 'Something that the person never wrote.'",
        "appealterms": "answer_days = 60",
    }
    sql = f"UPDATE decisions_{table} SET {changes[table]}"  # noqa: S608 - names are from above
    if change == "DELETE":
        sql = f"DELETE FROM decisions_{table} WHERE {id_column} IS NOT NULL"  # noqa: S608

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_subject_cannot_be_given_to_somebody_else() -> None:
    ann, bo = make_person(), make_person()
    make_decision(ann)

    with pytest.raises(IntegrityError, match="only ever loses its person"):
        Subject.objects.filter(person=ann).update(person=bo)


@pytest.fixture
def row() -> Decision:
    """A row that could be added: about somebody, and the first of a batch to come."""
    made = Decision.objects.get(pk=make_decision(make_person()).id)
    return Decision(
        public_id="dTest",
        subject_id=made.subject_id,
        batch_id=made.batch_id + 1,
        place=0,
        decided_at=WHEN,
        document=made.document,
    )


def sign(batch_id: int, *, size: int) -> None:
    Batch.objects.create(
        pk=batch_id,
        public_id="bTest",
        size=size,
        root="0" * 64,
        key=SigningKey.objects.get(),
        signature="0" * 128,
        signed_at=WHEN,
    )


def test_a_batch_begins_at_its_first_place(row: Decision) -> None:
    row.place = 1

    with pytest.raises(IntegrityError, match="added together, each at its place"):
        row.save()


def test_nothing_is_added_to_a_batch_that_is_signed(row: Decision) -> None:
    row.batch_id -= 1
    row.place = 1

    with pytest.raises(IntegrityError, match="added together, each at its place"):
        row.save()


def test_a_batch_is_as_large_as_it_says(row: Decision) -> None:
    row.save()

    with pytest.raises(IntegrityError, match="as large as it says"):
        sign(row.batch_id, size=2)


def test_no_decision_stands_without_a_signature(row: Decision) -> None:
    row.save()

    with pytest.raises(IntegrityError, match="without the batch that signs it"):
        connection.check_constraints()


def test_a_decision_that_is_signed_stands(row: Decision) -> None:
    row.save()
    sign(row.batch_id, size=1)

    connection.check_constraints()

    assert Decision.objects.filter(public_id="dTest").exists()


def test_a_decision_is_about_somebody(row: Decision) -> None:
    row.subject_id = 0

    with pytest.raises(IntegrityError, match="about somebody"):
        row.save()


def test_erasing_a_person_leaves_a_row_that_names_nobody_and_still_verifies() -> None:
    ann, bo = make_person(), make_person()
    made = make_decision(ann)
    other = make_decision(bo)
    make_appeal(made)
    before = Decision.objects.get(pk=made.id).document

    ann.delete()

    row = Decision.objects.select_related("subject").get(pk=made.id)
    assert (row.document, row.subject.person_id) == (before, None)
    assert verify(queries.receipt(made.public_id), keys=queries.public_keys()).valid
    appeal = Appeal.objects.get()
    assert (appeal.words, appeal.person_id, appeal.state) == ("", None, "withdrawn")
    assert queries.get_decisions([other.id])[other.id].person_id == bo.pk

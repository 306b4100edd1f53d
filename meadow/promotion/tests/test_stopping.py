"""Orders stop by themselves when nobody can see the note, and go on when it was not its author's doing."""

import datetime as dt

import pytest

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core import clock
from meadow.core.testing import run_jobs
from meadow.integrity.models import Inquiry
from meadow.integrity.moderation import acting, reporting
from meadow.integrity.moderation.acting import Statement, Verdict
from meadow.integrity.testing import ensure_rules, make_word
from meadow.integrity.testing import ensure_terms as ensure_moderation
from meadow.notes.models import Note
from meadow.notes.services import change_visibility, delete_note
from meadow.notes.testing import make_note
from meadow.promotion.models import Order
from meadow.promotion.queries.orders import list_steps
from meadow.promotion.services.stopping import look_at_author, look_at_note
from meadow.promotion.testing import make_order
from meadow.promotion.tests.test_reviewing import approve, news, operator

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def running(buyer: Person, note: Note, now: dt.datetime = NOW) -> Order:
    return make_order(buyer=buyer, note_id=note.pk, now=now, state="running", reviewed_at=now)


def paused(order: Order) -> list[tuple[str, int | None, str]]:
    return [(one.kind, one.by, one.params.get("why", "")) for one in list_steps(order.pk)]


def test_an_order_pauses_when_its_note_is_private_and_stays_so_until_its_buyer_resumes() -> None:
    ann = make_person()
    note = make_note(ann.pk, photos=0)
    order = running(ann, note)
    Note.objects.filter(pk=note.pk).update(visibility="private")

    assert look_at_note(note_id=note.pk, now=NOW + HOUR) == 1

    order.refresh_from_db()
    assert order.state == "paused"
    assert paused(order) == [("paused", None, "note_not_public")]
    assert news(ann) == ["promotion.paused"]
    Note.objects.filter(pk=note.pk).update(visibility="public")
    assert look_at_note(note_id=note.pk, now=NOW + HOUR) == 0
    order.refresh_from_db()
    assert order.state == "paused"


@pytest.mark.parametrize(
    ("fields", "why"),
    [({"suspended_at": NOW}, "author_suspended"), ({"hidden_at": NOW}, "author_hidden")],
)
def test_what_those_who_keep_order_stopped_goes_on_by_itself(
    fields: dict[str, dt.datetime], why: str
) -> None:
    ann = make_person()
    order = running(ann, make_note(ann.pk, photos=0))
    Person.objects.filter(pk=ann.pk).update(**fields)
    look_at_author(author_id=ann.pk, now=NOW + HOUR)
    Person.objects.filter(pk=ann.pk).update(**dict.fromkeys(fields))

    assert look_at_author(author_id=ann.pk, now=NOW + 2 * HOUR) == 1

    order.refresh_from_db()
    assert order.state == "running"
    assert paused(order) == [("paused", None, why), ("resumed", None, why)]
    assert news(ann) == ["promotion.resumed", "promotion.paused"]


def test_what_its_buyer_paused_stays_paused() -> None:
    ann = make_person()
    order = make_order(
        buyer=ann, note_id=make_note(ann.pk, photos=0).pk, now=NOW, state="paused", reviewed_at=NOW
    )

    assert look_at_author(author_id=ann.pk, now=NOW) == 0

    order.refresh_from_db()
    assert order.state == "paused"


def test_a_waiting_order_ends_when_its_note_is_gone() -> None:
    ann = make_person()
    note = make_note(ann.pk, photos=0)
    order = make_order(buyer=ann, note_id=note.pk, now=NOW)
    Note.objects.filter(pk=note.pk).update(state="deleted", deleted_at=NOW)

    assert look_at_note(note_id=note.pk, now=NOW) == 1

    order.refresh_from_db()
    assert (order.state, order.settled_at) == ("rejected", NOW)


def test_an_edit_is_looked_at_where_rules_find_fault_or_a_person_had_approved() -> None:
    ann, warden = make_person(), operator()
    fine, worded, by_hand = (make_note(ann.pk, photos=0) for _ in range(3))
    kept, stopped = running(ann, fine), running(ann, worded)
    approved = make_order(buyer=ann, note_id=by_hand.pk, now=NOW)
    approve(approved, warden)
    make_word(operator_id=warden.pk, pattern="viagra")
    Note.objects.update(edited_at=NOW + HOUR)
    Note.objects.filter(pk=worded.pk).update(body="Cheap viagra")

    for note in (fine, worded, by_hand):
        look_at_note(note_id=note.pk, edited=True, now=NOW + HOUR)

    states = {one.pk: one.state for one in Order.objects.all()}
    assert states == {kept.pk: "running", stopped.pk: "review", approved.pk: "review"}
    assert [(one.kind, one.params) for one in list_steps(stopped.pk)] == [
        ("edited", {"changed": ["note"]})
    ]


def restrict(person: Person, verdict: Verdict, warden: Person) -> str:
    reporting.report_subject(
        kind="person",
        public_id=person.public_id,
        reporter_id=make_person().pk,
        reason="hate",
        words="",
        now=NOW,
    )
    acting.decide(
        public_id=Inquiry.objects.get(subject=person.public_id, outcome="").public_id,
        verdict=verdict,
        statement=Statement(rule="abuse", words="Threats under eleven notes."),
        days=None,
        moderator_id=warden.pk,
        now=NOW,
    )
    return Inquiry.objects.get(subject=person.public_id).public_id


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_whatever_happens_to_note_and_author_their_orders_hear_of_it() -> None:
    ensure_rules()
    ensure_moderation()
    warden = operator()
    people = [make_person() for _ in range(3)]
    notes = [make_note(one.pk, photos=0) for one in people]
    # Jobs look at the clock.
    orders = [running(one, note, clock.now()) for one, note in zip(people, notes, strict=True)]

    delete_note(public_id=notes[0].public_id, author_id=people[0].pk, now=NOW)
    change_visibility(
        public_id=notes[1].public_id, author_id=people[1].pk, visibility="private", now=NOW
    )
    inquiry = restrict(people[2], "suspend", warden)
    run_jobs("promotion")

    assert [paused(one)[-1][2] for one in orders] == [
        "note_gone",
        "note_not_public",
        "author_suspended",
    ]
    acting.restore(
        public_id=inquiry, moderator_id=warden.pk, words="Looked at once more.", now=NOW + HOUR
    )
    run_jobs("promotion")
    assert [one.state for one in Order.objects.order_by("pk")] == ["paused", "paused", "running"]

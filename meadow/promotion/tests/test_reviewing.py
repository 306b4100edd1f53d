"""Reviews of orders: what rules find, what people answer, how it is signed, and what an appeal does."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.errors import InvalidInput
from meadow.core.testing import race, seen_together
from meadow.core.transactions import transaction
from meadow.decisions.appeal_services import answer_appeal, open_appeal
from meadow.decisions.queries import get_decision, public_keys, receipt
from meadow.decisions.reasons import describe
from meadow.decisions.receipts import verify
from meadow.decisions.testing import ensure_terms
from meadow.integrity.testing import make_violation, make_word
from meadow.notes.models import Note
from meadow.notes.testing import make_note
from meadow.notifications.queries import list_notifications
from meadow.promotion.errors.reviews import NoteOutOfSight, OrderReviewed, OwnOrder
from meadow.promotion.models import Order
from meadow.promotion.queries.orders import list_steps
from meadow.promotion.queries.reviews import find_review, list_answered, list_waiting
from meadow.promotion.queries.weighing import weigh
from meadow.promotion.services import reviewing
from meadow.promotion.services.reviewing import approve_order, reject_order, review_new
from meadow.promotion.services.steps import lock_order
from meadow.promotion.testing import make_order

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
ABOVE = 60_000
WHY = "It promises that ten people will win."


@pytest.fixture(autouse=True)
def _terms(db: None) -> None:
    ensure_terms()


def order_of(buyer: Person | None = None, note: Note | None = None, **given: Any) -> Order:
    buyer = buyer or make_person()
    note = note or make_note(buyer.pk, photos=0)
    return make_order(buyer=buyer, note_id=note.pk, **({"now": NOW} | given))


def operator() -> Person:
    return make_person(role="operator")


def review(order: Order, now: dt.datetime = NOW) -> bool:
    with transaction():
        return review_new(order=lock_order(order.public_id), now=now)


def approve(order: Order, by: Person, now: dt.datetime = NOW) -> None:
    approve_order(order=order.public_id, operator_id=by.pk, now=now)


def reject(order: Order, by: Person, now: dt.datetime = NOW) -> None:
    reject_order(order=order.public_id, why="misleading", words=WHY, operator_id=by.pk, now=now)


def codes(order: Order) -> list[str]:
    return [one.code for one in weigh(Order.objects.get(pk=order.pk), now=NOW)]


def steps(order: Order) -> list[tuple[str, int | None]]:
    return [(one.kind, one.by) for one in list_steps(order.pk)]


def news(person: Person) -> list[str]:
    return [one.kind for one in list_notifications(person_id=person.pk).items]


def test_an_order_that_nothing_speaks_against_is_approved_at_once() -> None:
    order = order_of()

    assert review(order)

    order.refresh_from_db()
    assert (order.state, order.reviewed_at) == ("running", NOW)
    decision = get_decision(order.decision)
    assert decision is not None
    assert (decision.outcome, decision.decided_by) == ("approved", "rule")
    assert decision.inputs["found"] == []
    assert decision.appeal_until is None
    assert describe(decision).reasons == [
        "Nothing in the note or the order speaks against showing it."
    ]
    assert steps(order) == [("approved", None)]
    assert news(order.buyer) == []  # type: ignore[arg-type] # it has one


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"state": "deleted", "deleted_at": NOW}, ["note_gone"]),
        ({"visibility": "private"}, ["note_not_public"]),
        ({"visibility": "followers"}, ["note_not_public"]),
        ({"hidden_at": NOW}, ["note_hidden"]),
    ],
)
def test_rules_find_a_note_that_not_everybody_can_see(
    changed: dict[str, Any], found: list[str]
) -> None:
    order = order_of()
    Note.objects.filter(pk=order.note_id).update(**changed)

    assert codes(order) == found


def test_rules_find_an_author_who_is_kept_from_view_or_from_writing() -> None:
    order = order_of()
    Person.objects.filter(pk=order.author_id).update(hidden_at=NOW, suspended_at=NOW)

    assert codes(order) == ["author_hidden", "author_suspended"]


def test_rules_find_violations_words_and_large_budgets_and_say_so() -> None:
    warden, buyer = operator(), make_person()
    note = make_note(buyer.pk, photos=0, body="Cheap viagra here")
    make_word(operator_id=warden.pk, pattern="viagra")
    make_violation(buyer.pk)
    order = order_of(buyer, note, budget=ABOVE)

    assert not review(order)

    found = find_review(order.public_id, now=NOW).found
    assert [(one.code, dict(one.params)) for one in found] == [
        ("open_violation", {"count": 1}),
        ("words", {"words": ["viagra"]}),
        ("budget_above", {"budget": ABOVE, "above": 50_000, "unit": "CNY"}),
    ]
    order.refresh_from_db()
    assert (order.state, order.decision, order.reviewed_at) == ("review", "", None)


def test_the_limit_itself_needs_nobody() -> None:
    assert codes(order_of(budget=50_000)) == []
    assert codes(order_of(budget=50_001)) == ["budget_above"]


def test_a_waiting_order_whose_note_is_gone_is_rejected_by_rule_and_all_goes_back() -> None:
    order = order_of(budget=ABOVE)
    assert not review(order)
    Note.objects.filter(pk=order.note_id).update(visibility="private")

    assert not review(order, NOW + HOUR)

    order.refresh_from_db()
    assert (order.state, order.ended_at) == ("rejected", NOW + HOUR)
    assert order.settled_at == NOW + HOUR
    assert news(order.buyer) == ["promotion.rejected"]  # type: ignore[arg-type] # it has one
    decision = get_decision(order.decision)
    assert decision is not None
    assert [one.code for one in decision.reasons] == ["promotion.rejected.note_not_public"]


def test_a_person_approves_and_the_time_waited_is_given_back() -> None:
    order, warden = order_of(budget=ABOVE), operator()
    review(order)

    approve(order, warden, NOW + 5 * HOUR)

    order.refresh_from_db()
    assert order.state == "running"
    assert (order.starts_at, order.ends_at) == (NOW + 5 * HOUR, NOW + 29 * HOUR)
    decision = get_decision(order.decision)
    assert decision is not None
    assert decision.decided_by == f"operator:{warden.public_id}"
    assert decision.inputs["found"] == ["budget_above"]
    assert steps(order) == [("approved", warden.pk)]
    assert news(order.buyer) == ["promotion.approved"]  # type: ignore[arg-type] # it has one


def test_a_start_that_is_ahead_stays() -> None:
    order = order_of(budget=ABOVE, starts_at=NOW + 9 * HOUR, ends_at=NOW + 15 * HOUR)

    approve(order, operator(), NOW + HOUR)

    order.refresh_from_db()
    assert (order.starts_at, order.ends_at) == (NOW + 9 * HOUR, NOW + 15 * HOUR)


def test_a_rejection_says_why_and_what_would_change_it_and_can_be_verified() -> None:
    order, warden = order_of(budget=ABOVE), operator()

    reject(order, warden)

    order.refresh_from_db()
    assert (order.state, order.ended_at, order.settled_at) == ("rejected", NOW, NOW)
    decision = get_decision(order.decision)
    assert decision is not None
    words = describe(decision)
    assert words.title == "Review of your order of promotion"
    assert words.outcome.text == "Not approved"
    assert words.reasons == [
        "The note promises something that it does not keep, or that cannot be true."
    ]
    assert [(one.name, one.value) for one in words.inputs] == [
        ("Order", order.public_id),
        ("Budget", "¥600.00"),
        ("What automatic rules found", "a budget above which a person looks"),
        ("What was written to you", WHY),
        ("What would change it", "Say what can be shown to be true, then order again."),
        ("Your money", "All of it went back into your wallet at once."),
    ]
    assert words.standing_url == f"/promote/{order.public_id}"
    assert decision.appeal_until == NOW + dt.timedelta(days=30)
    assert verify(receipt(order.decision), keys=public_keys()).valid
    assert WHY not in str(receipt(order.decision))
    [told] = list_notifications(person_id=order.author_id).items
    assert told.url == f"/decisions/{order.decision}"
    answered = list_answered().items
    assert [(one.order.public_id, one.answer and one.answer.params["why"]) for one in answered] == [
        (order.public_id, "misleading")
    ]


@pytest.mark.parametrize(("why", "words"), [("taste", WHY), ("note_gone", WHY), ("rights", " ")])
def test_nobody_is_rejected_without_a_reason_and_words(why: str, words: str) -> None:
    order, warden = order_of(budget=ABOVE), operator()

    with pytest.raises(InvalidInput) as refused:
        reject_order(order=order.public_id, why=why, words=words, operator_id=warden.pk, now=NOW)

    said = "Choose a reason, and say in at most 500 characters what this is about."
    assert refused.value.fields == {"words": [said]}
    order.refresh_from_db()
    assert (order.state, order.decision) == ("review", "")


def test_an_operator_reviews_neither_their_own_order_nor_their_own_note() -> None:
    warden = operator()
    mine = order_of(warden, budget=ABOVE)
    about_mine = order_of(budget=ABOVE, author_id=warden.pk)

    for order in (mine, about_mine):
        with pytest.raises(OwnOrder):
            approve(order, warden)
        with pytest.raises(OwnOrder):
            reject(order, warden)
        order.refresh_from_db()
        assert order.state == "review"


def test_nobody_approves_what_nobody_could_be_shown() -> None:
    order = order_of(budget=ABOVE)
    Note.objects.filter(pk=order.note_id).update(hidden_at=NOW)

    with pytest.raises(NoteOutOfSight):
        approve(order, operator())

    order.refresh_from_db()
    assert (order.state, order.decision) == ("review", "")


def test_an_answer_is_given_once() -> None:
    order = order_of(budget=ABOVE)
    approve(order, operator())

    with pytest.raises(OrderReviewed):
        reject(order, operator())

    assert [kind for kind, _by in steps(order)] == ["approved"]


def test_a_change_that_rules_find_fault_with_waits_again() -> None:
    order = order_of()
    review(order)
    Order.objects.filter(pk=order.pk).update(budget=ABOVE)

    assert not review(order, NOW + HOUR)

    order.refresh_from_db()
    assert order.state == "review"
    assert news(order.buyer) == ["promotion.waits"]  # type: ignore[arg-type] # it has one


def test_a_note_that_a_person_rejected_is_looked_at_again_however_little_is_paid() -> None:
    buyer = make_person()
    note = make_note(buyer.pk, photos=0)
    reject(order_of(buyer, note, budget=ABOVE), operator())

    again = order_of(buyer, note)
    assert codes(again) == ["rejected_before"]

    approve(again, operator())
    assert codes(order_of(buyer, note)) == []


def test_a_granted_appeal_lets_the_same_order_be_repeated_at_once() -> None:
    buyer, warden = make_person(), operator()
    note = make_note(buyer.pk, photos=0)
    order = order_of(buyer, note, budget=ABOVE)
    reject(order, warden)
    order.refresh_from_db()
    appeal = open_appeal(
        decision=order.decision, person_id=buyer.pk, words="All ten people have won.", now=NOW
    )
    assert codes(order_of(buyer, note, budget=ABOVE)) == ["budget_above", "rejected_before"]

    answer_appeal(
        appeal=appeal.public_id,
        reviewer_id=operator().pk,
        upheld=True,
        words="They have, we have asked three of them.",
        now=NOW + HOUR,
    )

    assert "promotion.granted" in news(buyer)
    assert review(order_of(buyer, note, budget=ABOVE), NOW + HOUR)
    assert codes(order_of(buyer, note, budget=ABOVE + 1)) == ["budget_above", "rejected_before"]
    Note.objects.filter(pk=note.pk).update(edited_at=NOW + 2 * HOUR)
    assert codes(order_of(buyer, note)) == ["rejected_before"]


def test_the_oldest_waits_first() -> None:
    first, second = order_of(budget=ABOVE), order_of(budget=ABOVE)
    approved = order_of(budget=ABOVE)
    approve(approved, operator())

    page = list_waiting(size=1)
    assert [one.public_id for one in page.items] == [first.public_id]
    rest = list_waiting(cursor=page.next_cursor)
    assert [one.public_id for one in rest.items] == [second.public_id]


def _answer(order: Order, wardens: list[Person], number: int) -> str:
    (approve, reject)[number](order, wardens[number])
    return ("approved", "rejected")[number]


@pytest.mark.django_db(transaction=True)
def test_of_an_approval_and_a_rejection_at_once_one_holds() -> None:
    order, wardens = order_of(budget=ABOVE), [operator(), operator()]

    answers = race(lambda n: _answer(order, wardens, n), runners=2)

    [held] = [one for one in answers if isinstance(one, str)]
    assert sum(isinstance(one, OrderReviewed) for one in answers) == 1
    order.refresh_from_db()
    assert order.state == {"approved": "running", "rejected": "rejected"}[held]
    assert [one for one, _by in steps(order) if one in ("approved", "rejected")] == [held]


@pytest.mark.django_db(transaction=True)
def test_without_the_order_s_lock_two_answers_collide(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: both have seen it wait, and only the database refuses one."""
    order, wardens = order_of(budget=ABOVE), [operator(), operator()]

    def look(public_id: str) -> Order:
        return Order.objects.select_related("rule").get(public_id=public_id)

    monkeypatch.setattr(reviewing, "lock_order", seen_together(look, runners=2))

    answers = race(lambda n: _answer(order, wardens, n), runners=2)

    assert not any(isinstance(one, OrderReviewed) for one in answers)
    assert sum(isinstance(one, IntegrityError) for one in answers) == 1

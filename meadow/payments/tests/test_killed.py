"""kill -9 at every moment of a top-up, a capture and a refund: nothing is lost, nothing done twice."""

from collections.abc import Callable, Iterator

import pytest
import stripe as stripe_sdk
from django.conf import settings
from django.db import connection

from meadow.accounts.testing import make_person
from meadow.core.deaths import Mortal, deaths, die, live
from meadow.core.testing import forget_jobs, run_jobs
from meadow.ledger.checking import check_books
from meadow.ledger.models import Hold
from meadow.ledger.queries import find_account, read_funds
from meadow.ledger.records import Funds
from meadow.ledger.testing import wallet
from meadow.payments.limits import LOOK_EVERY
from meadow.payments.models import Payment, Refund, SandboxCharge, SandboxRefund
from meadow.payments.providers.by_stripe import PAYMENT, REFUND
from meadow.payments.services import ask_refund, due_payments, look_at_payment
from meadow.payments.services.playing import play
from meadow.payments.testing import WHEN, make_card, pay
from meadow.payments.tests import mortals
from meadow.payments.tests.mortals import AMOUNT, BACK, CHARGED
from meadow.payments.tests.test_top_up import funds
from meadow.runtime.payment_keys import StripeKeys

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LATER = WHEN + 2 * LOOK_EVERY
PROVIDERS = {
    "stripe": "meadow.payments.providers.by_stripe:Stripe",
    "sandbox": "meadow.payments.providers.by_sandbox:Sandbox",
}


def mortal(act: Callable[..., object], outside: str = "", /, **given: object) -> Mortal:
    words = ("begin", "confirm", "read", "repay") if outside else ()
    said = tuple(f"{PROVIDERS[outside]}.{word}" for word in words)
    return Mortal(act, given, words=said, settings={"PAYMENTS": settings.PAYMENTS})


def both(*names: str) -> list[str]:
    return [f"{when} {name}" for name in names for when in ("before", "after")]


def at_stripe(keys: StripeKeys) -> "stripe_sdk.StripeClient":
    return stripe_sdk.StripeClient(keys.key, base_addresses={"api": keys.api})


def charged(keys: StripeKeys, payments: set[str]) -> list[int]:
    """Return what Stripe has charged for these payments of ours, charge by charge."""
    found = at_stripe(keys).v1.payment_intents.list({"limit": 100}).auto_paging_iter()
    intents = [one.to_dict() for one in found]
    return [
        one["amount"]
        for one in intents
        if one["status"] == "succeeded" and one["metadata"].get(PAYMENT) in payments
    ]


def payments_of(*people: int) -> set[str]:
    return set(Payment.objects.filter(person_id__in=people).values_list("public_id", flat=True))


def look_at(payments: set[str]) -> None:
    """Do what the worker does by its clock, for these."""
    for payment in payments & set(due_payments(now=LATER)):
        look_at_payment(public_id=payment, now=LATER)


@pytest.fixture(autouse=True)
def _no_jobs_of_others() -> Iterator[None]:
    forget_jobs()
    yield
    forget_jobs()


def test_a_card_is_charged_once_whenever_its_top_up_dies(stripe: StripeKeys) -> None:
    card = make_card(stripe)

    def top_up(person: int) -> Mortal:
        wanted = {"person_id": person, "provider": "stripe", "method": card}
        return mortal(mortals.top_up_once, "stripe", **wanted)

    whole = live(top_up(make_person().pk))
    people = [make_person().pk for _moment in whole]
    assert whole == both("commit", "begin", "commit", "confirm", "read", "commit")

    for number in deaths(lambda one: top_up(people[one - 1]), moments=len(whole)):
        person, moment = people[number - 1], whole[number - 1]
        # Nobody comes back: what was charged is in the wallet, and what was not is not.
        known = payments_of(person)
        look_at(known)
        assert sum(charged(stripe, known)) == funds(person), moment
        # Who was asked to pay comes back with the same key.
        name = mortals.top_up_once(person, "stripe", card)
        assert charged(stripe, {name}) == [AMOUNT], moment
        assert (payments_of(person), funds(person)) == ({name}, AMOUNT), moment
    assert list(check_books()) == []


def test_play_money_comes_in_once_whenever_its_top_up_dies() -> None:
    def begin(person: int) -> Mortal:
        return mortal(mortals.top_up_once, "sandbox", person_id=person, provider="sandbox")

    def look(person: int) -> Mortal:
        name = Payment.objects.get(person_id=person).public_id
        return mortal(look_at_payment, "sandbox", public_id=name, now=WHEN)

    begun = live(begin(make_person().pk))
    people = [make_person().pk for _moment in begun]
    own_books = ["before begin", *both("commit"), "after begin"]
    assert begun == [*both("commit"), *own_books, *both("commit")]

    for number in deaths(lambda one: begin(people[one - 1]), moments=len(begun)):
        name = mortals.top_up_once(people[number - 1], "sandbox")
        charge = SandboxCharge.objects.get(payment=name)
        assert Payment.objects.filter(person_id=people[number - 1]).count() == 1
        play(reference=charge.reference, act="pay", now=WHEN)

    booked = live(look(people[-1]))
    assert booked == both("read", "commit")
    for number in deaths(lambda one: look(people[one - 1]), moments=len(booked)):
        look_at(payments_of(people[number - 1]))
        assert funds(people[number - 1]) == AMOUNT, booked[number - 1]
    look_at(payments_of(*people))
    assert [funds(person) for person in people] == [AMOUNT] * len(people)
    assert list(check_books()) == []


def test_a_hold_is_charged_once_whenever_its_capture_dies() -> None:
    def charge(name: str) -> Mortal:
        given = {"name": name, "payer": wallet(name), "shop": wallet(f"shop of {name}")}
        return mortal(mortals.charge_once, "", **given)

    wallet("whole", AMOUNT)
    whole = live(charge("whole"))
    assert whole == both("commit", "commit")

    for moment in range(1, len(whole) + 1):
        wallet(f"ann {moment}", AMOUNT)
    for number in deaths(lambda one: charge(f"ann {one}"), moments=len(whole)):
        name = f"ann {number}"
        mortals.charge_once(name, wallet(name), wallet(f"shop of {name}"))
        left, got = (read_funds(wallet(one)) for one in (name, f"shop of {name}"))
        assert left == Funds("CNY", AMOUNT - CHARGED, 0), whole[number - 1]
        assert got == Funds("CNY", CHARGED, 0), whole[number - 1]
    assert Hold.objects.filter(state="captured", captured=CHARGED).count() == len(whole) + 1
    assert list(check_books()) == []


def on_the_way() -> int:
    account = find_account(kind="platform", purpose="refunds on their way", unit="CNY")
    return read_funds(account).posted if account else 0


@pytest.mark.parametrize("provider", ["sandbox", "stripe"])
def test_a_payment_is_given_back_once_whenever_its_refund_dies(
    provider: str, stripe: StripeKeys
) -> None:
    operator, card = make_person().pk, make_card(stripe)

    def paid() -> str:
        person = make_person().pk
        if provider == "stripe":
            return mortals.top_up_once(person, "stripe", card)
        return pay(person, AMOUNT).public_id

    def refund(payment: str) -> Mortal:
        return mortal(mortals.refund_once, provider, payment=payment, operator_id=operator)

    whole = live(refund(paid()))
    payments = [paid() for _moment in whole]
    own_books = ["before repay", *both("commit"), "after repay"]
    told = own_books if provider == "sandbox" else both("repay")
    assert whole == [*both("commit"), *told, *both("commit")]

    for number in deaths(lambda one: refund(payments[one - 1]), moments=len(whole)):
        payment, moment = Payment.objects.get(public_id=payments[number - 1]), whole[number - 1]
        # The operator comes back with the same key.
        mortals.refund_once(payment.public_id, operator)
        ours = list(payment.refunds.values_list("public_id", "amount", "state"))
        assert [one[1:] for one in ours] == [(BACK, "succeeded")], moment
        theirs = given_back(stripe, payment) if provider == "stripe" else play_back(payment)
        assert theirs == [(ours[0][0], BACK)], moment
        payment.refresh_from_db()
        assert payment.person_id is not None
        assert (funds(payment.person_id), payment.refunded) == (AMOUNT - BACK, BACK), moment
        assert on_the_way() == 0, moment

    before = list(Refund.objects.order_by("pk").values())
    run_jobs()
    assert list(Refund.objects.order_by("pk").values()) == before
    assert list(check_books()) == []


def given_back(keys: StripeKeys, payment: Payment) -> list[tuple[str, int]]:
    """Return the refunds of a payment at Stripe: which of ours, and how much."""
    listed = at_stripe(keys).v1.refunds.list({"payment_intent": payment.reference, "limit": 100})
    found = listed.auto_paging_iter()
    return [(one.to_dict()["metadata"][REFUND], one.amount) for one in found]


def play_back(payment: Payment) -> list[tuple[str, int]]:
    found = SandboxRefund.objects.filter(charge__payment=payment.public_id)
    return list(found.values_list("refund", "amount"))


def test_without_a_note_of_it_first_a_death_gives_back_twice() -> None:
    """The control: one that tells the provider first, and notes it afterwards."""
    payment = Payment.objects.get(public_id=pay(make_person().pk, AMOUNT).public_id)
    unsafe = mortal(mortals.give_back_before_noting, "sandbox", payment=payment.public_id)

    # Before it says so, its own commit, and once it has said so.
    die(unsafe, moment=4)
    mortals.give_back_before_noting(payment.public_id)

    assert [one[1] for one in play_back(payment)] == [BACK, BACK]


def test_a_worker_that_dies_over_a_refund_is_followed_by_one_that_ends_it() -> None:
    operator = make_person().pk
    moments = [*both("commit"), "after repay", *both("commit")]
    for place, moment in enumerate(["before repay", *moments], start=1):
        payment = Payment.objects.get(public_id=pay(make_person().pk, AMOUNT).public_id)
        forget_jobs()
        ask_refund(
            payment=payment.public_id,
            amount=BACK,
            key="back",
            note="why",
            operator_id=operator,
            now=WHEN,
        )

        die(mortal(mortals.work, "sandbox"), moment=place)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
            )
        run_jobs()

        assert payment.refunds.get().state == "succeeded", moment
        assert [one[1] for one in play_back(payment)] == [BACK], moment
        assert payment.person_id is not None
        assert (funds(payment.person_id), on_the_way()) == (AMOUNT - BACK, 0), moment
    assert list(check_books()) == []

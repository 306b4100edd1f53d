"""kill -9 at every moment of a payout, from its asking to its booking: it arrives once."""

import datetime as dt

import pytest
from django.conf import settings

from meadow.accounts.testing import make_person
from meadow.core.deaths import Mortal, deaths, live
from meadow.core.testing import forget_jobs, run_jobs
from meadow.ledger.checking import check_books
from meadow.ledger.queries import read_funds
from meadow.ledger.testing import wallet
from meadow.payouts.models import Payout, SandboxPayout
from meadow.payouts.testing import WHEN, make_operator, make_payee
from meadow.payouts.tests.mortals import GROSS, pay_out_once

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HOUR = dt.timedelta(hours=1)
WAY = "meadow.payouts.providers.by_sandbox:SandboxPayouts"
HAD = 100_000


def both(*names: str) -> list[str]:
    return [f"{when} {name}" for name in names for when in ("before", "after")]


def test_a_payout_arrives_once_whenever_it_dies() -> None:
    forget_jobs()
    by, then = make_operator(), make_operator()
    people = [make_person().pk for _moment in range(15)]
    methods = [make_payee(one, operator_id=by, amount=HAD).public_id for one in people]

    def pay_out(number: int) -> Mortal:
        given = {"person_id": people[number], "method": methods[number], "by": by, "then": then}
        said = (f"{WAY}.send", f"{WAY}.read")
        return Mortal(pay_out_once, given, words=said, settings={"PAYMENTS": settings.PAYMENTS})

    whole = live(pay_out(0))
    asked_drawn_approved_begun = both("commit") * 4
    told = ["before send", *both("commit"), "after send"]
    assert whole == [*asked_drawn_approved_begun, *told, *both("commit")]
    assert len(whole) == len(people) - 1

    for number in deaths(pay_out, moments=len(whole)):
        person, moment = people[number], whole[number - 1]
        # Everybody comes back: who asked, who drew up the batch, who approved it, and the worker.
        name = pay_out_once(person, methods[number], by, then, WHEN + HOUR)
        paid = Payout.objects.get(person_id=person)
        assert (paid.public_id, paid.state, paid.gross) == (name, "paid", GROSS), moment
        arrived = SandboxPayout.objects.filter(order__startswith=name)
        assert list(arrived.values_list("amount", flat=True)) == [paid.net], moment
        left = read_funds(wallet(str(person)))
        assert (left.posted, left.held) == (HAD - GROSS, 0), moment

    before = list(Payout.objects.order_by("pk").values())
    run_jobs()
    assert list(Payout.objects.order_by("pk").values()) == before
    assert SandboxPayout.objects.count() == len(people)
    assert list(check_books()) == []
    forget_jobs()

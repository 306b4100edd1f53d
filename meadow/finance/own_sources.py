"""The kinds of things that wait in Meadow as it is: payments, refunds, holds, payouts, proposals, jobs."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from meadow.core.waiting import Ask, Total, Waiting
from meadow.finance.queries import waiting as own
from meadow.finance.queries.resolutions import resolved_names
from meadow.finance.sources import Source
from meadow.finance.words import KINDS
from meadow.ledger.queries import open_holds, sum_open_holds
from meadow.payments import waiting as payments
from meadow.payments.words import DIFFERENCES
from meadow.payouts import waiting as payouts
from meadow.payouts.words import STATE_NAMES as PAYOUT_STATES


def _news(ask: Ask) -> list[Waiting]:
    return payments.lone_news(ask, known=resolved_names("news"))


def _sum_news(ask: Ask) -> list[Total]:
    return payments.sum_lone_news(ask, known=resolved_names("news"))


def _account_of_hold(one: Waiting) -> str:
    return f"/operator/finance/accounts/{one.about.partition(' ')[0]}"


def _words_of_hold(one: Waiting) -> str:
    return one.about.partition(" ")[2]


SOURCES: Final = (
    Source(
        "payments",
        _("Payments that have not come in"),
        _("Open the payment: its page says how the payment service sees it."),
        payments.open_payments,
        payments.sum_open_payments,
        lambda one: f"/operator/payments/{one.name}",
        minutes=60,
    ),
    Source(
        "refunds",
        _("Refunds on their way"),
        _("Look whether the payment service is reachable, and at failed jobs below."),
        payments.asked_refunds,
        payments.sum_asked_refunds,
        lambda one: f"/operator/payments/{one.about}",
        minutes=1440,
        say=lambda one: "",
    ),
    Source(
        "payouts",
        _("Payouts on their way"),
        _("Open the payout: it waits for a batch, an approval or an answer from the bank."),
        payouts.open_payouts,
        payouts.sum_open_payouts,
        lambda one: f"/operator/payouts/{one.name}",
        minutes=2880,
        say=lambda one: str(PAYOUT_STATES[one.about]),
    ),
    Source(
        "holds",
        _("Amounts held"),
        _("Open the account to see what it is held for."),
        open_holds,
        sum_open_holds,
        _account_of_hold,
        minutes=0,
        say=_words_of_hold,
        sticks=False,
    ),
    Source(
        "proposals",
        _("Transfers by hand that wait"),
        _("Approve or refuse it; whoever proposed it can take it back."),
        own.open_proposals,
        own.sum_open_proposals,
        lambda one: f"/operator/finance/proposals/{one.name}",
        minutes=2880,
        say=lambda one: str(KINDS[one.about]),
    ),
    Source(
        "ended-holds",
        _("Holds past their end"),
        _("The worker gives these back each minute: look whether it runs."),
        lambda ask: open_holds(ask, ended=True),
        lambda ask: sum_open_holds(ask, ended=True),
        _account_of_hold,
        minutes=15,
        say=_words_of_hold,
        waits=False,
    ),
    Source(
        "news",
        _("News about no payment of ours"),
        _("Look it up at the payment service, then write down what it was."),
        _news,
        _sum_news,
        lambda one: "",
        minutes=60,
        waits=False,
    ),
    Source(
        "differences",
        _("Differences with payment services"),
        _("Compare both sides, set right what is wrong, then write down what you did."),
        own.open_differences,
        own.sum_open_differences,
        lambda one: "/operator/payments/differences",
        minutes=1440,
        say=lambda one: str(DIFFERENCES[one.about]),
        waits=False,
    ),
    Source(
        "jobs",
        _("Jobs of money that gave up"),
        _("Mend what made it fail, then have it tried again: nothing moves twice."),
        own.failed_jobs,
        own.count_failed_jobs,
        lambda one: "",
        minutes=0,
        waits=False,
    ),
)

"""Telling people that a month is over and its statement is there: once each."""

import datetime as dt
from typing import Final

from meadow.accounts.queries import get_people
from meadow.core.transactions import transaction
from meadow.ledger.queries import list_moved_accounts
from meadow.notifications.services import Notice, notify_many
from meadow.statements.months import month_of
from meadow.statements.news import MONTH_OVER

TOLD_AT_ONCE: Final = 500


def tell_of_last_month(*, now: dt.datetime) -> int:
    """Tell everybody whose wallet moved in the month before `now`; returns to how many wallets.

    Nothing before that month is closed. Again tells nobody twice.
    """
    month = month_of(now).before()
    if month.state(now=now) != "closed":
        return 0
    told, after = 0, 0
    while True:
        some = list_moved_accounts(
            kind="person",
            purpose="wallet",
            begins=month.begins,
            ends=month.ends,
            after=after,
            size=TOLD_AT_ONCE,
        )
        here = get_people({int(owner) for _account, owner, _unit in some})
        notices = [
            Notice(
                person_id=int(owner),
                kind=MONTH_OVER,
                params={"month": month.first_day.isoformat(), "unit": unit},
                url=f"/wallet/statements/{month.name}?unit={unit}",
                key=f"statement-{month.name}-{unit}",
            )
            for _account, owner, unit in some
            if int(owner) in here
        ]
        with transaction():
            notify_many(notices=notices, now=now)
        told += len(notices)
        if len(some) < TOLD_AT_ONCE:
            return told
        after = some[-1][0]

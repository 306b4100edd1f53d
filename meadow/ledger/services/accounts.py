"""Opening accounts: each at the first need, once."""

import datetime as dt

from django.db import connection

from meadow.core.ids import new_id
from meadow.core.money import UNITS, UnknownUnit
from meadow.core.transactions import transaction_required
from meadow.ledger.models import Account
from meadow.ledger.queries.accounts import find_account

OUTSIDE = frozenset({"platform", "provider", "tax", "impressions"})
# As many transfers at once find a row each in an account that everything passes through.
STRIPES = 16


@transaction_required
def open_account(*, kind: str, purpose: str, unit: str, owner: str = "", now: dt.datetime) -> int:
    """Return the id of the account, opened now if it never was. Raises UnknownUnit.

    One without an owner that belongs to the platform, a provider, the tax office or to promised
    impressions may be negative: it shows what came in from outside.
    """
    if unit not in UNITS:
        raise UnknownUnit(unit)
    known = find_account(kind=kind, purpose=purpose, unit=unit, owner=owner)
    if known is not None:
        return known
    outside = kind in OUTSIDE and not owner
    stripes = STRIPES if outside else 1
    account = Account(
        public_id=new_id("a"),
        kind=kind,
        owner=owner,
        purpose=purpose,
        unit=unit,
        may_go_negative=outside,
        stripes=stripes,
        opened_at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH opened AS (INSERT INTO ledger_account"
            " (public_id, kind, owner, purpose, unit, may_go_negative, stripes, opened_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT ON CONSTRAINT ledger_account_once DO NOTHING RETURNING id)"
            " INSERT INTO ledger_balance (account_id, stripe, stripes, unit, may_go_negative,"
            " posted, held, version, booked_at)"
            " SELECT opened.id, stripe, %s, %s, %s, 0, 0, 0, %s"
            " FROM opened, generate_series(0, %s) stripe RETURNING account_id",
            [
                account.public_id,
                kind,
                owner,
                purpose,
                unit,
                outside,
                stripes,
                now,
                stripes,
                unit,
                outside,
                now,
                stripes - 1,
            ],
        )
        row = cursor.fetchone()
    if row is not None:
        return int(row[0])
    # Somebody else has opened it in the meantime, and has committed.
    opened = find_account(kind=kind, purpose=purpose, unit=unit, owner=owner)
    if opened is None:
        raise RuntimeError("an account that is there already cannot be found")
    return opened

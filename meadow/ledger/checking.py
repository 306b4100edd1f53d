"""Proving the books: every invariant as one question that has to find nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, in words, and a query for the first row that breaks it.

    The query answers with a name for what is wrong and what it found.
    """

    name: str
    says: str | Promise
    query: str


@dataclass(frozen=True, slots=True)
class Breach:
    """The first thing that breaks an invariant."""

    invariant: Invariant
    where: str
    found: str


INVARIANTS = [
    Invariant(
        "transfers-sum-to-zero",
        _("The entries of every transfer add up to zero in each unit."),
        """
        SELECT 'transfer ' || transfer_id, sum(amount) || ' ' || unit FROM ledger_entry
        GROUP BY transfer_id, unit HAVING sum(amount) <> 0 ORDER BY transfer_id LIMIT 1
        """,
    ),
    Invariant(
        "transfers-are-whole",
        _("Every transfer has the entries that it says, and every entry its transfer."),
        """
        SELECT 'transfer ' || coalesce(t.id, e.transfer_id),
               coalesce(e.rows, 0) || ' entries of ' || coalesce(t.entry_count, 0)
        FROM ledger_transfer t FULL JOIN (
            SELECT transfer_id, count(*) AS rows FROM ledger_entry GROUP BY 1
        ) e ON e.transfer_id = t.id
        WHERE t.entry_count IS DISTINCT FROM e.rows ORDER BY 1 LIMIT 1
        """,
    ),
    Invariant(
        "entries-follow-one-another",
        _(
            "The entries of an account are numbered without a gap, in the order of their booking, and"
            " each leaves the sum of all up to it."
        ),
        """
        SELECT 'account ' || account_id || ', entry ' || sequence,
               'number ' || place || ', sum ' || total || ', says ' || balance_after
        FROM (
            SELECT *, row_number() OVER run AS place, sum(amount) OVER run AS total,
                   lag(booked_at) OVER run AS before
            FROM ledger_entry WINDOW run AS (PARTITION BY account_id, stripe ORDER BY sequence)
        ) one
        WHERE sequence <> place OR balance_after <> total OR booked_at < before
        ORDER BY account_id, sequence LIMIT 1
        """,
    ),
    Invariant(
        "balances-are-the-fold",
        _("Every balance is the sum of its entries, after the last of them."),
        """
        SELECT 'account ' || coalesce(b.account_id, e.account_id),
               coalesce(b.posted, 0) || ' after ' || coalesce(b.version, 0) || ', entries sum to '
               || coalesce(e.total, 0) || ' after ' || coalesce(e.rows, 0)
        FROM ledger_balance b FULL JOIN (
            SELECT account_id, stripe, sum(amount) AS total, count(*) AS rows
            FROM ledger_entry GROUP BY 1, 2
        ) e ON e.account_id = b.account_id AND e.stripe = b.stripe
        WHERE b.account_id IS NULL OR b.posted <> coalesce(e.total, 0)
           OR b.version <> coalesce(e.rows, 0)
        ORDER BY 1 LIMIT 1
        """,
    ),
    Invariant(
        "accounts-have-their-rows",
        _(
            "Every account has its balance in as many rows as it says, of its own unit; and every entry"
            " is in the unit of its account."
        ),
        """
        SELECT 'account ' || coalesce(a.id, b.account_id), coalesce(b.rows, 0) || ' rows'
        FROM ledger_account a FULL JOIN (
            SELECT account_id, count(*) AS rows, min(unit) AS unit, max(unit) AS other,
                   bool_and(may_go_negative) AS free, max(stripes) AS stripes
            FROM ledger_balance GROUP BY 1
        ) b ON b.account_id = a.id
        WHERE a.stripes IS DISTINCT FROM b.rows OR a.stripes <> b.stripes OR a.unit <> b.unit
           OR b.unit <> b.other OR a.may_go_negative <> b.free
        UNION ALL
        SELECT 'transfer ' || e.transfer_id, e.unit || ' on account ' || e.account_id
        FROM ledger_entry e LEFT JOIN ledger_account a ON a.id = e.account_id
        WHERE a.unit IS DISTINCT FROM e.unit
        LIMIT 1
        """,
    ),
    Invariant(
        "users-are-not-below-zero",
        _("Nobody but the outside is below what they have promised."),
        """
        SELECT 'account ' || account_id, posted || ', of it held ' || held FROM ledger_balance
        WHERE posted < held AND NOT may_go_negative ORDER BY account_id LIMIT 1
        """,
    ),
    Invariant(
        "held-is-what-open-holds-have-left",
        _("What an account has promised is what its open holds have left."),
        """
        SELECT 'account ' || coalesce(b.account_id, h.account_id),
               coalesce(b.held, 0) || ' held, open holds have ' || coalesce(h.rest, 0)
        FROM (SELECT account_id, sum(held) AS held FROM ledger_balance GROUP BY 1) b
        FULL JOIN (
            SELECT account_id, sum(amount - captured) AS rest FROM ledger_hold
            WHERE state = 'open' GROUP BY 1
        ) h USING (account_id)
        WHERE coalesce(b.held, 0) <> coalesce(h.rest, 0) ORDER BY 1 LIMIT 1
        """,
    ),
    Invariant(
        "holds-captured-what-was-charged",
        _("What a hold has captured is what its transfers took from its account."),
        """
        SELECT 'hold ' || h.id, h.captured || ' captured, charged ' || coalesce(-c.taken, 0)
        FROM ledger_hold h LEFT JOIN (
            SELECT t.hold_id, sum(e.amount) AS taken
            FROM ledger_transfer t JOIN ledger_hold o ON o.id = t.hold_id
            JOIN ledger_entry e ON e.transfer_id = t.id AND e.account_id = o.account_id
                AND e.position = 1
            GROUP BY 1
        ) c ON c.hold_id = h.id
        WHERE h.captured <> coalesce(-c.taken, 0) ORDER BY h.id LIMIT 1
        """,
    ),
    Invariant(
        "reversals-stay-within",
        _("What was reversed of a transfer is at most the transfer, account by account."),
        """
        SELECT 'transfer ' || one.id, 'account ' || one.account_id || ': ' || one.first
               || ', reversed ' || one.back
        FROM (
            SELECT t.reverses_id AS id, e.account_id, sum(e.amount) AS back, (
                SELECT coalesce(sum(o.amount), 0) FROM ledger_entry o
                WHERE o.transfer_id = t.reverses_id AND o.account_id = e.account_id
            ) AS first
            FROM ledger_transfer t JOIN ledger_entry e ON e.transfer_id = t.id
            WHERE t.reverses_id IS NOT NULL GROUP BY 1, 2
        ) one
        WHERE sign(one.back) = sign(one.first) OR abs(one.back) > abs(one.first)
        ORDER BY one.id LIMIT 1
        """,
    ),
]


def check_books(*, tell: Callable[[Invariant], None] | None = None) -> Iterator[Breach]:
    """Yield the first breach of each invariant that does not hold, each on one snapshot of the books.

    `tell` hears of each invariant before it is checked. For a connection with no open transaction.
    """
    with connection.cursor() as cursor:
        for one in INVARIANTS:
            if tell is not None:
                tell(one)
            cursor.execute(one.query)
            row = cursor.fetchone()
            if row is not None:
                yield Breach(invariant=one, where=row[0], found=row[1])

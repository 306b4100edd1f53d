"""Bank files: what an operator hands to the bank, and what the bank then said of each payout."""

import csv
import datetime as dt
import io
from dataclasses import dataclass, field
from typing import Final, Literal

from meadow.core.money import UNITS
from meadow.core.transactions import transaction
from meadow.payouts.errors import (
    MethodMissing,
    NotByFile,
    OwnAffair,
    PayoutElsewhere,
    PayoutMissing,
    ResultsUnreadable,
)
from meadow.payouts.limits import LARGEST_RESULTS, MOST_IN_BATCH
from meadow.payouts.models import Payout
from meadow.payouts.providers import find_way
from meadow.payouts.providers.port import Outcome, Sent
from meadow.payouts.records import PayoutRecord, payout_record
from meadow.payouts.sealing import unseal
from meadow.payouts.services.locking import lock_payout
from meadow.payouts.services.settling import settle

Verdict = Literal["paid", "failed"]
HEADER: Final = (
    *("payout", "holder", "account", "bank", "bank_code", "region", "amount", "currency"),
)
State = Payout.State
# What a verdict finds done already, by what is said.
DONE: Final = {"paid": (State.PAID,), "failed": (State.FAILED, State.ASKED, State.RETURNED)}


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line of a bank file; `amount` is written with its point, as banks read it."""

    payout: str
    holder: str
    account: str
    bank: str
    bank_code: str
    region: str
    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    """What a bank said of one payout, and on which line of its answer."""

    number: int
    payout: str
    verdict: Verdict
    why: str


@dataclass(slots=True)
class Results:
    """How many results were taken, how many were known, and which lines were refused and why."""

    taken: int = 0
    known: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)


def write_file(*, batch: str) -> list[FileLine]:
    """Return the lines of a batch's bank file: what was sent by it, also what was settled since.

    Raises MethodMissing, DetailsUnreadable.
    """
    rows = Payout.objects.filter(batch__public_id=batch).select_related("method").order_by("pk")
    return [_line(one) for one in rows]


def read_results(text: str) -> list[Line]:
    """Read what a bank said: a payout's id, paid or failed, and why. Raises ResultsUnreadable."""
    if len(text.encode()) > LARGEST_RESULTS:
        raise ResultsUnreadable
    found: list[Line] = []
    try:
        for number, row in enumerate(
            csv.reader(io.StringIO(text.lstrip("\ufeff")), strict=True), 1
        ):
            cells = [one.strip() for one in row]
            if not any(cells) or (number == 1 and cells[0] == "payout"):
                continue
            payout, verdict, why = (*cells, "", "")[:3]
            if verdict not in ("paid", "failed") or len(cells) > 3 or not payout.isalnum():
                raise ResultsUnreadable
            found.append(Line(number, payout[:24], verdict, why[:60]))  # type: ignore[arg-type] # one of both
    except csv.Error as broken:
        raise ResultsUnreadable from broken
    if not 1 <= len(found) <= MOST_IN_BATCH:
        raise ResultsUnreadable
    return found


def take_results(*, batch: str, lines: list[Line], operator_id: int, now: dt.datetime) -> Results:
    """Settle the payouts of a batch as its bank said, each in a transaction of its own.

    The same again changes nothing; a line that cannot be taken is named and the others are.
    """
    results = Results()
    for line in lines:
        try:
            fresh = _take(
                line.payout, line.verdict, line.why, batch=batch, operator_id=operator_id, now=now
            )
        except (PayoutMissing, PayoutElsewhere, OwnAffair, NotByFile) as refused:
            results.refused.append((line.number, line.payout, refused.sentences()))
        else:
            results.taken += fresh
            results.known += not fresh
    return results


def take_result(
    *, payout: str, verdict: Verdict, why: str, operator_id: int, now: dt.datetime
) -> PayoutRecord:
    """Settle one payout that left by file as its bank said; the same again changes nothing.

    Raises PayoutMissing, PayoutElsewhere, OwnAffair, NotByFile.
    """
    _take(payout, verdict, why, batch=None, operator_id=operator_id, now=now)
    with transaction():
        return payout_record(lock_payout(payout))


def _take(
    payout: str,
    verdict: Verdict,
    why: str,
    *,
    batch: str | None,
    operator_id: int,
    now: dt.datetime,
) -> bool:
    """Settle a payout; False where the bank's word is known already."""
    with transaction():
        found = lock_payout(payout, operator_id=operator_id)
        if batch is not None and (found.batch is None or found.batch.public_id != batch):
            raise PayoutMissing
        if found.batch is None or not find_way(found.batch.provider).by_file:
            raise NotByFile
        if found.state in DONE[verdict]:
            return False
        # A bank may send back what it had paid, never the other way round.
        if found.state != State.SENT and (found.state, verdict) != (State.PAID, "failed"):
            raise PayoutElsewhere
        found.acted_by = operator_id
        outcome = Outcome.SUCCEEDED if verdict == "paid" else Outcome.FAILED
        settle(
            found,
            Sent(reference="", outcome=outcome, failure=why or "refused"),
            provider=found.batch.provider,
            attempt=found.attempt,
            now=now,
        )
    return True


def _line(payout: Payout) -> FileLine:
    method = payout.method
    if not method.sealed:
        # Forgotten since everything was settled: nobody needs this file any more.
        raise MethodMissing
    details = unseal(bytes(method.sealed), key_id=method.key_id, public_id=method.public_id)
    exponent = UNITS[payout.unit].exponent
    whole, part = divmod(payout.net, 10**exponent)
    return FileLine(
        payout=payout.public_id,
        holder=details["holder"],
        account=details["account"],
        bank=details["bank"],
        bank_code=details["bank_code"],
        region=method.region,
        amount=f"{whole}.{part:0{exponent}d}" if exponent else str(whole),
        currency=payout.unit,
    )

"""The operators' part of the API: payouts, accounts to verify, batches, bank files, rules."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Query

from meadow.accounts.api_auth import moves_money, scoped
from meadow.core import clock
from meadow.core.errors import InvalidInput
from meadow.core.idempotency import demand_kept_key
from meadow.payouts import queries, services
from meadow.payouts.acting import begin
from meadow.payouts.api import CURSOR, NAME, SIZE
from meadow.payouts.figuring import Bracket
from meadow.payouts.schemas import (
    UNIT,
    ApprovalIn,
    BatchContentOut,
    BatchesOut,
    BatchIn,
    BracketIO,
    FileLineOut,
    FileOut,
    HoldIn,
    PayoutAccountOut,
    PayoutAccountsOut,
    PayoutAccountVerdictIn,
    PayoutBatchOut,
    PayoutOut,
    PayoutRefusalIn,
    PayoutRulesOut,
    PayoutsOut,
    RefusedLineOut,
    ResultsIn,
    ResultsOut,
    RulesIn,
    RulesTrialIn,
    RulesVersionsOut,
    TaxIn,
    TaxOut,
    TaxTrialIn,
    TaxVersionsOut,
    TrialOut,
    account_out,
    batch_out,
    payout_out,
)
from meadow.payouts.services.ruling import NUMBERS
from meadow.payouts.terms import TaxTerms, Terms, Version

router = Router(tags=["payouts"])
WHICH: Any = Query("all", description="How they stand")


@router.get("/payouts", response=PayoutsOut, **scoped("finance:read"))
def list_payouts(
    request: HttpRequest,
    which: queries.Which = WHICH,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> PayoutsOut:
    """List everybody's payouts, newest first. For operators."""
    begin(request)
    page = queries.list_payouts(which=which, cursor=cursor, size=size)
    return PayoutsOut(items=[payout_out(one) for one in page.items], next_cursor=page.next_cursor)


@router.get("/payouts/accounts", response=PayoutAccountsOut, **scoped("finance:read"))
def list_asked_accounts(request: HttpRequest) -> PayoutAccountsOut:
    """List the payout accounts that wait to be verified, the longest waiting first. For operators."""
    begin(request)
    return PayoutAccountsOut(items=[account_out(one) for one in queries.list_asked_methods()])


@router.post(
    "/payouts/accounts/{account_id}/verdict", response=PayoutAccountOut, **scoped("finance:write")
)
def judge_account(
    request: HttpRequest, wanted: PayoutAccountVerdictIn, account_id: str = NAME
) -> PayoutAccountOut:
    """Verify a payout account, or refuse it on record. For operators, not their own."""
    operator, now = begin(request), clock.now()
    if wanted.verified:
        judged = services.verify_method(method=account_id, operator_id=operator, now=now)
    elif not wanted.why:
        raise InvalidInput(fields={"why": ["name, missing, region or proof"]})
    else:
        judged = services.refuse_method(
            method=account_id, operator_id=operator, why=wanted.why, now=now
        )
    return account_out(judged)


@router.get("/payouts/batches", response=BatchesOut, **scoped("finance:read"))
def list_batches(request: HttpRequest, cursor: str | None = CURSOR, size: int = SIZE) -> BatchesOut:
    """List batches, newest first. For operators."""
    begin(request)
    page = queries.list_batches(cursor=cursor, size=size)
    return BatchesOut(items=[batch_out(one) for one in page.items], next_cursor=page.next_cursor)


@router.post("/payouts/batches", response={201: PayoutBatchOut}, **moves_money("finance:write"))
def draw_up_batch(request: HttpRequest, wanted: BatchIn) -> Status[PayoutBatchOut]:
    """Draw a batch up of what waits. For operators; another has to approve it."""
    operator = begin(request)
    drawn = services.draw_up_batch(
        provider=wanted.provider,
        unit=wanted.unit,
        operator_id=operator,
        key=demand_kept_key(request),
        now=clock.now(),
    )
    return Status(201, batch_out(drawn))


@router.get("/payouts/batches/{batch_id}", response=BatchContentOut, **scoped("finance:read"))
def get_batch(request: HttpRequest, batch_id: str = NAME) -> BatchContentOut:
    """Read a batch and what is in it. For operators."""
    begin(request)
    found = queries.find_batch(batch_id)
    inside = [payout_out(one) for one in queries.list_batch_payouts(batch_id)]
    return BatchContentOut(batch=batch_out(found), payouts=inside)


@router.post(
    "/payouts/batches/{batch_id}/approval", response=PayoutBatchOut, **moves_money("finance:write")
)
def approve_batch(request: HttpRequest, wanted: ApprovalIn, batch_id: str = NAME) -> PayoutBatchOut:
    """Let a batch leave, as you saw it. For an operator who neither drew it up nor is paid by it."""
    operator = begin(request)
    demand_kept_key(request)
    approved = services.approve_batch(
        batch=batch_id,
        count=wanted.count,
        total=wanted.total,
        operator_id=operator,
        now=clock.now(),
    )
    return batch_out(approved)


@router.post(
    "/payouts/batches/{batch_id}/refusal", response=PayoutBatchOut, **scoped("finance:write")
)
def refuse_batch(
    request: HttpRequest, wanted: PayoutRefusalIn, batch_id: str = NAME
) -> PayoutBatchOut:
    """Let the payouts of a batch wait for another. For operators."""
    operator = begin(request)
    refused = services.refuse_batch(
        batch=batch_id, note=wanted.note, operator_id=operator, now=clock.now()
    )
    return batch_out(refused)


@router.post("/payouts/batches/{batch_id}/file", response=FileOut, **moves_money("finance:write"))
def take_file(request: HttpRequest, batch_id: str = NAME) -> FileOut:
    """Take the bank file of an approved batch; its payouts are sent from then on. For operators."""
    operator = begin(request)
    demand_kept_key(request)
    services.file_batch(batch=batch_id, operator_id=operator, now=clock.now())
    lines = [FileLineOut(**asdict(one)) for one in services.write_file(batch=batch_id)]
    return FileOut(lines=lines)


@router.post(
    "/payouts/batches/{batch_id}/results", response=ResultsOut, **moves_money("finance:write")
)
def take_results(request: HttpRequest, wanted: ResultsIn, batch_id: str = NAME) -> ResultsOut:
    """Take what the bank said of a batch; the same again changes nothing. For operators."""
    operator = begin(request)
    demand_kept_key(request)
    lines = [
        services.Line(number, one.payout, one.verdict, one.why)
        for number, one in enumerate(wanted.items, start=1)
    ]
    taken = services.take_results(
        batch=batch_id, lines=lines, operator_id=operator, now=clock.now()
    )
    refused = [RefusedLineOut(payout=payout, why=why) for _line, payout, why in taken.refused]
    return ResultsOut(taken=taken.taken, known=taken.known, refused=refused)


@router.get("/payouts/rules", response=RulesVersionsOut, **scoped("finance:read"))
def list_rules(request: HttpRequest, unit: str = Query("CNY", pattern=UNIT)) -> RulesVersionsOut:
    """Read the rules of a currency, the version in force first. For operators."""
    begin(request)
    return RulesVersionsOut(items=[_rules_out(one) for one in queries.list_rules(unit)])


@router.post("/payouts/rules", response={201: RulesVersionsOut}, **scoped("finance:write"))
def set_rules(request: HttpRequest, wanted: RulesIn) -> Status[RulesVersionsOut]:
    """Set the rules of a currency from now on; 409 where somebody did meanwhile. For operators."""
    operator = begin(request)
    services.set_rules(
        unit=wanted.unit,
        numbers={name: getattr(wanted, name) for name in NUMBERS},
        note=wanted.note,
        seen=wanted.seen,
        operator_id=operator,
        now=clock.now(),
    )
    found = [_rules_out(one) for one in queries.list_rules(wanted.unit)]
    return Status(201, RulesVersionsOut(items=found))


@router.post("/payouts/rules/trial", response=TrialOut, **scoped("finance:read"))
def try_rules(request: HttpRequest, wanted: RulesTrialIn) -> TrialOut:
    """Try rules on the payouts of the last 365 days, and change nothing. For operators."""
    begin(request)
    numbers = {name: getattr(wanted, name) for name in NUMBERS}
    return TrialOut(
        **asdict(services.try_rules(unit=wanted.unit, numbers=numbers, now=clock.now()))
    )


@router.get("/payouts/tax-rules", response=TaxVersionsOut, **scoped("finance:read"))
def list_tax_rules(request: HttpRequest) -> TaxVersionsOut:
    """Read what is withheld from whom, all versions. For operators."""
    begin(request)
    return TaxVersionsOut(items=[_tax_out(one) for one in queries.list_tax_rules()])


@router.post("/payouts/tax-rules", response={201: TaxVersionsOut}, **scoped("finance:write"))
def set_tax_rule(request: HttpRequest, wanted: TaxIn) -> Status[TaxVersionsOut]:
    """Set what is withheld from now on; 409 where somebody did meanwhile. For operators."""
    operator = begin(request)
    services.set_tax_rule(
        **_rule(wanted),
        note=wanted.note,
        seen=wanted.seen,
        operator_id=operator,
        now=clock.now(),
    )
    found = [_tax_out(one) for one in queries.list_tax_rules()]
    return Status(201, TaxVersionsOut(items=found))


@router.post("/payouts/tax-rules/trial", response=TrialOut, **scoped("finance:read"))
def try_tax_rule(request: HttpRequest, wanted: TaxTrialIn) -> TrialOut:
    """Try withholding on the payouts of the last 365 days, and change nothing. For operators."""
    begin(request)
    return TrialOut(**asdict(services.try_tax_rule(**_rule(wanted), now=clock.now())))


@router.get("/payouts/{payout_id}", response=PayoutOut, **scoped("finance:read"))
def get_payout(request: HttpRequest, payout_id: str = NAME) -> PayoutOut:
    """Read anybody's payout. For operators."""
    begin(request)
    return payout_out(queries.find_payout(payout_id, person_id=None))


@router.post("/payouts/{payout_id}/hold", response=PayoutOut, **scoped("finance:write"))
def hold_payout(request: HttpRequest, wanted: HoldIn, payout_id: str = NAME) -> PayoutOut:
    """Keep a payout from leaving, on record and open to appeal. For operators, not their own."""
    operator = begin(request)
    held = services.hold_payout(
        payout=payout_id,
        why=wanted.why,
        words=wanted.words,
        operator_id=operator,
        now=clock.now(),
    )
    return payout_out(held)


@router.post("/payouts/{payout_id}/release", response=PayoutOut, **scoped("finance:write"))
def release_payout(request: HttpRequest, payout_id: str = NAME) -> PayoutOut:
    """Let a held payout wait for a batch again. For operators, not their own."""
    operator = begin(request)
    found = services.release_payout(payout=payout_id, operator_id=operator, now=clock.now())
    return payout_out(found)


@router.post("/payouts/{payout_id}/retry", response=PayoutOut, **scoped("finance:write"))
def retry_payout(request: HttpRequest, payout_id: str = NAME) -> PayoutOut:
    """Let a failed payout wait for another batch. For operators, not their own."""
    operator = begin(request)
    found = services.retry_payout(payout=payout_id, operator_id=operator, now=clock.now())
    return payout_out(found)


@router.post("/payouts/{payout_id}/return", response=PayoutOut, **moves_money("finance:write"))
def return_payout(request: HttpRequest, payout_id: str = NAME) -> PayoutOut:
    """Put a failed payout back into its wallet whole. For operators, not their own."""
    operator = begin(request)
    demand_kept_key(request)
    found = services.return_payout(payout=payout_id, operator_id=operator, now=clock.now())
    return payout_out(found)


@router.post("/payouts/{payout_id}/look", response=PayoutOut, **moves_money("finance:write"))
def look_again(request: HttpRequest, payout_id: str = NAME) -> PayoutOut:
    """Have a provider asked again that did not answer. For operators, not their own."""
    operator = begin(request)
    demand_kept_key(request)
    found = services.look_again(payout=payout_id, operator_id=operator, now=clock.now())
    return payout_out(found)


def _rule(wanted: TaxTrialIn) -> dict[str, Any]:
    return {
        "region": wanted.region,
        "payee_kind": wanted.payee_kind,
        "unit": wanted.unit,
        "period": wanted.period,
        "brackets": [Bracket(above=one.above, rate=one.rate) for one in wanted.brackets],
    }


def _rules_out(one: Version) -> PayoutRulesOut:
    assert isinstance(one.terms, Terms)  # noqa: S101 - versions of rules
    return PayoutRulesOut(**asdict(one.terms), set_at=one.set_at, note=one.note)


def _tax_out(one: Version) -> TaxOut:
    terms = one.terms
    assert isinstance(terms, TaxTerms)  # noqa: S101 - versions of withholding
    return TaxOut(
        region=terms.region,
        payee_kind=terms.payee_kind,  # type: ignore[arg-type] # one of the model's
        unit=terms.unit,
        number=terms.number,
        period=terms.period,  # type: ignore[arg-type] # one of the model's
        brackets=[BracketIO(above=step.above, rate=step.rate) for step in terms.brackets],
        set_at=one.set_at,
        note=one.note,
    )

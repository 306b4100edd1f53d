"""The API of limits: how much may be topped up, and what may go out of a wallet."""

from django.http import HttpRequest
from ninja import Router, Status

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import require_operator, require_person
from meadow.core import clock
from meadow.core.limits import check_rate
from meadow.payments import limit_queries, limits, services
from meadow.payments.limit_schemas import (
    BoundsIn,
    BoundsListOut,
    BoundsOut,
    SpendingIn,
    SpendingListOut,
    SpendingOut,
    bounds_out,
    spending_out,
)

router = Router(tags=["wallet"])


@router.get(
    "/wallet/limits",
    response=BoundsListOut,
    summary="Read how much may be topped up",
    **open_to_all("wallet:read"),
)
def list_limits(request: HttpRequest) -> BoundsListOut:
    """Read how much may be topped up in each currency, and how that changed. Open to all."""
    in_force = limit_queries.bounds_in_force()
    versions = [one for unit in in_force for one in limit_queries.list_bounds(unit)]
    return BoundsListOut(
        items=[bounds_out(one) for one in in_force.values()],
        versions=[bounds_out(one) for one in versions],
    )


@router.post(
    "/wallet/limits",
    response={201: BoundsOut},
    summary="Set how much may be topped up",
    **scoped("payments:operate"),
)
def set_limits(request: HttpRequest, wanted: BoundsIn) -> Status[BoundsOut]:
    """Write the next version of a currency's limits; it holds at once. For operators."""
    operator = require_operator(request.user)
    written = services.set_bounds(**wanted.dict(), operator_id=operator.pk, now=clock.now())
    return Status(201, bounds_out(written))


@router.get(
    "/wallet/spending",
    response=SpendingListOut,
    summary="Read what may go out of your wallet",
    **scoped("wallet:read"),
)
def list_spending(request: HttpRequest) -> SpendingListOut:
    """Read what you let go out of your wallet, and what went out in 24 hours and 30 days."""
    person = require_person(request.user)
    found = limit_queries.list_spending(person.pk, now=clock.now())
    return SpendingListOut(items=[spending_out(one) for one in found])


@router.put(
    "/wallet/spending",
    response=SpendingOut,
    summary="Limit what goes out of your wallet",
    **scoped("wallet:write"),
)
def set_spending(request: HttpRequest, wanted: SpendingIn) -> SpendingOut:
    """Choose what may go out; what is lower holds at once, what is higher 24 hours later."""
    person, now = require_person(request.user), clock.now()
    check_rate(
        name="payments.spending", rate=limits.SPENDING, subject=f"person:{person.pk}", now=now
    )
    return spending_out(services.set_spending(**wanted.dict(), person_id=person.pk, now=now))

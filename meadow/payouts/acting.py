"""Who acts for the site: an operator, whose writes are counted."""

from django.http import HttpRequest

from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.limits import check_rate
from meadow.payouts import limits


def begin(request: HttpRequest) -> int:
    """Return the id of the operator who asks, and count what they write."""
    operator = require_operator(request.user)
    if request.method == "POST":
        check_rate(
            name="payouts.operate",
            rate=limits.OPERATIONS,
            subject=f"person:{operator.pk}",
            now=clock.now(),
        )
    return operator.pk

"""Who acts for the site on promotion: an operator, whose writes are counted."""

from typing import Final

from django.http import HttpRequest

from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.limits import check_rate

OPERATIONS: Final = "600/hour"


def begin(request: HttpRequest) -> int:
    """Return the id of the operator who asks, and count what they write."""
    operator = require_operator(request.user)
    if request.method not in ("GET", "HEAD"):
        check_rate(
            name="promotion.operate",
            rate=OPERATIONS,
            subject=f"person:{operator.pk}",
            now=clock.now(),
        )
    return operator.pk

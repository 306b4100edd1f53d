"""The limits of the operator's finance, with their versions."""

from meadow.finance.models import Terms
from meadow.finance.records import TermsRecord


def terms_in_force() -> TermsRecord:
    """Return the limits that hold now."""
    return terms_of(Terms.objects.latest("number"))


def list_terms(*, most: int = 100) -> list[TermsRecord]:
    """Return the versions of the limits, the newest first."""
    return [terms_of(one) for one in Terms.objects.order_by("-number")[:most]]


def terms_of(one: Terms) -> TermsRecord:
    """Return a version of the limits as a plain record."""
    return TermsRecord(
        number=one.number,
        proposal_days=one.proposal_days,
        appeal_days=one.appeal_days,
        stuck_after=one.stuck_after,
        active_from=one.active_from,
        note=one.note,
        operator_id=one.operator_id,
    )

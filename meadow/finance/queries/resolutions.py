"""What was done about differences and lone news, and which of them are still open."""

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.finance.models import Resolution
from meadow.finance.records import ResolutionRecord
from meadow.payments.queries import list_differences
from meadow.payments.records import DifferenceRecord


def difference_name(one: DifferenceRecord) -> str:
    """Return what a difference is called: another amount is another difference."""
    day = one.day.isoformat()
    return f"{one.provider}:{day}:{one.kind}:{one.reference}:{one.ours}:{one.theirs}:{one.unit}"


def resolved_names(subject: str) -> set[str]:
    """Return the names of what was resolved."""
    return set(Resolution.objects.filter(subject=subject).values_list("name", flat=True))


def find_difference(name: str) -> DifferenceRecord | None:
    """Return a difference that is there now, by its name."""
    return next((one for one in list_differences() if difference_name(one) == name), None)


def list_resolutions(
    *, subject: str, cursor: str | None = None, size: int = 24
) -> Page[ResolutionRecord]:
    """Return one page of what was resolved, the latest first. Raises InvalidCursor."""
    rows = Resolution.objects.filter(subject=subject).order_by("-pk")
    if cursor is not None:
        before = decode_cursor(cursor).get("resolution")
        if not isinstance(before, int):
            raise InvalidCursor
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    more = encode_cursor({"resolution": found[size - 1].pk}) if len(found) > size else None
    return Page([resolution_record(one) for one in found[:size]], more)


def resolution_record(one: Resolution) -> ResolutionRecord:
    """Return a resolution as a plain record."""
    return ResolutionRecord(
        public_id=one.public_id,
        subject=one.subject,
        name=one.name,
        words=one.words,
        resolved_by=one.resolved_by_id,
        resolved_at=one.resolved_at,
        told=one.told,
    )

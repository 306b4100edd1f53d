"""Proofs of the books that were made or are being made."""

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.ledger.errors import CheckMissing
from meadow.ledger.models import BooksCheck
from meadow.ledger.records import BreachLine, CheckRecord

PAGE_SIZE = 24


def last_check() -> CheckRecord | None:
    """Return the proof that was done last; None before the first."""
    one = BooksCheck.objects.filter(ended_at__isnull=False).order_by("-ended_at", "-pk").first()
    return check_record(one) if one else None


def get_check(public_id: str) -> CheckRecord:
    """Return a proof. Raises CheckMissing."""
    one = BooksCheck.objects.filter(public_id=public_id).first()
    if one is None:
        raise CheckMissing
    return check_record(one)


def list_checks(*, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[CheckRecord]:
    """Return one page of proofs, the latest first. Raises InvalidCursor."""
    rows = BooksCheck.objects.order_by("-pk")
    if cursor is not None:
        before = decode_cursor(cursor).get("check")
        if not isinstance(before, int):
            raise InvalidCursor
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    more = encode_cursor({"check": found[size - 1].pk}) if len(found) > size else None
    return Page([check_record(one) for one in found[:size]], more)


def check_record(one: BooksCheck) -> CheckRecord:
    """Return a proof as a plain record."""
    return CheckRecord(
        public_id=one.public_id,
        by=one.by,
        asked_by_id=one.asked_by_id,
        asked_at=one.asked_at,
        started_at=one.started_at,
        ended_at=one.ended_at,
        invariants=one.invariants,
        proven=one.proven,
        entries=one.entries,
        breaches=[BreachLine(**breach) for breach in one.breaches],
    )

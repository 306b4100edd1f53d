"""Seats: taken by one statement that cannot take too many, given back, and counted again."""

from django.db import connection

from meadow.core.transactions import transaction_required
from meadow.programs.models import SEATED, Membership, Program

# The row is read and locked and the seats are taken in one statement: whoever comes second reads
# what the first left. The constraint `seats_within_capacity` stands behind it.
_TAKE = """
WITH found AS (
    SELECT id, least(%(wanted)s, coalesce(capacity - admitted_count, %(wanted)s)) AS seats
    FROM programs_program WHERE id = %(program)s FOR NO KEY UPDATE
)
UPDATE programs_program p SET admitted_count = p.admitted_count + found.seats
FROM found WHERE p.id = found.id AND found.seats > 0
RETURNING found.seats
"""


@transaction_required
def take_seats(*, program_id: int, wanted: int) -> int:
    """Take up to `wanted` seats and return how many there were."""
    if wanted <= 0:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"program": program_id, "wanted": wanted})
        row = cursor.fetchone()
    return int(row[0]) if row else 0


@transaction_required
def give_back_seats(*, program_id: int, count: int) -> None:
    """Give seats back that somebody held."""
    if count:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE programs_program SET admitted_count = admitted_count - %s WHERE id = %s",
                [count, program_id],
            )


@transaction_required
def take_places(*, program_id: int, count: int) -> int:
    """Return the first of `count` new places at the end of the waitlist."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE programs_program SET next_place = next_place + %s WHERE id = %s"
            " RETURNING next_place",
            [count, program_id],
        )
        return int(cursor.fetchone()[0]) - count


@transaction_required
def recount_seats(*, program_id: int) -> int:
    """Set the number of seats taken to who really sits, and return it (people can be erased)."""
    # Locked first: the count below then sees what everybody before has committed.
    Program.objects.select_for_update(no_key=True).get(pk=program_id)
    seated = Membership.objects.filter(program_id=program_id, state__in=SEATED).count()
    Program.objects.filter(pk=program_id).update(admitted_count=seated)
    return seated

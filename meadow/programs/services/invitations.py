"""Invitations: by name, by code, and many at once from a list with a report of every line."""

import csv
import datetime as dt
import hashlib
import io
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext as _

from meadow.accounts.queries import find_by_handles
from meadow.core.errors import InvalidInput
from meadow.core.ids import new_id
from meadow.core.transactions import transaction, transaction_required
from meadow.programs.errors import InvitationInvalid, InvitationMissing, ListUnreadable
from meadow.programs.models import Invitation, Membership, Program
from meadow.programs.queries.gathering import find_program
from meadow.programs.services.settling import read_scene, settle
from meadow.programs.services.steps import move_people, move_person, name_operator, read_person
from meadow.programs.standing import INSIDE, SEATED, Standing

MOST_LINES: Final = 10_000
MOST_BYTES: Final = 1_000_000
MOST_CODES: Final = 1000
PEOPLE_A_STEP: Final = 200
# 32 letters and digits that are hard to mistake, 16 of them: 80 bits.
ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH: Final = 16
# From these an invitation is news; who waits, applied or was refused stays as they are.
OUTSIDE: Final = (None, "lapsed", "left")
Result = Literal["invited", "admitted", "already", "unknown", "repeated", "unreadable"]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What became of one line of an uploaded list; `line` counts from 1 as editors do."""

    line: int
    handle: str
    result: Result


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A new code; it is shown once, and only its digest is kept."""

    public_id: str
    code: str


def invite_people(
    *,
    slug: str,
    person_ids: Sequence[int],
    expires_at: dt.datetime,
    operator_id: int,
    now: dt.datetime,
    note: str = "",
) -> dict[int, Result]:
    """Invite people by name; who meets the rule may be in at once. Returns each one's result."""
    _check_end(expires_at, now)
    program = find_program(slug)
    results: dict[int, Result] = {}
    ids = sorted(set(person_ids))
    for start in range(0, len(ids), PEOPLE_A_STEP):
        some = ids[start : start + PEOPLE_A_STEP]
        with transaction():
            results |= _invite(
                program, some, expires_at=expires_at, operator_id=operator_id, now=now, note=note
            )
    return results


@transaction_required
def _invite(
    program: Program,
    person_ids: Sequence[int],
    *,
    expires_at: dt.datetime,
    operator_id: int,
    now: dt.datetime,
    note: str,
) -> dict[int, Result]:
    open_ones = Invitation.objects.select_for_update().filter(
        program=program, person_id__in=person_ids, revoked_at__isnull=True
    )
    # One that is over unused makes room for the new one.
    open_ones.filter(used_by__isnull=True, expires_at__lte=now).update(revoked_at=now)
    known = set(open_ones.values_list("person_id", flat=True))
    inside = set(
        Membership.objects.filter(
            program=program, person_id__in=person_ids, state__in=SEATED
        ).values_list("person_id", flat=True)
    )
    fresh = [person for person in person_ids if person not in known | inside]
    Invitation.objects.bulk_create(
        [
            Invitation(
                public_id=new_id("i"),
                program=program,
                person_id=person,
                note=note.strip(),
                created_by_id=operator_id,
                created_at=now,
                expires_at=expires_at,
            )
            for person in fresh
        ]
    )
    settle(program_id=program.pk, person_ids=fresh, now=now, decided_by=name_operator(operator_id))
    results: dict[int, Result] = dict.fromkeys(known | inside, "already")
    standing = dict(
        Membership.objects.filter(program=program, person_id__in=fresh).values_list(
            "person_id", "state"
        )
    )
    for person in fresh:
        results[person] = "admitted" if standing.get(person) in INSIDE else "invited"
    outside = [person for person in fresh if standing.get(person) in OUTSIDE]
    _note_invited(program, outside, by=name_operator(operator_id), now=now)
    return results


def issue_codes(
    *,
    slug: str,
    count: int,
    expires_at: dt.datetime,
    operator_id: int,
    now: dt.datetime,
    note: str = "",
) -> list[IssuedCode]:
    """Make codes that let in whoever has one, once each; they are told here and nowhere else."""
    if not 1 <= count <= MOST_CODES:
        raise InvalidInput(fields={"count": [_("Give a whole number from 1 to 1,000.")]})
    _check_end(expires_at, now)
    program = find_program(slug)
    codes = [IssuedCode(public_id=new_id("i"), code=_new_code()) for _number in range(count)]
    with transaction():
        Invitation.objects.bulk_create(
            [
                Invitation(
                    public_id=one.public_id,
                    program=program,
                    digest=digest_code(one.code),
                    note=note.strip(),
                    created_by_id=operator_id,
                    created_at=now,
                    expires_at=expires_at,
                )
                for one in codes
            ]
        )
    return codes


def redeem_code(*, slug: str, code: str, person_id: int, now: dt.datetime) -> None:
    """Take an invitation up by its code, which then works for nobody else. Raises InvitationInvalid."""
    with transaction():
        program = find_program(slug)
        scene = read_person(program=program, person_id=person_id, now=now)
        if scene.entrants[person_id].accepted:
            raise InvitationInvalid
        _use(
            Invitation.objects.filter(program=program, digest=digest_code(code)).values_list(
                "pk", flat=True
            ),
            person_id=person_id,
            now=now,
        )
        _let_in(program, person_id, now=now)


def accept_invitation(*, slug: str, person_id: int, now: dt.datetime) -> None:
    """Take an invitation up that is for this person by name. Raises InvitationInvalid."""
    with transaction():
        program = find_program(slug)
        _use(
            Invitation.objects.filter(program=program, person_id=person_id).values_list(
                "pk", flat=True
            ),
            person_id=person_id,
            now=now,
        )
        _let_in(program, person_id, now=now)


def revoke_invitation(*, slug: str, public_id: str, operator_id: int, now: dt.datetime) -> None:
    """Take an invitation back that nobody used. Raises InvitationMissing, InvitationInvalid."""
    with transaction():
        program = find_program(slug)
        found = Invitation.objects.filter(program=program, public_id=public_id).first()
        if found is None:
            raise InvitationMissing
        open_ones = Invitation.objects.filter(pk=found.pk, used_by=None, revoked_at=None)
        if not open_ones.update(revoked_at=now):
            raise InvitationInvalid
        if found.person_id is None:
            return
        scene = read_person(program=program, person_id=found.person_id, now=now, by_hand=True)
        standing = scene.standing(found.person_id)
        if standing is not None and standing.state == "invited":
            move_person(
                scene,
                person_id=found.person_id,
                after=Standing(state="lapsed", reason="invitation_revoked", since=now),
                now=now,
                decided_by=name_operator(operator_id),
            )


def import_list(
    *,
    slug: str,
    content: bytes,
    expires_at: dt.datetime,
    operator_id: int,
    now: dt.datetime,
    note: str = "",
) -> list[ReportLine]:
    """Invite everybody on an uploaded CSV (a handle in the first column); report every line.

    A first line "handle" is a heading. Raises ListUnreadable for what is no list at all.
    """
    rows = _read_rows(content)
    wanted = {handle for _line, handle in rows if _is_handle(handle)}
    known = find_by_handles(wanted)
    invited = invite_people(
        slug=slug,
        person_ids=list(known.values()),
        expires_at=expires_at,
        operator_id=operator_id,
        now=now,
        note=note,
    )
    report, seen = [], set()
    for line, handle in rows:
        result: Result
        if not _is_handle(handle):
            result = "unreadable"
        elif handle.lower() in seen:
            result = "repeated"
        elif handle.lower() not in known:
            result = "unknown"
        else:
            result = invited[known[handle.lower()]]
        seen.add(handle.lower())
        report.append(ReportLine(line=line, handle=handle[:60], result=result))
    return report


def digest_code(code: str) -> str:
    """Return what is kept of a code, whatever its case, blanks and dashes; 80 bits need no slow hash."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(plain[:64].encode()).hexdigest()


@transaction_required
def _use(chosen: Iterable[int], *, person_id: int, now: dt.datetime) -> None:
    # One statement decides: of two that take one code, the second changes no row.
    used = Invitation.objects.filter(
        pk__in=chosen, used_by__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    ).update(used_by=person_id, used_at=now)
    if not used:
        raise InvitationInvalid


@transaction_required
def _let_in(program: Program, person_id: int, *, now: dt.datetime) -> None:
    settle(program_id=program.pk, person_ids=[person_id], now=now)
    rows = Membership.objects.filter(program=program, person_id=person_id)
    if rows.values_list("state", flat=True).first() in OUTSIDE:
        _note_invited(program, [person_id], by=name_operator(None), now=now)


@transaction_required
def _note_invited(
    program: Program, person_ids: Sequence[int], *, by: str, now: dt.datetime
) -> None:
    """Let people know that they are invited who do not meet the rule, or have to say yes."""
    scene = read_scene(program_id=program.pk, person_ids=person_ids, now=now)
    if scene is not None and scene.entrants:
        after = Standing(state="invited", reason="invited", since=now)
        move_people(scene, person_ids=list(scene.entrants), after=after, now=now, decided_by=by)


def _read_rows(content: bytes) -> list[tuple[int, str]]:
    if len(content) > MOST_BYTES:
        raise ListUnreadable(fields={"file": [_("The file is larger than 1 MB: split it.")]})
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as broken:
        raise ListUnreadable(
            fields={"file": [_("This is no text file: save it as CSV in UTF-8.")]}
        ) from broken
    rows = [
        (number, row[0].strip().lstrip("@"))
        for number, row in enumerate(lines, start=1)
        if row and any(cell.strip() for cell in row)
    ]
    if rows and rows[0][1].lower() in ("handle", "handles"):
        rows = rows[1:]
    if not rows:
        raise ListUnreadable(fields={"file": [_("The list is empty.")]})
    if len(rows) > MOST_LINES:
        raise ListUnreadable(fields={"file": [_("At most 10,000 lines fit: split it.")]})
    return rows


def _is_handle(handle: str) -> bool:
    return 3 <= len(handle) <= 30 and handle.isascii() and handle.replace("_", "a").isalnum()


def _check_end(expires_at: dt.datetime, now: dt.datetime) -> None:
    if not now < expires_at <= now + dt.timedelta(days=366):
        raise InvalidInput(fields={"expires_at": [_("Choose a day within the next year.")]})


def _new_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _number in range(CODE_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, CODE_LENGTH, 4))

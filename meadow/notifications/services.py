"""Giving people news, once each; marking it read; choosing what comes by e-mail."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Greatest

from meadow.core import realtime
from meadow.core.ids import new_id
from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction, transaction_required
from meadow.notifications.errors import NotificationMissing
from meadow.notifications.kinds import GROUPS, Kind, get_kind
from meadow.notifications.models import Notification, NotificationPreference

NEW, READ = "notifications.new", "notifications.read"
LETTERS_A_JOB: Final = 50
MOST_GATHERED: Final = 100

# News and letters in one statement. It joins tables of accounts and allauth, so that somebody who
# has just gone is passed over, and a letter is for a confirmed address of somebody who wants it.
_INSERT: Final = """
WITH notice AS (
    SELECT * FROM unnest(%(public_ids)s::text[], %(people)s::bigint[], %(kinds)s::text[],
                         %(params)s::text[], %(urls)s::text[], %(keys)s::text[],
                         %(mail_groups)s::text[])
        AS n (public_id, person_id, kind, params, url, key, mail_group)
), fresh AS (
    INSERT INTO notifications_notification
        (public_id, person_id, kind, params, url, key, created_at)
    SELECT n.public_id, n.person_id, n.kind, n.params::jsonb, n.url, n.key, %(now)s
    FROM notice n JOIN accounts_person p ON p.id = n.person_id
    ORDER BY n.person_id, n.key
    ON CONFLICT (person_id, key) DO NOTHING
    RETURNING id, person_id, public_id
), letter AS (
    INSERT INTO notifications_letter (notification_id, state)
    SELECT f.id, 'waiting'
    FROM fresh f
    JOIN notice n ON n.public_id = f.public_id AND n.mail_group <> ''
    JOIN accounts_person p ON p.id = f.person_id AND p.is_active
    LEFT JOIN notifications_notificationpreference w
        ON w.person_id = f.person_id AND w."group" = n.mail_group
    WHERE coalesce(w.email, true)
      AND EXISTS (SELECT FROM account_emailaddress e
                  WHERE e.user_id = f.person_id AND e.verified AND e."primary")
    RETURNING notification_id
)
SELECT f.id, f.person_id, l.notification_id IS NOT NULL
FROM fresh f LEFT JOIN letter l ON l.notification_id = f.id
ORDER BY f.id
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """News for one person; a second notice of the same key to the same person is dropped."""

    person_id: int
    kind: str
    params: Mapping[str, Any]
    url: str
    key: str


@transaction_required
def notify(
    *, person_id: int, kind: str, params: Mapping[str, Any], url: str, key: str, now: dt.datetime
) -> None:
    """Give a person one piece of news; the same `key` a second time changes nothing.

    `url` is an address of this site, beginning with a slash. Their open pages hear of it once the
    use case has committed; e-mail leaves by a job, if the kind is worth it and they want it.
    Raises UnknownKind.
    """
    notice = Notice(person_id=person_id, kind=kind, params=params, url=url, key=key)
    notify_many(notices=[notice], now=now)


@transaction_required
def notify_many(*, notices: Sequence[Notice], now: dt.datetime) -> None:
    """Give many people news, as `notify` does, in one statement. Raises UnknownKind."""
    if not notices:
        return
    kinds = {key: get_kind(key) for key in {notice.kind for notice in notices}}
    rows = _insert(notices, kinds, now)
    realtime.publish_many(person_ids=sorted({row[1] for row in rows}), kind=NEW, payload={})
    letters = [row[0] for row in rows if row[2]]
    for start in range(0, len(letters), LETTERS_A_JOB):
        enqueue(
            find_task("notifications.send_letters"),
            notification_ids=letters[start : start + LETTERS_A_JOB],
        )


@transaction_required
def notify_gathered(*, notice: Notice, group: str, by: int, now: dt.datetime) -> None:
    """Give a person news of what several people do: while it is unread, it is one piece of news.

    The newer notice takes the place of the unread one of the same kind and `group`; its parameters
    get `group` and `people`, the ids of whoever did it, last first, MOST_GATHERED at most. The same
    key again changes nothing. Raises UnknownKind.
    """
    with connection.cursor() as cursor:
        # Two who act in the same moment would both find nothing to join.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"notifications.gathered:{notice.person_id}:{notice.kind}:{group}"],
        )
    own = Notification.objects.filter(person_id=notice.person_id)
    if own.filter(key=notice.key).exists():
        return
    held = own.filter(kind=notice.kind, read_at__isnull=True, params__group=group)
    earlier = held.order_by("-pk").first()
    people = [by]
    if earlier is not None:
        people += [person for person in earlier.params["people"] if person != by]
        earlier.delete()
    params = {**notice.params, "group": group, "people": people[:MOST_GATHERED]}
    notify_many(notices=[replace(notice, params=params)], now=now)


def mark_read(*, person_id: int, public_ids: Collection[str], now: dt.datetime) -> int:
    """Mark some of a person's notifications read; those that are not theirs are passed over."""
    with transaction():
        return _mark_read(person_id, Q(public_id__in=public_ids), now)


def mark_all_read(*, person_id: int, now: dt.datetime, up_to: str = "") -> int:
    """Mark all of a person's notifications read, or those up to the newest that they have seen.

    What comes between drawing a page and pressing its button stays unread. Raises
    NotificationMissing for an `up_to` that is not theirs.
    """
    chosen = Q()
    if up_to:
        seen = Notification.objects.filter(person_id=person_id, public_id=up_to)
        newest = seen.values_list("pk", flat=True).first()
        if newest is None:
            raise NotificationMissing
        chosen = Q(pk__lte=newest)
    with transaction():
        return _mark_read(person_id, chosen, now)


def change_preferences(*, person_id: int, email: Mapping[str, bool]) -> None:
    """Turn e-mail on or off by group; groups that are left out stay as they are."""
    with transaction():
        for group in sorted(email.keys() & GROUPS.keys()):
            NotificationPreference.objects.update_or_create(
                person_id=person_id, group=group, defaults={"email": email[group]}
            )


@transaction_required
def _mark_read(person_id: int, chosen: Q, now: dt.datetime) -> int:
    unread = Notification.objects.filter(chosen, person_id=person_id, read_at__isnull=True)
    # Clocks of two machines differ: nothing is read before it came.
    marked = unread.update(read_at=Greatest("created_at", now))
    if marked:
        realtime.publish(person_id=person_id, kind=READ, payload={})
    return marked


@transaction_required
def _insert(
    notices: Sequence[Notice], kinds: Mapping[str, Kind], now: dt.datetime
) -> list[tuple[int, int, bool]]:
    """Return id, person and whether a letter waits, of each notification that was not there yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "public_ids": [new_id("b") for _ in notices],
                "people": [notice.person_id for notice in notices],
                "kinds": [notice.kind for notice in notices],
                "params": [orjson.dumps(dict(notice.params)).decode() for notice in notices],
                "urls": [notice.url for notice in notices],
                "keys": [notice.key for notice in notices],
                "mail_groups": [mail_group(kinds[notice.kind]) for notice in notices],
                "now": now,
            },
        )
        rows: list[tuple[int, int, bool]] = cursor.fetchall()
    return rows


def mail_group(kind: Kind) -> str:
    """Return the group whose preference decides on a kind's e-mail; empty for none at all."""
    return kind.group if kind.email else ""

"""Reads of a person's news: words in the active language, how much is unread, what comes by mail."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.notifications.errors import NotificationMissing
from meadow.notifications.kinds import Params, find_kind, list_mailed_groups
from meadow.notifications.models import Notification, NotificationPreference

PAGE_SIZE = 24
# The bell says 99+ beyond that, so nothing is counted further.
MOST_COUNTED = 100


@dataclass(frozen=True)
class NotificationRecord:
    """A piece of news in words; `url` is where it leads."""

    public_id: str
    kind: str
    icon: str
    title: str
    body: str
    url: str
    created_at: dt.datetime
    read_at: dt.datetime | None

    @property
    def is_unread(self) -> bool:
        """Whether it was neither opened nor marked read."""
        return self.read_at is None


@dataclass(frozen=True)
class MailChoice:
    """A group of news, and whether its owner wants e-mail about it."""

    group: str
    name: str
    about: str
    email: bool


def list_notifications(
    *, person_id: int, unread_only: bool = False, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[NotificationRecord]:
    """Return one page of a person's news, newest first. Raises InvalidCursor."""
    news = Notification.objects.filter(person_id=person_id)
    if unread_only:
        news = news.filter(read_at__isnull=True)
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        news = news.filter(pk__lt=before)
    rows = list(news.order_by("-pk")[: size + 1])
    more = len(rows) > size
    return Page(
        items=put_in_words(person_id, rows[:size]),
        next_cursor=encode_cursor({"before": rows[size - 1].pk}) if more else None,
    )


def get_notification(*, person_id: int, public_id: str) -> NotificationRecord:
    """Return one of a person's notifications. Raises NotificationMissing."""
    row = Notification.objects.filter(person_id=person_id, public_id=public_id).first()
    if row is None:
        raise NotificationMissing
    return put_in_words(person_id, [row])[0]


def count_unread(*, person_id: int) -> int:
    """Return how many notifications are unread, MOST_COUNTED at most."""
    unread = Notification.objects.filter(person_id=person_id, read_at__isnull=True)
    return unread[:MOST_COUNTED].count()


def list_mail_choices(*, person_id: int, keeps_order: bool = False) -> list[MailChoice]:
    """Return the groups that come by e-mail, each with the person's choice.

    With `keeps_order` also those that come to moderators and operators alone.
    """
    chosen = dict(
        NotificationPreference.objects.filter(person_id=person_id).values_list("group", "email")
    )
    return [
        MailChoice(
            group=group.key,
            name=str(group.name),
            about=str(group.about),
            email=chosen.get(group.key, True),
        )
        for group in list_mailed_groups(keeps_order=keeps_order)
    ]


def put_in_words(person_id: int, rows: Sequence[Notification]) -> list[NotificationRecord]:
    """Return news in words; each kind looks up at most once what its words need."""
    params: dict[int, Params] = {row.pk: row.params for row in rows}
    for key in {row.kind for row in rows}:
        look_up = find_kind(key).look_up
        if look_up is not None:
            some = [row for row in rows if row.kind == key]
            found = look_up(person_id, [row.params for row in some])
            params |= {row.pk: one for row, one in zip(some, found, strict=True)}
    return [_record(row, params[row.pk]) for row in rows]


def _record(row: Notification, params: Params) -> NotificationRecord:
    kind = find_kind(row.kind)
    return NotificationRecord(
        public_id=row.public_id,
        kind=row.kind,
        icon=kind.icon,
        title=kind.title(params),
        body=kind.body(params),
        url=row.url,
        created_at=row.created_at,
        read_at=row.read_at,
    )

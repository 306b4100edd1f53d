"""Notifications as the API gives them."""

import datetime as dt

from django.utils.translation import gettext as _
from ninja import Field, Schema
from pydantic import model_validator

from meadow.notifications.queries import MailChoice, NotificationRecord

MOST_IDS = 100


class NotificationOut(Schema):
    """One piece of news, in the reader's language."""

    id: str
    kind: str
    title: str
    body: str
    url: str = Field(description="Where it leads on this site, beginning with a slash")
    created_at: dt.datetime
    read_at: dt.datetime | None


class NotificationsOut(Schema):
    """One page of news, newest first."""

    items: list[NotificationOut]
    next_cursor: str | None
    unread: int = Field(description="How many are unread in all, 100 at most")


class ReadIn(Schema):
    """Which to mark read: some by `ids`, or all of them up to one that was seen."""

    ids: list[str] | None = Field(None, min_length=1, max_length=MOST_IDS)
    up_to: str | None = Field(
        None, min_length=1, max_length=24, description="This one and everything before it"
    )

    @model_validator(mode="after")
    def say_which(self) -> "ReadIn":
        """Refuse a call that names neither or both."""
        if (self.ids is None) == (self.up_to is None):
            raise ValueError(_("Say either ids or up_to, not both."))
        return self


class ReadOut(Schema):
    """What came of marking."""

    marked: int = Field(description="How many were unread until now")
    unread: int = Field(description="How many are unread still, 100 at most")


class MailChoiceOut(Schema):
    """A group of news, and whether it comes by e-mail."""

    group: str
    name: str
    about: str
    email: bool


class MailChoicesIn(Schema):
    """E-mail on or off by group; groups that are left out stay as they are."""

    email: dict[str, bool] = Field(min_length=1, max_length=20)


def notification_out(news: NotificationRecord) -> NotificationOut:
    """Return a notification for the API."""
    return NotificationOut(
        id=news.public_id,
        kind=news.kind,
        title=news.title,
        body=news.body,
        url=news.url,
        created_at=news.created_at,
        read_at=news.read_at,
    )


def mail_choice_out(choice: MailChoice) -> MailChoiceOut:
    """Return a choice for the API."""
    return MailChoiceOut(
        group=choice.group, name=choice.name, about=choice.about, email=choice.email
    )

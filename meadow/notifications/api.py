"""The notifications part of the API: one's own news, and what of it comes by e-mail."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router
from ninja.params.functions import Query

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import is_moderator, require_person
from meadow.core import clock
from meadow.core.errors import InvalidInput
from meadow.notifications import queries, services
from meadow.notifications.queries import MailChoice
from meadow.notifications.schemas import (
    MailChoiceOut,
    MailChoicesIn,
    NotificationsOut,
    ReadIn,
    ReadOut,
    mail_choice_out,
    notification_out,
)

router = Router(tags=["notifications"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")


@router.get(
    "/notifications",
    response=NotificationsOut,
    summary="List your notifications",
    **scoped("notifications"),
)
def list_notifications(
    request: HttpRequest, unread: bool = False, cursor: str | None = CURSOR, size: int = SIZE
) -> NotificationsOut:
    """List what came for you, newest first; with `unread`, only what you have not read."""
    person_id = require_person(request.user).pk
    page = queries.list_notifications(
        person_id=person_id, unread_only=unread, cursor=cursor, size=size
    )
    return NotificationsOut(
        items=[notification_out(news) for news in page.items],
        next_cursor=page.next_cursor,
        unread=queries.count_unread(person_id=person_id),
    )


@router.post(
    "/notifications/read",
    response=ReadOut,
    summary="Mark notifications read",
    **scoped("notifications"),
)
def mark_read(request: HttpRequest, wanted: ReadIn) -> ReadOut:
    """Mark some read, or all up to one that you have seen; what is not yours is passed over."""
    person_id, now = require_person(request.user).pk, clock.now()
    if wanted.up_to is not None:
        marked = services.mark_all_read(person_id=person_id, up_to=wanted.up_to, now=now)
    else:
        marked = services.mark_read(person_id=person_id, public_ids=wanted.ids or [], now=now)
    return ReadOut(marked=marked, unread=queries.count_unread(person_id=person_id))


@router.get(
    "/notifications/preferences",
    response=list[MailChoiceOut],
    summary="Read what comes by e-mail",
    **scoped("notifications"),
)
def list_preferences(request: HttpRequest) -> list[MailChoiceOut]:
    """List the groups of news that can come by e-mail, each with your choice."""
    return [mail_choice_out(choice) for choice in _choices_of(require_person(request.user))]


@router.patch(
    "/notifications/preferences",
    response=list[MailChoiceOut],
    summary="Choose what comes by e-mail",
    **scoped("notifications"),
)
def change_preferences(request: HttpRequest, wanted: MailChoicesIn) -> list[MailChoiceOut]:
    """Turn e-mail on or off by group; groups that you leave out stay as they are."""
    person = require_person(request.user)
    known = {choice.group for choice in _choices_of(person)}
    if unknown := sorted(wanted.email.keys() - known):
        said = _("There is no group %(group)s. There are: %(known)s.")
        words = said % {"group": unknown[0][:30], "known": ", ".join(sorted(known))}
        raise InvalidInput(fields={"email": [words]})
    services.change_preferences(person_id=person.pk, email=wanted.email)
    return list_preferences(request)


def _choices_of(person: Any) -> list[MailChoice]:
    return queries.list_mail_choices(person_id=person.pk, keeps_order=is_moderator(person))

"""Sending letters: each once, however often its job runs, however long the mail server is away."""

import datetime as dt
import logging
import smtplib
from collections.abc import Sequence
from typing import Final

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from meadow.accounts.queries import get_mailboxes
from meadow.core.errors import EngineUnavailable
from meadow.core.transactions import transaction, transaction_required
from meadow.notifications.kinds import find_kind
from meadow.notifications.mail import compose
from meadow.notifications.models import Letter, NotificationPreference

log = logging.getLogger("meadow.notifications")
FINAL: Final = 500


def send_letters(*, notification_ids: Sequence[int], now: dt.datetime) -> int:
    """Send the letters among these that wait; returns how many left.

    A letter is settled in the transaction that sent it. Killed in between, the mail comes a second
    time under the same Message-ID. Raises EngineUnavailable when the server is away or says "later";
    whatever else is wrong with one letter is raised when the others have left.
    """
    sent, later, broken = 0, False, None
    connection = get_connection()
    try:
        for notification_id in notification_ids:
            try:
                sent += _send(notification_id, connection, now)
            except EngineUnavailable:
                later = True
                if not _is_open(connection):
                    break
            except Exception as fault:  # noqa: BLE001 - raised below, when the others have left
                broken = fault
    finally:
        connection.close()
    if later:
        raise EngineUnavailable(engine="mail")
    if broken is not None:
        raise broken
    return sent


def _send(notification_id: int, connection: BaseEmailBackend, now: dt.datetime) -> int:
    with transaction():
        letter = (
            # A second run of the job finds the letter locked or settled.
            Letter.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("notification")
            .filter(pk=notification_id, state=Letter.State.WAITING)
            .first()
        )
        if letter is None:
            return 0
        news = letter.notification
        mailbox = get_mailboxes([news.person_id]).get(news.person_id)
        if mailbox is None or news.read_at is not None or not _is_wanted(letter):
            _settle(letter, Letter.State.UNWANTED, now)
            return 0
        message = compose(news, mailbox=mailbox, connection=connection)
        try:
            connection.open()
            message.send()
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refused:
            if not _is_final(refused):
                raise EngineUnavailable(engine="mail") from refused
            log.warning("the mail server does not take the letter of %s", news.public_id)
            _settle(letter, Letter.State.REFUSED, now)
            return 0
        except OSError as away:  # smtplib's own exceptions are OSErrors too
            connection.close()
            raise EngineUnavailable(engine="mail") from away
        _settle(letter, Letter.State.SENT, now)
        return 1


@transaction_required
def _settle(letter: Letter, state: Letter.State, now: dt.datetime) -> None:
    Letter.objects.filter(pk=letter.pk).update(state=state, settled_at=now)


def _is_wanted(letter: Letter) -> bool:
    """Whether its reader still wants mail of this kind: they may have turned it off by now."""
    kind = find_kind(letter.notification.kind)
    if not kind.email:
        return False
    return not NotificationPreference.objects.filter(
        person_id=letter.notification.person_id, group=kind.group, email=False
    ).exists()


def _is_final(refused: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> bool:
    """Whether the server will never take this letter; 4xx means that it may later."""
    if isinstance(refused, smtplib.SMTPDataError):
        return refused.smtp_code >= FINAL
    return all(code >= FINAL for code, _words in refused.recipients.values())


def _is_open(connection: BaseEmailBackend) -> bool:
    """Whether the server still talks to us: then the next letter may be taken."""
    return getattr(connection, "connection", None) is not None

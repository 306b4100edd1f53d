"""One notification as a plain mail in its reader's language."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from meadow.accounts.queries import Mailbox
from meadow.notifications.models import Notification
from meadow.notifications.queries import put_in_words


def compose(
    news: Notification, *, mailbox: Mailbox, connection: BaseEmailBackend | None = None
) -> EmailMessage:
    """Return the mail of a notification; made again it has the same Message-ID."""
    site = site_address()
    with translation.override(mailbox.language or settings.LANGUAGE_CODE):
        [said] = put_in_words(news.person_id, [news])
        title = " ".join(said.title.split())
        text = render_to_string(
            "notifications/mail.txt",
            {
                "title": title,
                "body": said.body,
                "link": f"{site}/notifications/{news.public_id}/open",
                "settings_link": f"{site}/settings/notifications",
                "site": site,
            },
        )
        subject = _("Meadow: %(subject)s") % {"subject": title}
    return EmailMessage(
        subject=subject,
        body=text,
        to=[mailbox.address],
        connection=connection,
        headers={
            "Message-ID": f"<{news.public_id}@{site.partition('://')[2].partition(':')[0]}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def site_address() -> str:
    """Return where people open the site: a job has no request to ask."""
    environment = settings.ENVIRONMENT
    if environment.production:
        return f"https://{environment.hosts[0]}"
    return str(environment.base_url)

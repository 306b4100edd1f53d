"""What may be a handle: 3 to 30 plain characters, and no word that the site itself uses."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

HANDLE = re.compile(r"[A-Za-z0-9_]{3,30}", re.ASCII)

# Addresses of the site, words that would lend authority, and the names of mail administrators
# (RFC 2142): a person under one of them could be taken for the site.
RESERVED = frozenset(
    """
    about academy access account accounts admin administrator agencies agency all analytics
    anonymous api app apps assets audit auth billing blog blocked brand brands campaign
    checkout collect comment comments console contact core creator creators curator demo
    deleted docs draft drafts edit editor embed error errors everyone explore favicon feed
    follow followers following guest health healthz help here home hostmaster hot index info
    invite inbox js ledger legal live login logout mail meadow media merchant messages me
    moderator moderators money more nats nobody new news none note notes notifications null
    official operator operators order orders owner page pages password pay payment payments
    people person policy postmaster preferences press privacy profile program programs
    promotion readyz realtime root rss rules save search security sessions settings setup
    shop sign signin signout signup sitemap staff static status store studio support
    sysadmin system team terms test theme token tokens topic topics undefined upload uploads
    user users verified wallet web webhooks webmaster welcome worker www
    """.split()  # noqa: SIM905 - a page of quotes would hide the words
)


def is_reserved(handle: str) -> bool:
    """Whether the site keeps this word for itself, whatever its case."""
    return handle.lower().strip("_") in RESERVED


def validate_handle(handle: str) -> None:
    """Raise Django's ValidationError unless `handle` may be somebody's."""
    if not HANDLE.fullmatch(handle):
        raise ValidationError(
            _("A handle has 3 to 30 letters, digits or underscores."), code="handle_not_plain"
        )
    if is_reserved(handle):
        raise ValidationError(_("This handle is kept for the site."), code="handle_reserved")


# What allauth's ACCOUNT_USERNAME_VALIDATORS names.
validators = [validate_handle]

"""The bell: how much is unread, counted with the session, drawn the same in pages and fragments."""

from functools import lru_cache
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from meadow.notifications.queries import MOST_COUNTED, count_unread

BESIDE: Final = "unread"
UNREAD_SQL: Final = (
    "(SELECT count(*) FROM (SELECT FROM notifications_notification n"  # noqa: S608 - our own texts
    f" WHERE n.person_id = p.id AND n.read_at IS NULL LIMIT {MOST_COUNTED}) unread)"
)


def unread_of(user: Any) -> int:
    """Return what is unread of `request.user`: as it came with the session, else counted now.

    0 for strangers; MOST_COUNTED at most.
    """
    if not user.is_authenticated:
        return 0
    came_along = user.beside.get(BESIDE)
    return count_unread(person_id=user.pk) if came_along is None else int(came_along)


def render_bell(unread: int) -> SafeString:
    """Return the bell in the active language."""
    html = _render(min(unread, MOST_COUNTED), get_language() or "en")
    return mark_safe(html)  # noqa: S308 - rendered by our template


@lru_cache(maxsize=4 * (MOST_COUNTED + 1))
def _render(unread: int, language: str) -> str:
    shown = f"{MOST_COUNTED - 1}+" if unread >= MOST_COUNTED else str(unread)
    label = _("Notifications")
    if unread:
        said = ngettext(
            "Notifications: %(count)s unread", "Notifications: %(count)s unread", unread
        )
        label = said % {"count": shown}
    context = {"unread": unread, "shown": shown, "label": label}
    return render_to_string("notifications/_bell.html", context)

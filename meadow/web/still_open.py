"""What suspended people may still send: read, mend, end, appeal; everything else is closed to them."""

from typing import Final

from meadow.accounts import standing

STILL_OPEN: Final = (
    # Their account and how they use the site.
    r"^/accounts/",
    r"^/preferences$",
    r"^/settings/(notifications|feed|feed/put-back|promoted|privacy/forget)$",
    r"^/settings/(avatar/remove|tokens/[^/]+/revoke)$",
    r"^/api/v1/(tokens/[^/]+|me/forget-reading|notifications/(read|preferences))$",
    r"^/notifications/read$",
    r"^/realtime/credentials$",
    # Reading: what was seen, what is not to come again, what is searched for.
    r"^/e$",
    r"^/hot/again$",
    r"^/why/",
    r"^/search/recent/",
    r"^/api/v1/(feed/|search/recent)",
    r"^/api/v1/promotion/choice$",
    r"^/n/[^/]+/comments/news$",
    # Decisions about them, and what they report.
    r"^/decisions/[^/]+/appeal$",
    r"^/decisions/appeals/[^/]+/withdraw$",
    r"^/decisions/verify$",
    r"^/api/v1/decisions/",
    r"^/api/v1/appeals/[^/]+/withdraw$",
    r"^/report/",
    r"^/api/v1/reports$",
    # Keeping people away, and ending what they began.
    r"^/@[^/]+/(block|unblock|unfollow)$",
    r"^/api/v1/people/[^/]+/block$",
    r"^/n/[^/]+/(delete|unlike|unsave)$",
    r"^/comments/[^/]+/(delete|unlike)$",
    r"^/b/[^/]+/delete$",
    r"^/promote/[^/]+/(pause|cancel)$",
    r"^/api/v1/promotion/orders/[^/]+/(pause|cancel)$",
    r"^/promote/(audiences|lists)/[^/]+/delete$",
    r"^/programs/[^/]+/leave$",
    r"^/api/v1/programs/[^/]+/leave$",
)
# The same addresses take and give: only giving up is open.
STILL_OPEN_TO_END: Final = (
    r"^/api/v1/(notes|comments|boards)/[^/]+$",
    r"^/api/v1/(notes|comments)/[^/]+/(like|save)$",
    r"^/api/v1/people/[^/]+/follow$",
    r"^/api/v1/topics/[^/]+/follow$",
    r"^/api/v1/promotion/(audiences|lists)/[^/]+$",
)


def register() -> None:
    """Keep these open; for AppConfig.ready()."""
    for pattern in STILL_OPEN:
        standing.keep_open(pattern)
    for pattern in STILL_OPEN_TO_END:
        standing.keep_open(pattern, methods=("DELETE",))

"""What figures say, in sentences: how they moved, and what changed since somebody last looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from meadow.analytics.metrics import Metric, Value
from meadow.analytics.words import format_value

# Less than this is no movement worth a word.
STEADY: Final = 0.005
CHANGES: Final = (
    "reads_valid",
    "reads_raw",
    "reads_invalid",
    "likes",
    "saves",
    "comments",
    "shares",
    "followers_change",
)


@dataclass(frozen=True, slots=True)
class Movement:
    """How a figure moved against the one before; `share` is None where there was nothing before."""

    way: Literal["up", "down", "same", "new", "none"]
    share: float | None
    welcome: bool | None

    @property
    def text(self) -> str:
        """The movement in a word: +12.5%, -3%, new."""
        if self.share is not None and self.way in ("up", "down"):
            sign = "+" if self.way == "up" else "−"
            return sign + format_value(abs(self.share), "ratio")
        return {"same": _("steady"), "new": _("new")}.get(self.way, "–")


def compare(metric: Metric, now: Value, before: Value) -> Movement:
    """Return how a metric moved."""
    if not now and not before:
        return Movement("none", None, None)
    if not before or before < 0:
        way: Literal["up", "down", "same"] = "up" if (now or 0) > (before or 0) else "down"
        return Movement("new" if way == "up" else way, None, _is_welcome(metric, way))
    share = ((now or 0) - before) / before
    if abs(share) < STEADY:
        return Movement("same", 0.0, None)
    way = "up" if share > 0 else "down"
    return Movement(way, share, _is_welcome(metric, way))


def _is_welcome(metric: Metric, way: str) -> bool | None:
    if metric.good == "neither":
        return None
    return (metric.good == "more") == (way == "up")


def reads_finding(now: int, before: int, *, days: int) -> str:
    """Return the title of the chart of reads."""
    if not now and not before:
        return ngettext(
            "No valid reads today yet", "No valid reads in these %(days)s days yet", days
        ) % {"days": days}
    if not before:
        return ngettext(
            "%(count)s valid read, after none before",
            "%(count)s valid reads, after none before",
            now,
        ) % {"count": format_value(now, "count")}
    share = (now - before) / before
    words = {"share": format_value(abs(share), "ratio"), "days": days}
    if abs(share) < STEADY:
        return (
            ngettext(
                "Valid reads are level with the day before",
                "Valid reads are level with the %(days)s days before",
                days,
            )
            % words
        )
    if share > 0:
        return (
            ngettext(
                "Valid reads rose by %(share)s against the day before",
                "Valid reads rose by %(share)s against the %(days)s days before",
                days,
            )
            % words
        )
    return (
        ngettext(
            "Valid reads fell by %(share)s against the day before",
            "Valid reads fell by %(share)s against the %(days)s days before",
            days,
        )
        % words
    )


def hours_finding(values: Mapping[int, int]) -> str:
    """Return the title of the chart of hours."""
    if not any(values.values()):
        return _("No reads at any hour yet")
    best = max(values, key=lambda hour: (values[hour], -hour))
    return _("Most reads come between %(from)s and %(to)s UTC") % {
        "from": f"{best:02}:00",
        "to": f"{(best + 1) % 24:02}:00",
    }


def followers_finding(gained: int, lost: int) -> str:
    """Return the title of the chart of gains and losses."""
    if not gained and not lost:
        return _("Nobody came or went")
    return _("%(gained)s came, %(lost)s went") % {
        "gained": format_value(gained, "count"),
        "lost": format_value(lost, "count"),
    }


def level_finding(now: int, change: int) -> str:
    """Return the title of the chart of followers."""
    count = ngettext("%(count)s follower", "%(count)s followers", now) % {
        "count": format_value(now, "count")
    }
    if change > 0:
        more = _("%(count)s more than at the beginning")
    elif change < 0:
        more = _("%(count)s fewer than at the beginning")
    else:
        more = _("as many as at the beginning")
    return _("%(followers)s, %(change)s") % {
        "followers": count,
        "change": more % {"count": format_value(abs(change), "count")},
    }


def list_changes(then: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    """Return what changed between two looks at the same days, the weightiest first."""
    moved = {key: int(now.get(key, 0)) - int(then.get(key, 0)) for key in CHANGES}
    valid, invalid = moved["reads_valid"], moved["reads_invalid"]
    others = moved["reads_raw"] - max(valid, 0) - max(invalid, 0)
    said = [str(_FEWER_VALID % {"count": Grouped(-valid)})] if valid < 0 else []
    for sentence, count in (
        (_VALID, valid),
        (_OTHERS, others if valid <= 0 else 0),
        (_LIKES, moved["likes"]),
        (_SAVES, moved["saves"]),
        (_COMMENTS, moved["comments"]),
        (_SHARES, moved["shares"]),
        (_MORE_FOLLOWERS, moved["followers_change"]),
        (_FEWER_FOLLOWERS, -moved["followers_change"]),
        (_INVALID, invalid),
    ):
        if count > 0:
            said.append(str(sentence % {"count": Grouped(count)}))
    return said


class Grouped(int):
    """A count that a sentence in several numbers takes as one, and writes as 12,345."""

    def __str__(self) -> str:
        """Return it with its thousands apart."""
        return f"{self:,}"


_VALID: Final = ngettext_lazy("%(count)s new valid read", "%(count)s new valid reads", "count")
_FEWER_VALID: Final = ngettext_lazy(
    "%(count)s read no longer counts as valid",
    "%(count)s reads no longer count as valid",
    "count",
)
_OTHERS: Final = ngettext_lazy(
    "%(count)s read that was repeated or signed out",
    "%(count)s reads that were repeated or signed out",
    "count",
)
_LIKES: Final = ngettext_lazy("%(count)s like", "%(count)s likes", "count")
_SAVES: Final = ngettext_lazy("%(count)s save", "%(count)s saves", "count")
_COMMENTS: Final = ngettext_lazy("%(count)s comment", "%(count)s comments", "count")
_SHARES: Final = ngettext_lazy("%(count)s share", "%(count)s shares", "count")
_MORE_FOLLOWERS: Final = ngettext_lazy(
    "%(count)s follower more", "%(count)s followers more", "count"
)
_FEWER_FOLLOWERS: Final = ngettext_lazy(
    "%(count)s follower fewer", "%(count)s followers fewer", "count"
)
_INVALID: Final = ngettext_lazy(
    "%(count)s read was judged invalid", "%(count)s reads were judged invalid", "count"
)

"""How orders are called: their states, goals, durations, and what happened to them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from meadow.core.money import Money, format_money
from meadow.payments.links import WalletLink
from meadow.promotion.records import OrderRecord, StepRecord
from meadow.promotion.review_words import say_finding, say_rejection

Words = str | Promise
DAY: Final = 24
# What a chip says of a state, its colour and its sign.
STATES: Final[dict[str, tuple[Words, str, str]]] = {
    "review": (pgettext_lazy("order", "In review"), "sky", "hourglass"),
    "scheduled": (pgettext_lazy("order", "Scheduled"), "sky", "calendar"),
    "running": (pgettext_lazy("order", "Running"), "clover", "rocket"),
    "paused": (pgettext_lazy("order", "Paused"), "straw", "pause"),
    "rejected": (pgettext_lazy("order", "Not approved"), "poppy", "circle-x"),
    "cancelled": (pgettext_lazy("order", "Cancelled"), "", "ban"),
    "finished": (pgettext_lazy("order", "Finished"), "", "circle-check"),
}
GOALS: Final[dict[str, tuple[Words, Words]]] = {
    "reads": (
        pgettext_lazy("goal of an order", "Reads"),
        gettext_lazy("Shown to those who are likely to read it."),
    ),
    "interactions": (
        pgettext_lazy("goal of an order", "Interactions"),
        gettext_lazy("Shown to those who are likely to like, save or comment."),
    ),
    "follows": (
        pgettext_lazy("goal of an order", "Follows"),
        gettext_lazy("Shown to those who are likely to follow you."),
    ),
}
GOAL_WORDS: Final = {name: words[1] for name, words in GOALS.items()}
# What the choices of whom to reach mean, by what the form sends.
AUDIENCE_WORDS: Final[dict[str, Words]] = {
    "smart": gettext_lazy("Everybody here; the goal decides who of them is shown it."),
    "custom": gettext_lazy("Only people who meet every line that you fill in below."),
}
FORECAST_NOTES: Final[dict[str, Words]] = {
    "nothing_known": gettext_lazy(
        "Nothing is known yet of what can be sold here, so there is no forecast. You pay only for"
        " what happens, and the rest goes back."
    ),
    "little_known": gettext_lazy("Less than a week of traffic is known, so the ranges are wide."),
    "budget_too_large": gettext_lazy(
        "Part of this budget is likely to stay unspent in this time. It goes back by itself."
    ),
    "audience_small": gettext_lazy(
        "So few people are reached that each is shown it several times."
    ),
    "response_unknown": gettext_lazy(
        "How people take to this note is not known yet; other notes stand in for it."
    ),
    "lift_unsure": gettext_lazy(
        "For an order of this size the report may not be able to tell what it added."
    ),
}
LINK: Final = WalletLink("/promote", gettext_lazy("Promotion"), "rocket")


def say_sum(minor: int, unit: str) -> str:
    """Return an amount in words."""
    return format_money(Money(minor, unit))


def say_hours(hours: int) -> str:
    """Return a duration in words: days where they are whole ones."""
    if hours > DAY and hours % DAY == 0:
        days = hours // DAY
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}


def shown_state(order: OrderRecord, now: dt.datetime) -> str:
    """Return the state as people are told it: what runs and has not started is scheduled."""
    is_ahead = order.state == "running" and not order.has_started(now)
    return "scheduled" if is_ahead else order.state


def has_report(order: OrderRecord, now: dt.datetime) -> bool:
    """Whether there is something to report of an order: it was let out, and its start has come."""
    return bool(order.reviewed_at) and order.state != "rejected" and order.has_started(now)


def say_results(count: int, goal: str, *, people: int) -> str:
    """Return what came of an order so far: how many were shown it, and how often its goal happened."""
    shown = ngettext("%(count)s person", "%(count)s people", people) % {"count": f"{people:,}"}
    results = {
        "reads": ngettext("%(count)s read", "%(count)s reads", count),
        "interactions": ngettext("%(count)s interaction", "%(count)s interactions", count),
        "follows": ngettext("%(count)s follow", "%(count)s follows", count),
    }[goal] % {"count": f"{count:,}"}
    return _("%(results)s from %(people)s") % {"results": results, "people": shown}


def say_next(order: OrderRecord, now: dt.datetime) -> str:
    """Return what happens next to an order, in plain words."""
    if order.settled_at is not None:
        return _say_settled(order)
    return {
        "review": _(
            "It is looked at before it is shown, by rules at once and by a person where they are"
            " not sure. You are told either way, and nothing is charged before."
        ),
        "scheduled": _("It is approved and starts by itself. Until then nothing is charged."),
        "running": _(
            "It is shown to people whom it suits. You pay only for valid impressions, as they"
            " happen; what is left at the end goes back into your wallet by itself."
        ),
        "paused": _(
            "Nobody is shown it and nothing is charged until you resume. Its end stays where it is."
        ),
        "rejected": _("Nothing was shown. What was held goes back into your wallet by itself."),
        "cancelled": _(
            "Nobody is shown it any more. Impressions of the last minutes are still counted, then"
            " the rest goes back into your wallet."
        ),
        "finished": _(
            "Impressions of the last minutes are still counted, then the rest goes back into your"
            " wallet."
        ),
    }[shown_state(order, now)]


def _say_settled(order: OrderRecord) -> str:
    """Return how an order ended of which nothing moves any more."""
    return {
        "rejected": _("It was not approved. What was held and not spent is back in your wallet."),
        "cancelled": _("It was cancelled. What was held and not spent is back in your wallet."),
        "finished": _(
            "It is over and settled: every valid impression is counted, and what was held and not"
            " spent is back in your wallet."
        ),
    }[order.state]


def say_step(step: StepRecord, unit: str) -> tuple[str, str]:
    """Return what happened to an order, and a line on it ("" for none)."""
    params = step.params
    amount = say_sum(params["amount"], unit) if isinstance(params.get("amount"), int) else ""
    sums = {"sum": amount}
    said = {
        "placed": (_("Ordered"), amount and _("%(sum)s held in your wallet") % sums),
        "approved": (_("Approved"), _say_by(step)),
        "rejected": (_("Not approved"), _say_rejected(params)),
        "edited": (_("Changed"), _say_changes(params)),
        "paused": (_("Paused"), _say_why(step)),
        "resumed": (_("Resumed"), ""),
        "topped_up": (_("Topped up"), amount and _("%(sum)s more held") % sums),
        "cancelled": (_("Cancelled"), _say_unreviewed(params)),
        "finished": (_("Finished"), ""),
        "credited": (_("Invalid traffic given back"), amount),
        "made_good": (_("Shortfall made good"), amount),
        "settled": (_("Settled"), amount and _("%(sum)s went back") % sums),
    }
    return said[step.kind]


def _say_rejected(params: Mapping[str, Any]) -> str:
    """Return why an order was not approved, and what whoever looked at it wrote."""
    why, words = say_rejection(str(params.get("why", "")))[0], str(params.get("words", ""))
    return f"{why} {words}".strip()


def _say_by(step: StepRecord) -> str:
    return _("by rules") if step.by is None else _("by a person")


def _say_why(step: StepRecord) -> str:
    """Return why the platform paused an order; "" where its buyer did."""
    why = str(step.params.get("why", ""))
    return say_finding(why, {}) if step.by is None and why else ""


def _say_unreviewed(params: Mapping[str, Any]) -> str:
    return _("Nobody had looked at it by its end.") if params.get("why") else ""


def _say_changes(params: Mapping[str, Any]) -> str:
    """Return what changed, in words."""
    names = {
        "goal": _("goal"),
        "audience": _("audience"),
        "starts_at": _("start"),
        "ends_at": _("end"),
    }
    if params.get("note"):
        return _("the note itself")
    return _(", ").join(names[one] for one in params.get("changed", ()) if one in names)

"""What pages and files say of payouts: a record with its amounts and states in words."""

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from meadow.core.money import UNITS, Money, format_money
from meadow.payouts.figuring import Figures
from meadow.payouts.records import BatchRecord, MethodRecord, PayoutRecord
from meadow.payouts.words import (
    HOLD_REASONS,
    METHOD_REASONS,
    METHOD_STATES,
    METHOD_TONES,
    STATE_NAMES,
    STATE_TONES,
    name_method,
    say_failure,
)

BATCH_TONES: Final = {"drafted": "sky", "approved": "clover", "refused": ""}


def say_sum(minor: int, unit: str) -> str:
    """Return an amount as people read it."""
    return format_money(Money(minor, unit))


def plain_sum(minor: int, unit: str) -> str:
    """Return an amount as files have it: without its sign and without commas."""
    return say_sum(minor, unit).removeprefix(UNITS[unit].sign).replace(",", "")


def show_method(one: MethodRecord) -> dict[str, Any]:
    """Return what a page says of a payout account."""
    return {
        "method": one,
        "name": name_method(one),
        "state": METHOD_STATES[one.state],
        "tone": METHOD_TONES.get(one.state, ""),
        "why": METHOD_REASONS.get(one.why),
    }


def show_payout(one: PayoutRecord) -> dict[str, Any]:
    """Return what a page says of a payout."""
    return {
        "payout": one,
        "account": name_method(one.method),
        "gross": say_sum(one.gross, one.unit),
        "net": say_sum(one.net, one.unit),
        "money": money_line(Figures(one.gross, one.tax, one.fee, one.net), one.unit),
        "state": STATE_NAMES[one.state],
        "tone": STATE_TONES.get(one.state, ""),
        "failure": say_failure(one.failure),
        "hold": HOLD_REASONS.get(one.why) if one.state == "held" else None,
    }


def money_line(figures: Figures, unit: str) -> list[dict[str, str]]:
    """Return a payout from gross to net, line by line; what is nothing is left out."""
    lines = [(_("From your wallet"), figures.gross, "")]
    lines += [(_("Tax withheld"), -figures.tax, "")] if figures.tax else []
    lines += [(_("Fee"), -figures.fee, "")] if figures.fee else []
    lines += [(_("To your account"), figures.net, "total")]
    return [{"name": name, "sum": say_sum(sum_, unit), "kind": kind} for name, sum_, kind in lines]


def show_batch(one: BatchRecord) -> dict[str, Any]:
    """Return what a page says of a batch."""
    return {
        "batch": one,
        "total": say_sum(one.total, one.unit),
        "tone": BATCH_TONES[one.state],
    }


PAYOUT_HEADER: Final = (
    *("payout", "state", "currency", "gross", "tax", "fee", "net", "account", "batch"),
    *("asked_utc", "settled_utc", "failure"),
)


def payout_rows(found: Sequence[PayoutRecord]) -> list[tuple[str, ...]]:
    """Return payouts as lines of a file, under PAYOUT_HEADER."""
    return [
        (
            *(one.public_id, one.state, one.unit),
            *(plain_sum(sum_, one.unit) for sum_ in (one.gross, one.tax, one.fee, one.net)),
            name_method(one.method),
            one.batch,
            one.asked_at.strftime("%Y-%m-%d %H:%M:%S"),
            one.settled_at.strftime("%Y-%m-%d %H:%M:%S") if one.settled_at else "",
            one.failure,
        )
        for one in found
    ]

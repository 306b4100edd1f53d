"""Decisions about payouts in the reader's language: what was held or refused, why, what changes it."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from meadow.accounts.regions import region_name
from meadow.core.money import Money, format_money
from meadow.decisions.reasons import InputWords, OutcomeWords
from meadow.decisions.records import DecisionRecord, Reason
from meadow.payouts.models import Payout
from meadow.payouts.words import HOLD_REASONS, KIND_NAMES, METHOD_REASONS


def say_reason(reason: Reason) -> str:
    """Return why a payout is held or an account was refused."""
    _payouts, _point, code = reason.code.partition(".")
    what, _point, why = code.partition(".")
    found = (HOLD_REASONS if what == "hold" else METHOD_REASONS).get(why)
    return str(found[0]) if found else reason.code


def say_title(decision: DecisionRecord) -> str:
    """Return what was decided about."""
    if decision.scope.endswith("/hold"):
        return _("Your payout is held")
    return _("Your payout account was refused")


def say_outcome(decision: DecisionRecord) -> OutcomeWords:
    """Return the outcome for a chip."""
    if decision.outcome == "held":
        return OutcomeWords(_("Held"), "straw", "hourglass")
    return OutcomeWords(_("Refused"), "poppy", "circle-x")


def link_standing(decision: DecisionRecord) -> str:
    """Return where one sees how it stands today."""
    payout = decision.inputs.get("payout")
    return f"/wallet/payouts/{payout}" if payout else "/wallet/payouts"


def list_inputs(decision: DecisionRecord) -> Sequence[InputWords]:
    """Return what it is about, what was written to the person, and what would change it."""
    told: list[InputWords] = []
    why = decision.reasons[0].code.rpartition(".")[2] if decision.reasons else ""
    if decision.scope.endswith("/hold"):
        amount = Money(int(str(decision.inputs["gross"])), str(decision.inputs["unit"]))
        told.append(InputWords(_("Amount"), format_money(amount)))
        words = (
            Payout.objects.filter(decision=decision.public_id).values_list("words", flat=True)
            if decision.person_id is not None
            else []
        )
        told += [InputWords(_("What was written to you"), said) for said in words if said]
        found = HOLD_REASONS.get(why)
    else:
        kind, region = str(decision.inputs["kind"]), str(decision.inputs["region"])
        account = KIND_NAMES.get(kind, kind)
        told.append(InputWords(_("Payout account"), f"{account}, {region_name(region) or region}"))
        found = METHOD_REASONS.get(why)
    if found:
        told.append(InputWords(_("What would change it"), str(found[1])))
    return told

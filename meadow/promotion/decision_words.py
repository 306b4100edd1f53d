"""Decisions about orders in the reader's language: approved or not, why, what changes it."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from meadow.core.money import Money, format_money
from meadow.decisions.reasons import InputWords, OutcomeWords
from meadow.decisions.records import DecisionRecord, Reason
from meadow.promotion.queries.reviews import find_words
from meadow.promotion.review_words import name_finding, say_rejection


def say_reason(reason: Reason) -> str:
    """Return why an order was approved or not."""
    if reason.code == "promotion.approved.rules":
        return _("Nothing in the note or the order speaks against showing it.")
    if reason.code == "promotion.approved.hand":
        return _(
            "A person looked at the note and the order, and nothing speaks against showing it."
        )
    return say_rejection(reason.code.rpartition(".")[2])[0]


def say_title(decision: DecisionRecord) -> str:
    """Return what was decided about."""
    return _("Review of your order of promotion")


def say_outcome(decision: DecisionRecord) -> OutcomeWords:
    """Return the outcome for a chip."""
    if decision.outcome == "approved":
        return OutcomeWords(pgettext("order", "Approved"), "clover", "circle-check")
    return OutcomeWords(pgettext("order", "Not approved"), "poppy", "circle-x")


def link_standing(decision: DecisionRecord) -> str:
    """Return where one sees how the order stands today."""
    return f"/promote/{decision.inputs['order']}"


def list_inputs(decision: DecisionRecord) -> Sequence[InputWords]:
    """Return the order, what rules had found, what was written to the buyer, what would change it."""
    budget = Money(int(str(decision.inputs["budget"])), str(decision.inputs["unit"]))
    told = [
        InputWords(pgettext("promotion", "Order"), str(decision.inputs["order"])),
        InputWords(_("Budget"), format_money(budget)),
    ]
    found = decision.inputs["found"]
    codes = found if isinstance(found, Sequence) and not isinstance(found, str) else []
    names = [name_finding(str(code)) for code in codes]
    told.append(
        InputWords(_("What automatic rules found"), _(", ").join(names) if names else _("Nothing"))
    )
    if decision.outcome != "rejected":
        return told
    said = find_words(decision.public_id) if decision.person_id is not None else ""
    if said:
        told.append(InputWords(_("What was written to you"), said))
    change = say_rejection(decision.reasons[0].code.rpartition(".")[2])[1]
    if change:
        told.append(InputWords(_("What would change it"), change))
    told.append(InputWords(_("Your money"), _("All of it went back into your wallet at once.")))
    return told

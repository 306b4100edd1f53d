"""What transfers by hand are called on a wallet, in news and in a receipt; words are made when read."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from meadow.core.money import Money, format_money
from meadow.decisions.reasons import InputWords, OutcomeWords
from meadow.decisions.records import DecisionRecord
from meadow.decisions.records import Reason as Ground
from meadow.finance import queries
from meadow.ledger.purposes import Purpose
from meadow.ledger.reasons import Reason
from meadow.notifications.kinds import Kind

Params = Mapping[str, Any]


def _sum(params: Params) -> dict[str, str]:
    return {"sum": format_money(Money(int(params["amount"]), str(params["unit"])))}


def _correction(params: Params) -> str:
    return _("Correction")


def _goodwill(params: Params) -> str:
    return _("Goodwill")


def _write_off(params: Params) -> str:
    return _("Written off")


def _chargeback(params: Params) -> str:
    return _("Payment taken back by the bank")


def _given_back(params: Params) -> str:
    return _("Given back after your appeal")


def _own_page(reference: str) -> str:
    return f"/wallet/transfers/{reference}"


def _operator_page(reference: str) -> str:
    return f"/operator/finance/proposals/{reference}"


def _proposed(params: Params) -> str:
    return _("A transfer of %(sum)s waits for a second operator") % _sum(params)


def _proposed_body(params: Params) -> str:
    return _("Look at both accounts and the reason, then approve or refuse it.")


def _refused(params: Params) -> str:
    return _("Your proposal of %(sum)s was refused") % _sum(params)


def _refused_body(params: Params) -> str:
    return _("The reason is on its page. Nothing was moved.")


def _taken(params: Params) -> str:
    return _("%(sum)s was taken from your account") % _sum(params)


def _taken_body(params: Params) -> str:
    return _("Two operators agreed on it. The page says why, and how to appeal.")


def _given(params: Params) -> str:
    return _("%(sum)s came to your account") % _sum(params)


def _given_body(params: Params) -> str:
    return _("Two operators agreed on it. The page says why.")


def say_ground(reason: Ground) -> str:
    """Return why something was taken, in the reader's language."""
    taken = _sum(reason.params)
    if reason.code == "finance.goodwill":
        return _("%(sum)s that was given as goodwill was taken back.") % taken
    if reason.code == "finance.write_off":
        return _("%(sum)s was written off.") % taken
    if reason.code == "finance.chargeback":
        return _("A payment of %(sum)s was taken back by the bank or card it came from.") % taken
    return _("%(sum)s was taken to set a mistake right.") % taken


def say_title(decision: DecisionRecord) -> str:
    """Return what was decided about."""
    return _("Something was taken from your account")


def say_outcome(decision: DecisionRecord) -> OutcomeWords:
    """Return the outcome for a chip."""
    return OutcomeWords(_("Taken from your account"), "straw", "receipt-text")


def list_inputs(decision: DecisionRecord) -> Sequence[InputWords]:
    """Return the facts, with the operators' own words for those who may read them.

    Whoever only checks a receipt sees what is signed: the words are for the person and for us.
    """
    told = [
        InputWords(_("Amount"), _sum(decision.inputs)["sum"]),
        InputWords(_("Transfer"), str(decision.inputs["transfer"])),
    ]
    found = None
    if decision.person_id is not None:
        found = queries.find_decided(decision.public_id)
    if found is not None and found.reference:
        told.append(InputWords(_("About"), found.reference))
    if found is not None and found.words:
        told.append(InputWords(_("What the operators say"), found.words))
    return told


def link_standing(decision: DecisionRecord) -> str:
    """Return the page of the transfer."""
    return _own_page(str(decision.inputs.get("transfer", "")))


REASONS: Final = {
    "finance.correction": Reason(_correction, _own_page, _operator_page),
    "finance.goodwill": Reason(_goodwill, _own_page, _operator_page),
    "finance.write_off": Reason(_write_off, _own_page, _operator_page),
    "finance.chargeback": Reason(_chargeback, _own_page, _operator_page),
    "finance.given_back": Reason(_given_back, _own_page, _operator_page),
}
PURPOSES: Final = {
    ("platform", "corrections"): Purpose(pgettext_lazy("what an account is for", "Corrections")),
    ("platform", "goodwill"): Purpose(pgettext_lazy("what an account is for", "Goodwill")),
    ("platform", "write-offs"): Purpose(pgettext_lazy("what an account is for", "Write-offs")),
    ("platform", "chargebacks"): Purpose(
        pgettext_lazy("what an account is for", "Payments taken back by banks")
    ),
}
KINDS: Final = (
    Kind(
        "finance.proposed", "keeping_order", "receipt-text", _proposed, _proposed_body, email=True
    ),
    Kind("finance.refused", "keeping_order", "receipt-text", _refused, _refused_body, email=False),
    Kind("finance.taken", "wallet", "receipt-text", _taken, _taken_body, email=True),
    Kind("finance.given", "wallet", "wallet", _given, _given_body, email=True),
)

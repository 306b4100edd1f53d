"""What writes payments."""

from meadow.payments.services.accounts import wallet_account
from meadow.payments.services.bounding import set_bounds
from meadow.payments.services.hearing import hear_provider
from meadow.payments.services.looking import due_payments, look_at_payment
from meadow.payments.services.noticing import set_notice, tell_of_low
from meadow.payments.services.reconciling import reconcile_day, reconcile_provider
from meadow.payments.services.refunding import ask_refund, due_refunds, send_refund
from meadow.payments.services.spending import count_spend, lower_spend, set_spending
from meadow.payments.services.topping_up import carry_on, top_up

__all__ = [
    "ask_refund",
    "carry_on",
    "count_spend",
    "due_payments",
    "due_refunds",
    "hear_provider",
    "look_at_payment",
    "lower_spend",
    "reconcile_day",
    "reconcile_provider",
    "send_refund",
    "set_bounds",
    "set_notice",
    "set_spending",
    "tell_of_low",
    "top_up",
    "wallet_account",
]

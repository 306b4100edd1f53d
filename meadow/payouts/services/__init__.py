"""What writes payouts."""

from meadow.payouts.services.appeals import act_on_granted
from meadow.payouts.services.asking import ask_payout, ask_scheduled, quote_payout
from meadow.payouts.services.batching import (
    approve_batch,
    draw_up_batch,
    file_batch,
    refuse_batch,
)
from meadow.payouts.services.holding import hold_payout, release_payout
from meadow.payouts.services.methods import (
    add_method,
    ask_verification,
    open_details,
    refuse_method,
    remove_method,
    reseal_methods,
    verify_method,
)
from meadow.payouts.services.payees import due_payees, set_schedule
from meadow.payouts.services.results import (
    FileLine,
    Line,
    Results,
    read_results,
    take_result,
    take_results,
    write_file,
)
from meadow.payouts.services.ruling import (
    Trial,
    set_rules,
    set_tax_rule,
    try_rules,
    try_tax_rule,
)
from meadow.payouts.services.sending import (
    due_payouts,
    hear_of_payout,
    hear_of_transfer,
    look_again,
    send_payout,
)
from meadow.payouts.services.settling import cancel_payout, retry_payout, return_payout

__all__ = [
    "FileLine",
    "Line",
    "Results",
    "Trial",
    "act_on_granted",
    "add_method",
    "approve_batch",
    "ask_payout",
    "ask_scheduled",
    "ask_verification",
    "cancel_payout",
    "draw_up_batch",
    "due_payees",
    "due_payouts",
    "file_batch",
    "hear_of_payout",
    "hear_of_transfer",
    "hold_payout",
    "look_again",
    "open_details",
    "quote_payout",
    "read_results",
    "refuse_batch",
    "refuse_method",
    "release_payout",
    "remove_method",
    "reseal_methods",
    "retry_payout",
    "return_payout",
    "send_payout",
    "set_rules",
    "set_schedule",
    "set_tax_rule",
    "take_result",
    "take_results",
    "try_rules",
    "try_tax_rule",
    "verify_method",
    "write_file",
]

"""What writes charges."""

from meadow.charges.services.answering import agree, decline
from meadow.charges.services.asking import ask_charge
from meadow.charges.services.capturing import capture, give_back
from meadow.charges.services.ending import end_charge, end_due, void_charge

__all__ = [
    "agree",
    "ask_charge",
    "capture",
    "decline",
    "end_charge",
    "end_due",
    "give_back",
    "void_charge",
]

"""Paying out by a file that an operator hands to the bank, and by what the bank then says of it."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from meadow.payouts.providers.port import Order, Sent


class BankFile:
    """People carry it out: what became of it, they enter."""

    name = "bank_file"
    label = _("Bank file")
    kinds = frozenset({"bank"})
    by_file = True

    def send(self, order: Order, *, now: dt.datetime) -> Sent:
        """Refuse: a bank file leaves by hand."""
        raise TypeError("a bank file is taken by an operator, not sent")

    def read(self, order: Order, *, now: dt.datetime) -> Sent | None:
        """Refuse: the bank tells an operator."""
        raise TypeError("a bank tells an operator, not us")

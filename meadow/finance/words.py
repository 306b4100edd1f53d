"""What kinds and states of transfers by hand are called."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

KINDS: Final[dict[str, str | Promise]] = {
    "correction": pgettext_lazy("transfer by hand", "Correction of a mistake"),
    "goodwill": pgettext_lazy("transfer by hand", "Goodwill"),
    "write_off": pgettext_lazy("transfer by hand", "Write-off"),
    "chargeback": pgettext_lazy("transfer by hand", "Payment taken back by a bank"),
}
STATES: Final[dict[str, tuple[str | Promise, str, str]]] = {
    "waiting": (
        pgettext_lazy("transfer by hand", "Waits for a second operator"),
        "sky",
        "hourglass",
    ),
    "posted": (pgettext_lazy("transfer by hand", "Approved and booked"), "clover", "circle-check"),
    "refused": (pgettext_lazy("transfer by hand", "Refused"), "straw", "circle-x"),
    "withdrawn": (pgettext_lazy("transfer by hand", "Taken back"), "", "rotate-ccw"),
    "expired": (pgettext_lazy("transfer by hand", "Nobody decided in time"), "", "clock"),
}

"""What an order owes for what it was delivered: figures in, figures out, whatever happened before.

The platform's coupon pays first and the wallet after it; what goes back goes to the wallet first and
to the coupon after it, so that whose money it is follows from what is charged alone. Fractions of a
minor unit are not charged.
"""

from dataclasses import dataclass, replace
from typing import Final

from meadow.core.money import UNITS

# Delivery counts in millionths of the unit, the ledger in minor units.
MICRO_DIGITS: Final = 6
# Forecasts say what so many impressions cost.
A_THOUSAND: Final = 1_000


@dataclass(frozen=True, slots=True)
class Account:
    """How an order stands, in minor units of `unit`.

    `discount` of the budget is the coupon's. `taken` was paid by the wallet and is not held again,
    `returned` of it went back for good, `held` can still be taken: nothing once the order is settled.
    """

    unit: str
    budget: int
    discount: int
    charged: int
    taken: int
    returned: int
    held: int
    settled: bool

    @property
    def from_coupon(self) -> int:
        """What the coupon paid of what is charged."""
        return min(self.charged, self.discount)

    @property
    def from_wallet(self) -> int:
        """What the wallet paid and did not get back."""
        return self.taken - self.returned

    @property
    def ceiling(self) -> int:
        """The most that can be charged by now: less than the budget where a hold is gone."""
        if self.settled:
            return self.charged
        return min(self.budget, self.charged + self.discount - self.from_coupon + self.held)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What is charged from now on, and what `coupon` and `wallet` pay for that (below zero: get back).

    `absorbed`, in millionths of the unit, is what delivery is worth beyond what can be charged.
    `made_good` goes back to the wallet besides.
    """

    charged: int
    coupon: int
    wallet: int
    absorbed: int
    made_good: int = 0


def micro_of_minor(unit: str) -> int:
    """Return how many millionths of a unit one minor unit is: 10,000 for a fen. Raises KeyError."""
    return int(10 ** (MICRO_DIGITS - UNITS[unit].exponent))


def reckon(account: Account, *, price: int) -> Reckoned:
    """Return what an order is charged whose valid delivery is worth `price` millionths of the unit.

    Before it is settled that is the whole minor units of the price, up to the ceiling; after that it
    only falls.
    """
    micro = micro_of_minor(account.unit)
    worth, ceiling = price // micro, account.ceiling
    charged = min(worth, ceiling)
    coupon = min(charged, account.discount) - account.from_coupon
    wallet = charged - account.charged - coupon
    return Reckoned(
        charged=charged,
        coupon=coupon,
        # What was made good has gone back already.
        wallet=max(wallet, -account.from_wallet),
        absorbed=price - ceiling * micro if worth > ceiling else 0,
    )


def make_good(
    account: Account, due: Reckoned, *, impressions: int, worst: int, share: int
) -> Reckoned:
    """Return what is due with `share` per cent of what impressions cost above the forecast's worst.

    `worst` is minor units for 1,000 impressions. What goes back is rounded down, and at most what the
    wallet paid.
    """
    told = -(-impressions * worst // A_THOUSAND)
    excess = max(due.charged - told, 0)
    paid = account.from_wallet + due.wallet
    return replace(due, made_good=min(excess * share // 100, paid))

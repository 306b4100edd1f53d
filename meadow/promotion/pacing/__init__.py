"""Pacing: how much a campaign pays for a predicted response, so that its budget lasts the flight.

Numbers in, numbers out: no models, no clock of its own. Method and guarantees: docs/algorithms/pacing.md.
"""

from meadow.promotion.pacing.calibration import Calibrator
from meadow.promotion.pacing.controller import Decision, Pacer, Settings
from meadow.promotion.pacing.market import Market
from meadow.promotion.pacing.plan import Plan
from meadow.promotion.pacing.purse import Purse, Settled

__all__ = ["Calibrator", "Decision", "Market", "Pacer", "Plan", "Purse", "Settings", "Settled"]

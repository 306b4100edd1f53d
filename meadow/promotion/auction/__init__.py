"""Auction: which campaign is shown at a request, and what it pays. See docs/algorithms/auction.md."""

from meadow.promotion.auction.decide import Outcome, Reader, Why, decide, decide_by_all
from meadow.promotion.auction.field import Entry, Field
from meadow.promotion.auction.shortlist import Settlement, Standing, settle, shortlist

__all__ = [
    "Entry",
    "Field",
    "Outcome",
    "Reader",
    "Settlement",
    "Standing",
    "Why",
    "decide",
    "decide_by_all",
    "settle",
    "shortlist",
]

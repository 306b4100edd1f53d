"""What is read of the operator's finance."""

from meadow.finance.queries.proposals import (
    Which,
    find_decided,
    get_proposal,
    list_proposals,
    preview,
)
from meadow.finance.queries.sides import OWN_PURPOSES, find_side, sides_of
from meadow.finance.queries.terms import list_terms, terms_in_force

__all__ = [
    "OWN_PURPOSES",
    "Which",
    "find_decided",
    "find_side",
    "get_proposal",
    "list_proposals",
    "list_terms",
    "preview",
    "sides_of",
    "terms_in_force",
]

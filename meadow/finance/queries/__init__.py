"""What is read of the operator's finance."""

from meadow.finance.queries.proposals import (
    Which,
    find_decided,
    get_proposal,
    list_proposals,
    preview,
)
from meadow.finance.queries.resolutions import (
    difference_name,
    list_resolutions,
    resolved_names,
)
from meadow.finance.queries.sides import OWN_PURPOSES, find_side, sides_of
from meadow.finance.queries.terms import list_terms, terms_in_force
from meadow.finance.queries.waiting import (
    Line,
    SourceTotals,
    list_waiting,
    stuck_after,
    sum_by_kind,
    sum_waiting,
)
from meadow.finance.sources import list_sources

__all__ = [
    "OWN_PURPOSES",
    "Line",
    "SourceTotals",
    "Which",
    "difference_name",
    "find_decided",
    "find_side",
    "get_proposal",
    "list_proposals",
    "list_resolutions",
    "list_sources",
    "list_terms",
    "list_waiting",
    "preview",
    "resolved_names",
    "sides_of",
    "stuck_after",
    "sum_by_kind",
    "sum_waiting",
    "terms_in_force",
]

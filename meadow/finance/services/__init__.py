"""What changes in the operator's finance."""

from meadow.finance.services.deciding import (
    approve,
    expire_proposals,
    refuse,
    withdraw,
)
from meadow.finance.services.proposing import propose
from meadow.finance.services.resolving import resolve, retry_job
from meadow.finance.services.terms import change_terms

__all__ = [
    "approve",
    "change_terms",
    "expire_proposals",
    "propose",
    "refuse",
    "resolve",
    "retry_job",
    "withdraw",
]

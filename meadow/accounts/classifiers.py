"""What people's relations say about a fact: a read across a block counts for nothing."""

from collections.abc import Sequence

from meadow.accounts.queries import blocked_ids
from meadow.analytics.classifiers import Visit
from meadow.analytics.facts import Fact


def find_blocked(facts: Sequence[Fact], visit: Visit) -> set[str]:
    """Return the ids of facts whose reader and author have blocked one another, either way."""
    if not visit.person_id:
        return set()
    blocked = blocked_ids(visit.person_id)
    return {fact.id for fact in facts if fact.author_id in blocked}

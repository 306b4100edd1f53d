"""The rule in force, and the prior of a note by it."""

from meadow.search.models import SearchRule


def newest_rule() -> SearchRule:
    """Return the search rule in force."""
    return SearchRule.objects.order_by("-version")[0]


def rule_values(rule: SearchRule) -> dict[str, float]:
    """Return the numbers of a rule that `prior_sql` takes."""
    return {
        "like": rule.like_weight,
        "save": rule.save_weight,
        "comment": rule.comment_weight,
        "quality": rule.quality_weight,
        "half_life": rule.half_life_days,
    }


def prior_sql(note: str) -> str:
    """Return the expression of a note's prior: quality, and recency that needs no clock.

    Exponential decay keeps the order of any two notes whatever the time is, so that the time of
    publication stands in for age. Rounded, so that equal notes are equal.
    """
    reactions = (
        f"%(like)s * {note}.like_count + %(save)s * {note}.save_count"
        f" + %(comment)s * {note}.comment_count"
    )
    days = f"extract(epoch FROM {note}.published_at)::float8 / 86400"
    return (
        f"round((%(quality)s * ln((1 + {reactions})::float8)"
        f" + ln(2::float8) / %(half_life)s * ({days} - 18000))::numeric, 6)::float8"
    )

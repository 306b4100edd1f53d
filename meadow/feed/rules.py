"""The numbers of the newest rules, for programs without a database: a test holds them to it."""

from typing import Final

from meadow.feed.ranking import Weights

HOT: Final[dict[str, float]] = {
    "version": 1,
    "like_weight": 1.0,
    "save_weight": 2.0,
    "comment_weight": 2.0,
    "read_weight": 0.2,
    "half_life_hours": 24.0,
    "prior_impressions": 50.0,
    "base_rate": 0.1,
    "base_impressions": 1000.0,
    "explore_every": 5,
    "explore_below": 100,
    "explore_days": 7,
    "newcomer_minutes": 10,
    "pool_size": 1000,
    "session_minutes": 120,
}
PERSONAL: Final[dict[str, float]] = {
    "version": 2,
    "quality_weight": 1.5,
    "fresh_weight": 0.2,
    "followed_weight": 0.35,
    "topic_weight": 0.6,
    "similar_weight": 0.6,
    "author_weight": 0.25,
    "shown_weight": -0.3,
    "variety_weight": -0.08,
    "half_life_hours": 48.0,
    "recency": 0.6,
    "history_days": 90,
    "history_size": 100,
    "source_size": 200,
    "source_days": 14,
    "list_size": 300,
}


def hot_weights() -> Weights:
    """Return the numbers of HOT that the formula takes."""
    return Weights(
        like=HOT["like_weight"],
        save=HOT["save_weight"],
        comment=HOT["comment_weight"],
        read=HOT["read_weight"],
        half_life_hours=HOT["half_life_hours"],
        prior_impressions=HOT["prior_impressions"],
        base_rate=HOT["base_rate"],
        base_impressions=HOT["base_impressions"],
    )

"""The numbers of the newest personal rule, for programs without a database: a test holds them to it."""

from typing import Final

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

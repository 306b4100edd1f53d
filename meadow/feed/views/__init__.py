"""Pages of the feed, by noun: walls, why a card is there, and what readers choose."""

from meadow.feed.views.choices import feed_settings, put_back
from meadow.feed.views.walls import again, follow, hot, nearby
from meadow.feed.views.why import act_on_card, why

__all__ = ["act_on_card", "again", "feed_settings", "follow", "hot", "nearby", "put_back", "why"]

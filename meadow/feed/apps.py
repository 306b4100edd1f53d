"""Registers the feed package with Django."""

from django.apps import AppConfig


class FeedConfig(AppConfig):
    name = "meadow.feed"
    label = "feed"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have a reader's standing come along with their session: Hot asks nothing for it."""
        from meadow.accounts.sessions import read_beside
        from meadow.feed.queries import BESIDE, STANDING_SQL

        read_beside(BESIDE, STANDING_SQL)

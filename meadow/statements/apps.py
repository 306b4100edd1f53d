"""Registers the statements package with Django."""

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    name = "meadow.statements"
    label = "statements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give words to the news that a month is over."""
        from meadow.notifications.kinds import register
        from meadow.statements.news import KINDS

        for kind in KINDS:
            register(kind)

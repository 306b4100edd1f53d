"""Registers the decisions package with Django."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "meadow.decisions"
    label = "decisions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell people of answers to their appeals, and those who answer of appeals."""
        from meadow.decisions.news import KINDS
        from meadow.notifications.kinds import register

        for kind in KINDS:
            register(kind)

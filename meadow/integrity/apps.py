"""Registers the integrity package with Django."""

from django.apps import AppConfig


class IntegrityConfig(AppConfig):
    name = "meadow.integrity"
    label = "integrity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say in words why late verdicts make a fact invalid, and what is told of violations."""
        from meadow.analytics.words import register_reason
        from meadow.integrity.news import KINDS
        from meadow.integrity.words import REASONS
        from meadow.notifications.kinds import register

        for code, sentence in REASONS.items():
            register_reason(code, sentence)
        for kind in KINDS:
            register(kind)

"""Registers the integrity package with Django."""

from django.apps import AppConfig


class IntegrityConfig(AppConfig):
    name = "meadow.integrity"
    label = "integrity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say in words why late verdicts make a fact invalid."""
        from meadow.analytics.words import register_reason
        from meadow.integrity.words import REASONS

        for code, sentence in REASONS.items():
            register_reason(code, sentence)

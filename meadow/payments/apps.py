"""Registers the payments package with Django."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "meadow.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the settings of providers checked, and give words to the news of wallets."""
        from meadow.notifications.kinds import register
        from meadow.payments import checks, reasons  # noqa: F401 - checks register themselves
        from meadow.payments.news import KINDS, REASONS

        for kind in KINDS:
            register(kind)
        for code, reason in REASONS.items():
            reasons.register(code, reason)

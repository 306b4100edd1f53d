"""Registers the payments package with Django."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "meadow.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the settings of providers checked, and give words to the news of wallets."""
        from meadow.ledger import purposes, reasons
        from meadow.notifications.kinds import register
        from meadow.payments import checks  # noqa: F401 - checks register themselves
        from meadow.payments.news import KINDS, PURPOSES, REASONS
        from meadow.payments.providers import name_provider

        for kind in KINDS:
            register(kind)
        for code, reason in REASONS.items():
            reasons.register(code, reason)
        for (owner, purpose), words in PURPOSES.items():
            purposes.register(owner, purpose, words)
        purposes.register_namer("provider", name_provider)

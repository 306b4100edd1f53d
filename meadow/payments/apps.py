"""Registers the payments package with Django."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "meadow.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the settings of providers checked, and give words to the news of wallets."""
        from meadow.notifications.kinds import register
        from meadow.payments import checks  # noqa: F401 - registers itself
        from meadow.payments.news import KINDS

        for kind in KINDS:
            register(kind)

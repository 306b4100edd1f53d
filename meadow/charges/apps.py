"""Registers the charges package with Django."""

from django.apps import AppConfig


class ChargesConfig(AppConfig):
    name = "meadow.charges"
    label = "charges"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give words to news of charges, and to what they move."""
        from meadow.charges.words import KINDS, LINK, PURPOSES, REASONS
        from meadow.ledger import purposes, reasons
        from meadow.notifications.kinds import register
        from meadow.payments import links

        for kind in KINDS:
            register(kind)
        for code, reason in REASONS.items():
            reasons.register(code, reason)
        for (owner, purpose), words in PURPOSES.items():
            purposes.register(owner, purpose, words)
        links.register(LINK)

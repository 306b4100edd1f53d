"""Registers the promotion package with Django."""

from django.apps import AppConfig


class PromotionConfig(AppConfig):
    name = "meadow.promotion"
    label = "promotion"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give words to what orders move in the ledger; hear whose figures were counted anew."""
        from meadow.analytics.counted import register_teller
        from meadow.ledger import purposes, reasons
        from meadow.notifications.kinds import register
        from meadow.payments import links
        from meadow.promotion.money_words import KINDS, PURPOSES, REASONS
        from meadow.promotion.services.projecting import projector
        from meadow.promotion.words import LINK

        for kind in KINDS:
            register(kind)
        for code, reason in REASONS.items():
            reasons.register(code, reason)
        for (owner, purpose), words in PURPOSES.items():
            purposes.register(owner, purpose, words)
        links.register(LINK)
        register_teller(projector.hear)

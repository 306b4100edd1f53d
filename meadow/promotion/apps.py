"""Registers the promotion package with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PromotionConfig(AppConfig):
    name = "meadow.promotion"
    label = "promotion"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give words to money and reviews; hear of figures that were counted anew, and of appeals."""
        from meadow.analytics.counted import register_teller
        from meadow.core.health import register_check
        from meadow.decisions import appeals
        from meadow.decisions import reasons as decisions
        from meadow.ledger import purposes, reasons
        from meadow.notifications.kinds import register
        from meadow.payments import links
        from meadow.programs.doors import Door, register_door
        from meadow.promotion import decision_words, opening, review_news
        from meadow.promotion.money_words import KINDS, PURPOSES, REASONS
        from meadow.promotion.services.appeals import act_on_granted
        from meadow.promotion.services.projecting import projector
        from meadow.promotion.watching import promotion_version
        from meadow.promotion.words import LINK

        register_door(
            Door(
                capability=opening.CAPABILITY,
                url="/promote/new",
                label=_("Promote a note"),
                surfaces=opening.SURFACES,
                prefixes=("/promote/new", "/api/v1/promotion/forecast"),
            )
        )
        for kind in (*KINDS, *review_news.KINDS):
            register(kind)
        for code, reason in REASONS.items():
            reasons.register(code, reason)
        for (owner, purpose), words in PURPOSES.items():
            purposes.register(owner, purpose, words)
        links.register(LINK)
        register_teller(projector.hear)
        register_check("promotion", promotion_version)
        decisions.register(
            "promotion",
            render=decision_words.say_reason,
            title=decision_words.say_title,
            outcome=decision_words.say_outcome,
            inputs=decision_words.list_inputs,
            standing_url=decision_words.link_standing,
        )
        appeals.register("promotion", on_granted=act_on_granted)

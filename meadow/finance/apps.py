"""Registers the finance package with Django."""

from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "meadow.finance"
    label = "finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give words to what two operators move, and give back what an appeal was granted about."""
        from meadow.decisions import appeals
        from meadow.decisions import reasons as grounds
        from meadow.finance import news, sources
        from meadow.finance.own_sources import SOURCES
        from meadow.finance.services.appeals import act_on_granted
        from meadow.ledger import purposes, reasons
        from meadow.notifications.kinds import register

        for kind in news.KINDS:
            register(kind)
        for code, reason in news.REASONS.items():
            reasons.register(code, reason)
        for (owner, purpose), words in news.PURPOSES.items():
            purposes.register(owner, purpose, words)
        for source in SOURCES:
            sources.register(source)
        grounds.register(
            "finance",
            render=news.say_ground,
            title=news.say_title,
            outcome=news.say_outcome,
            inputs=news.list_inputs,
            standing_url=news.link_standing,
        )
        appeals.register("finance", on_granted=act_on_granted)

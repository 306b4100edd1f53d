"""Registers the payouts package with Django."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "meadow.payouts"
    label = "payouts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give words to news, lines of wallets and decisions, and act on granted appeals."""
        from meadow.decisions import appeals, reasons
        from meadow.ledger import purposes
        from meadow.ledger import reasons as lines
        from meadow.notifications.kinds import register
        from meadow.payments import listening
        from meadow.payouts import checks, decision_words, services  # noqa: F401 - checks register themselves
        from meadow.payouts.news import KINDS, REASONS, list_purposes, say_tax

        for kind in KINDS:
            register(kind)
        for code, reason in REASONS.items():
            lines.register(code, reason)
        for (owner, purpose), words in list_purposes():
            purposes.register(owner, purpose, words)
        purposes.register_namer("tax", say_tax)
        reasons.register(
            "payouts",
            render=decision_words.say_reason,
            title=decision_words.say_title,
            outcome=decision_words.say_outcome,
            inputs=decision_words.list_inputs,
            standing_url=decision_words.link_standing,
        )
        listening.register("transfer.", services.hear_of_transfer)
        appeals.register("payouts", on_granted=services.act_on_granted)

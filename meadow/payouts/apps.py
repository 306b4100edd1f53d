"""Registers the payouts package with Django."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "meadow.payouts"
    label = "payouts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give words to news, lines of wallets and decisions, and act on granted appeals."""
        from meadow.decisions import appeals, reasons
        from meadow.notifications.kinds import register
        from meadow.payments import reasons as lines
        from meadow.payouts import checks, decision_words, services  # noqa: F401 - checks register themselves
        from meadow.payouts.news import KINDS, TITLES, payout_page

        for kind in KINDS:
            register(kind)
        for code, title in TITLES.items():
            lines.register(code, lines.Reason(title, payout_page))
        reasons.register(
            "payouts",
            render=decision_words.say_reason,
            title=decision_words.say_title,
            outcome=decision_words.say_outcome,
            inputs=decision_words.list_inputs,
            standing_url=decision_words.link_standing,
        )
        appeals.register("payouts", on_granted=services.act_on_granted)

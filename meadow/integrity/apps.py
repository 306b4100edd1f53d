"""Registers the integrity package with Django."""

from django.apps import AppConfig


class IntegrityConfig(AppConfig):
    name = "meadow.integrity"
    label = "integrity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say in words why late verdicts make a fact invalid, and what is told of violations."""
        from meadow.analytics.words import register_reason
        from meadow.integrity.moderation.news import KINDS as MODERATION_KINDS
        from meadow.integrity.news import KINDS
        from meadow.integrity.words import REASONS
        from meadow.notifications.kinds import register

        for code, sentence in REASONS.items():
            register_reason(code, sentence)
        for kind in (*KINDS, *MODERATION_KINDS):
            register(kind)
        self._moderate()

    def _moderate(self) -> None:
        """Give words to what is decided about content, act on granted appeals, know people."""
        from meadow.accounts import wording
        from meadow.decisions import appeals, reasons
        from meadow.integrity.moderation import acting, restricting, statements, subjects
        from meadow.integrity.moderation.people import PEOPLE
        from meadow.integrity.screening.guarding import check_name

        subjects.register("person", PEOPLE)
        wording.register(check_name)
        reasons.register(
            restricting.SCOPE,
            render=statements.say_reason,
            title=statements.say_title,
            outcome=statements.say_outcome,
            inputs=statements.list_inputs,
        )
        appeals.register(restricting.SCOPE, on_granted=acting.act_on_granted)

"""Registers the programs package with Django."""

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "meadow.programs"
    label = "programs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let rules use what accounts know and what programs keep itself."""
        from meadow.programs.histories import register_accounts_histories
        from meadow.programs.own_sources import register_own
        from meadow.programs.sources import register_accounts
        from meadow.programs.step_limits import register_shipped
        from meadow.programs.violation_source import register_violations

        register_accounts()
        register_own()
        register_violations()
        register_accounts_histories()
        register_shipped()
        self._speak()

    def _speak(self) -> None:
        """Give words to decisions and news, act on granted appeals and hear of reads."""
        from meadow.analytics.counted import register_listener
        from meadow.decisions import appeals, reasons
        from meadow.programs import decision_words
        from meadow.programs.notices import register_kinds
        from meadow.programs.services.admission import look_at_authors
        from meadow.programs.services.appeals import act_on_granted

        register_kinds()
        register_listener(look_at_authors)
        reasons.register(
            "programs",
            render=decision_words.say_reason,
            title=decision_words.say_title,
            outcome=decision_words.say_outcome,
            inputs=decision_words.list_inputs,
            rule_url=decision_words.link_rule,
            standing_url=decision_words.link_standing,
        )
        appeals.register("programs", on_granted=act_on_granted)

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

        register_accounts()
        register_own()
        register_accounts_histories()

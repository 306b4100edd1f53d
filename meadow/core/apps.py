"""Registers the core package with Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "meadow.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from meadow.core.health import postgres_version, register_check
        from meadow.core.nats import nats_version

        register_check("postgres", postgres_version)
        register_check("nats", nats_version)

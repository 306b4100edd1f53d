"""Registers the analytics package with Django."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "meadow.analytics"
    label = "analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from meadow.analytics.warehouse.client import warehouse_version
        from meadow.core.health import register_check

        register_check("warehouse", warehouse_version)

"""Registers the analytics package with Django."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "meadow.analytics"
    label = "analytics"
    default_auto_field = "django.db.models.BigAutoField"

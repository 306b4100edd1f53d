"""Registers the core package with Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "meadow.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

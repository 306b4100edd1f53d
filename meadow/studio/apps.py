"""Registers the studio package with Django."""

from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "meadow.studio"
    label = "studio"
    default_auto_field = "django.db.models.BigAutoField"

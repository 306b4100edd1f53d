"""Registers the programs package with Django."""

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "meadow.programs"
    label = "programs"
    default_auto_field = "django.db.models.BigAutoField"

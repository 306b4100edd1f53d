"""Registers the experiments package with Django."""

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "meadow.experiments"
    label = "experiments"
    default_auto_field = "django.db.models.BigAutoField"

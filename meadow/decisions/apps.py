"""Registers the decisions package with Django."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "meadow.decisions"
    label = "decisions"
    default_auto_field = "django.db.models.BigAutoField"

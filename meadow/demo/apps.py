"""Registers the demo package with Django."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "meadow.demo"
    label = "demo"
    default_auto_field = "django.db.models.BigAutoField"

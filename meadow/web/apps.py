"""Registers the web package with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "meadow.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

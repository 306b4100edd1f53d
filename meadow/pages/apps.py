"""Registers the pages package with Django."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "meadow.pages"
    label = "pages"
    default_auto_field = "django.db.models.BigAutoField"

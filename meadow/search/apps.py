"""Registers the search package with Django."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "meadow.search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"

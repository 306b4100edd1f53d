"""Registers the bench package with Django."""

from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "meadow.bench"
    label = "bench"
    default_auto_field = "django.db.models.BigAutoField"

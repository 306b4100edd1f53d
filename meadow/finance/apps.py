"""Registers the finance package with Django."""

from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "meadow.finance"
    label = "finance"
    default_auto_field = "django.db.models.BigAutoField"

"""Registers the ledger package with Django."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "meadow.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

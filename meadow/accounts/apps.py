"""Registers the accounts package with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "meadow.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

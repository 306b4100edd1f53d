"""Registers the accounts package with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "meadow.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from meadow.accounts import addresses
        from meadow.accounts.classifiers import find_blocked
        from meadow.accounts.queries import visible_avatars
        from meadow.analytics import classifiers
        from meadow.media import access

        addresses.connect()
        access.register("avatar", visible_avatars, lasting=True)
        classifiers.register("blocked", find_blocked)

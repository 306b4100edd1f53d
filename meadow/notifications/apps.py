"""Registers the notifications package with Django, and the bell's count with the session."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "meadow.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the bell's count come along with whoever is signed in: pages ask nothing for it."""
        from meadow.accounts.sessions import read_beside
        from meadow.notifications.bell import BESIDE, UNREAD_SQL

        read_beside(BESIDE, UNREAD_SQL)

"""Registers the notifications package with Django."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "meadow.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

"""Registers the media package with Django."""

from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "meadow.media"
    label = "media"
    default_auto_field = "django.db.models.BigAutoField"

"""Registers the feed package with Django."""

from django.apps import AppConfig


class FeedConfig(AppConfig):
    name = "meadow.feed"
    label = "feed"
    default_auto_field = "django.db.models.BigAutoField"

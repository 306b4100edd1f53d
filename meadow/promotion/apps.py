"""Registers the promotion package with Django."""

from django.apps import AppConfig


class PromotionConfig(AppConfig):
    name = "meadow.promotion"
    label = "promotion"
    default_auto_field = "django.db.models.BigAutoField"

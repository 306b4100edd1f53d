"""Registers the notes package with Django."""

from django.apps import AppConfig


class NotesConfig(AppConfig):
    name = "meadow.notes"
    label = "notes"
    default_auto_field = "django.db.models.BigAutoField"

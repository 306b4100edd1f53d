"""Registers the studio package with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudioConfig(AppConfig):
    name = "meadow.studio"
    label = "studio"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is behind the door of the Creator Center."""
        from meadow.programs.doors import Door, register_door

        register_door(Door(capability="studio.open", url="/studio", label=_("Open the Studio")))

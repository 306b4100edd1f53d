"""Registers the studio package with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudioConfig(AppConfig):
    name = "meadow.studio"
    label = "studio"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is behind the door of the Creator Center, and keep its live figures behind it."""
        from meadow.analytics.counted import register_teller
        from meadow.core.realtime import register_gate
        from meadow.programs.doors import Door, register_door
        from meadow.studio import live, opening

        register_door(
            Door(
                capability=opening.CAPABILITY,
                url="/studio",
                label=_("Open the Studio"),
                surfaces=opening.SURFACES,
                prefixes=("/studio", "/api/v1/metrics", "/api/v1/notes/{public_id}/metrics"),
                # Names and definitions of metrics, nobody's figures.
                free=("/api/v1/metrics",),
            )
        )
        register_gate(live.FAMILY, live.let_in)
        register_teller(live.tell_studios)

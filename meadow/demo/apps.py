"""Registers the demo package with Django."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "meadow.demo"
    label = "demo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from meadow.demo.queries import is_seeded
        from meadow.web import menu

        credits = menu.MenuLine(label=_("Photo credits"), url="/demo/credits", icon="camera")
        menu.register(lambda: credits if is_seeded() else None)

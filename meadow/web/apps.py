"""Ties the packages together once Django is ready."""

from typing import Any

from django.apps import AppConfig

from meadow.web.field_errors import say_field_errors


class WebConfig(AppConfig):
    name = "meadow.web"
    label = "web"

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        # Before the models and forms of any package are imported.
        say_field_errors()

    def ready(self) -> None:
        from meadow.core.events import set_subscriptions
        from meadow.web import still_open
        from meadow.web.subscriptions import SUBSCRIPTIONS

        still_open.register()
        set_subscriptions(SUBSCRIPTIONS)

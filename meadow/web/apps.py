"""Ties the packages together once Django is ready."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "meadow.web"
    label = "web"

    def ready(self) -> None:
        from meadow.core.events import set_subscriptions
        from meadow.web import still_open
        from meadow.web.subscriptions import SUBSCRIPTIONS

        still_open.register()
        set_subscriptions(SUBSCRIPTIONS)

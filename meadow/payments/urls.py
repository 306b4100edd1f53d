"""Addresses of payments."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.payments import views

urlpatterns: list[URLPattern] = [
    path("webhooks/payments/<slug:provider>", views.webhook, name="payments_webhook"),
    path("sandbox/pay/<slug:reference>", views.sandbox, name="payments_sandbox"),
]

"""Addresses of promotion."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.promotion.views import orders

urlpatterns: list[URLPattern] = [
    path("promote", orders.orders, name="promote_orders"),
]

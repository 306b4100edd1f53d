"""Addresses of the accounts package."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []

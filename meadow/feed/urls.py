"""Addresses of the feed package."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []

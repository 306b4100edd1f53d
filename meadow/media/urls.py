"""Addresses of the media package."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []

"""Addresses of the notes package."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []

"""Addresses of the pages package."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []

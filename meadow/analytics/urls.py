"""Addresses of the analytics package."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []

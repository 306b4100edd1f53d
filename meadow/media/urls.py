"""Addresses of the media package."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.media import views

urlpatterns: list[URLPattern] = [
    path("media/<str:public_id>/progress", views.progress, name="media_progress"),
    path("media/<str:public_id>/<slug:label>.webp", views.rendition, name="media_rendition"),
]

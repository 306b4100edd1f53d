"""Addresses of the Studio."""

from django.urls import path, re_path
from django.urls.resolvers import URLPattern

from meadow.studio import downloads, views

urlpatterns: list[URLPattern] = [
    path("studio", views.overview, name="studio"),
    path("studio/notes", views.notes, name="studio_notes"),
    path("studio/notes.csv", downloads.notes_csv, name="studio_notes_csv"),
    re_path(r"^studio/notes/(?P<public_id>n[1-9A-Za-z]{14})$", views.note, name="studio_note"),
    path("studio/followers", views.followers, name="studio_followers"),
    path("studio/followers.csv", downloads.followers_csv, name="studio_followers_csv"),
    path("studio/series.csv", downloads.series_csv, name="studio_series_csv"),
    path("studio/facts", views.facts, name="studio_facts"),
]

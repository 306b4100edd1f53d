"""Addresses of the search package."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.search import views

urlpatterns: list[URLPattern] = [
    path("search", views.search, name="search"),
    path("search/suggest", views.suggestions, name="search_suggest"),
    path("search/mentions", views.mentions, name="search_mentions"),
    path("search/recent/forget", views.forget, name="search_forget"),
    path("search/recent/keep", views.keep, name="search_keep"),
]

"""Addresses of the feed package."""

from django.urls import path

from meadow.feed import views

urlpatterns = [
    path("", views.hot, name="hot"),
    path("follow", views.follow, name="follow"),
]

"""Addresses of the integrity package."""

from django.urls import path

from meadow.integrity import views

urlpatterns = [path("me/verdicts", views.my_verdicts, name="my_verdicts")]

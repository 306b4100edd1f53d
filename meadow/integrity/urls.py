"""Addresses of the integrity package."""

from django.urls import path

from meadow.accounts.converters import register_handle_converter
from meadow.integrity import views

register_handle_converter()

urlpatterns = [
    path("me/verdicts", views.my_verdicts, name="my_verdicts"),
    path("settings/record", views.my_record, name="my_record"),
    path("operator/violations", views.violations, name="violations"),
    path("operator/violations/<public_id>", views.violation, name="violation"),
    path(
        "operator/people/<handle:handle>/violations",
        views.person_violations,
        name="person_violations",
    ),
]

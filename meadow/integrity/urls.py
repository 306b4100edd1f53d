"""Addresses of the integrity package."""

from django.urls import path

from meadow.accounts.converters import register_handle_converter
from meadow.integrity import views
from meadow.integrity.moderation import views as moderation
from meadow.integrity.moderation.weights_views import queue_weights
from meadow.integrity.screening import views as screening

register_handle_converter()

urlpatterns = [
    path("me/verdicts", views.my_verdicts, name="my_verdicts"),
    path("settings/record", views.my_record, name="my_record"),
    path("settings/reports", moderation.my_reports, name="my_reports"),
    path("report/<kind>/<public_id>", moderation.report, name="report"),
    path("hidden/<kind>/<public_id>", moderation.why_hidden, name="why_hidden"),
    path("operator/reports", moderation.reports, name="reports"),
    path("operator/reports/next", moderation.take_next, name="reports_next"),
    path("operator/reports/figures", moderation.transparency, name="transparency"),
    path(
        "operator/reports/figures/<name>.csv",
        moderation.transparency_csv,
        name="transparency_csv",
    ),
    path("operator/reports/weights", queue_weights, name="queue_weights"),
    path("operator/reports/<public_id>", moderation.inquiry, name="inquiry"),
    path("operator/reports/<public_id>/claim", moderation.claim, name="inquiry_claim"),
    path("operator/reports/<public_id>/release", moderation.release, name="inquiry_release"),
    path("operator/reports/<public_id>/restore", moderation.restore, name="inquiry_restore"),
    path("operator/words", screening.words, name="words"),
    path("operator/words/new", screening.new_word, name="new_word"),
    path("operator/words/changes", screening.word_changes, name="word_changes"),
    path("operator/words/<public_id>", screening.word, name="word"),
    path("operator/violations", views.violations, name="violations"),
    path("operator/violations/<public_id>", views.violation, name="violation"),
    path(
        "operator/people/<handle:handle>/violations",
        views.person_violations,
        name="person_violations",
    ),
]

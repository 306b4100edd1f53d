"""Addresses of the decisions package."""

from django.urls import path

from meadow.decisions import appeal_views, views

urlpatterns = [
    path("decisions", views.my_decisions, name="my_decisions"),
    path("decisions/verify", views.verify_receipt, name="verify_receipt"),
    path("decisions/appeals", appeal_views.terms, name="appeal_terms"),
    path("decisions/appeals/<public_id>/withdraw", appeal_views.withdraw, name="withdraw_appeal"),
    path("decisions/<public_id>", views.decision, name="decision"),
    path("decisions/<public_id>/receipt.json", views.receipt, name="decision_receipt"),
    path("decisions/<public_id>/appeal", views.appeal, name="appeal"),
    path("operator/appeals", appeal_views.appeals, name="appeals"),
    path("operator/appeals/<public_id>", appeal_views.answer, name="answer_appeal"),
]

"""Addresses of the decisions package."""

from django.urls import path

from meadow.decisions import views

urlpatterns = [
    path("decisions", views.my_decisions, name="my_decisions"),
    path("decisions/verify", views.verify_receipt, name="verify_receipt"),
    path("decisions/<public_id>", views.decision, name="decision"),
    path("decisions/<public_id>/receipt.json", views.receipt, name="decision_receipt"),
    path("decisions/<public_id>/appeal", views.appeal, name="appeal"),
    path("operator/appeals", views.appeals, name="appeals"),
    path("operator/appeals/<public_id>", views.answer, name="answer_appeal"),
]

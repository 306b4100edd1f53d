"""Addresses of charges."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.charges import operator_views, views

urlpatterns: list[URLPattern] = [
    path("wallet/charges", views.charges, name="wallet_charges"),
    path("wallet/charges/<slug:public_id>", views.charge, name="wallet_charge"),
    path("wallet/charges/<slug:public_id>/agree", views.agree, name="wallet_charge_agree"),
    path("wallet/charges/<slug:public_id>/decline", views.decline, name="wallet_charge_decline"),
    path("operator/charges", operator_views.charges, name="operator_charges"),
    path("operator/charges.csv", operator_views.charges_csv, name="operator_charges_csv"),
    path("operator/charges/<slug:public_id>", operator_views.charge, name="operator_charge"),
    path(
        "operator/charges/<slug:public_id>/void", operator_views.void, name="operator_charge_void"
    ),
]

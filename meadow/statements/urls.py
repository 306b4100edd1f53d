"""Addresses of statements."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.statements import views

OWN = "wallet/statements"
ANY = "operator/statements/<slug:account>"

urlpatterns: list[URLPattern] = [
    path(OWN, views.own_latest, name="statements"),
    path(f"{OWN}/<int:year>.csv", views.own_year_csv, name="statement_year_csv"),
    path(f"{OWN}/<int:year>", views.own_year, name="statement_year"),
    path(f"{OWN}/<slug:month>.csv", views.own_month_csv, name="statement_csv"),
    path(f"{OWN}/<slug:month>.pdf", views.own_month_pdf, name="statement_pdf"),
    path(f"{OWN}/<slug:month>", views.own_month, name="statement"),
    path("wallet/booked/<slug:public_id>", views.transfer, name="wallet_booked"),
    path(ANY, views.any_latest, name="any_statements"),
    path(f"{ANY}/<int:year>.csv", views.any_year_csv, name="any_statement_year_csv"),
    path(f"{ANY}/<int:year>", views.any_year, name="any_statement_year"),
    path(f"{ANY}/<slug:month>.csv", views.any_month_csv, name="any_statement_csv"),
    path(f"{ANY}/<slug:month>.pdf", views.any_month_pdf, name="any_statement_pdf"),
    path(f"{ANY}/<slug:month>", views.any_month, name="any_statement"),
]

"""Addresses of promotion."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.promotion.views import about, orders, reports

urlpatterns: list[URLPattern] = [
    path("promotion/about", about.about, name="promotion_about"),
    path("promote", orders.orders, name="promote_orders"),
    path("promote/<slug:public_id>/report", reports.report, name="promote_report"),
    path("promote/<slug:public_id>/report.csv", reports.report_csv, name="promote_report_csv"),
    path("promote/<slug:public_id>/lift", reports.lift, name="promote_lift"),
]

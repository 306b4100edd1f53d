"""Addresses of promotion."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.promotion.views import about, changing, ordering, orders, reports

ORDER = "promote/<slug:public_id>"

urlpatterns: list[URLPattern] = [
    path("promotion/about", about.about, name="promotion_about"),
    path("promote", orders.orders, name="promote_orders"),
    path("promote/new", ordering.new_order, name="promote_new"),
    path(ORDER, orders.order, name="promote_order"),
    path(f"{ORDER}/edit", changing.edit, name="promote_edit"),
    path(f"{ORDER}/pause", changing.pause, name="promote_pause"),
    path(f"{ORDER}/resume", changing.resume, name="promote_resume"),
    path(f"{ORDER}/top-up", changing.top_up, name="promote_top_up"),
    path(f"{ORDER}/cancel", changing.cancel, name="promote_cancel"),
    path(f"{ORDER}/report", reports.report, name="promote_report"),
    path(f"{ORDER}/report.csv", reports.report_csv, name="promote_report_csv"),
    path(f"{ORDER}/lift", reports.lift, name="promote_lift"),
]

"""Addresses of promotion."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.promotion.views import (
    about,
    audiences,
    changing,
    choices,
    ordering,
    orders,
    reports,
)

ORDER = "promote/<slug:public_id>"

urlpatterns: list[URLPattern] = [
    path("promotion/about", about.about, name="promotion_about"),
    path("promote", orders.orders, name="promote_orders"),
    path("promote/audiences", audiences.audiences, name="promote_audiences"),
    path("promote/audiences/new", audiences.new_audience, name="promote_audience_new"),
    path("promote/audiences/size", audiences.audience_size, name="promote_audience_size"),
    path("promote/audiences/editor", audiences.audience_editor, name="promote_audience_editor"),
    path("promote/audiences/<slug:public_id>", audiences.audience, name="promote_audience"),
    path(
        "promote/audiences/<slug:public_id>/delete",
        audiences.remove_audience,
        name="promote_audience_delete",
    ),
    path("promote/lists/new", audiences.new_list, name="promote_list_new"),
    path(
        "promote/lists/<slug:public_id>/delete",
        audiences.remove_list,
        name="promote_list_delete",
    ),
    path("settings/promoted", choices.promoted_settings, name="settings_promoted"),
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

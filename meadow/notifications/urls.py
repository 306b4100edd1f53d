"""Addresses of the notifications package."""

from django.urls import path

from meadow.notifications import views

urlpatterns = [
    path("notifications", views.notifications, name="notifications"),
    path("notifications/bell", views.bell, name="notifications_bell"),
    path("notifications/read", views.read, name="notifications_read"),
    path("notifications/<str:public_id>/open", views.open_one, name="notifications_open"),
    path("settings/notifications", views.mail_settings, name="settings_notifications"),
]

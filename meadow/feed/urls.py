"""Addresses of the feed package."""

from django.urls import path

from meadow.feed import views

urlpatterns = [
    path("hot/again", views.again, name="hot_again"),
    path("follow", views.follow, name="follow"),
    path("nearby", views.nearby, name="nearby"),
    path("why/<str:token>", views.why, name="why"),
    path("why/<str:token>/<str:act>", views.act_on_card, name="why_act"),
    path("settings/feed", views.feed_settings, name="settings_feed"),
    path("settings/feed/put-back", views.put_back, name="settings_feed_put_back"),
]

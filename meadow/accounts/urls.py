"""Addresses of the accounts package."""

from django.urls import path

from meadow.accounts import views
from meadow.accounts.converters import register_handle_converter
from meadow.core.views import realtime_credentials

register_handle_converter()

urlpatterns = [
    path("preferences", views.preferences, name="preferences"),
    path("settings", views.settings_home, name="settings"),
    path("settings/account", views.account_settings, name="settings_account"),
    path("settings/profile", views.profile_settings, name="settings_profile"),
    path("settings/avatar", views.change_avatar, name="settings_avatar"),
    path("settings/avatar/remove", views.remove_avatar, name="settings_avatar_remove"),
    path("settings/appearance", views.appearance_settings, name="settings_appearance"),
    path("settings/blocked", views.blocked_settings, name="settings_blocked"),
    path("settings/privacy", views.privacy_settings, name="settings_privacy"),
    path("settings/privacy/forget", views.forget_reading, name="settings_privacy_forget"),
    path("settings/tokens", views.token_settings, name="settings_tokens"),
    path("settings/tokens/<str:public_id>/revoke", views.revoke, name="settings_token_revoke"),
    path("@<handle:handle>/follow", views.follow, name="follow"),
    path("@<handle:handle>/unfollow", views.unfollow, name="unfollow"),
    path("@<handle:handle>/block", views.block, name="block"),
    path("@<handle:handle>/unblock", views.unblock, name="unblock"),
    path("@<handle:handle>/followers", views.followers, name="followers"),
    path("@<handle:handle>/following", views.following, name="following"),
    path("realtime/credentials", realtime_credentials, name="realtime_credentials"),
]

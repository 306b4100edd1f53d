"""Addresses of the programs package."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.programs import views

urlpatterns: list[URLPattern] = [
    path("programs", views.programs, name="programs"),
    path("programs/<slug:slug>", views.program, name="program"),
    path("programs/<slug:slug>/me", views.me, name="program_me"),
    path("programs/<slug:slug>/forecast", views.forecast, name="program_forecast"),
    path("programs/<slug:slug>/what-if", views.what_if, name="program_what_if"),
    path("programs/<slug:slug>/apply", views.apply, name="program_apply"),
    path("programs/<slug:slug>/leave", views.leave, name="program_leave"),
    path("programs/<slug:slug>/come-back", views.come_back, name="program_come_back"),
    path("programs/<slug:slug>/watch", views.watch, name="program_watch"),
    path("programs/<slug:slug>/accept", views.accept, name="program_accept"),
    path("programs/<slug:slug>/code", views.redeem, name="program_code"),
]

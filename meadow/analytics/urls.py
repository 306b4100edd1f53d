"""The addresses of this package."""

from django.urls import path

from meadow.analytics import views

urlpatterns = [
    path("e", views.collect, name="collect"),
    path("n/<str:public_id>/reads", views.note_reads, name="note_reads"),
]

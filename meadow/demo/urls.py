"""Addresses of the demo."""

from django.urls import path

from meadow.demo import views

urlpatterns = [path("demo/credits", views.show_credits, name="demo_credits")]

"""Addresses of wallets and payments."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.payments import card_views, limit_views, operator_views, views, wallet_views

urlpatterns: list[URLPattern] = [
    path("wallet", wallet_views.wallet, name="wallet"),
    path("wallet/top-up", wallet_views.top_up, name="wallet_top_up"),
    path("wallet/card", card_views.card, name="wallet_card"),
    path("wallet/card/<slug:public_id>", card_views.check, name="wallet_card_check"),
    path("wallet/limits", limit_views.top_up_limits, name="top_up_limits"),
    path("wallet/spending", limit_views.spending, name="wallet_spending"),
    path("wallet/notice", wallet_views.notice, name="wallet_notice"),
    path("wallet/payments/<slug:public_id>", wallet_views.payment, name="wallet_payment"),
    path("operator/payments", operator_views.payments, name="operator_payments"),
    path("operator/payments.csv", operator_views.payments_csv, name="operator_payments_csv"),
    path("operator/payments/<slug:public_id>", operator_views.payment, name="operator_payment"),
    path("webhooks/payments/<slug:provider>", views.webhook, name="payments_webhook"),
    path("sandbox/pay/<slug:reference>", views.sandbox, name="payments_sandbox"),
]

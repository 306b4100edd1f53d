"""Addresses of payouts."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.payouts import batch_views, operator_views, rule_views, views

OPERATOR = "operator/payouts"

urlpatterns: list[URLPattern] = [
    path("wallet/payouts", views.payouts, name="payouts"),
    path("wallet/payouts.csv", views.payouts_csv, name="payouts_csv"),
    path("wallet/payouts/ask", views.ask, name="payouts_ask"),
    path("wallet/payouts/schedule", views.schedule, name="payouts_schedule"),
    path("wallet/payouts/accounts/new", views.add_account, name="payouts_add_account"),
    path(
        "wallet/payouts/accounts/<slug:public_id>/remove",
        views.remove_account,
        name="payouts_remove_account",
    ),
    path("wallet/payouts/<slug:public_id>", views.payout, name="payout"),
    path(OPERATOR, operator_views.payouts, name="operator_payouts"),
    path(f"{OPERATOR}.csv", operator_views.payouts_csv, name="operator_payouts_csv"),
    path(f"{OPERATOR}/accounts", operator_views.accounts, name="operator_payout_accounts"),
    path(
        f"{OPERATOR}/accounts.csv", operator_views.accounts_csv, name="operator_payout_accounts_csv"
    ),
    path(
        f"{OPERATOR}/accounts/<slug:public_id>",
        operator_views.account,
        name="operator_payout_account",
    ),
    path(f"{OPERATOR}/batches", batch_views.batches, name="operator_payout_batches"),
    path(f"{OPERATOR}/batches.csv", batch_views.batches_csv, name="operator_payout_batches_csv"),
    path(
        f"{OPERATOR}/batches/<slug:public_id>.csv",
        batch_views.batch_csv,
        name="operator_payout_batch_csv",
    ),
    path(
        f"{OPERATOR}/batches/<slug:public_id>/file",
        batch_views.bank_file,
        name="operator_payout_bank_file",
    ),
    path(f"{OPERATOR}/batches/<slug:public_id>", batch_views.batch, name="operator_payout_batch"),
    path(f"{OPERATOR}/rules", rule_views.rules, name="operator_payout_rules"),
    path(f"{OPERATOR}/rules.csv", rule_views.rules_csv, name="operator_payout_rules_csv"),
    path(f"{OPERATOR}/tax", rule_views.tax, name="operator_payout_tax"),
    path(f"{OPERATOR}/tax.csv", rule_views.tax_csv, name="operator_payout_tax_csv"),
    path(f"{OPERATOR}/<slug:public_id>", operator_views.payout, name="operator_payout"),
]

"""Addresses of the operator's finance."""

from django.urls import path

from meadow.ledger import views

urlpatterns = [
    path("operator/finance", views.trial_balance, name="finance"),
    path("operator/finance/trial-balance.csv", views.trial_balance_csv, name="finance_csv"),
    path("operator/finance/accounts", views.accounts, name="finance_accounts"),
    path("operator/finance/accounts.csv", views.accounts_csv, name="finance_accounts_csv"),
    path(
        "operator/finance/accounts/<public_id>.csv",
        views.account_csv,
        name="finance_account_csv",
    ),
    path("operator/finance/accounts/<public_id>", views.account, name="finance_account"),
    path(
        "operator/finance/transfers/<public_id>.csv",
        views.transfer_csv,
        name="finance_transfer_csv",
    ),
    path("operator/finance/transfers/<public_id>", views.transfer, name="finance_transfer"),
]

"""Addresses of the operator's finance."""

from django.urls import path

from meadow.finance import books_views

urlpatterns = [
    path("operator/finance", books_views.trial_balance, name="finance"),
    path("operator/finance/trial-balance.csv", books_views.trial_balance_csv, name="finance_csv"),
    path("operator/finance/accounts", books_views.accounts, name="finance_accounts"),
    path("operator/finance/accounts.csv", books_views.accounts_csv, name="finance_accounts_csv"),
    path(
        "operator/finance/accounts/<public_id>.csv",
        books_views.account_csv,
        name="finance_account_csv",
    ),
    path("operator/finance/accounts/<public_id>", books_views.account, name="finance_account"),
    path(
        "operator/finance/transfers/<public_id>.csv",
        books_views.transfer_csv,
        name="finance_transfer_csv",
    ),
    path("operator/finance/transfers/<public_id>", books_views.transfer, name="finance_transfer"),
]

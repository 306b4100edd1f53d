"""Addresses of the operator's finance."""

from django.urls import path

from meadow.finance import books_views, proposal_views

urlpatterns = [
    path("operator/finance", books_views.trial_balance, name="finance"),
    path("operator/finance/trial-balance", books_views.trial_balance, name="finance_balance"),
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
    path("operator/finance/proposals", proposal_views.proposals, name="finance_proposals"),
    path(
        "operator/finance/proposals.csv",
        proposal_views.proposals_csv,
        name="finance_proposals_csv",
    ),
    path("operator/finance/proposals/new", proposal_views.new_proposal, name="finance_propose"),
    path(
        "operator/finance/proposals/<public_id>",
        proposal_views.proposal,
        name="finance_proposal",
    ),
    path("wallet/transfers/<public_id>", proposal_views.own_transfer, name="wallet_transfer"),
]

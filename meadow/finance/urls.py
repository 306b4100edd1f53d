"""Addresses of the operator's finance."""

from django.urls import path

from meadow.finance import (
    books_views,
    check_views,
    front_views,
    proposal_views,
    waiting_views,
)

urlpatterns = [
    path("operator/finance", front_views.front, name="finance"),
    path("operator/finance/summary.csv", front_views.front_csv, name="finance_front_csv"),
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
    path("operator/finance/pending", waiting_views.pending, name="finance_pending"),
    path("operator/finance/pending.csv", waiting_views.pending_csv, name="finance_pending_csv"),
    path("operator/finance/stuck", waiting_views.stuck, name="finance_stuck"),
    path("operator/finance/stuck.csv", waiting_views.stuck_csv, name="finance_stuck_csv"),
    path(
        "operator/finance/stuck/jobs/<int:job_id>",
        waiting_views.retry_job,
        name="finance_retry_job",
    ),
    path("operator/finance/stuck/news", waiting_views.resolve_news, name="finance_resolve_news"),
    path("operator/finance/checks", check_views.checks, name="finance_checks"),
    path("operator/finance/checks.csv", check_views.checks_csv, name="finance_checks_csv"),
    path("operator/finance/limits", check_views.terms, name="finance_terms"),
    # Beside the pages of payments, where they have always been.
    path("operator/payments/differences", check_views.differences, name="payment_differences"),
    path(
        "operator/payments/differences.csv",
        check_views.differences_csv,
        name="payment_differences_csv",
    ),
]

"""Pages of the operator's finance: the trial balance, accounts, and what one transfer did."""

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meadow.accounts.permissions import require_operator
from meadow.core import exports
from meadow.core.errors import InvalidInput
from meadow.core.pagination import Page
from meadow.finance.forms import AccountsForm, AsOfForm
from meadow.ledger import queries
from meadow.ledger.purposes import say_purpose
from meadow.ledger.reasons import link_reason_for_operators, say_reason
from meadow.ledger.records import AccountRecord, TrialLine
from meadow.ledger.words import KIND_NAMES, name_owners, write_amount, write_figure

MOST_EXPORTED: Final = 10_000  # lines of one file
PAGE: Final = 50


@never_cache
@login_required
@require_safe
def trial_balance(request: HttpRequest) -> HttpResponse:
    """Show what stands on whose accounts, by unit."""
    require_operator(request.user)
    form = AsOfForm(request.GET)
    at = form.cleaned_data["at"] if form.is_valid() else None
    lines = queries.trial_balance(at=at) if form.is_valid() else []
    context = {
        "form": form,
        "at": at,
        "units": [
            {
                "unit": unit,
                "lines": [_line(one) for one in ours],
                "sum": write_amount(sum(one.posted for one in ours), unit),
            }
            for unit, ours in _by_unit(lines)
        ],
        "csv": _address("/operator/finance/trial-balance.csv", _asked(request, "at")),
    }
    return render(request, "finance/balance.html", context, status=422 if form.errors else 200)


def _by_unit(lines: list[TrialLine]) -> list[tuple[str, list[TrialLine]]]:
    return [(unit, list(ours)) for unit, ours in groupby(lines, key=lambda one: one.unit)]


def _line(one: TrialLine) -> dict[str, Any]:
    asked = {"kind": one.kind, "purpose": one.purpose, "unit": one.unit}
    return {
        "kind": KIND_NAMES[one.kind],
        "purpose": say_purpose(one.kind, one.purpose),
        "accounts": one.accounts,
        "posted": write_amount(one.posted, one.unit),
        "held": None if one.held is None else write_amount(one.held, one.unit),
        "href": _address("/operator/finance/accounts", asked),
    }


@never_cache
@login_required
@require_safe
def trial_balance_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the trial balance as a file."""
    require_operator(request.user)
    form = AsOfForm(request.GET)
    if not form.is_valid():
        raise InvalidInput
    at = form.cleaned_data["at"]
    return exports.answer_csv(
        name="trial-balance",
        header=[
            *(_("Unit"), _("Kind"), _("Purpose"), _("Kind in words"), _("Purpose in words")),
            *(_("Accounts"), _("Balance"), _("Held")),
        ],
        rows=(
            (
                one.unit,
                one.kind,
                one.purpose,
                *_words(one.kind, one.purpose),
                one.accounts,
                write_figure(one.posted, one.unit),
                None if one.held is None else write_figure(one.held, one.unit),
            )
            for one in queries.trial_balance(at=at)
        ),
    )


@never_cache
@login_required
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts that are looked for."""
    require_operator(request.user)
    form = AccountsForm(request.GET)
    page: Page[AccountRecord] = Page([], None)
    if form.is_valid():
        cursor = request.GET.get("cursor")
        page = queries.list_accounts(**_chosen(form), cursor=cursor, size=PAGE)
    asked = _asked(request, *form.fields)
    more = {**asked, "cursor": page.next_cursor or ""}
    context = {
        "form": form,
        "accounts": _told(page.items),
        "csv": _address("/operator/finance/accounts.csv", asked),
        "more": _address("/operator/finance/accounts", more) if page.next_cursor else "",
    }
    return render(request, "finance/accounts.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_safe
def accounts_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the accounts that are looked for, MOST_EXPORTED at most, as a file."""
    require_operator(request.user)
    form = AccountsForm(request.GET)
    if not form.is_valid():
        raise InvalidInput
    found = queries.list_accounts(**_chosen(form), size=MOST_EXPORTED).items
    return exports.answer_csv(
        name="accounts",
        header=[
            *(_("Account"), _("Kind"), _("Owner"), _("Purpose")),
            *(_("Kind in words"), _("Purpose in words"), _("Unit")),
            *(_("Balance"), _("Held"), _("Opened (UTC)")),
        ],
        rows=(
            (
                *(one.public_id, one.kind, one.owner, one.purpose),
                *(*_words(one.kind, one.purpose), one.unit),
                write_figure(one.posted, one.unit),
                write_figure(one.held, one.unit),
                _moment(one.opened_at),
            )
            for one in found
        ),
    )


@never_cache
@login_required
@require_safe
def account(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one account: what it holds, what it has promised, and what happened on it."""
    require_operator(request.user)
    one = queries.get_account(public_id=public_id)
    cursor = request.GET.get("cursor")
    page = queries.walk_entries(account_id=one.id, cursor=cursor, size=PAGE)
    here = f"/operator/finance/accounts/{one.public_id}"
    context = {
        "account": _told([one])[0],
        "first": not cursor,
        "held": [
            {
                "hold": hold,
                "title": say_reason(hold.reason, hold.params),
                "href": link_reason_for_operators(hold.reason, hold.reference),
                "left": write_amount(hold.amount - hold.captured, one.unit),
                "amount": write_amount(hold.amount, one.unit),
            }
            for hold in queries.list_holds(account_id=one.id)
        ],
        "entries": [
            {
                "entry": entry,
                "title": say_reason(entry.reason, entry.params),
                "href": link_reason_for_operators(entry.reason, entry.reference),
                "amount": write_amount(entry.amount, one.unit),
                "balance": write_amount(entry.balance, one.unit),
            }
            for entry in page.items
        ],
        "csv": f"{here}.csv",
        "more": _address(here, {"cursor": page.next_cursor}) if page.next_cursor else "",
    }
    return render(request, "finance/account.html", context)


@never_cache
@login_required
@require_safe
def account_csv(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out the latest MOST_EXPORTED entries of an account as a file."""
    require_operator(request.user)
    one = queries.get_account(public_id=public_id)
    return exports.answer_csv(
        name=f"account-{one.public_id}",
        header=[
            *(_("Booked (UTC)"), _("Counts from (UTC)"), _("Transfer"), _("Reason")),
            *(_("Reason in words"), _("About"), _("Amount"), _("Balance after"), _("Unit")),
        ],
        rows=(
            (
                _moment(entry.booked_at),
                _moment(entry.effective_at),
                *(entry.transfer_id, entry.reason),
                *(say_reason(entry.reason, entry.params), entry.reference),
                write_figure(entry.amount, one.unit),
                write_figure(entry.balance, one.unit),
                one.unit,
            )
            for entry in queries.each_entry(account_id=one.id, most=MOST_EXPORTED)
        ),
    )


@never_cache
@login_required
@require_safe
def transfer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what one transfer moved, why, and what reverses it."""
    require_operator(request.user)
    one = queries.get_transfer(public_id=public_id)
    told = _told([leg.account for leg in one.legs])
    legs = [
        {"account": account, "amount": write_amount(leg.amount, leg.unit)}
        for leg, account in zip(one.legs, told, strict=True)
    ]
    context = {
        "transfer": one,
        "title": say_reason(one.reason, one.params),
        "about": link_reason_for_operators(one.reason, one.reference),
        "params": sorted(one.params.items()),
        "legs": legs,
        "csv": f"/operator/finance/transfers/{one.public_id}.csv",
    }
    return render(request, "finance/transfer.html", context)


@never_cache
@login_required
@require_safe
def transfer_csv(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out the entries of one transfer as a file."""
    require_operator(request.user)
    one = queries.get_transfer(public_id=public_id)
    return exports.answer_csv(
        name=f"transfer-{one.public_id}",
        header=[
            *(_("Account"), _("Kind"), _("Owner"), _("Purpose")),
            *(_("Kind in words"), _("Purpose in words"), _("Amount"), _("Unit")),
        ],
        rows=(
            (
                *(leg.account.public_id, leg.account.kind, leg.account.owner),
                leg.account.purpose,
                *_words(leg.account.kind, leg.account.purpose),
                write_figure(leg.amount, leg.unit),
                leg.unit,
            )
            for leg in one.legs
        ),
    )


def _chosen(form: AccountsForm) -> dict[str, str]:
    asked = form.cleaned_data
    return {"owner": asked["who"], **{name: asked[name] for name in ("kind", "purpose", "unit")}}


def _told(found: Iterable[AccountRecord]) -> list[dict[str, Any]]:
    found = list(found)
    handles = name_owners((one.kind, one.owner) for one in found)
    return [
        {
            "record": one,
            "kind": KIND_NAMES[one.kind],
            "purpose": say_purpose(one.kind, one.purpose),
            "handle": handles.get((one.kind, one.owner), ""),
            "posted": write_amount(one.posted, one.unit),
            "held": write_amount(one.held, one.unit),
            "available": write_amount(one.available, one.unit),
            "href": f"/operator/finance/accounts/{one.public_id}",
        }
        for one in found
    ]


def _words(kind: str, purpose: str) -> tuple[str, str]:
    return str(KIND_NAMES[kind]), say_purpose(kind, purpose)


def _asked(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET[name] for name in names if request.GET.get(name)}


def _address(path: str, asked: dict[str, str]) -> str:
    return f"{path}?{urlencode(asked)}" if asked else path


def _moment(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")

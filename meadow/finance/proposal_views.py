"""Pages of transfers by hand: the list, proposing with a look at what it would leave, deciding."""

from typing import Any, Final, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meadow.accounts.permissions import require_operator, require_person
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.exports import answer_csv
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.finance import limits, queries, services
from meadow.finance.forms import ProposalForm, RefusalForm
from meadow.finance.queries.sides import PLATFORM
from meadow.finance.records import Preview, ProposalRecord
from meadow.finance.telling import address, handles_of, moment, tell_proposals, tell_side
from meadow.ledger.purposes import say_purpose
from meadow.ledger.words import write_amount, write_figure

WHICH: Final = ("waiting", "done", "all")
PAGE: Final = 50


@never_cache
@login_required
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """Show transfers by hand: those that wait, those that are done, or all."""
    require_operator(request.user)
    which = _which(request)
    page = queries.list_proposals(which=which, cursor=request.GET.get("cursor"), size=PAGE)
    here = "/operator/finance/proposals"
    more = {"which": which, "cursor": page.next_cursor or ""}
    context = {
        "lines": tell_proposals(page.items),
        "which": which,
        "csv": address(f"{here}.csv", {"which": which}),
        "more": address(here, more) if page.next_cursor else "",
    }
    return render(request, "finance/proposals.html", context)


@never_cache
@login_required
@require_safe
def proposals_csv(request: HttpRequest) -> HttpResponse:
    """Hand out transfers by hand, the newest MOST_EXPORTED, as a file."""
    require_operator(request.user)
    found = queries.list_proposals(which=_which(request), size=limits.MOST_EXPORTED).items
    return answer_csv(
        name="transfers-by-hand",
        header=[
            *(_("Proposal"), _("State"), _("Kind"), _("From"), _("From account")),
            *(_("To"), _("To account"), _("Amount"), _("Unit"), _("Words"), _("About")),
            *(_("Proposed by"), _("Proposed (UTC)"), _("Decided by"), _("Decided (UTC)")),
            *(_("Answer"), _("Transfer"), _("Decision")),
        ],
        rows=(_row(told) for told in tell_proposals(found)),
    )


def _row(told: dict[str, Any]) -> tuple[str, ...]:
    one: ProposalRecord = told["proposal"]
    return (
        *(one.public_id, one.state, one.kind, told["giver"]["name"], one.giver.public_id),
        *(told["taker"]["name"], one.taker.public_id, write_figure(one.amount, one.unit), one.unit),
        *(one.words, one.reference, told["proposer"], moment(one.proposed_at)),
        *(told["decider"], moment(one.decided_at), one.answer, one.transfer, one.decision),
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_proposal(request: HttpRequest) -> HttpResponse:
    """Ask what should move, show what that would leave, and propose it."""
    operator = require_operator(request.user)
    if request.method != "POST":
        asked = {name: request.GET.get(name, "")[: limits.LONGEST_NAME] for name in _OFFERED}
        initial = {name: value for name, value in asked.items() if value}
        return _form_page(request, ProposalForm(initial=initial | {"key": new_id("k")}))
    form = ProposalForm(request.POST)
    if not form.is_valid() or request.POST.get("step") == "change":
        return _form_page(request, form, status=422 if form.errors else 200)
    given = form.cleaned_data
    try:
        if request.POST.get("step") == "propose":
            return _propose(request, given, operator.pk)
        sides = {"giver": given["giver"], "taker": given["taker"]}
        seen = queries.preview(**sides, amount=given["minor"], unit=given["unit"])
    except MeadowError as refused:
        form.add_error(None, refused.sentences())
        return _form_page(request, form, status=422)
    return _form_page(request, form, seen=seen)


_OFFERED: Final = ("giver", "taker", "unit", "reference", "kind")


def _propose(request: HttpRequest, given: dict[str, Any], operator_id: int) -> HttpResponse:
    now = clock.now()
    check_rate(
        name="finance.propose",
        rate=limits.PROPOSALS,
        subject=f"person:{operator_id}",
        now=now,
    )
    made = services.propose(
        operator_id=operator_id,
        kind=given["kind"],
        giver=given["giver"],
        taker=given["taker"],
        amount=given["minor"],
        unit=given["unit"],
        words=given["words"],
        reference=given["reference"],
        key=f"page-{given['key']}",
        now=now,
    )
    messages.success(request, _("Proposed. Nothing moves until another operator approves it."))
    return redirect("finance_proposal", public_id=made.public_id)


def _form_page(
    request: HttpRequest, form: ProposalForm, *, seen: Preview | None = None, status: int = 200
) -> HttpResponse:
    own = [
        {"code": f"{PLATFORM}{purpose}", "name": say_purpose("platform", purpose)}
        for purpose in queries.OWN_PURPOSES.values()
    ]
    context = {"form": form, "own": own, "preview": _tell_preview(seen) if seen else None}
    return render(request, "finance/propose.html", context, status=status)


def _tell_preview(seen: Preview) -> dict[str, Any]:
    handles = handles_of([seen.giver, seen.taker])
    return {
        "sum": write_amount(seen.amount, seen.unit),
        "short": write_amount(seen.short, seen.unit) if seen.short else "",
        "rows": [
            {
                **tell_side(side, handles),
                "now": write_amount(side.posted, seen.unit),
                "held": write_amount(side.held, seen.unit) if side.held else "",
                "then": write_amount(then, seen.unit),
            }
            for side, then in ((seen.giver, seen.giver_after), (seen.taker, seen.taker_after))
        ],
    }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one transfer by hand, and let another operator decide it or its own take it back."""
    operator = require_operator(request.user)
    now = clock.now()
    form, status = RefusalForm(), 200
    trouble = ""
    if request.method == "POST":
        check_rate(
            name="finance.decide",
            rate=limits.DECISIONS,
            subject=f"person:{operator.pk}",
            now=now,
        )
        act = request.POST.get("act")
        form = RefusalForm(request.POST) if act == "refuse" else form
        try:
            if act == "approve":
                services.approve(proposal=public_id, operator_id=operator.pk, now=now)
                messages.success(request, _("Approved, and booked."))
                return redirect("finance_proposal", public_id=public_id)
            if act == "withdraw":
                services.withdraw(proposal=public_id, operator_id=operator.pk, now=now)
                messages.success(request, _("Taken back. Nothing was moved."))
                return redirect("finance_proposal", public_id=public_id)
            if act == "refuse" and form.is_valid():
                words = form.cleaned_data["words"]
                services.refuse(proposal=public_id, operator_id=operator.pk, words=words, now=now)
                messages.success(request, _("Refused. Nothing was moved."))
                return redirect("finance_proposal", public_id=public_id)
            status = 422
        except MeadowError as refused:
            if refused.status == 404:
                raise
            trouble, status = refused.sentences(), refused.status
    one = queries.get_proposal(public_id)
    concerned = operator.pk in (one.giver.person_id, one.taker.person_id)
    waits = one.state == "waiting" and one.expires_at > now
    context = tell_proposals([one])[0] | {
        "preview": _tell_preview(one.preview) if waits else None,
        "waits": waits,
        "mine": one.proposed_by == operator.pk,
        "may_decide": waits and one.proposed_by not in (None, operator.pk) and not concerned,
        "form": form,
        "trouble": trouble,
    }
    return render(request, "finance/proposal.html", context, status=status)


@never_cache
@login_required
@require_safe
def own_transfer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show somebody what two operators moved on an account of theirs, and why."""
    person = require_person(request.user)
    one = queries.get_proposal(public_id, person_id=person.pk)
    context = tell_proposals([one])[0] | {
        "taken": one.giver.person_id == person.pk,
        "unit": one.unit,
    }
    return render(request, "finance/own_transfer.html", context)


def _which(request: HttpRequest) -> queries.Which:
    asked = request.GET.get("which", "waiting")
    return cast(queries.Which, asked if asked in WHICH else "waiting")

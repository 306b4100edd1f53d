"""What a reader is told about verdicts on their own reading."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meadow.accounts.permissions import require_person
from meadow.accounts.queries import list_operators
from meadow.integrity.queries import list_cases_of
from meadow.integrity.words import describe_case, name_detector


@never_cache
@login_required
@require_safe
def my_verdicts(request: HttpRequest) -> HttpResponse:
    """Show what was not counted, why, and who can take it back.

    Found by the pseudonym that the reader has now: after forgetting, nothing of before is known.
    """
    person = require_person(request.user)
    page = list_cases_of(pseudonym=person.pseudonym, cursor=request.GET.get("cursor"))
    cases = [
        {"case": case, "name": name_detector(case.detector), "why": describe_case(case)}
        for case in page.items
    ]
    context = {
        "cases": cases,
        "operators": list_operators(),
        "more": f"/me/verdicts?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(request, "integrity/verdicts.html", context)

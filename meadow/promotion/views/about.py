"""The public page of how promotion works."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from meadow.core.clock import now
from meadow.promotion.queries.about import LOAD_DAYS, read_about


@require_safe
@cache_control(private=True, no_cache=True)
def about(request: HttpRequest) -> HttpResponse:
    """Say how promotion works, and to whoever is signed in how much of it they met."""
    person: Any = request.user
    pseudonym = str(person.pseudonym) if person.is_authenticated else ""
    context = {"about": read_about(pseudonym=pseudonym, now=now()), "days": LOAD_DAYS}
    return render(request, "promotion/about.html", context)

"""Like and save: a form without scripts, a swapped button with them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.notes import queries, services

ACTS: dict[str, Callable[..., None]] = {
    "like": services.like_note,
    "unlike": services.unlike_note,
    "save": services.save_note,
    "unsave": services.unsave_note,
}


@require_POST
def react(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Like, unlike, save or unsave; answers with the button as it now is."""
    person = require_person(request.user)
    ACTS[act](public_id=public_id, person_id=person.pk, now=now())
    if not request.headers.get("HX-Request"):
        return redirect(f"/n/{public_id}")
    note = queries.get_note(public_id=public_id, viewer_id=person.pk)
    template = "notes/_like.html" if act in ("like", "unlike") else "notes/_save.html"
    return render(request, template, {"note": note})

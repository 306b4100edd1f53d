"""Why a card was shown, and what its reader does about it."""

import json
from dataclasses import asdict
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.core.errors import NotFound
from meadow.core.limits import check_rate
from meadow.core.problems import wants_fragment
from meadow.core.zones import reader_dial
from meadow.feed import services
from meadow.feed.queries import Explanation, explain
from meadow.feed.words import PARTS, list_sources

RATE: Final = "60/minute"
ACTS: Final = frozenset(
    {"hide-note", "show-note", "hide-author", "show-author", "less-topic", "more-topic"}
)


@require_safe
@cache_control(private=True, no_cache=True)
def why(request: HttpRequest, token: str) -> HttpResponse:
    """Say why a card was shown: over the wall to htmx, as a page otherwise."""
    return _answer(request, token, done="")


@require_POST
def act_on_card(request: HttpRequest, token: str, act: str) -> HttpResponse:
    """Hide a note, its author or a topic of it, or take that back."""
    person, at = require_person(request.user), now()
    if act not in ACTS:
        raise NotFound
    check_rate(name="feed.choices", rate=RATE, subject=f"person:{person.pk}", now=at)
    found = explain(token=token, viewer_id=person.pk, now=at)
    done = _act(act, found, person_id=person.pk, topic=request.POST.get("topic", ""))
    if not wants_fragment(request):
        return redirect("why", token=token)
    answer = _answer(request, token, done=done)
    told = {"act": act, "note": found.note.public_id, "author": found.note.author.handle}
    answer["HX-Trigger"] = json.dumps({"meadow:card": told})
    return answer


def _act(act: str, found: Explanation, *, person_id: int, topic: str) -> str:
    """Do it, and say in a sentence what was done."""
    note, at = found.note, now()
    name = note.author.shown_name
    if act == "hide-note":
        services.hide_note(person_id=person_id, public_id=note.public_id, now=at)
        return _("You will not be shown this note again.")
    if act == "show-note":
        services.show_note(person_id=person_id, public_id=note.public_id)
        return _("This note may be shown to you again.")
    if act == "hide-author":
        services.hide_author(person_id=person_id, handle=note.author.handle, now=at)
        return _("Notes by %(name)s stay out of Hot from now on. Nobody is told.") % {"name": name}
    if act == "show-author":
        services.show_author(person_id=person_id, handle=note.author.handle)
        return _("Notes by %(name)s may be shown to you again.") % {"name": name}
    if act == "less-topic":
        services.want_less(person_id=person_id, topic=topic, now=at)
        return _("#%(topic)s stays out of Hot from now on.") % {"topic": topic}
    services.want_more(person_id=person_id, topic=topic)
    return _("#%(topic)s may be shown to you again.") % {"topic": topic}


def _answer(request: HttpRequest, token: str, *, done: str) -> HttpResponse:
    at = now()
    dial = reader_dial(request, at)
    found = explain(token=token, viewer_id=request.user.pk, now=at, dial=dial)
    over_wall = wants_fragment(request)
    parts: list[dict[str, Any]] = [
        {**asdict(part), "words": PARTS[part.code]} for part in found.parts if part.value
    ]
    context = {
        "why": found,
        "parts": parts,
        "sources": list_sources(found.sources),
        "done": done,
        "dialog": over_wall,
        "nav": {"hot": "home", "nearby": "home", "follow": "follow"}[found.surface],
    }
    return render(request, "feed/why_card.html" if over_wall else "feed/why.html", context)

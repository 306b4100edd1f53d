"""Follow a topic: a form without scripts, a swapped button with them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.core.problems import wants_fragment
from meadow.notes import queries, services

ACTS = {"follow": services.follow_topic, "unfollow": services.unfollow_topic}


@require_POST
def follow(request: HttpRequest, slug: str, act: str) -> HttpResponse:
    """Follow a topic or stop; answers with the button as it now is."""
    person = require_person(request.user)
    ACTS[act](slug=slug, person_id=person.pk, now=now())
    topic = queries.get_topic(slug=slug, viewer_id=person.pk)
    if not wants_fragment(request):
        return redirect(topic.card.url)
    return render(request, "notes/_topic_follow.html", {"topic": topic})

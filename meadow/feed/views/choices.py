"""The settings of one's feed: whether it is one's own, and what was hidden."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.core.errors import InvalidInput
from meadow.core.limits import check_rate
from meadow.feed import services
from meadow.feed.queries import get_standing, list_hidden

RATE = "60/minute"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def feed_settings(request: HttpRequest) -> HttpResponse:
    """Show and change whether Hot is put together for its reader, and list what they hid."""
    person, at = require_person(request.user), now()
    if request.method == "POST":
        check_rate(name="feed.choices", rate=RATE, subject=f"person:{person.pk}", now=at)
        choice = request.POST.get("personal")
        if choice not in ("yes", "no"):
            raise InvalidInput(fields={"personal": [_("Choose one of the two.")]})
        services.choose_feed(person_id=person.pk, personal=choice == "yes", now=at)
        if choice == "yes":
            messages.success(
                request, _("Hot is being put together for you, within a minute or so.")
            )
        else:
            messages.success(
                request, _("You see Hot as everybody does. What was made for you is gone.")
            )
        return redirect("hot" if request.POST.get("next") == "hot" else "settings_feed")
    context = {
        "standing": get_standing(person_id=person.pk, now=at),
        "hidden": list_hidden(person_id=person.pk),
    }
    return render(request, "feed/settings.html", context)


@login_required
@require_POST
def put_back(request: HttpRequest) -> HttpResponse:
    """Show a note, an author or a topic again."""
    person = require_person(request.user)
    check_rate(name="feed.choices", rate=RATE, subject=f"person:{person.pk}", now=now())
    if note := request.POST.get("note"):
        services.show_note(person_id=person.pk, public_id=note)
    elif author := request.POST.get("author"):
        services.show_author(person_id=person.pk, handle=author)
    elif topic := request.POST.get("topic"):
        services.want_more(person_id=person.pk, topic=topic)
    else:
        raise InvalidInput(fields={"note": [_("Say what to show again.")]})
    messages.success(request, _("It may be shown to you again."))
    return redirect("settings_feed")

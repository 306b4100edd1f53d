"""The settings of promoted notes: whether what somebody does may choose them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.core.errors import InvalidInput
from meadow.core.limits import check_rate
from meadow.promotion import audience_limits as limits
from meadow.promotion.queries.audiences import get_ad_standing
from meadow.promotion.services.choices import choose_promoted


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def promoted_settings(request: HttpRequest) -> HttpResponse:
    """Show and change whether promoted notes may be chosen by what the reader does."""
    person, at = require_person(request.user), now()
    if request.method == "POST":
        check_rate(
            name="promotion.choice", rate=limits.CHOICES, subject=f"person:{person.pk}", now=at
        )
        choice = request.POST.get("by_interest")
        if choice not in ("yes", "no"):
            raise InvalidInput(fields={"by_interest": [_("Choose one of the two.")]})
        choose_promoted(person_id=person.pk, by_interest=choice == "yes", now=at)
        if choice == "yes":
            messages.success(
                request, _("From now on what you do may decide which promoted notes you see.")
            )
        else:
            messages.success(
                request, _("You see promoted notes only that are meant for everybody.")
            )
        return redirect("settings_promoted")
    context = {"standing": get_ad_standing(person_id=person.pk, now=at)}
    return render(request, "promotion/settings.html", context)

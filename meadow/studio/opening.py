"""The door of the Creator Center: who is not in is led to the page that says why, and what is missing."""

import functools
from collections.abc import Callable, Mapping
from typing import Concatenate, Final, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from meadow.core.problems import wants_fragment
from meadow.programs.doors import Kind
from meadow.programs.errors import CapabilityClosed

CAPABILITY: Final = "studio.open"
SURFACES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "page": (
        "/studio",
        "/studio/notes",
        "/studio/notes/<public_id>",
        "/studio/followers",
        "/studio/facts",
    ),
    "download": ("/studio/notes.csv", "/studio/followers.csv", "/studio/series.csv"),
    "api": (
        "/api/v1/metrics/{key}",
        "/api/v1/metrics/{key}/facts",
        "/api/v1/notes/{public_id}/metrics",
    ),
    # Photos are shown by who may see their note; the Studio opens none.
    "media": (),
    "realtime": ("studio.figures",),
}
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def explain_closed_door(view: View[P]) -> View[P]:
    """Lead who may not open the Studio to "Why am I in or out?"; an open page goes there as well."""

    @functools.wraps(view)
    def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except CapabilityClosed as closed:
            address = f"/programs/{closed.params['program']}/me"
            if wants_fragment(request):
                return HttpResponseClientRedirect(address)
            return redirect(address)

    return opened  # type: ignore[return-value] # Concatenate and wraps do not agree on names

"""The door of Promotion: who may order, and where who may not is led."""

import functools
from collections.abc import Callable, Mapping
from typing import Concatenate, Final, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from meadow.core.problems import wants_fragment
from meadow.programs.checks import require
from meadow.programs.doors import Kind
from meadow.programs.errors import CapabilityClosed

CAPABILITY: Final = "promotion.order"
# Orders that somebody has can be read, paused and cancelled by whoever placed them, inside or not.
SURFACES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "page": ("/promote/new",),
    "download": (),
    "api": ("/api/v1/promotion/forecast",),
    "media": (),
    "realtime": (),
}
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def only_buyers(view: View[P]) -> View[P]:
    """Open a page to who may order; anybody else is led to "Why am I in or out?"."""
    checked = require(CAPABILITY)(view)

    @functools.wraps(view)
    def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return checked(request, *args, **kwargs)
        except CapabilityClosed as closed:
            address = f"/programs/{closed.params['program']}/me"
            if wants_fragment(request):
                return HttpResponseClientRedirect(address)
            return redirect(address)

    return opened  # type: ignore[return-value] # Concatenate and wraps do not agree on names

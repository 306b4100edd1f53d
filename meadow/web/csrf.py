"""Django's protection of forms; whoever is signed in is not sent the same cookie with every page."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

ASKED_FOR = "CSRF_COOKIE_NEEDS_UPDATE"


class FormMiddleware(CsrfViewMiddleware):
    """Django renews the cookie, which lasts a year, whenever a page holds a token.

    Signing in sets it anew and a session ends long before it does, so that of a signed-in reader it need
    be sent only where it is another one than their browser has.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Send the cookie unless its reader is signed in and has it."""
        if request.META.get(ASKED_FOR) and self._is_at_hand(request):
            request.META[ASKED_FOR] = False
        answer: HttpResponseBase = super().process_response(request, response)
        return answer

    def _is_at_hand(self, request: HttpRequest) -> bool:
        given = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
        same = given is not None and given == request.META.get("CSRF_COOKIE")
        return same and request.user.is_authenticated

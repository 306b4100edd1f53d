"""The content security policy, put together once and not for every answer."""

from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# What django-csp's decorators leave on an answer that wants a policy of its own.
OWN_WISHES = ("_csp_exempt", "_csp_update", "_csp_replace", "_csp_config")


class PolicyMiddleware(CSPMiddleware):
    """django-csp, except that an answer without wishes of its own gets the policy ready-made."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Set the header; a nonce or a decorator takes django-csp's own way."""
        wishes = any(hasattr(response, name) for name in OWN_WISHES)
        if wishes or HEADER in response or hasattr(request, "_csp_nonce") or settings.DEBUG:
            answer: HttpResponseBase = super().process_response(request, response)
            return answer
        response.headers[HEADER] = standing_policy()
        return response


@cache
def standing_policy() -> str:
    """Return the policy of the settings as a header value."""
    return str(build_policy())

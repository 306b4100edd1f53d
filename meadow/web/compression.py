"""Pages leave compressed: a wall of cards is five times smaller, and a phone waits for it."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

KINDS = ("text/html", "application/json")


class PageCompression(GZipMiddleware):
    """Django's gzip with its random padding, for pages and JSON only: pictures are small already."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress what is text and whole; anything else passes as it is."""
        kind = response.get("Content-Type", "").partition(";")[0]
        if not isinstance(response, HttpResponse) or kind not in KINDS:
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed

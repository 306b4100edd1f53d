"""What every request passes: an id for the log, limits, and failures turned into answers."""

import logging
import re
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from meadow.core.database import LOST, forget_dead_connections, is_worth_a_retry
from meadow.core.errors import EngineUnavailable, MeadowError, NotFound, PermissionDenied
from meadow.core.ids import new_id
from meadow.core.logs import request_id_in_log
from meadow.core.problems import refuse

GetResponse = Callable[[HttpRequest], HttpResponse]

REQUEST_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
SAFE_METHODS = ("GET", "HEAD")
log = logging.getLogger("meadow.request")


class BodyTooLarge(MeadowError):
    """The body is larger than any form or upload of ours."""

    status = 413
    code = "body_too_large"
    message = _("That is more than can be sent at once: the limit is {limit_mib} MiB.")
    hint = _("Send smaller files, or fewer at a time.")


class UnreadableText(MeadowError):
    """The request holds characters that cannot be stored as text."""

    status = 400
    code = "unreadable_text"
    message = _("Some of the text has characters that cannot be kept.")
    hint = _("Remove invisible control characters, then try again.")


class BadLength(MeadowError):
    """The Content-Length header is not a number."""

    code = "bad_length"
    message = _("The request does not say properly how long it is.")


class RequestMiddleware:
    """Gives each request an id, in the answer and in the log, and turns away what is oversized."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.match(given) else new_id("r")
        request.request_id = request_id  # type: ignore[attr-defined]
        token = request_id_in_log.set(request_id)
        try:
            refusal = check_request(request)
            if refusal is None:
                response = self.get_response(request)
            else:
                detach_from_database(request)
                response = refuse(refusal, request)
        finally:
            request_id_in_log.reset(token)
        response["X-Request-ID"] = request_id
        return response


class ProblemMiddleware:
    """Maps what a view raises to an answer; a read whose database connection died is run again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "read_again", False):
            request.read_again = False  # type: ignore[attr-defined]
            response = self.get_response(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer expected failures; None leaves the unexpected to Django's own handling."""
        if isinstance(exception, LOST):
            return self._answer_lost_database(request, exception)
        error = expected_failure(exception)
        if error is None:
            return None
        if error.status >= 500:
            log.warning("%s %s: %s", request.method, request.path, error.code)
        return refuse(error, request)

    def _answer_lost_database(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        forget_dead_connections()
        first_try = not hasattr(request, "read_again")
        if request.method in SAFE_METHODS and first_try and is_worth_a_retry(exception):
            request.read_again = True  # type: ignore[attr-defined]
            return HttpResponse(status=503)
        log.warning("%s %s: the database is away: %s", request.method, request.path, exception)
        return refuse_without_database(request)


def check_request(request: HttpRequest) -> MeadowError | None:
    """Return why a request must not be looked at any further, if so."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit():
        return BadLength()
    if int(length) > settings.MAX_BODY_BYTES:
        return BodyTooLarge(limit_mib=settings.MAX_BODY_BYTES // 1024**2)
    if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return UnreadableText()
    return None


def expected_failure(exception: Exception) -> MeadowError | None:
    """Return the failure of ours that an exception amounts to."""
    match exception:
        case MeadowError():
            return exception
        case Http404():
            return NotFound()
        case DjangoPermissionDenied():
            return PermissionDenied()
        case RequestDataTooBig():
            return BodyTooLarge(limit_mib=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2)
        case UnicodeEncodeError():
            return UnreadableText()
        case ValueError() | DataError() if "NUL (0x00)" in str(exception):
            return UnreadableText()
    return None


def refuse_without_database(request: HttpRequest) -> HttpResponse:
    """Answer 503 without asking the database for anything."""
    detach_from_database(request)
    return refuse(EngineUnavailable(), request)


def detach_from_database(request: HttpRequest) -> None:
    """Let a page render as for a stranger; the session row and its cookie stay as they are."""
    request.user = AnonymousUser()
    session = getattr(request, "session", None)
    if session is not None and not hasattr(session, "_session_cache"):
        session._session_cache = {}

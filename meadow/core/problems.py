"""Turns an expected failure into the answer that its reader can use: JSON, toast or page."""

from typing import Any
from urllib.parse import quote

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from meadow.core.errors import InvalidInput, MeadowError, RateLimited

CONTENT_TYPE = "application/problem+json"
MACHINE_PATHS = ("/api/v1/", "/e")


def problem_document(error: MeadowError, request: HttpRequest, *, status: int) -> dict[str, Any]:
    """Return the RFC 9457 members, with our stable `code`, `params` and field `errors`."""
    document: dict[str, Any] = {
        "type": f"urn:meadow:problem:{error.code}",
        "title": error.text(),
        "status": status,
        "code": error.code,
        "params": error.params,
        "instance": quote(request.path),
    }
    if hint := error.hint_text():
        document["detail"] = hint
    if isinstance(error, InvalidInput) and error.fields:
        document["errors"] = error.fields
    if request_id := getattr(request, "request_id", ""):
        document["request_id"] = request_id
    return document


def problem_response(
    error: MeadowError, request: HttpRequest, *, status: int | None = None
) -> HttpResponse:
    """Answer software: a problem document with the failure's status and headers."""
    status = status or error.status
    body = orjson.dumps(problem_document(error, request, status=status), default=str)
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=error.headers())


def refuse(error: MeadowError, request: HttpRequest) -> HttpResponse:
    """Answer whoever asks: software gets JSON, htmx a toast, a person a page."""
    if wants_json(request):
        return problem_response(error, request)
    context = {
        "error": error,
        "status": error.status,
        "code": error.code,
        "text": error.text(),
        "hint": error.hint_text(),
        "request_id": getattr(request, "request_id", ""),
    }
    if wants_fragment(request):
        context |= {"level": "error"}
        response = render(request, "components/toast.html", context, status=error.status)
        # The fragment never replaces what the reader was working on.
        response["HX-Retarget"] = "#toasts"
        response["HX-Reswap"] = "beforeend"
    else:
        response = render(request, "errors/problem.html", context, status=error.status)
    for name, value in error.headers().items():
        response[name] = value
    return response


def wants_json(request: HttpRequest) -> bool:
    """Whether the reader is software: an API address, or JSON named before HTML in Accept."""
    if request.path.startswith(MACHINE_PATHS[0]) or request.path == MACHINE_PATHS[1]:
        return True
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-Boosted") != "true"


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Answer what allauth's own limits refuse; their longest common window is a minute."""
    return refuse(RateLimited(retry_after=60), request)

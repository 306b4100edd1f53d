"""Site-wide views: health for machines, the API reference, and the error pages."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from meadow.core.errors import MeadowError, NotFound, PermissionDenied
from meadow.core.health import run_checks
from meadow.core.problems import refuse
from meadow.web.apidocs import describe_api, openapi_json


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process serves; no engine is asked."""
    return JsonResponse({"status": "live"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Ask each engine; 200 when all answer, 503 and the names of the silent ones otherwise."""
    checks = run_checks()
    ready = all(check.ok for check in checks)
    return JsonResponse(
        {
            "status": "ready" if ready else "not ready",
            "engines": {
                check.name: {"ok": check.ok, "detail": check.detail, "version": check.version}
                for check in checks
            },
        },
        status=200 if ready else 503,
    )


@require_safe
@cache_control(public=True, max_age=300)
def openapi(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI document, for tools that make clients of it."""
    return HttpResponse(openapi_json(), content_type="application/json")


@require_safe
def api_root(request: HttpRequest) -> HttpResponse:
    """Lead whoever opens the root of the API to its reference."""
    return redirect("api_docs")


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show the API reference, rendered from the OpenAPI document itself."""
    context = {"reference": describe_api(), "base_url": request.build_absolute_uri("/").rstrip("/")}
    return render(request, "web/api_docs.html", context)


class BadRequest(MeadowError):
    """Django refused the request before any view saw it (a suspicious host or form)."""

    code = "bad_request"


class ServerFault(MeadowError):
    """Something of ours broke; the request id finds it in the log."""

    status = 500
    code = "server_fault"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refused to read."""
    return refuse(BadRequest(), request)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django's own permission check refused."""
    return refuse(PermissionDenied(), request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that no route knows."""
    return refuse(NotFound(), request)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after an unexpected fault, without touching the database."""
    return refuse(ServerFault(), request)

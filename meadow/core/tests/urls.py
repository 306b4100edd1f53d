"""Views that fail in every way, for the middleware's tests."""

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from meadow.core.errors import EngineUnavailable, InvalidInput, RateLimited
from meadow.core.models import RateCount

calls: list[str] = []


def limited(request: HttpRequest) -> HttpResponse:
    raise RateLimited(retry_after=7)


def invalid(request: HttpRequest) -> HttpResponse:
    raise InvalidInput(fields={"title": ["Too long."]})


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404


def forbidden(request: HttpRequest) -> HttpResponse:
    raise DjangoPermissionDenied


def nul(request: HttpRequest) -> HttpResponse:
    RateCount.objects.filter(pk="a\x00b").exists()
    return HttpResponse("unreachable")


def away(request: HttpRequest) -> HttpResponse:
    raise EngineUnavailable(engine="nats")


def lost_once(request: HttpRequest) -> HttpResponse:
    calls.append(str(request.method))
    if len(calls) == 1:
        raise OperationalError("server closed the connection unexpectedly")
    return HttpResponse("back")


def lost(request: HttpRequest) -> HttpResponse:
    calls.append(str(request.method))
    raise OperationalError("server closed the connection unexpectedly")


def bad_data(request: HttpRequest) -> HttpResponse:
    raise DataError("integer out of range")


def ok(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.request_id)  # type: ignore[attr-defined]


urlpatterns = [
    path("limited", limited),
    path("invalid", invalid),
    path("missing", missing),
    path("forbidden", forbidden),
    path("nul", nul),
    path("away", away),
    path("lost-once", lost_once),
    path("lost", lost),
    path("bad-data", bad_data),
    path("ok", ok),
]

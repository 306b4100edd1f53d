"""The ready-made policy is django-csp's own, and decorators still have their way."""

from typing import Any

from csp.constants import HEADER
from csp.decorators import csp_exempt, csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from meadow.web.csp import PolicyMiddleware


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def header_of(middleware: type[CSPMiddleware], view: Any) -> dict[str, list[str]] | None:
    answer: Any = middleware(view)(RequestFactory().get("/"))
    value = answer.headers.get(HEADER)
    if value is None:
        return None
    parts = [part.split() for part in value.split(";")]
    return {part[0]: sorted(part[1:]) for part in parts}


def test_a_plain_answer_gets_what_django_csp_would_give_it() -> None:
    ours = header_of(PolicyMiddleware, plain)

    assert ours == header_of(CSPMiddleware, plain)
    assert ours is not None
    assert ours["default-src"] == ["'none'"]


def test_an_exempt_answer_gets_none() -> None:
    assert header_of(PolicyMiddleware, csp_exempt()(plain)) is None


def test_an_answer_may_widen_its_own_policy() -> None:
    widened = csp_update({"img-src": ["https://example.org"]})(plain)

    found = header_of(PolicyMiddleware, widened)

    assert found == header_of(CSPMiddleware, widened)
    assert found is not None
    assert "https://example.org" in found["img-src"]

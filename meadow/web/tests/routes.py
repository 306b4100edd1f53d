"""Lists every route of the site with its methods, straight from the URL tables."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from meadow.web.api import api

API_PREFIX = "/api/v1/"


def api_routes() -> list[str]:
    """Return `METHOD /api/v1/path` for every operation of the API."""
    paths = api.get_openapi_schema(path_prefix=API_PREFIX)["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]


def page_patterns() -> list[str]:
    """Return `/path/<argument>` for every route that is not an API operation."""
    api_paths = {_plain(route.split(" ", 1)[1]) for route in api_routes()}
    found = (_tidy(raw) for raw in _walk(get_resolver().url_patterns, "/"))
    return sorted({path for path in found if _plain(path) not in api_paths})


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, here)
        else:
            yield here


def _tidy(raw: str) -> str:
    """Turn a route or regular expression of Django's into one spelling."""
    path = re.sub(r"\(\?P<(\w+)>(?:\[[^\]]*\]|[^()])*\)", r"<\1>", raw)
    path = re.sub(r"<\w+:(\w+)>", r"<\1>", path)
    return path.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")


def _plain(path: str) -> str:
    """Drop the names of arguments, so that `{note_id}` and `<public_id>` compare equal."""
    return re.sub(r"[<{][^>}]*[>}]", "*", path)

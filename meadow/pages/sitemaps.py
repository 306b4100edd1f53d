"""sitemap.xml and robots.txt: where a search engine finds what strangers may see.

Files go by ranges of ids and not by page numbers, so that a million notes cost no long OFFSET and a
note never wanders between files. They are checked again at every reading, by a fingerprint that
PostgreSQL makes without handing out rows: what is hidden or turns private is gone at once. (Django's
own sitemaps page by OFFSET and answer If-Modified-Since by the newest change, which hiding is not.)
"""

from collections.abc import Callable
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from meadow.core.clock import now
from meadow.core.limits import caller, check_rate
from meadow.notes.queries.public import (
    SECTIONS,
    PublicRow,
    Section,
    highest_id,
    list_public,
    mark_public,
)

XML: Final = "application/xml"
RATE: Final = "240/minute"
# sitemaps.org allows 50,000 addresses and 50 MB a file; smaller ones are quicker to make and to read.
IDS_A_FILE: Final = 5_000
_ADDRESSES: Final[dict[Section, Callable[[str], str]]] = {
    "notes": lambda name: reverse("note", args=(name,)),
    "topics": lambda name: reverse("topic", args=(name,)),
    "people": lambda name: reverse("profile", args=(name,)),
}


def _mark_index(request: HttpRequest) -> str:
    """Return the ETag of the index: how many files there are, and under which name."""
    counts = "-".join(str(_count_files(section)) for section in SECTIONS)
    return f'"{request.get_host()}-{counts}"'


def _mark_file(request: HttpRequest, section: str, number: int) -> str | None:
    """Return the ETag of a file, or None where there is no such file."""
    found = _find(section)
    if found is None:
        return None
    first, end = _range(number)
    return f'"{request.get_host()}-{section}-{mark_public(section=found, first=first, end=end)}"'


@require_safe
@cache_control(public=True, max_age=0, must_revalidate=True)
@condition(etag_func=_mark_index)
def index(request: HttpRequest) -> HttpResponse:
    """List the files that list what strangers may see."""
    files = [
        request.build_absolute_uri(reverse("sitemap_file", args=(section, number)))
        for section in SECTIONS
        for number in range(1, _count_files(section) + 1)
    ]
    return _answer(request, "pages/sitemap_index.xml", {"files": files})


@require_safe
@cache_control(public=True, max_age=0, must_revalidate=True)
@condition(etag_func=_mark_file)
def file(request: HttpRequest, section: str, number: int) -> HttpResponse:
    """List the notes, topics or people whose ids lie in the range of one file."""
    check_rate(name="pages.sitemap", rate=RATE, subject=caller(request), now=now())
    found = _find(section)
    if found is None or not 1 <= number <= _count_files(found):
        raise Http404
    first, end = _range(number)
    rows = list_public(section=found, first=first, end=end)
    return _answer(
        request,
        "pages/sitemap.xml",
        {"rows": [(_absolute(request, found, row), row.changed_at) for row in rows]},
    )


@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Say what a search engine need not look at, and where it finds the rest."""
    context = {"sitemap": request.build_absolute_uri(reverse("sitemap"))}
    return render(request, "pages/robots.txt", context, content_type="text/plain; charset=utf-8")


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = render(request, template, context, content_type=XML)
    # The lists themselves are nothing to be found.
    response["X-Robots-Tag"] = "noindex"
    return response


def _find(name: str) -> Section | None:
    return next((one for one in SECTIONS if one == name), None)


def _absolute(request: HttpRequest, section: Section, row: PublicRow) -> str:
    return request.build_absolute_uri(_ADDRESSES[section](row.name))


def _range(number: int) -> tuple[int, int]:
    return (number - 1) * IDS_A_FILE, number * IDS_A_FILE


def _count_files(section: Section) -> int:
    return highest_id(section=section) // IDS_A_FILE + 1

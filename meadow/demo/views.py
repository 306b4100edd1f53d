"""The page that names who made the demo's photos, as their licences ask."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from meadow.demo.errors import NoDemo
from meadow.demo.queries import is_seeded, list_credits


@require_safe
def show_credits(request: HttpRequest) -> HttpResponse:
    """List every photo with its author, licence, source and changes."""
    if not is_seeded():
        raise NoDemo
    language = "zh-hans" if get_language() == "zh-hans" else "en"
    return render(request, "demo/credits.html", {"lines": list_credits(language=language)})

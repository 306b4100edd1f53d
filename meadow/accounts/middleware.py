"""The language and theme of each request: the person's choice, the browser's cookie, its header.

And what somebody may not send while they may not write.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from meadow.accounts.models import Person
from meadow.accounts.standing import SAFE_METHODS, Suspended, check_request
from meadow.core.database import LOST, read_again_if_lost
from meadow.core.middleware import refuse_without_database
from meadow.core.problems import refuse

THEME_COOKIE = "meadow_theme"


class PreferencesMiddleware:
    """Activates the reader's language and notes their theme on the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            # The first look at `user` is the request's first query: a dead connection shows here.
            person = read_again_if_lost(lambda: signed_in_person(request))
        except LOST:
            translation.activate(choose_language(request, None))
            return refuse_without_database(request)
        # Whoever asks from here on need not go through the promise: it costs a microsecond a look.
        request.user = getattr(request, "_cached_user", request.user)
        language = choose_language(request, person)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        request.chosen_language = stated_language(request, person)  # type: ignore[attr-defined]
        request.theme = choose_theme(request, person)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if person is None:
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


class StandingMiddleware:
    """Refuses what somebody sends who may write nothing for now; tokens are asked where they are read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer instead of the view, or leave it to the view."""
        if request.method in SAFE_METHODS:
            return None
        person = signed_in_person(request)
        if person is not None:
            try:
                check_request(request, person)
            except Suspended as refused:
                return refuse(refused, request)
        return None


def signed_in_person(request: HttpRequest) -> Person | None:
    """Return whoever is signed in, or None."""
    user = request.user
    # `user` is lazy: asking is what loads it.
    return user if user.is_authenticated else None


def choose_language(request: HttpRequest, person: Person | None) -> str:
    """Return the language to answer in: stated, else the best the browser asks for."""
    return stated_language(request, person) or translation.get_language_from_request(request)


def stated_language(request: HttpRequest, person: Person | None) -> str:
    """Return the language that the reader chose here, or an empty string."""
    known = dict(settings.LANGUAGES)
    for choice in (
        person.language if person else "",
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
    ):
        if choice in known:
            return choice
    return ""


def choose_theme(request: HttpRequest, person: Person | None) -> str:
    """Return auto, light or dark."""
    if person is not None:
        return person.theme
    cookie = request.COOKIES.get(THEME_COOKIE, "")
    return cookie if cookie in Person.Theme.values else Person.Theme.AUTO.value

"""What every page of the operator's bench shares: who may enter, the frame, and how refusals are said."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from meadow.accounts.census import count_active
from meadow.accounts.permissions import require_moderator, require_operator
from meadow.core.errors import InvalidInput, MeadowError
from meadow.programs.queries import get_card

View = Callable[Concatenate[HttpRequest, ...], HttpResponse]


def for_operators(*methods: str) -> Callable[[View], View]:
    """Let operators alone into a page that answers these methods, GET if none is named."""
    return _guard(require_operator, methods)


def for_moderators(*methods: str) -> Callable[[View], View]:
    """Let moderators and operators into a page."""
    return _guard(require_moderator, methods)


def _guard(require: Callable[[Any], object], methods: tuple[str, ...]) -> Callable[[View], View]:
    allowed = methods or ("GET",)
    allowed = (*allowed, "HEAD") if "GET" in allowed else allowed

    def decorate(view: View) -> View:
        @wraps(view)
        def entered(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
            require(request.user)
            return view(request, *args, **words)

        return never_cache(login_required(require_http_methods(list(allowed))(entered)))

    return decorate


def show(
    request: HttpRequest, name: str, context: dict[str, Any], *, slug: str, status: int = 200
) -> HttpResponse:
    """Answer with a page of one program's bench."""
    context = {"card": get_card(slug), "page": name, **context}
    return render(request, f"programs/operator/{name}.html", context, status=status)


def show_work(request: HttpRequest, *, slug: str) -> HttpResponse:
    """Say that a dry run is being worked out; the page asks for itself again until it is there."""
    answer = show(request, "working", {"people": count_active()}, slug=slug)
    # Browsers ask again by themselves, without a script; nothing on the page is lost by that.
    answer["Refresh"] = "1"
    return answer


def lay_on(form: forms.Form, refused: MeadowError) -> None:
    """Say a refusal on a form: beside the field it names, or above all."""
    if not isinstance(refused, InvalidInput) or not refused.fields:
        form.add_error(None, refused.sentences())
        return
    for name, sentences in refused.fields.items():
        for said in sentences:
            form.add_error(name if name in form.fields else None, said)


def when_empty(value: str) -> str:
    """Return a value, or a dash that says that there is none."""
    return value or _("none")

"""Pages of audiences: those a buyer keeps, the lists they uploaded, and how large one is."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.limits import check_rate
from meadow.core.zones import reader_dial
from meadow.programs import checks
from meadow.promotion import audience_limits as limits
from meadow.promotion.audience_forms import (
    AudienceForm,
    NamedAudienceForm,
    UploadForm,
    initial_of,
)
from meadow.promotion.opening import CAPABILITY, only_buyers
from meadow.promotion.queries.audiences import find_saved, list_lists, list_saved
from meadow.promotion.services import audiences as services
from meadow.promotion.services.lists import delete_list, upload_list
from meadow.promotion.sizing import say_size


@never_cache
@login_required
@require_safe
def audiences(request: HttpRequest) -> HttpResponse:
    """Show the audiences and the lists that the reader keeps."""
    person, now = require_person(request.user), clock.now()
    context = {
        "saved": list_saved(person_id=person.pk, dial=reader_dial(request, now)),
        "lists": list_lists(person_id=person.pk),
        "may_order": checks.allows(person.pk, CAPABILITY),
    }
    return render(request, "promotion/audiences.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@only_buyers
def new_audience(request: HttpRequest) -> HttpResponse:
    """Describe an audience and keep it."""
    return _edit(request, "")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@only_buyers
def audience(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a saved audience, and change it."""
    return _edit(request, public_id)


@login_required
@require_POST
def remove_audience(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forget a saved audience."""
    person = require_person(request.user)
    _check_rate(person.pk)
    services.delete_audience(person_id=person.pk, public_id=public_id)
    messages.success(request, _("Deleted. Orders that were placed with it go on as they are."))
    return redirect("promote_audiences")


@never_cache
@login_required
@require_POST
@only_buyers
def audience_size(request: HttpRequest) -> HttpResponse:
    """Say how large the audience is that a form describes."""
    person, dial = require_person(request.user), reader_dial(request, clock.now())
    form = AudienceForm(request.POST, person_id=person.pk, dial=dial)
    context = {"size": _size(form, person.pk)}
    return render(request, "promotion/_audience_size.html", context)


@never_cache
@login_required
@require_POST
@only_buyers
def audience_editor(request: HttpRequest) -> HttpResponse:
    """Return the editor's fields with what was typed picked, where it was found."""
    person, dial = require_person(request.user), reader_dial(request, clock.now())
    _check_rate(person.pk, rate=limits.SIZES, name="promotion.editor")
    form = AudienceForm(request.POST, person_id=person.pk, dial=dial)
    form.is_valid()
    return render(request, "promotion/_audience_editor.html", {"editor": form})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@only_buyers
def new_list(request: HttpRequest) -> HttpResponse:
    """Upload a list of hashes."""
    person, now = require_person(request.user), clock.now()
    form = UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        check_rate(
            name="promotion.upload", rate=limits.UPLOADS, subject=f"person:{person.pk}", now=now
        )
        if form.is_valid():
            try:
                upload_list(
                    person_id=person.pk,
                    name=form.cleaned_data["name"],
                    lines=form.lines(),
                    now=now,
                )
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
            else:
                messages.success(request, _("The list is here. Nobody learns who is on it."))
                return redirect("promote_audiences")
        status = 422
    return render(request, "promotion/list_new.html", {"form": form}, status=status)


@login_required
@require_POST
def remove_list(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forget a list."""
    person = require_person(request.user)
    _check_rate(person.pk)
    delete_list(person_id=person.pk, public_id=public_id)
    messages.success(request, _("Deleted. Audiences that name it reach nobody by it any more."))
    return redirect("promote_audiences")


def _edit(request: HttpRequest, public_id: str) -> HttpResponse:
    person, now = require_person(request.user), clock.now()
    dial, found = reader_dial(request, now), None
    if public_id:
        found = find_saved(public_id=public_id, person_id=person.pk, dial=dial)
    if request.method == "POST":
        form = NamedAudienceForm(request.POST, person_id=person.pk, dial=dial)
        if request.POST.get("act") == "size":
            return _page(request, form, found, size=_size(form, person.pk))
        _check_rate(person.pk)
        if not form.is_valid():
            return _page(request, form, found, status=422)
        given: dict[str, Any] = {
            "person_id": person.pk,
            "name": form.cleaned_data["name"],
            "definition": form.read_definition(),
            "now": now,
        }
        try:
            if found is None:
                services.save_audience(**given)
            else:
                services.change_audience(public_id=public_id, **given)
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
            return _page(request, form, found, status=refused.status)
        messages.success(request, _("Kept. It can be chosen in the next order."))
        return redirect("promote_audiences")
    initial = {"name": found.name, **(initial_of(found.definition) or {})} if found else {}
    form = NamedAudienceForm(person_id=person.pk, dial=dial, initial=initial)
    return _page(request, form, found)


def _page(
    request: HttpRequest,
    form: NamedAudienceForm,
    found: Any,
    *,
    status: int = 200,
    size: Any = None,
) -> HttpResponse:
    is_whole = found is None or initial_of(found.definition) is not None
    context = {"form": form, "editor": form, "found": found, "is_whole": is_whole, "size": size}
    return render(request, "promotion/audience.html", context, status=status)


def _size(form: AudienceForm, person_id: int) -> dict[str, Any]:
    now = clock.now()
    check_rate(name="promotion.size", rate=limits.SIZES, subject=f"person:{person_id}", now=now)
    named = {name for name in form.errors if name != "name"}
    if named:
        return {"trouble": _("Mend what is marked, and you see how many people they are.")}
    try:
        definition = form.read_definition()
        told = services.estimate_audience(buyer_id=person_id, definition=definition, now=now)
    except MeadowError as refused:
        return {"trouble": refused.sentences()}
    return say_size(told, definition=definition, owner_id=person_id, dial=form.dial)


def _check_rate(
    person_id: int, *, rate: str = limits.CHANGES, name: str = "promotion.audiences"
) -> None:
    check_rate(name=name, rate=rate, subject=f"person:{person_id}", now=clock.now())

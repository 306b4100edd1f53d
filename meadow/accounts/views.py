"""Pages about oneself, and the acts between people: parse, call once, show."""

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts import queries, rates, services
from meadow.accounts.forms import AvatarForm, PreferencesForm, ProfileForm, TokenForm
from meadow.accounts.middleware import THEME_COOKIE
from meadow.accounts.models import Person
from meadow.accounts.permissions import require_person
from meadow.accounts.queries import PersonCard
from meadow.accounts.scopes import SCOPES
from meadow.analytics.queries import get_retention
from meadow.core import clock
from meadow.core.errors import InvalidInput, MeadowError
from meadow.core.limits import check_rate
from meadow.core.pagination import Page
from meadow.core.problems import wants_fragment

YEAR = 365 * 24 * 3600


def me(request: HttpRequest) -> Person:
    """Return who is signed in. Raises NotSignedIn."""
    return require_person(request.user)


def viewer_id(request: HttpRequest) -> int | None:
    """Return the id of who is looking, or None for a stranger."""
    return request.user.pk if request.user.is_authenticated else None


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Change theme or language, signed in or not, and go back where it was asked."""
    form = PreferencesForm(request.POST, languages=list(settings.LANGUAGES))
    if not form.is_valid():
        raise InvalidInput(
            fields={name: [str(error) for error in errors] for name, errors in form.errors.items()}
        )
    theme, language = form.cleaned_data["theme"], form.cleaned_data["language"]
    if request.user.is_authenticated:
        if theme:
            services.change_theme(person_id=request.user.pk, theme=theme)
        if language:
            services.change_language(person_id=request.user.pk, language=language)
    if wants_fragment(request) or request.headers.get("Accept", "").startswith("application/json"):
        response = HttpResponse(status=204)
    else:
        response = redirect(_safe_next(request))
    # The cookie also serves the pages after signing out.
    secure = settings.SESSION_COOKIE_SECURE
    if theme:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR, secure=secure, samesite="Lax")
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, secure=secure, samesite="Lax"
        )
    return response


@login_required
@require_safe
def settings_home(request: HttpRequest) -> HttpResponse:
    """Open the settings at their first page."""
    return redirect("settings_profile")


@login_required
@require_safe
def account_settings(request: HttpRequest) -> HttpResponse:
    """Open email, password, two-step sign-in and devices at their first page."""
    return redirect("account_email")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile_settings(request: HttpRequest) -> HttpResponse:
    """Show and change what a person tells about themselves."""
    now, person = clock.now(), me(request)
    if request.method == "POST":
        form = ProfileForm(request.POST, this_year=now.year)
        if form.is_valid():
            check_rate(
                name="accounts.profile", rate=rates.PROFILE, subject=f"person:{person.pk}", now=now
            )
            services.update_profile(person_id=person.pk, **form.cleaned_data)
            messages.success(request, _("Your profile is saved."))
            return redirect("settings_profile")
        return _profile_page(request, form, status=422)
    return _profile_page(request, None, status=200)


@login_required
@require_POST
def change_avatar(request: HttpRequest) -> HttpResponse:
    """Take a new picture; what is wrong with it is said beside the field."""
    form = AvatarForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.upload_avatar(
                person_id=me(request).pk, file=form.cleaned_data["avatar"], now=clock.now()
            )
        except MeadowError as refused:
            form.add_error("avatar", refused.sentences())
        else:
            messages.success(request, _("Your new picture is on its way: it shows in a moment."))
            return redirect("settings_profile")
    return _profile_page(request, None, avatar_form=form, status=422)


@login_required
@require_POST
def remove_avatar(request: HttpRequest) -> HttpResponse:
    """Show the first letter again."""
    services.set_avatar(person_id=me(request).pk, upload_public_id=None, now=clock.now())
    messages.success(request, _("Your picture is gone."))
    return redirect("settings_profile")


@login_required
@require_safe
def appearance_settings(request: HttpRequest) -> HttpResponse:
    """Theme and language, each one press."""
    context = {"theme": getattr(request, "theme", "auto")}
    return render(request, "accounts/appearance.html", context)


@login_required
@require_safe
def blocked_settings(request: HttpRequest) -> HttpResponse:
    """Show whom one has blocked."""
    return render(
        request, "accounts/blocked.html", {"people": queries.list_blocked(me(request).pk)}
    )


@login_required
@require_safe
def privacy_settings(request: HttpRequest) -> HttpResponse:
    """Say what is kept about reading, and for how long."""
    kept = get_retention()
    context = {"read_days": kept["read"], "search_days": kept["search"]}
    return render(request, "accounts/privacy.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def forget_reading(request: HttpRequest) -> HttpResponse:
    """Ask whether to forget one's reading, and do so."""
    if request.method != "POST":
        return render(request, "accounts/forget.html")
    person, now = me(request), clock.now()
    check_rate(name="accounts.forget", rate=rates.FORGET, subject=f"person:{person.pk}", now=now)
    services.forget_reading(person_id=person.pk)
    messages.success(request, _("What you have read is forgotten: it belongs to nobody now."))
    return redirect("settings_privacy")


@sensitive_variables("issued")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_settings(request: HttpRequest) -> HttpResponse:
    """List access tokens and make one; the new secret is in this answer and in no other."""
    now, person = clock.now(), me(request)
    form = TokenForm(request.POST or None)
    issued = None
    if request.method == "POST" and form.is_valid():
        check_rate(
            name="accounts.tokens", rate=rates.TOKENS, subject=f"person:{person.pk}", now=now
        )
        issued = services.issue_token(
            person_id=person.pk,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=now + dt.timedelta(days=form.cleaned_data["days"]),
            now=now,
        )
        form = TokenForm()
    context = {
        "form": form,
        "issued": issued,
        "tokens": queries.list_tokens(person.pk, now=now),
        "scopes": SCOPES,
    }
    response = render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """End an access token at once."""
    services.revoke_token(person_id=me(request).pk, public_id=public_id, now=clock.now())
    messages.success(request, _("The token is revoked: it stopped working just now."))
    return redirect("settings_tokens")


@require_POST
def follow(request: HttpRequest, handle: str) -> HttpResponse:
    """Follow somebody; htmx gets the button as it stands now."""
    person, now = me(request), clock.now()
    card = queries.get_person_by_handle(handle, person.pk)
    check_rate(name="accounts.ties", rate=rates.TIES, subject=f"person:{person.pk}", now=now)
    services.follow_person(follower_id=person.pk, followed_id=card.id, now=now)
    return _answer_follow(request, handle)


@require_POST
def unfollow(request: HttpRequest, handle: str) -> HttpResponse:
    """Stop following somebody; htmx gets the button as it stands now."""
    person, now = me(request), clock.now()
    card = queries.get_person_by_handle(handle, person.pk)
    check_rate(name="accounts.ties", rate=rates.TIES, subject=f"person:{person.pk}", now=now)
    services.unfollow_person(follower_id=person.pk, followed_id=card.id, now=now)
    return _answer_follow(request, handle)


@require_POST
def block(request: HttpRequest, handle: str) -> HttpResponse:
    """Block somebody."""
    person, now = me(request), clock.now()
    # Whoever has blocked me can be blocked back, so the card is looked up as a stranger would.
    card = queries.get_person_by_handle(handle)
    check_rate(name="accounts.ties", rate=rates.TIES, subject=f"person:{person.pk}", now=now)
    services.block_person(blocker_id=person.pk, blocked_id=card.id, now=now)
    messages.success(request, _("%(handle)s is blocked.") % {"handle": f"@{card.handle}"})
    return redirect("settings_blocked")


@require_POST
def unblock(request: HttpRequest, handle: str) -> HttpResponse:
    """Take a block back."""
    person = me(request)
    card = queries.get_person_by_handle(handle)
    services.unblock_person(blocker_id=person.pk, blocked_id=card.id)
    messages.success(request, _("%(handle)s is no longer blocked.") % {"handle": f"@{card.handle}"})
    return redirect(_safe_next(request, fallback="/settings/blocked"))


@require_safe
def followers(request: HttpRequest, handle: str) -> HttpResponse:
    """Who follows somebody."""
    card = queries.get_person_by_handle(handle, viewer_id(request))
    page = queries.list_followers(
        card.id, viewer_id=viewer_id(request), cursor=request.GET.get("cursor")
    )
    return _people_page(request, card, page, kind="followers")


@require_safe
def following(request: HttpRequest, handle: str) -> HttpResponse:
    """Whom somebody follows."""
    card = queries.get_person_by_handle(handle, viewer_id(request))
    page = queries.list_following(
        card.id, viewer_id=viewer_id(request), cursor=request.GET.get("cursor")
    )
    return _people_page(request, card, page, kind="following")


def _people_page(
    request: HttpRequest, card: PersonCard, page: Page[PersonCard], *, kind: str
) -> HttpResponse:
    more = f"/@{card.handle}/{kind}?cursor={page.next_cursor}" if page.next_cursor else ""
    context = {"person": card, "people": page.items, "kind": kind, "more": more}
    template = "accounts/people.html"
    return render(request, f"{template}#rows" if wants_fragment(request) else template, context)


def _profile_page(
    request: HttpRequest,
    form: ProfileForm | None,
    *,
    status: int,
    avatar_form: AvatarForm | None = None,
) -> HttpResponse:
    own = queries.get_own_profile(me(request).pk)
    if form is None:
        told = {
            "name": own.card.name,
            "bio": own.bio,
            "region": own.region,
            "birth_year": own.birth_year,
            "gender": own.gender,
        }
        form = ProfileForm(this_year=clock.now().year, initial=told)
    context = {"form": form, "avatar_form": avatar_form or AvatarForm(), "own": own}
    return render(request, "accounts/profile.html", context, status=status)


def _answer_follow(request: HttpRequest, handle: str) -> HttpResponse:
    if not wants_fragment(request):
        return redirect(_safe_next(request, fallback=f"/@{handle}"))
    context = {
        "person": queries.get_person_by_handle(handle, viewer_id(request)),
        "small": request.POST.get("small") == "1",
    }
    return render(request, "components/follow_button.html", context)


def _safe_next(request: HttpRequest, fallback: str = "/") -> str:
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return target
    return fallback

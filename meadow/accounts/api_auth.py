"""Who calls the API: a person in a browser (session and CSRF), or software with a scoped token."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from meadow.accounts import rates
from meadow.accounts.errors import ScopeMissing, SessionRequired, TokenInvalid
from meadow.accounts.models import Person
from meadow.accounts.permissions import require_operator, require_person
from meadow.accounts.scopes import SCOPES
from meadow.accounts.services import use_token
from meadow.accounts.standing import check_request
from meadow.core import clock
from meadow.core.errors import NotSignedIn, PermissionDenied
from meadow.core.idempotency import HEADER, LONGEST_KEY
from meadow.core.limits import check_rate


class CsrfMissing(PermissionDenied):
    """A browser's write came without the token that shows it came from our own page."""

    code = "csrf_missing"
    message = _("The request does not show that it came from this site.")
    hint = _("Reload the page and try again, or use an access token.")


class SessionOrToken(AuthBase):
    """Lets in a signed-in person, or a token that has `scope`; `request.user` is the person."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, scope: str) -> None:
        if scope not in SCOPES:
            raise ValueError(f"{scope!r} is not a scope")
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> Any:
        secret = bearer_secret(request)
        if secret is None:
            return session_person(request)
        return token_person(request, secret=secret, scope=self.scope)


class AnyoneOrToken(SessionOrToken):
    """Lets strangers in too, for public reads; a token that is shown must still work."""

    def __call__(self, request: HttpRequest) -> Any:
        secret = bearer_secret(request)
        if secret is not None:
            return token_person(request, secret=secret, scope=self.scope)
        return request.user if request.user.is_authenticated else AnonymousUser()


class OperatorOrToken(SessionOrToken):
    """Lets in operators only; a token needs `scope` to look, and `write` for anything else."""

    def __init__(self, scope: str, *, write: str) -> None:
        super().__init__(scope)
        self.write = SessionOrToken(write)

    def __call__(self, request: HttpRequest) -> Any:
        looks = request.method in ("GET", "HEAD")
        person = super().__call__(request) if looks else self.write(request)
        return require_operator(person)


class SessionOnly(AuthBase):
    """Lets in a signed-in person and no token: for what could widen a token's own reach."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = "meadow_session"

    def __call__(self, request: HttpRequest) -> Any:
        if bearer_secret(request) is not None:
            raise SessionRequired
        return session_person(request)


_KEY: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": HEADER,
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
            "description": "With the same key again nothing is moved twice",
        }
    ]
}


def scoped(scope: str) -> dict[str, Any]:
    """Return the operation arguments for a call that needs `scope`; the reference shows it too."""
    return {"auth": SessionOrToken(scope), "openapi_extra": {"x-scope": scope}}


def moves_money(scope: str) -> dict[str, Any]:
    """Return the operation arguments for a call that needs `scope` and an idempotency key."""
    return {"auth": SessionOrToken(scope), "openapi_extra": {"x-scope": scope, **_KEY}}


def open_to_all(scope: str) -> dict[str, Any]:
    """Return the operation arguments for a public read; tokens need `scope`."""
    return {"auth": AnyoneOrToken(scope), "openapi_extra": {"x-scope": scope}}


def session_only() -> dict[str, Any]:
    """Return the operation arguments for a call that only a person in a browser may make."""
    return {"auth": SessionOnly(), "openapi_extra": {"x-scope": "session"}}


def bearer_secret(request: HttpRequest) -> str | None:
    """Return the token that a request shows, or None when it shows none. Raises TokenInvalid."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _space, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise TokenInvalid
    return str(secret.strip())


def session_person(request: HttpRequest) -> Person:
    """Return the person of the session; a write must carry the CSRF token. Raises NotSignedIn."""
    if not request.user.is_authenticated:
        raise NotSignedIn
    if check_csrf(request) is not None:
        raise CsrfMissing
    return require_person(request.user)


def token_person(request: HttpRequest, *, secret: str, scope: str) -> Person:
    """Return whom a token speaks for. Raises TokenInvalid, ScopeMissing, RateLimited."""
    now = clock.now()
    holder = use_token(secret=secret, now=now)
    check_rate(name="accounts.token", rate=rates.BEARER_CALLS, subject=holder.token_id, now=now)
    if scope not in holder.scopes:
        raise ScopeMissing(scope=scope)
    check_request(request, holder.person)
    request.user = holder.person
    return holder.person

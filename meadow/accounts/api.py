"""The accounts part of the API: oneself, other people, and access tokens."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from ninja.params.functions import Query

from meadow.accounts import queries, rates, services
from meadow.accounts.api_auth import open_to_all, scoped, session_only
from meadow.accounts.models import Person
from meadow.accounts.permissions import require_person
from meadow.accounts.schemas import (
    IssuedTokenOut,
    OwnProfileOut,
    PeopleOut,
    ProfileIn,
    ProfileOut,
    TieOut,
    TokenIn,
    TokenOut,
    own_profile_out,
    person_out,
    profile_out,
    token_out,
)
from meadow.core import clock
from meadow.core.etags import answer_with_etag
from meadow.core.limits import check_rate
from meadow.core.pagination import Page

router = Router(tags=["accounts"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")


@router.get("/me", response=OwnProfileOut, **scoped("profile:read"))
def get_me(request: HttpRequest) -> OwnProfileOut:
    """Read your own profile and settings."""
    return own_profile_out(queries.get_own_profile(_me(request).pk))


@router.patch("/me", response=OwnProfileOut, **scoped("profile:write"))
def change_me(request: HttpRequest, changes: ProfileIn) -> OwnProfileOut:
    """Change what you tell about yourself; what is left out stays as it is."""
    person = _me(request)
    check_rate(
        name="accounts.profile",
        rate=rates.PROFILE,
        subject=f"person:{person.pk}",
        now=clock.now(),
    )
    own = queries.get_own_profile(person.pk)
    told = changes.dict(exclude_unset=True)
    if told.keys() & {"name", "bio", "region", "birth_year", "gender"}:
        services.update_profile(
            person_id=person.pk,
            name=told.get("name", own.card.name) or "",
            bio=told.get("bio", own.bio) or "",
            region=told.get("region", own.region) or "",
            birth_year=told.get("birth_year", own.birth_year),
            gender=told.get("gender", own.gender) or "",
        )
    if "language" in told:
        services.change_language(person_id=person.pk, language=told["language"] or "")
    if told.get("theme"):
        services.change_theme(person_id=person.pk, theme=told["theme"])
    return own_profile_out(queries.get_own_profile(person.pk))


@router.post("/me/forget-reading", response={204: None}, **scoped("profile:write"))
def forget_reading(request: HttpRequest) -> Status[None]:
    """Forget what you have read: facts stay counted, and belong to nobody. It cannot be undone."""
    person, now = _me(request), clock.now()
    check_rate(name="accounts.forget", rate=rates.FORGET, subject=f"person:{person.pk}", now=now)
    services.forget_reading(person_id=person.pk)
    return Status(204, None)


@router.get("/people/{handle}", response=ProfileOut, **open_to_all("profile:read"))
def get_person(request: HttpRequest, handle: str) -> HttpResponse:
    """Read somebody's page. It carries an ETag."""
    profile = queries.get_profile(handle, viewer_id=_viewer_id(request))
    return answer_with_etag(request, profile_out(profile))


@router.get("/people/{handle}/followers", response=PeopleOut, **open_to_all("profile:read"))
def list_followers(
    request: HttpRequest, handle: str, cursor: str | None = CURSOR, size: int = SIZE
) -> PeopleOut:
    """List who follows somebody, newest first."""
    viewer_id = _viewer_id(request)
    card = queries.get_person_by_handle(handle, viewer_id)
    return _people(queries.list_followers(card.id, viewer_id=viewer_id, cursor=cursor, size=size))


@router.get("/people/{handle}/following", response=PeopleOut, **open_to_all("profile:read"))
def list_following(
    request: HttpRequest, handle: str, cursor: str | None = CURSOR, size: int = SIZE
) -> PeopleOut:
    """List whom somebody follows, newest first."""
    viewer_id = _viewer_id(request)
    card = queries.get_person_by_handle(handle, viewer_id)
    return _people(queries.list_following(card.id, viewer_id=viewer_id, cursor=cursor, size=size))


@router.post("/people/{handle}/follow", response=TieOut, **scoped("social:write"))
def follow(request: HttpRequest, handle: str) -> TieOut:
    """Follow somebody; following twice changes nothing."""
    now, person = clock.now(), _counted(request)
    card = queries.get_person_by_handle(handle, person.pk)
    services.follow_person(follower_id=person.pk, followed_id=card.id, now=now)
    return _tie(card.handle, person.pk)


@router.delete("/people/{handle}/follow", response=TieOut, **scoped("social:write"))
def unfollow(request: HttpRequest, handle: str) -> TieOut:
    """Stop following somebody."""
    now, person = clock.now(), _counted(request)
    card = queries.get_person_by_handle(handle, person.pk)
    services.unfollow_person(follower_id=person.pk, followed_id=card.id, now=now)
    return _tie(card.handle, person.pk)


@router.post("/people/{handle}/block", response=TieOut, **scoped("social:write"))
def block(request: HttpRequest, handle: str) -> TieOut:
    """Block somebody: follows between you end, and neither sees the other."""
    now, person = clock.now(), _counted(request)
    card = queries.get_person_by_handle(handle)
    services.block_person(blocker_id=person.pk, blocked_id=card.id, now=now)
    return TieOut(is_following=False, is_blocked=True)


@router.delete("/people/{handle}/block", response=TieOut, **scoped("social:write"))
def unblock(request: HttpRequest, handle: str) -> TieOut:
    """Take a block back; follows do not come back by themselves."""
    person = _counted(request)
    card = queries.get_person_by_handle(handle)
    services.unblock_person(blocker_id=person.pk, blocked_id=card.id)
    return TieOut(is_following=False, is_blocked=False)


@router.get("/tokens", response=list[TokenOut], **session_only())
def list_tokens(request: HttpRequest) -> list[TokenOut]:
    """List your access tokens that work. Only in a signed-in browser."""
    return [token_out(token) for token in queries.list_tokens(_me(request).pk, now=clock.now())]


@router.post("/tokens", response={201: IssuedTokenOut}, **session_only())
def make_token(request: HttpRequest, wanted: TokenIn) -> Status[IssuedTokenOut]:
    """Make an access token. Only in a signed-in browser: a token cannot make another."""
    now, person = clock.now(), _me(request)
    check_rate(name="accounts.tokens", rate=rates.TOKENS, subject=f"person:{person.pk}", now=now)
    issued = services.issue_token(
        person_id=person.pk,
        name=wanted.name,
        scopes=wanted.scopes,
        expires_at=now + dt.timedelta(days=wanted.days),
        now=now,
    )
    answer = IssuedTokenOut(id=issued.public_id, secret=issued.secret, expires_at=issued.expires_at)
    return Status(201, answer)


@router.delete("/tokens/{token_id}", response={204: None}, **session_only())
def revoke_token(request: HttpRequest, token_id: str) -> Status[None]:
    """End an access token at once. Only in a signed-in browser."""
    services.revoke_token(person_id=_me(request).pk, public_id=token_id, now=clock.now())
    return Status(204, None)


def _me(request: HttpRequest) -> Person:
    return require_person(request.user)


def _viewer_id(request: HttpRequest) -> int | None:
    return request.user.pk if request.user.is_authenticated else None


def _counted(request: HttpRequest) -> Person:
    """Return the caller, whose acts on other people are counted."""
    person = _me(request)
    check_rate(
        name="accounts.ties", rate=rates.TIES, subject=f"person:{person.pk}", now=clock.now()
    )
    return person


def _tie(handle: str, person_id: int) -> TieOut:
    profile = queries.get_profile(handle, viewer_id=person_id)
    return TieOut(is_following=profile.card.is_following, is_blocked=profile.is_blocked)


def _people(page: Page[queries.PersonCard]) -> PeopleOut:
    return PeopleOut(items=[person_out(card) for card in page.items], next_cursor=page.next_cursor)

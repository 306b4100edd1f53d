"""Writes of people: joining, profiles, follows, blocks, tokens and roles."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.files.base import File
from django.db import IntegrityError
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from meadow.accounts.errors import (
    FollowRefused,
    HandleTaken,
    LastOperator,
    NotYourself,
    PersonMissing,
    TokenInvalid,
    TokenMissing,
    TooManyTokens,
)
from meadow.accounts.events import (
    PersonBlocked,
    PersonFollowed,
    PersonJoined,
    PersonUnblocked,
    PersonUnfollowed,
    ProfileChanged,
    ReadingForgotten,
)
from meadow.accounts.models import AccessToken, Block, Follow, Person, new_pseudonym
from meadow.accounts.queries import is_blocked_between
from meadow.accounts.scopes import SCOPES
from meadow.accounts.wording import check_words
from meadow.core import realtime
from meadow.core.errors import InvalidInput, PermissionDenied
from meadow.core.events import publish
from meadow.core.ids import new_id
from meadow.core.transactions import savepoint, transaction, transaction_required
from meadow.media.services import attach_upload, receive_upload, release_upload

TOKEN_PREFIX = "mdw_"  # noqa: S105 - the public part, so that scanners know a leaked token
TOKEN_BYTES = 30
MOST_TOKENS = 25
USE_NOTED_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class IssuedToken:
    """A new token; `secret` is shown once and kept nowhere."""

    public_id: str
    secret: str
    expires_at: dt.datetime


@dataclass(frozen=True)
class TokenHolder:
    """Who a presented token speaks for, and what it may do."""

    person: Person
    token_id: str
    scopes: frozenset[str]


def create_person(
    *,
    handle: str,
    email: str,
    password: str | None,
    now: dt.datetime,
    name: str = "",
    role: str = Person.Role.MEMBER,
    language: str = "",
    password_hash: str = "",
) -> Person:
    """Make a member whose email counts as confirmed (the demo, the first operator, tests).

    Without a password nobody can sign in as them; `password_hash` is one made before, for people
    made in numbers. Raises HandleTaken. People who sign up themselves come through allauth instead.
    """
    with transaction():
        try:
            with savepoint():
                person = Person.objects.create_user(
                    handle, email, password, name=name, role=role, language=language, joined_at=now
                )
        except IntegrityError as taken:
            raise HandleTaken(handle=handle) from taken
        if password_hash:
            Person.objects.filter(pk=person.pk).update(password=password_hash)
        if email:
            EmailAddress.objects.create(
                user=person, email=person.email, primary=True, verified=True
            )
        note_joining(person_id=person.pk)
    return person


def create_operator(
    *, handle: str, email: str, password: str, now: dt.datetime, name: str = ""
) -> Person:
    """Make somebody who runs the installation; for the command line. Raises HandleTaken."""
    return create_person(
        handle=handle,
        email=email,
        password=password,
        now=now,
        name=name,
        role=Person.Role.OPERATOR,
    )


@transaction_required
def note_joining(*, person_id: int) -> None:
    """Tell the packages above that somebody joined."""
    publish(PersonJoined(person_id=person_id))


@transaction_required
def note_password_change(*, person_id: int) -> None:
    """Silence realtime credentials that were handed out under the old password."""
    realtime.revoke(person_id)


def update_profile(
    *,
    person_id: int,
    name: str,
    bio: str,
    region: str,
    birth_year: int | None,
    gender: str,
) -> None:
    """Replace what a person tells about themselves; empty means that they do not say.

    Raises PersonMissing, and what `wording.check_words` raises.
    """
    check_words("profile", f"{name}\n{bio}")
    with transaction():
        changed = Person.objects.filter(pk=person_id).update(
            name=name.strip(),
            bio=bio.strip(),
            region=region,
            birth_year=birth_year,
            gender=gender,
        )
        if not changed:
            raise PersonMissing
        publish(ProfileChanged(person_id=person_id))


def forget_reading(*, person_id: int) -> None:
    """Go by a fresh pseudonym from now on; the one before is kept nowhere. Raises PersonMissing.

    Facts told under it stay counted and belong to nobody. What a person did in the open (likes,
    comments, follows) stays theirs where it always was.
    """
    with transaction():
        changed = Person.objects.filter(pk=person_id).update(pseudonym=new_pseudonym())
        if not changed:
            raise PersonMissing
        publish(ReadingForgotten(person_id=person_id))


def upload_avatar(*, person_id: int, file: "File[bytes]", now: dt.datetime) -> None:
    """Take a new picture in and show it once it is rendered. Raises what receive_upload raises."""
    upload = receive_upload(owner_id=person_id, purpose="avatar", file=file, now=now)
    set_avatar(person_id=person_id, upload_public_id=upload.public_id, now=now)


def set_avatar(*, person_id: int, upload_public_id: str | None, now: dt.datetime) -> None:
    """Show an own upload as a person's picture, or none; the one before is released.

    Raises UploadMissing or UploadTaken.
    """
    with transaction():
        old = (
            Person.objects.select_for_update().values_list("avatar_id", flat=True).get(pk=person_id)
        )
        new = None
        if upload_public_id is not None:
            new = attach_upload(
                public_id=upload_public_id, owner_id=person_id, purpose="avatar", now=now
            )
        Person.objects.filter(pk=person_id).update(avatar_id=new)
        if old is not None:
            release_upload(upload_id=old)
        publish(ProfileChanged(person_id=person_id))


def change_language(*, person_id: int, language: str) -> None:
    """Remember the language a person reads in."""
    with transaction():
        Person.objects.filter(pk=person_id).update(language=language)


def change_theme(*, person_id: int, theme: str) -> None:
    """Remember the theme a person chose: auto, light or dark."""
    with transaction():
        Person.objects.filter(pk=person_id).update(theme=Person.Theme(theme))


def follow_person(*, follower_id: int, followed_id: int, now: dt.datetime) -> bool:
    """Follow somebody; returns whether that is new.

    Raises NotYourself, FollowRefused, PersonMissing.
    """
    if follower_id == followed_id:
        raise NotYourself
    with transaction():
        _lock_people(follower_id, followed_id)
        if is_blocked_between(follower_id, followed_id):
            raise FollowRefused
        _found, is_new = Follow.objects.get_or_create(
            follower_id=follower_id, followed_id=followed_id, defaults={"created_at": now}
        )
        if is_new:
            _count_follow(follower_id=follower_id, followed_id=followed_id, by=1)
            publish(
                PersonFollowed(follower_id=follower_id, followed_id=followed_id, at=now.isoformat())
            )
    return is_new


def unfollow_person(*, follower_id: int, followed_id: int, now: dt.datetime) -> bool:
    """Stop following somebody; returns whether there was anything to stop."""
    with transaction():
        _lock_people(follower_id, followed_id)
        return _end_follow(follower_id=follower_id, followed_id=followed_id, now=now)


def block_person(*, blocker_id: int, blocked_id: int, now: dt.datetime) -> bool:
    """Block somebody and end follows between the two; returns whether that is new.

    Raises NotYourself, PersonMissing.
    """
    if blocker_id == blocked_id:
        raise NotYourself
    with transaction():
        _lock_people(blocker_id, blocked_id)
        _found, is_new = Block.objects.get_or_create(
            blocker_id=blocker_id, blocked_id=blocked_id, defaults={"created_at": now}
        )
        _end_follow(follower_id=blocker_id, followed_id=blocked_id, now=now)
        _end_follow(follower_id=blocked_id, followed_id=blocker_id, now=now)
        if is_new:
            publish(PersonBlocked(blocker_id=blocker_id, blocked_id=blocked_id))
    return is_new


def unblock_person(*, blocker_id: int, blocked_id: int) -> bool:
    """Take a block back; follows do not come back. Returns whether there was one."""
    with transaction():
        removed, _kinds = Block.objects.filter(
            blocker_id=blocker_id, blocked_id=blocked_id
        ).delete()
        if removed:
            publish(PersonUnblocked(blocker_id=blocker_id, blocked_id=blocked_id))
    return bool(removed)


def issue_token(
    *,
    person_id: int,
    name: str,
    scopes: Sequence[str],
    expires_at: dt.datetime,
    now: dt.datetime,
) -> IssuedToken:
    """Make an access token; its secret is in the answer and nowhere else.

    Raises InvalidInput for an unknown or missing scope, TooManyTokens at 25 that work.
    """
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InvalidInput(fields={"scopes": [str(_("Choose at least one of the listed scopes."))]})
    secret = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    with transaction():
        _lock_people(person_id)
        working = AccessToken.objects.filter(
            person_id=person_id, revoked_at__isnull=True, expires_at__gt=now
        )
        if working.count() >= MOST_TOKENS:
            raise TooManyTokens(most=MOST_TOKENS)
        token = AccessToken.objects.create(
            public_id=new_id("t"),
            person_id=person_id,
            name=name.strip(),
            digest=token_digest(secret),
            scopes=sorted(set(scopes)),
            created_at=now,
            expires_at=expires_at,
        )
    return IssuedToken(public_id=token.public_id, secret=secret, expires_at=expires_at)


def revoke_token(*, person_id: int, public_id: str, now: dt.datetime) -> None:
    """End an own token at once. Raises TokenMissing."""
    with transaction():
        ended = AccessToken.objects.filter(
            person_id=person_id, public_id=public_id, revoked_at__isnull=True
        ).update(revoked_at=now)
        if not ended:
            raise TokenMissing


def use_token(*, secret: str, now: dt.datetime) -> TokenHolder:
    """Return who a presented token speaks for. Raises TokenInvalid.

    When it was last used is noted at most once a minute, so that reading does not become writing.
    """
    token = (
        AccessToken.objects.select_related("person")
        .filter(
            digest=token_digest(secret),
            revoked_at__isnull=True,
            expires_at__gt=now,
            person__is_active=True,
        )
        .first()
    )
    if token is None:
        raise TokenInvalid
    if token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return TokenHolder(
        person=token.person, token_id=token.public_id, scopes=frozenset(token.scopes)
    )


def token_digest(secret: str) -> str:
    """Return what is kept of a token; 240 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def assign_role(*, actor_id: int, person_id: int, role: str) -> None:
    """Give somebody a role; only an operator may. Raises PermissionDenied, LastOperator."""
    with transaction():
        # Every operator row is locked, so that two operators cannot demote each other at once.
        operators = set(
            Person.objects.select_for_update()
            .filter(role=Person.Role.OPERATOR, is_active=True)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        if actor_id not in operators:
            raise PermissionDenied
        if operators == {person_id} and role != Person.Role.OPERATOR:
            raise LastOperator
        if not Person.objects.filter(pk=person_id).update(role=Person.Role(role)):
            raise PersonMissing


@transaction_required
def _lock_people(*ids: int) -> None:
    """Lock people's rows in primary-key order, so that two use cases cannot wait for each other."""
    locked = (
        Person.objects.select_for_update(no_key=True)
        .filter(pk__in=ids, is_active=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if len(locked) != len(set(ids)):
        raise PersonMissing


@transaction_required
def _end_follow(*, follower_id: int, followed_id: int, now: dt.datetime) -> bool:
    ended, _kinds = Follow.objects.filter(follower_id=follower_id, followed_id=followed_id).delete()
    if ended:
        _count_follow(follower_id=follower_id, followed_id=followed_id, by=-1)
        publish(
            PersonUnfollowed(follower_id=follower_id, followed_id=followed_id, at=now.isoformat())
        )
    return bool(ended)


@transaction_required
def _count_follow(*, follower_id: int, followed_id: int, by: int) -> None:
    Person.objects.filter(pk=follower_id).update(following_count=F("following_count") + by)
    Person.objects.filter(pk=followed_id).update(follower_count=F("follower_count") + by)


def forget_ended_devices() -> int:
    """Delete the address and browser noted for sessions that no longer exist; returns how many."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    with transaction():
        return int(UserSession.objects.filter(~Exists(alive)).delete()[0])

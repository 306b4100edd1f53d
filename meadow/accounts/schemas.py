"""What the accounts part of the API sends and takes."""

import datetime as dt
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import AfterValidator, Field

from meadow.accounts.queries import OwnProfile, PersonCard, Profile, TokenRecord
from meadow.accounts.regions import is_region
from meadow.media.queries import Picture

Scope = Literal[
    "profile:read",
    "profile:write",
    "social:write",
    "notes:read",
    "notes:write",
    "analytics:read",
    "experiments:read",
    "experiments:write",
]


def _known_region(code: str) -> str:
    if code and not is_region(code):
        raise ValueError(_("It must be the two letters of a country, such as CN (ISO 3166-1)."))
    return code


Region = Annotated[str, AfterValidator(_known_region), Field(max_length=2, examples=["CN"])]


class PictureOut(Schema):
    """A picture in several sizes; `src` is empty while it is being prepared."""

    id: str
    src: str
    srcset: str
    width: int
    height: int
    placeholder: str


class PersonOut(Schema):
    """A person in a list; the flags are seen from the caller."""

    id: str
    handle: str
    name: str
    avatar: PictureOut | None
    is_following: bool
    follows_me: bool


class ProfileOut(PersonOut):
    """A person's page."""

    bio: str
    region: str
    follower_count: int
    following_count: int
    joined_at: dt.datetime | None
    is_blocked: bool


class OwnProfileOut(PersonOut):
    """Everything one has told about oneself."""

    email: str
    bio: str
    region: str
    birth_year: int | None
    gender: str
    language: str
    theme: str
    role: str
    follower_count: int
    following_count: int
    joined_at: dt.datetime | None


class ProfileIn(Schema):
    """What to change; what is left out stays."""

    name: str | None = Field(None, max_length=40)
    bio: str | None = Field(None, max_length=300)
    region: Region | None = None
    birth_year: int | None = Field(None, ge=1900, le=2100)
    gender: Literal["", "female", "male", "other"] | None = None
    language: Literal["", "en", "zh-hans"] | None = None
    theme: Literal["auto", "light", "dark"] | None = None


class PeopleOut(Schema):
    """One page of people; pass `next_cursor` back as `cursor`."""

    items: list[PersonOut]
    next_cursor: str | None


class TieOut(Schema):
    """How things stand between the caller and a person now."""

    is_following: bool
    is_blocked: bool


class TokenOut(Schema):
    """An access token without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None


class TokenIn(Schema):
    """A new access token."""

    name: str = Field(min_length=1, max_length=60)
    scopes: list[Scope] = Field(min_length=1, max_length=20)
    days: int = Field(90, ge=1, le=365)


class IssuedTokenOut(Schema):
    """The new token; `secret` is in this answer and in no other."""

    id: str
    secret: str
    expires_at: dt.datetime


def picture_out(picture: Picture | None) -> PictureOut | None:
    """Describe a picture."""
    if picture is None:
        return None
    return PictureOut(
        id=picture.public_id,
        src=picture.src,
        srcset=picture.srcset,
        width=picture.width,
        height=picture.height,
        placeholder=picture.placeholder,
    )


def person_out(card: PersonCard) -> PersonOut:
    """Describe a person in a list."""
    return PersonOut(
        id=card.public_id,
        handle=card.handle,
        name=card.name,
        avatar=picture_out(card.avatar),
        is_following=card.is_following,
        follows_me=card.follows_me,
    )


def profile_out(profile: Profile) -> ProfileOut:
    """Describe a person's page."""
    return ProfileOut(
        **person_out(profile.card).dict(),
        bio=profile.bio,
        region=profile.region,
        follower_count=profile.follower_count,
        following_count=profile.following_count,
        joined_at=profile.joined_at,
        is_blocked=profile.is_blocked,
    )


def own_profile_out(own: OwnProfile) -> OwnProfileOut:
    """Describe one's own profile."""
    return OwnProfileOut(
        **person_out(own.card).dict(),
        email=own.email,
        bio=own.bio,
        region=own.region,
        birth_year=own.birth_year,
        gender=own.gender,
        language=own.language,
        theme=own.theme,
        role=own.role,
        follower_count=own.follower_count,
        following_count=own.following_count,
        joined_at=own.joined_at,
    )


def token_out(token: TokenRecord) -> TokenOut:
    """Describe an access token."""
    return TokenOut(
        id=token.public_id,
        name=token.name,
        scopes=token.scopes,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )

"""The API of audiences: those a buyer keeps, how large one is, uploaded lists, and one's own choice."""

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, File, Router, Schema, Status
from ninja.files import UploadedFile
from ninja.params.functions import Form, Path

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.limits import check_rate
from meadow.programs import checks
from meadow.promotion import audience_limits as limits
from meadow.promotion.audiences.alternatives import Alternative
from meadow.promotion.audiences.definition import Term, from_json, part_to_json, to_json
from meadow.promotion.audiences.floor import FLOOR
from meadow.promotion.models.audiences import LONGEST_NAME
from meadow.promotion.opening import CAPABILITY
from meadow.promotion.queries.audiences import (
    ListRecord,
    SavedRecord,
    find_list,
    find_saved,
    get_ad_standing,
    list_lists,
    list_saved,
)
from meadow.promotion.services import audiences as services
from meadow.promotion.services.choices import choose_promoted
from meadow.promotion.services.lists import delete_list, upload_list

router = Router(tags=["promotion"])
NAME: Any = Path(..., max_length=24, pattern="^[A-Za-z0-9]+$")
# What a body of a mebibyte holds, with room to spare; longer lists come as a file.
MOST_DIGESTS = 20_000


class PromotedChoiceOut(Schema):
    """Whether promoted notes may be chosen by what you do: null until you choose, which is no."""

    by_interest: bool | None
    may_choose: bool


class PromotedChoiceIn(Schema):
    """What you choose."""

    by_interest: bool


class AudienceIn(Schema):
    """An audience and its name; {"all": []} is everybody."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    definition: dict[str, Any]


class AudienceOut(Schema):
    """An audience that you keep; `words` say whom it means, in your language, hours in UTC."""

    id: str
    name: str
    definition: dict[str, Any]
    words: str
    saved_at: dt.datetime


class AudiencesOut(Schema):
    """The audiences that you keep, by name."""

    items: list[AudienceOut]


class AudienceSizeIn(Schema):
    """The audience whose size is asked for."""

    definition: dict[str, Any]


class AudienceSizeOut(Schema):
    """About how many people, low to high in 95 of 100 cases; null where it is not surely `floor`.

    `too_small` are the parts that do not reach the floor.
    """

    enough: bool
    about: int | None
    low: int | None
    high: int | None
    floor: int
    too_small: list[dict[str, Any]]


class AudienceListIn(Schema):
    """A list: SHA-256 hashes of e-mail addresses or handles in small letters."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    digests: list[str] = Field(max_length=MOST_DIGESTS)


class AudienceListOut(Schema):
    """A list that you uploaded; who of it is here nobody learns."""

    id: str
    name: str
    lines: int
    uploaded_at: dt.datetime


class AudienceListsOut(Schema):
    """The lists that you uploaded, newest first."""

    items: list[AudienceListOut]


@router.get(
    "/promotion/choice",
    response=PromotedChoiceOut,
    summary="Read your choice about promoted notes",
    **scoped("profile:read"),
)
def get_choice(request: HttpRequest) -> PromotedChoiceOut:
    """Return whether promoted notes may be chosen by what you do."""
    return _choice(require_person(request.user).pk)


@router.put(
    "/promotion/choice",
    response=PromotedChoiceOut,
    summary="Choose about promoted notes",
    **scoped("profile:write"),
)
def choose(request: HttpRequest, choice: PromotedChoiceIn) -> PromotedChoiceOut:
    """Let promoted notes be chosen by what you do, or not; a no holds with your next page."""
    person, now = require_person(request.user), clock.now()
    _check_rate(person.pk, rate=limits.CHOICES, name="promotion.choice")
    choose_promoted(person_id=person.pk, by_interest=choice.by_interest, now=now)
    return _choice(person.pk)


@router.get(
    "/promotion/audiences",
    response=AudiencesOut,
    summary="List your audiences",
    **scoped("promotion:read"),
)
def list_audiences(request: HttpRequest) -> AudiencesOut:
    """Return the audiences that you keep, by name."""
    person = require_person(request.user)
    return AudiencesOut(items=[_saved(one) for one in list_saved(person_id=person.pk)])


@router.post(
    "/promotion/audiences",
    response={201: AudienceOut},
    summary="Keep an audience",
    **scoped("promotion:write"),
)
@checks.require(CAPABILITY)
def add_audience(request: HttpRequest, wanted: AudienceIn) -> Status[AudienceOut]:
    """Keep an audience under a name of its own."""
    person, now = require_person(request.user), clock.now()
    _check_rate(person.pk)
    public_id = services.save_audience(
        person_id=person.pk,
        name=wanted.name,
        definition=from_json(wanted.definition),
        now=now,
    )
    return Status(201, _saved(find_saved(public_id=public_id, person_id=person.pk)))


@router.post(
    "/promotion/audiences/size",
    response=AudienceSizeOut,
    summary="Ask how large an audience is",
    **scoped("promotion:read"),
)
@checks.require(CAPABILITY)
def get_size(request: HttpRequest, wanted: AudienceSizeIn) -> AudienceSizeOut:
    """Return about how many people an audience is; an answer stands for a day."""
    person, now = require_person(request.user), clock.now()
    _check_rate(person.pk, rate=limits.SIZES, name="promotion.size")
    told = services.estimate_audience(
        buyer_id=person.pk, definition=from_json(wanted.definition), now=now
    )
    return AudienceSizeOut(
        enough=told.enough,
        about=told.about,
        low=told.low,
        high=told.high,
        floor=FLOOR,
        too_small=[_part(one) for one in told.too_small],
    )


@router.get(
    "/promotion/audiences/{audience_id}",
    response=AudienceOut,
    summary="Read an audience",
    **scoped("promotion:read"),
)
def get_audience(request: HttpRequest, audience_id: str = NAME) -> AudienceOut:
    """Return an audience that you keep."""
    person = require_person(request.user)
    return _saved(find_saved(public_id=audience_id, person_id=person.pk))


@router.put(
    "/promotion/audiences/{audience_id}",
    response=AudienceOut,
    summary="Change an audience",
    **scoped("promotion:write"),
)
@checks.require(CAPABILITY)
def change_audience(
    request: HttpRequest, wanted: AudienceIn, audience_id: str = NAME
) -> AudienceOut:
    """Give an audience another name or other people; orders keep what they were placed with."""
    person, now = require_person(request.user), clock.now()
    _check_rate(person.pk)
    services.change_audience(
        person_id=person.pk,
        public_id=audience_id,
        name=wanted.name,
        definition=from_json(wanted.definition),
        now=now,
    )
    return _saved(find_saved(public_id=audience_id, person_id=person.pk))


@router.delete(
    "/promotion/audiences/{audience_id}",
    response={204: None},
    summary="Delete an audience",
    **scoped("promotion:write"),
)
def delete_audience(request: HttpRequest, audience_id: str = NAME) -> Status[None]:
    """Forget an audience; orders that were placed with it go on."""
    person = require_person(request.user)
    _check_rate(person.pk)
    services.delete_audience(person_id=person.pk, public_id=audience_id)
    return Status(204, None)


@router.get(
    "/promotion/lists",
    response=AudienceListsOut,
    summary="List your uploaded lists",
    **scoped("promotion:read"),
)
def get_lists(request: HttpRequest) -> AudienceListsOut:
    """Return the lists that you uploaded, newest first."""
    person = require_person(request.user)
    return AudienceListsOut(items=[_list(one) for one in list_lists(person_id=person.pk)])


@router.post(
    "/promotion/lists",
    response={201: AudienceListOut},
    summary="Upload a list of hashes",
    **scoped("promotion:write"),
)
@checks.require(CAPABILITY)
def add_list(request: HttpRequest, wanted: AudienceListIn) -> Status[AudienceListOut]:
    """Match hashes with the people here; none is kept, and nobody learns who was found."""
    return _upload(request, wanted.name, wanted.digests)


@router.post(
    "/promotion/lists/file",
    response={201: AudienceListOut},
    summary="Upload a list of hashes as a file",
    **scoped("promotion:write"),
)
@checks.require(CAPABILITY)
def add_list_file(
    request: HttpRequest,
    name: Annotated[str, Form(min_length=1, max_length=LONGEST_NAME)],
    file: File[UploadedFile],
) -> Status[AudienceListOut]:
    """Match the hashes in a file, one a line; at most a million."""
    return _upload(request, name, (line.decode("utf-8", "replace") for line in file))


@router.delete(
    "/promotion/lists/{list_id}",
    response={204: None},
    summary="Delete a list",
    **scoped("promotion:write"),
)
def remove_list(request: HttpRequest, list_id: str = NAME) -> Status[None]:
    """Forget a list and whom it means."""
    person = require_person(request.user)
    _check_rate(person.pk)
    delete_list(person_id=person.pk, public_id=list_id)
    return Status(204, None)


def _upload(request: HttpRequest, name: str, lines: Any) -> Status[AudienceListOut]:
    person, now = require_person(request.user), clock.now()
    _check_rate(person.pk, rate=limits.UPLOADS, name="promotion.upload")
    public_id = upload_list(person_id=person.pk, name=name, lines=lines, now=now)
    return Status(201, _list(find_list(public_id=public_id, person_id=person.pk)))


def _check_rate(
    person_id: int, *, rate: str = limits.CHANGES, name: str = "promotion.audiences"
) -> None:
    check_rate(name=name, rate=rate, subject=f"person:{person_id}", now=clock.now())


def _choice(person_id: int) -> PromotedChoiceOut:
    found = get_ad_standing(person_id=person_id, now=clock.now())
    return PromotedChoiceOut(by_interest=found.by_interest, may_choose=found.may_choose)


def _saved(one: SavedRecord) -> AudienceOut:
    return AudienceOut(
        id=one.public_id,
        name=one.name,
        definition=to_json(one.definition),
        words=one.words,
        saved_at=one.saved_at,
    )


def _list(one: ListRecord) -> AudienceListOut:
    return AudienceListOut(
        id=one.public_id, name=one.name, lines=one.lines, uploaded_at=one.uploaded_at
    )


def _part(one: Alternative | Term) -> dict[str, Any]:
    return part_to_json(one if isinstance(one, Term) else one.as_part())
